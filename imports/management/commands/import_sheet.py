"""Brings a list or a log over from another system."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from common.errors import DomainError
from common.money import format_minor, format_units
from imports.models import ImportBatch, Kind
from imports.operations import check_file, run_batch, undo_batch
from imports.operations.job import STORED_VALUE
from imports.operations.totals import DifferenceUnsigned, sign_off
from imports.queries import report_of
from imports.queries.batches import batch_numbered, batches_listed
from imports.queries.controls import unsigned_differences
from imports.queries.undone import undo_report_of
from imports.rules.duplicates import OnDuplicate
from imports.rules.field_words import field_word
from imports.rules.mapping import BALANCES, Choices, MappingWrong
from members.models import Store

type Show = Callable[[dict[str, Any]], None]


class Command(BaseCommand):
    """``import_sheet FILE [--kind …] …``, or ``--list``, ``--resume BATCH``, ``--undo BATCH``.

    Exits with 1 when it is refused; rows that wait, are wrong or were left are in the report.
    """

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
        parser.add_argument(
            "--accept-difference",
            metavar="REASON",
            help="book although the file's own totals do not come out, and say why that is right",
        )
        parser.add_argument("--dry-run", action="store_true", help="check and book nothing")
        instead = parser.add_mutually_exclusive_group()
        instead.add_argument("--resume", type=int, metavar="BATCH", help="go on with a batch")
        instead.add_argument(
            "--undo", type=int, metavar="BATCH", help="take back what nobody used since"
        )
        instead.add_argument("--list", action="store_true", help="list the imports so far")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do the one thing that was asked; a refusal ends with its sentence."""
        if options["list"]:
            self._list(options)
            return
        try:
            report, show = self._carried_out(options)
        except DomainError as error:
            if options["json"]:
                self.stdout.write(json.dumps({"status": "failed", "error": error.as_dict()}))
                sys.exit(1)
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(report, ensure_ascii=False))
        else:
            show(report)
        if "error" in report:
            # Nothing is booked, and all that was found is said.
            sys.exit(1)

    def _carried_out(self, options: dict[str, Any]) -> tuple[dict[str, Any], Show]:
        """Undo, resume or import; the report, and how a person reads it."""
        numbers = [options[name] for name in ("undo", "resume") if options[name] is not None]
        batch = batch_numbered(numbers[0]) if numbers else self._checked(options)
        if options["undo"] is not None or batch.status == ImportBatch.Status.UNDOING:
            undo_batch(batch=batch, at=timezone.now(), by=batch.undone_by)
            show = partial(self._print_undone, currency=batch.store.currency)
            return undo_report_of(batch), show
        if not options["dry_run"]:
            _accept(batch, options["accept_difference"])
            try:
                run_batch(batch=batch, at=timezone.now(), by=batch.created_by)
            except DifferenceUnsigned as refusal:
                return report_of(batch) | {"error": refusal.as_dict()}, self._print
        return report_of(batch), self._print

    def _list(self, options: dict[str, Any]) -> None:
        asked = ImportBatch.objects.all()
        batches = batches_listed(
            asked.filter(store__code=options["store"]) if options["store"] else asked
        )
        if options["json"]:
            self.stdout.write(json.dumps({"batches": batches}, ensure_ascii=False))
            return
        for one in batches:
            self.stdout.write(
                f"{one['batch']:>6}  {one['status']:<9} {one['kind']:<10} {one['store']:<10} "
                f"{one['rows_done']}/{one['rows']} rows  {one['uploaded_at'][:16]}  {one['file']}"
            )

    def _print_undone(self, report: dict[str, Any], *, currency: str) -> None:
        self.stdout.write(
            _(
                "Batch %(batch)s is %(status)s: %(taken)s of %(rows)s rows taken back, "
                "%(left)s left."
            )
            % {
                "batch": report["batch"],
                "status": ImportBatch.Status(report["status"]).label,
                "taken": report["taken_back"],
                "rows": report["rows"],
                "left": report["left"],
            }
        )
        for left in report["left_rows"]:
            said = {"row": left["row"], "why": left["message"]}
            self.stdout.write("  " + _("Row %(row)s stays: %(why)s") % said)
        values = report["values"]
        for text, sums in (
            (_("Taken back: %(what)s"), values["taken_back"]),
            (_("Left: %(what)s"), values["left"]),
        ):
            for part, amount in sums.items():
                what = text % {"what": field_word(part.removeprefix("unit:"))}
                self.stdout.write(f"  {what}  {_amount(part, amount, currency)}")

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
        for note in report["notes"]:
            self.stdout.write(f"  {note['message']}")
        for error in report["errors"]:
            self.stdout.write(f"  row {error['row']}, {error['column']}: {error['message']}")
        for flagged in report["flagged"]:
            self.stdout.write(f"  row {flagged['row']} waits: {flagged['why']}")
        self.stdout.write(f"Totals: {json.dumps(report['totals'], ensure_ascii=False)}")
        for one in report["asked"]:
            self.stdout.write(f"  column {one['column']} is only kept: is it {one['guess']}?")
        for one in report["declared"]:
            if not one["holds"]:
                self.stdout.write(
                    f"  {one['column'] or one['what']}: {one['declared']} declared, "
                    f"{one['accepted']} accepted, difference {one['difference']}"
                    + (", explained by the rows left out." if one["is_explained"] else ".")
                )
        if "error" in report:
            self.stdout.write(report["error"]["message"])
            self.stdout.write(
                f"Nothing is booked. To book it all the same: import_sheet --resume "
                f"{report['batch']} --accept-difference REASON"
            )


def _amount(part: str, amount: int, currency: str) -> str:
    return format_minor(amount, currency) if part in STORED_VALUE else format_units(amount)


def _accept(batch: ImportBatch, reason: str | None) -> None:
    """Sign for the totals that do not come out, where the command says why they are right."""
    if reason and unsigned_differences(batch):
        sign_off(batch=batch, reason=reason, at=timezone.now(), by=batch.created_by)


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
