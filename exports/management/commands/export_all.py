"""Write everything the shop has to one zip that restores it elsewhere."""

import hashlib
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from exports.operations.everything import export_everything
from exports.operations.exporting import note_written


class Command(BaseCommand):
    """``manage.py export_all --to FILE``."""

    help = "Write all records to a zip of tables with a manifest; import_export restores it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--to", required=True, type=Path, help="the zip to write")

    def handle(self, **options: Any) -> None:
        path: Path = options["to"]
        if path.exists():
            raise CommandError(f"{path} is there already; name a new file.")
        if not path.parent.is_dir():
            raise CommandError(f"There is no folder {path.parent}.")
        at = timezone.now()
        manifest = export_everything(path=path, at=at, by=None, progress=self.show)
        rows = sum(entry.rows for entry in manifest.files if entry.table)
        with path.open("rb") as file:
            checksum = hashlib.file_digest(file, "sha256").hexdigest()
        note_written(rows=rows, size=path.stat().st_size, sha256=checksum, at=at)
        self.stdout.write(f"{len(manifest.files)} files, {rows} rows: {path}")
        for left in manifest.left_out:
            self.stdout.write(f"Left out: {left['what']}. {left['why']}")

    def show(self, name: str, done: int, total: int) -> None:
        """Draw progress on one line of a terminal; a log gets none."""
        if sys.stdout.isatty():
            self.stdout.write(f"\r{done} of {total}: {name:40}", ending="")
            self.stdout.flush()
