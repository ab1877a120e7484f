"""Every setting of Rollcall, read from the environment in one place.

The embedded run (the default) needs no variable at all: SQLite, Redis on a private socket, the
packaged model and generated secrets, all under ``ROLLCALL_HOME``. Set ``ROLLCALL_EMBEDDED=false``
for a deployment: nothing is generated then and what is missing is refused by name.
Each variable is described in docs/configuration.md; a test compares the two.
"""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from registry_site.lib.embedded import generated_secret, redis_socket

env = environ.Env()


def secret(name: str) -> str:
    """The value of ``name``, or the stripped content of the file that ``name_FILE`` points at."""
    file_name = env.str(f"{name}_FILE", default="")
    if file_name:
        return Path(file_name).read_text(encoding="utf-8").strip()
    return str(env.str(name, default=""))


BASE_DIR = Path(__file__).resolve().parent.parent
HOME = Path(env.str("ROLLCALL_HOME", default=str(BASE_DIR / "var"))).resolve()
EMBEDDED = env.bool("ROLLCALL_EMBEDDED", default=True)
DEBUG = env.bool("ROLLCALL_DEBUG", default=False)

# --- Secrets and hosts -------------------------------------------------------------------------

SECRET_KEY = secret("ROLLCALL_SECRET_KEY")
if not SECRET_KEY:
    if not EMBEDDED:
        raise ImproperlyConfigured("Set ROLLCALL_SECRET_KEY or ROLLCALL_SECRET_KEY_FILE.")
    SECRET_KEY = generated_secret(HOME / "secrets" / "secret_key")

# Earlier keys: what they encrypted or signed still opens.
SECRET_KEY_FALLBACKS = [
    key for key in secret("ROLLCALL_SECRET_KEY_FALLBACKS").split(",") if key.strip()
]

ALLOWED_HOSTS = env.list(
    "ROLLCALL_ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"] if EMBEDDED else []
)
CSRF_TRUSTED_ORIGINS = env.list("ROLLCALL_CSRF_TRUSTED_ORIGINS", default=[])
if not ALLOWED_HOSTS:
    raise ImproperlyConfigured("Set ROLLCALL_ALLOWED_HOSTS to the names this registry answers to.")

# The address under which people and programs know this registry: what its tokens are made for.
ROLLCALL_URL = env.str(
    "ROLLCALL_URL",
    default=f"http://127.0.0.1:{env.int('ROLLCALL_PORT', default=8000)}"
    if EMBEDDED
    else f"https://{ALLOWED_HOSTS[0]}",
).rstrip("/")
if "//*" in ROLLCALL_URL or "//." in ROLLCALL_URL:
    raise ImproperlyConfigured("Set ROLLCALL_URL: the first ROLLCALL_ALLOWED_HOSTS is a pattern.")

# --- Applications ------------------------------------------------------------------------------

