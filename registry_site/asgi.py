"""The ASGI entry point of the web process."""

import os
import warnings

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry_site.settings")
# WhiteNoise hands small files over in a synchronous iterator; reading them at once is right here.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous")

application = get_asgi_application()
