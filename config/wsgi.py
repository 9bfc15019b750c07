"""The door for WSGI servers."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

from config.durability import refuse_lossy_commits  # noqa: E402 -- needs Django set up

refuse_lossy_commits()