INSTALLED_APPS = [
    "registry_site.apps.AdministrationConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "csp",
    "rest_framework",
    "knox",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "allauth",
    "allauth.account",
    "registry_site.apps.SingleSignOnConfig",
    "allauth.socialaccount.providers.openid_connect",
    "registry_site.apps.SecondFactorsConfig",
    "registry_site.apps.ProgramsConfig",
    "accounts",
    "servers",
    "search",
    "healthchecks",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "servers.registry_api.cross_origin.CrossOrigin",
    "accounts.middleware.AuditTrail",
    "accounts.middleware.RateLimiting",
    "accounts.middleware.NullCharacters",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "registry_site.urls"
WSGI_APPLICATION = "registry_site.wsgi.application"
ASGI_APPLICATION = "registry_site.asgi.application"
# The API answers with and without a trailing slash by itself; a redirect would lose a POST body.
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "registry_site" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- Database ----------------------------------------------------------------------------------

DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{HOME / 'rollcall.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # WAL lets readers and one writer work at once; IMMEDIATE takes the write lock when a
    # transaction begins, so that it waits for its turn instead of failing half-way.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
    # On disk, so that the several threads of an async test see one database.
    DATABASES["default"]["TEST"] = {"NAME": str(HOME / "test.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Redis, cache and Celery -------------------------------------------------------------------

REDIS_SOCKET = redis_socket(HOME)
REDIS_URL = secret("REDIS_URL")
if not (REDIS_URL or EMBEDDED):
    raise ImproperlyConfigured("Set REDIS_URL, for instance redis://redis.example.org:6379/0.")

CACHES = {
    "default": {
        "BACKEND": "registry_site.lib.forgiving_cache.RedisOrMemory",
        "LOCATION": REDIS_URL or f"unix://{REDIS_SOCKET}?db=2",
        "KEY_PREFIX": "rollcall",
        # A Redis that hangs must not hang the sign-in.
        "OPTIONS": {"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
    }
}

# Which task goes to which queue, and what beat rings for: registry_site/celery.py.
CELERY_BROKER_URL = REDIS_URL or f"redis+socket://{REDIS_SOCKET}?virtual_host=0"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# A dead broker must not hang a request: the database holds the work and beat rings again.
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_max": 0.2}
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "socket_connect_timeout": 2,
    "socket_timeout": 10,
}

# --- Accounts ----------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
SESSION_ENGINE = "accounts.sessions"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
# Whether a caller without credentials may read public entries.
ANONYMOUS_READ = env.bool("ROLLCALL_ANONYMOUS_READ", default=True)

KNOX_TOKEN_MODEL = "accounts.ApiToken"  # noqa: S105 - the name of a model
REST_KNOX = {
    "TOKEN_MODEL": "accounts.ApiToken",
    "SECURE_HASH_ALGORITHM": "hashlib.sha256",
    "AUTH_HEADER_PREFIX": "Bearer",
    # By this secret scanners recognise a leaked token.
    "TOKEN_PREFIX": "rollcall_",
    "TOKEN_TTL": None,
}

# A folder of private keys, one PEM file each, that sign tokens; several machines share it.
JWT_KEYS_DIR = Path(env.str("ROLLCALL_JWT_KEYS_DIR", default=str(HOME / "secrets" / "jwt")))

# How many proxies in front of the registry add to X-Forwarded-For.
TRUSTED_PROXIES = env.int("ROLLCALL_TRUSTED_PROXIES", default=0)
# Requests a time, such as 600/minute; empty: without a limit.
RATE_LIMIT_ANONYMOUS = env.str("ROLLCALL_RATE_LIMIT_ANONYMOUS", default="600/minute")
RATE_LIMIT_PRINCIPAL = env.str("ROLLCALL_RATE_LIMIT_PRINCIPAL", default="6000/minute")
RATE_LIMIT_FAILURES = env.str("ROLLCALL_RATE_LIMIT_FAILURES", default="60/minute")
# What the audit trail keeps of the refusals of one stranger; a flood adds nothing to what it says.
RATE_LIMIT_DENIALS = "60/minute"
RATE_LIMIT_STORAGE = REDIS_URL or f"redis+unix://{REDIS_SOCKET}?db=3"

# --- Sign-in -----------------------------------------------------------------------------------

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
# No mail is sent, so none is asked for: an administrator or single sign-on makes an account.
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_REDIRECT_URL = LOGOUT_REDIRECT_URL
# Wrong passwords: of one address, and for one account from anywhere.
ACCOUNT_RATE_LIMITS = {"login_failed": "20/m/ip,5/5m/key"}

MFA_ADAPTER = "accounts.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Rollcall"
MFA_ALLOW_UNVERIFIED_EMAIL = True
# Whether the admin opens only to administrators who sign in with a second factor.
REQUIRE_MFA = env.bool("ROLLCALL_REQUIRE_MFA", default=False)

# Single sign-on with one OpenID Connect provider, found by discovery; empty: none.
OIDC_ISSUER = env.str("ROLLCALL_OIDC_ISSUER", default="")
OIDC_CLIENT_ID = env.str("ROLLCALL_OIDC_CLIENT_ID", default="")
OIDC_SCOPES = env.str("ROLLCALL_OIDC_SCOPES", default="openid profile email").split()
OIDC_GROUPS_CLAIM = env.str("ROLLCALL_OIDC_GROUPS_CLAIM", default="groups")
OIDC_GROUP_ROLES = env.str("ROLLCALL_OIDC_GROUP_ROLES", default="")
SOCIALACCOUNT_ADAPTER = "accounts.sso.adapters.SingleSignOnAdapter"
# A link starts it: the content security policy would hold a form to this site, while a provider
# may redirect to wherever it likes. The state in the session guards the way back.
SOCIALACCOUNT_LOGIN_ON_GET = True
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "provider_class": "accounts.sso.provider.Provider",
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                # An account there is known by issuer and subject, by nothing else.
                "provider_id": OIDC_ISSUER,
                "name": env.str("ROLLCALL_OIDC_NAME", default="Single sign-on"),
                "client_id": OIDC_CLIENT_ID,
                "secret": secret("ROLLCALL_OIDC_CLIENT_SECRET"),
                "settings": {"server_url": OIDC_ISSUER, "scope": OIDC_SCOPES},
            }
        ]
        if OIDC_ISSUER
        else [],
    }
}

