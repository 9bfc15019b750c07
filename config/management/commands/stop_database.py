"""`manage.py stop_database`: stop the embedded database."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.embedded import server


class Command(BaseCommand):
    help = "Stop the embedded database; work that is under way is rolled back."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.DATABASE_URL:
            raise CommandError("DATABASE_URL is set: that server is not ours to stop.")
        stopped = server.stop(settings.VAR_DIR)
        self.stdout.write("Stopped." if stopped else "It was not running.")
