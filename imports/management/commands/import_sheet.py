"""Brings a list or a log over from another system."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from common.errors import DomainError
from imports.models import ImportBatch, Kind
from imports.operations import check_file, run_batch
from imports.queries import report_of
from imports.rules.duplicates import OnDuplicate
from imports.rules.mapping import BALANCES, Choices, MappingWrong
from members.models import Store


class Command(BaseCommand):
    """``import_sheet FILE [--kind …] [--store CODE] [--mapping FILE] [--on-duplicate …] …``."""

    help = "Import members, sales, visits, coin plays or dispenses from a CSV or Excel file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say what an import needs."""
        parser.add_argument("file", type=Path, nargs="?")
        parser.add_argument("--kind", choices=Kind.values, help="guessed when left out")
        parser.add_argument("--store", help="code of the store; may be left out where there is one")
        parser.add_argument("--mapping", type=Path, help="JSON file with what the columns mean")
        parser.add_argument(
            "--on-duplicate", choices=[policy.value for policy in OnDuplicate], default="flag"
        )
        parser.add_argument("--balance", choices=BALANCES, help="what a balance column holds")
        parser.add_argument("--dry-run", action="store_true", help="check and book nothing")
        parser.add_argument("--resume", type=int, metavar="BATCH", help="go on with a batch")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check, then run unless told not to; a refusal ends with its sentence."""
        try:
            batch = self._resumed(options) if options["resume"] else self._checked(options)
            if not options["dry_run"]:
                run_batch(batch=batch, at=timezone.now(), by=batch.created_by)
        except DomainError as error:
            if options["json"]:
                self.stdout.write(json.dumps({"status": "failed", "error": error.as_dict()}))
                sys.exit(1)
            raise CommandError(str(error)) from error
        report = report_of(batch)
        if options["json"]:
            self.stdout.write(json.dumps(report, ensure_ascii=False))
        else:
            self._print(report)

    def _resumed(self, options: dict[str, Any]) -> ImportBatch:
        batch = ImportBatch.objects.select_related("store__entity").filter(pk=options["resume"])
        if (found := batch.first()) is None:
            raise CommandError(f"There is no batch {options['resume']}.")
        return found

    def _checked(self, options: dict[str, Any]) -> ImportBatch:
        path: Path | None = options["file"]
        if path is None or not path.is_file():
            raise CommandError(f"There is no file {path}.")
        return check_file(
            path=path,
            file_name=path.name,
            store=_store(options["store"]),
            at=timezone.now(),
            by=None,
            kind=options["kind"],
            choices=_choices(options["mapping"], options["balance"]),
            on_duplicate=options["on_duplicate"],
        )

    def _print(self, report: dict[str, Any]) -> None:
        counts = ("rows", "created", "updated", "unchanged", "merged")
        self.stdout.write(
            f"Batch {report['batch']} is {report['status']}: "
            + ", ".join(f"{report[name]} {name}" for name in counts)
            + f", {len(report['flagged'])} flagged, {report['error_rows']} rows with errors."
        )
        for error in report["errors"]:
            self.stdout.write(f"  row {error['row']}, {error['column']}: {error['message']}")
        for flagged in report["flagged"]:
            self.stdout.write(f"  row {flagged['row']} waits: {flagged['why']}")
        self.stdout.write(f"Totals: {json.dumps(report['totals'], ensure_ascii=False)}")


def _store(code: str | None) -> Store:
    stores = Store.objects.select_related("entity").open()
    found = list(stores.filter(code=code) if code else stores[:2])
    if len(found) != 1:
        raise CommandError(
            f"There is no open store {code}." if code else "Say which store with --store CODE."
        )
    return found[0]


def _choices(mapping: Path | None, balance: str | None) -> Choices:
    if mapping is None:
        return Choices(balance=balance)
    try:
        data = json.loads(mapping.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise MappingWrong(detail=str(error)) from error
    if balance is not None and isinstance(data, dict):
        data["balance"] = balance
    return Choices.from_json(data)