# The authorization server for MCP clients.
IDP_OIDC_ADAPTER = "accounts.oauth.adapters.AuthorizationServerAdapter"
IDP_OIDC_AUTH_METHODS = ["none"]
IDP_OIDC_ACCESS_TOKEN_EXPIRES_IN = 3600
IDP_OIDC_REFRESH_TOKEN_EXPIRES_IN = 30 * 24 * 3600
# A verifier that knows no key of a signature soon looks again.
IDP_OIDC_JWKS_CACHE_CONTROL = 300
# Whether a program that is not known yet may register itself as a client.
IDP_OIDC_DCR_ENABLED = env.bool("ROLLCALL_OAUTH_REGISTRATION", default=True)
IDP_OIDC_DCR_REQUIRES_INITIAL_ACCESS_TOKEN = False

# --- REST API ----------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.api.authentication.BearerAuthentication",
        "accounts.api.authentication.BrowserSessionAuthentication",
    ],
    # Default deny: a view that declares no permission answers nobody.
    "DEFAULT_PERMISSION_CLASSES": ["accounts.api.permissions.DenyAll"],
    "DEFAULT_THROTTLE_CLASSES": ["accounts.api.throttling.CallerThrottle"],
    "DEFAULT_PARSER_CLASSES": ["registry_site.lib.json_body.JSONBodyParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "registry_site.lib.pagination.Pagination",
    "DEFAULT_FILTER_BACKENDS": ["registry_site.lib.query_parameters.StrictFilterBackend"],
    # OPTIONS would describe serializers, which /api/schema does; it is answered 405.
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_SCHEMA_CLASS": "registry_site.lib.openapi_answers.AnswerSchema",
    "EXCEPTION_HANDLER": "registry_site.lib.problem_details.exception_handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
# 1 MiB, the largest request body (bytes) that is read at all.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

SPECTACULAR_SETTINGS = {
    "TITLE": "Rollcall",
    "DESCRIPTION": "The self-hosted registry of MCP servers.",
    "VERSION": "0.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["accounts.api.permissions.ReadAllowed"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "ActionEnum": "accounts.access.Action",
        "FeatureChangeStateEnum": "servers.models.FeatureChange.State",
        "FeatureKindEnum": "servers.models.FeatureKind",
        "HealthStateEnum": "servers.models.HealthState",
        "ResultTypeEnum": "search.api.suggestions.KIND_NAMES",
        "SourceKindEnum": "servers.models.Source.Kind",
        "SuggestionTypeEnum": "search.api.suggestions.SORT_NAMES",
    },
    # What the names of operations leave out.
    "SCHEMA_PATH_PREFIX": r"/(api|v0\.1)",
    "PREPROCESSING_HOOKS": [
        "registry_site.lib.routers.without_trailing_slash",
        "servers.registry_api.openapi.without_the_alias",
    ],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "registry_site.lib.openapi_answers.let_texts_be_empty",
        "registry_site.lib.openapi_answers.declare_errors",
        "servers.registry_api.openapi.add_components",
    ],
}

