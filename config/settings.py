"""Settings, all from the environment; with none set, the product runs on this machine alone."""

import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from csp.constants import NONCE, NONE, SELF
from environs import Env

from config import admin_menu, broker, embedded, logs, schedule
from config.secret import local_secret_key

env = Env()

# Where things are ---------------------------------------------------------

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.str("REGULARS_VAR", "") or BASE_DIR / "var").resolve()
VAR_DIR.mkdir(parents=True, exist_ok=True)

# How it is reached --------------------------------------------------------

DEBUG = env.bool("DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY", "") or local_secret_key(VAR_DIR / "secret_key")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])
# True when a proxy in front speaks HTTPS with the browsers.
HTTPS = env.bool("HTTPS", False)
# How many proxies of ours stand in front; their word on the client's address is believed.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", 0)

SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_AGE = 14 * 24 * 3600
CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", 365 * 24 * 3600 if HTTPS else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("HSTS_SUBDOMAINS", False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# W005, W021: whether sub-domains follow and browsers preload it is the domain owner's to say.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# A larger upload is refused with a page of its own before it is read.
UPLOAD_LIMIT_BYTES = 25 * 1024 * 1024
# Files of one store that wait to be imported: a script run wild does not fill the disk.
UPLOADS_KEPT_LIMIT = 200
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", "") or VAR_DIR / "media")

# What it is made of -------------------------------------------------------

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.import_export",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "import_export",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "csp",
    "django_htmx",
    "django_celery_beat",
    "rest_framework",
    "rest_framework_api_key",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "config",
    "common",
    "members",
    "ledger",
    "promotions",
    "reports",
    "imports",
    "exports",
    "counter",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.ContentPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.middleware.UserLanguageMiddleware",
    "config.middleware.StoreTimeZoneMiddleware",
    "config.middleware.UploadLimitMiddleware",
    "config.middleware.NullCharacterMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
CSRF_FAILURE_VIEW = "config.errors.csrf_failure"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ],
        },
    }
]

UNFOLD = admin_menu.UNFOLD

# The database -------------------------------------------------------------

DATABASE_URL = env.str("DATABASE_URL", "")
# The role that web, worker and commands take on; it cannot rewrite history. Empty: none is taken.
APP_DB_ROLE = env.str("APP_DB_ROLE", "regulars_app")
# For the worker: with the embedded server its work is kept to one processor.
GIVES_WAY = env.bool("GIVES_WAY", False)
# These change tables, so the owner runs them; the role may not exist before the first of them.
OWNER_COMMANDS = {"migrate", "makemigrations", "showmigrations", "sqlmigrate"}


def database() -> dict[str, Any]:
    """The settings of the one database: the address given, or the embedded server's."""
    found: dict[str, Any] = (
        env.dj_db_url("DATABASE_URL") if DATABASE_URL else embedded.settings(VAR_DIR)
    )
    options = {**found.get("OPTIONS", {}), "isolation_level": 2}  # READ COMMITTED
    if APP_DB_ROLE and not OWNER_COMMANDS.intersection(sys.argv[1:2]):
        options["assume_role"] = APP_DB_ROLE
    return {"CONN_MAX_AGE": env.int("CONN_MAX_AGE", 0), **found, "OPTIONS": options}


