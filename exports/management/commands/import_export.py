"""Restore an export of everything into an empty installation."""

import sys
from argparse import ArgumentParser
from getpass import getuser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from common.errors import DomainError
from exports.operations.restore import restore_everything


class Command(BaseCommand):
    """``manage.py import_export FILE.zip [--keep-differences]``."""

    help = "Restore a zip made by export_all into an empty database, whole or not at all."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--keep-differences",
            action="store_true",
            help="restore even what the audit or the seals find fault with",
        )

    def handle(self, **options: Any) -> None:
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        try:
            restored = restore_everything(
                path=path,
                at=timezone.now(),
                by=getuser(),
                progress=self.show,
                keeps_differences=options["keep_differences"],
            )
        except DomainError as error:
            raise CommandError(f"{error.code}: {error}") from error
        manifest = restored.manifest
        self.stdout.write(
            f"Restored {restored.rows} rows as of {manifest.made_at}: all control sums agree,"
            f" {restored.seals} seals hold, {restored.differences} differences."
        )
        self.stdout.write("Users have no passwords: set them with manage.py changepassword NAME.")

    def show(self, name: str, done: int, total: int) -> None:
        """Draw progress on one line of a terminal; a log gets none."""
        if sys.stdout.isatty():
            self.stdout.write(f"\r{done} of {total}: {name:40}", ending="")
            self.stdout.flush()