# --- Sources -----------------------------------------------------------------------------------

# Folders and files that may be mirrored lie in here, and only in here.
SOURCES_DIR = Path(env.str("ROLLCALL_SOURCES_DIR", default=str(HOME / "sources")))

# --- Outbound ----------------------------------------------------------------------------------

# Hosts and CIDR blocks that may be reached although they are not public.
OUTBOUND_ALLOW = env.list(
    "ROLLCALL_OUTBOUND_ALLOW", default=["127.0.0.0/8", "::1/128"] if EMBEDDED else []
)

# --- Health ------------------------------------------------------------------------------------

PROBE_INTERVAL = timedelta(seconds=env.int("ROLLCALL_PROBE_INTERVAL", default=300))
# Wall-clock seconds for one probe from the first byte to the last.
PROBE_DEADLINE = env.float("ROLLCALL_PROBE_DEADLINE", default=10.0)
PROBE_CONCURRENCY = env.int("ROLLCALL_PROBE_CONCURRENCY", default=32)

# --- Search ------------------------------------------------------------------------------------

# A folder in sentence-transformers format, or a model name of the hub; empty: the packaged
# all-MiniLM-L6-v2.
EMBEDDING_MODEL = env.str("EMBEDDING_MODEL", default="")
# A commit, tag or branch of the hub's model.
EMBEDDING_REVISION = env.str("EMBEDDING_REVISION", default="")
# An API like OpenAI's, which then has the model.
EMBEDDING_URL = env.str("EMBEDDING_URL", default="")
EMBEDDING_API_KEY = secret("EMBEDDING_API_KEY")
EMBEDDING_DIMENSIONS = env.int("EMBEDDING_DIMENSIONS", default=0)
if EMBEDDING_DIMENSIONS < 0:
    raise ImproperlyConfigured("Set EMBEDDING_DIMENSIONS to how long vectors are asked to be.")
INDEX_DIR = HOME / "index"
MODEL_DIR = HOME / "models"
# What is kept of searches: the text of all, that of accounts, counts without any text, or nothing.
SEARCH_LOG = env.str("ROLLCALL_SEARCH_LOG", default="accounts")
if SEARCH_LOG not in ("all", "accounts", "counts", "off"):
    raise ImproperlyConfigured("Set ROLLCALL_SEARCH_LOG to all, accounts, counts or off.")
SEARCH_LOG_DAYS = env.int("ROLLCALL_SEARCH_LOG_DAYS", default=90)

# --- Pages, language and time ------------------------------------------------------------------

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "registry_site" / "static"]
# Serves every app's static files as they are: no collectstatic, hence no STATIC_ROOT.
WHITENOISE_USE_FINDERS = True

# --- Transport and content security ------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
if not EMBEDDED:
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SECURE_SSL_REDIRECT = env.bool("ROLLCALL_SSL_REDIRECT", default=True)
    SECURE_REDIRECT_EXEMPT = [r"^livez$"]  # a load balancer asks beside the proxy
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- Logging -----------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("ROLLCALL_LOG_LEVEL", default="INFO")},
    "loggers": {
        # One line a request to an outside server tells nothing that the observation does not.
        "httpx2": {"level": "WARNING"},
        "httpcore2": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        # Three lines a message to /mcp would tell that its transport came and went.
        "mcp.server": {"level": "WARNING"},
        # A line for every ring of the bell buries the lines that say something.
        "celery.worker.strategy": {"level": "WARNING"},
        # Says which processor extensions it tried, with a traceback each.
        "faiss.loader": {"level": "WARNING"},
    },
}

# The embedding libraries must never go looking for a model on the network by themselves.
os.environ.setdefault("HF_HUB_OFFLINE", "1")
# onnxruntime for Linux reports to its maker since 1.29, unless told not to before it is imported;
# calling disable_telemetry_events() comes too late.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