DATABASES = {"default": database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# A file cache is shared by the processes of one machine; several machines share Redis.
CACHE_URL = env.str("CACHE_URL", "")
CACHES: dict[str, Any] = {
    "default": env.dj_cache_url("CACHE_URL")
    if CACHE_URL
    else {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": str(VAR_DIR / "cache"),
    }
}

# Who gets in --------------------------------------------------------------

AUTH_USER_MODEL = "members.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"

ACCOUNT_ADAPTER = "config.accounts.StaffAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = False
# Lockout is axes' work, by name and address together: one clerk must not lock out a whole shop.
ACCOUNT_RATE_LIMITS = {"login_failed": False}
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Regulars"

AXES_FAILURE_LIMIT = 6
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_CALLABLE = "config.accounts.counted_name"
AXES_CLIENT_IP_CALLABLE = "config.client_ip.client_ip"
AXES_LOCKOUT_CALLABLE = "config.errors.locked_out"
AXES_ENABLE_ACCESS_FAILURE_LOG = False
AXES_VERBOSE = False

# Languages and clocks -----------------------------------------------------

LANGUAGE_CODE = "en"
# Each names itself, so nobody gets lost in the other one.
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
# Ours first; then what our libraries do not say in Chinese themselves.
LOCALE_PATHS = [BASE_DIR / "locale", BASE_DIR / "locale" / "libraries"]
FORMAT_MODULE_PATH = "config.formats"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# Files for the browser ----------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", "") or BASE_DIR / "staticfiles")
STATICFILES_DIRS = [path for path in [BASE_DIR / "static"] if path.is_dir()]
# Packing is for the network: the demo on one machine goes without.
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"file_permissions_mode": 0o600, "directory_permissions_mode": 0o700},
    },
    # Files on their way in; nothing serves this folder.
    "uploads": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": VAR_DIR / "uploads",
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if env.bool("COMPRESS_STATIC", True)
        else "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    },
}
WHITENOISE_MANIFEST_STRICT = False

# Later work ---------------------------------------------------------------

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", "") or "filesystem://localhost//"
CELERY_BROKER_TRANSPORT_OPTIONS = (
    broker.folders(VAR_DIR / "broker") if CELERY_BROKER_URL.startswith("filesystem:") else {}
)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 3600
CELERY_TASK_SOFT_TIME_LIMIT = 3300
CELERY_TASK_DEFAULT_QUEUE = "regulars"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_MAX_TASKS_PER_CHILD = 200
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_SCHEDULE = schedule.beat_schedule
DJANGO_CELERY_BEAT_TZ_AWARE = True

# How often one person may search for members, and they or a till send files

SEARCH_RATES = env.list("SEARCH_RATES", ["120/min", "1500/hour"])
UPLOAD_RATES = env.list("UPLOAD_RATES", ["120/min", "1000/hour"])

# Machines that call us ----------------------------------------------------

REST_FRAMEWORK = {
    # Nothing is open by default: a view names its keys or its staff.
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAdminUser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_RATES": {"till": env.str("API_RATE_PER_TILL", "600/min")},
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Regulars",
    "DESCRIPTION": "The API for tills, machines and other systems of a shop.",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "ImportKind": "imports.models.Kind.values",
        "AssetKind": "ledger.models.AssetKind.values",
        "LineKind": "ledger.models.sales.LineKind.values",
        "GoodsKind": "counter.api.asked.GOODS",
        "TxnKind": "ledger.models.TxnKind.values",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "counter.api.described.close_objects",
    ],
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SERVE_AUTHENTICATION": ["rest_framework.authentication.SessionAuthentication"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# Spreadsheets through the admin -------------------------------------------

IMPORT_EXPORT_USE_TRANSACTIONS = True
IMPORT_EXPORT_ESCAPE_FORMULAE_ON_EXPORT = True
IMPORT_EXPORT_FORMATS = [
    "import_export.formats.base_formats.CSV",
    "import_export.formats.base_formats.XLSX",
]

# Mail and logs ------------------------------------------------------------

if env.str("EMAIL_URL", ""):
    vars().update(env.dj_email_url("EMAIL_URL"))
else:
    EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "regulars@localhost")

LOGGING = logs.logging_config(
    level=env.str("LOG_LEVEL", "INFO"), as_json=env.bool("LOG_JSON", False)
)

# What carries one-time codes to phones: a class with ``send(phone=…, text=…)``.
TEXT_GATEWAY = env.str("TEXT_GATEWAY", "") or "members.operations.texts.NotSetUp"
