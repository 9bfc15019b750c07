"""Settings for tests: the same product, with quicker passwords and no files left behind."""

import os
import tempfile
from pathlib import Path

from config.settings import *  # noqa: F403
from config.settings import DATABASES, LOGGING, STORAGES

DEBUG = False
SECRET_KEY = "tests-only-" + "x" * 50
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
HTTPS = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
MEDIA_ROOT = Path(tempfile.gettempdir()) / f"regulars-test-media-{os.getpid()}"
STORAGES = STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    "uploads": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": MEDIA_ROOT / "uploads"},
    },
}
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
# To refuse is no error, and to write down where it was done takes longer than to do it.
LOGGING["loggers"]["django"]["level"] = "ERROR"
CELERY_BROKER_URL = "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS = {}

_suffix = os.environ.get("REGULARS_TEST_SUFFIX", "")
# A new dictionary: whoever holds the old one is not surprised.
DATABASES = {
    "default": DATABASES["default"]
    | {"TEST": {"NAME": f"test_{DATABASES['default']['NAME']}{_suffix and '_' + _suffix}"}}
}
