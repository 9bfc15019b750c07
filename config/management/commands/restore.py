"""`manage.py restore FILE`: fill the database from a backup."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config import backups


class Command(BaseCommand):
    help = "Fill the empty database from FILE, all or nothing. Stop web and worker first."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument(
            "--replace", action="store_true", help="drop all that the database holds first"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            backups.restore(file=options["file"], replace=options["replace"])
        except backups.BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write("Restored. `manage.py audit_ledger` proves the balances.")
