"""`manage.py demo`: run everything on this machine (`make demo`)."""

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config import demo
from config.embedded.server import EmbeddedServerError


class Command(BaseCommand):
    help = "Run web, worker and database on this machine, with demo data, until Ctrl-C."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            demo.run(demo.port_from(os.environ.get("PORT", "")))
        except (demo.DemoError, EmbeddedServerError) as error:
            raise CommandError(str(error)) from error
