"""The settings of the tests: production's own, on a fresh folder and without any service.

The environment is set before ``registry_site.settings`` reads it, so that no variable of the
person who runs the tests changes what they see.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

for _name in [name for name in os.environ if name.startswith("ROLLCALL_")]:
    del os.environ[_name]
for _name in [name for name in os.environ if name.startswith("EMBEDDING_")]:
    del os.environ[_name]
for _name in ("DATABASE_URL", "REDIS_URL", "REDIS_URL_FILE"):
    os.environ.pop(_name, None)

# One folder a process: the workers of a parallel run share nothing.
_home = Path(tempfile.mkdtemp(prefix="rollcall-tests-"))
atexit.register(shutil.rmtree, _home, ignore_errors=True)
os.environ["ROLLCALL_HOME"] = str(_home)

from registry_site.settings import *  # noqa: E402, F403

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# A message is put into memory and stays there: tests call a task's body themselves.
CELERY_BROKER_URL = "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS = {}

# A real password hash takes as long as ten tests.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]

# A test that is about limits sets one; no other is slowed down by those before it.
RATE_LIMIT_ANONYMOUS = RATE_LIMIT_PRINCIPAL = RATE_LIMIT_FAILURES = ""
RATE_LIMIT_DENIALS = ""
RATE_LIMIT_STORAGE = "memory://"

# It is written by a thread of its own, in which no test's transaction is seen.
SEARCH_LOG = "off"
