"""Brings a list or a log over from another system."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import get_language, ngettext, override
from django.utils.translation import gettext as _

from common.errors import DomainError
from imports.models import ImportBatch, ImportRow, Kind
from imports.operations import check_file, pause_batch, run_batch, undo_batch
from imports.operations.totals import DifferenceUnsigned, sign_off, type_totals
from imports.queries import report_of
from imports.queries.batches import batch_numbered, batches_listed
from imports.queries.controls import unsigned_differences
from imports.queries.undone import undo_report_of
from imports.rules.choices import BALANCES, Choices, MappingWrong, sheets_said
from imports.rules.controls import figure_in, figure_of, name_of
from imports.rules.duplicates import OnDuplicate
from imports.rules.field_words import field_word
from members.models import Store

# To resume one of these is to go on with its undo.
HALF_UNDONE = (ImportBatch.Status.UNDOING, ImportBatch.Status.UNDO_PAUSED)

type Show = Callable[[dict[str, Any]], None]


class Command(BaseCommand):
    """``import_sheet FILE [--kind …] …``, or ``--list``, ``--resume``, ``--pause``, ``--undo``.

    Exits with 1 when it is refused; rows that wait, are wrong or were left are in the report.
    """

    help = "Import a list of people, cards or tiers, a log or a statement from a CSV or Excel file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say what an import needs."""
        parser.add_argument("file", type=Path, nargs="?")
        parser.add_argument("--kind", choices=Kind.values, help="guessed when left out")
        parser.add_argument("--store", help="code of the store; may be left out where there is one")
        parser.add_argument("--mapping", type=Path, help="JSON file with what the columns mean")
        parser.add_argument(
            "--sheet",
            action="append",
            metavar="NAME",
            help="sheet of a workbook; several times, or all: those with the same columns",
        )
        parser.add_argument(
            "--on-duplicate", choices=[policy.value for policy in OnDuplicate], default="flag"
        )
        parser.add_argument("--balance", choices=BALANCES, help="what a balance column holds")
        parser.add_argument(
            "--total",
            action="append",
            metavar="WHAT=FIGURE",
            help="what the file must come to; several times: rows=200, stored_value_bonus=1.5万",
        )
        parser.add_argument(
            "--accept-difference",
            metavar="REASON",
            help="book although the file's own totals do not come out, and say why that is right",
        )
        parser.add_argument("--dry-run", action="store_true", help="check and book nothing")
        instead = parser.add_mutually_exclusive_group()
        instead.add_argument("--resume", type=int, metavar="BATCH", help="go on with a batch")
        instead.add_argument(
            "--pause", type=int, metavar="BATCH", help="stop its run or undo after the rows at hand"
        )
        instead.add_argument(
            "--undo", type=int, metavar="BATCH", help="take back what nobody used since"
        )
        instead.add_argument("--list", action="store_true", help="list the imports so far")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")
        parser.add_argument(
            "--language",
            choices=[code for code, _name in settings.LANGUAGES],
            default=get_language(),
            help="what the report is written in",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Do the one thing that was asked; a refusal ends with its sentence."""
        with override(options["language"]):
            self._answer(options)

    def _answer(self, options: dict[str, Any]) -> None:
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
        """Undo, resume, pause or import; the report, and how a person reads it."""
        asked = ("undo", "resume", "pause")
        numbers = [options[name] for name in asked if options[name] is not None]
        batch = batch_numbered(numbers[0]) if numbers else self._checked(options)
        currency = batch.store.currency
        show = partial(self._print, currency=currency)
        is_undone = options["undo"] is not None or batch.status in HALF_UNDONE
        show_undone = partial(self._print_undone, currency=currency)
        if options["pause"] is not None:
            batch = pause_batch(batch=batch)
            return (undo_report_of(batch), show_undone) if is_undone else (report_of(batch), show)
        if is_undone:
            undo_batch(batch=batch, at=timezone.now(), by=batch.undone_by)
            return undo_report_of(batch), show_undone
        if options["total"]:
            type_totals(batch=batch, totals=dict(_totals(options["total"], currency)))
        if not options["dry_run"]:
            _accept(batch, options["accept_difference"])
            try:
                run_batch(batch=batch, at=timezone.now(), by=batch.created_by)
            except DifferenceUnsigned as refusal:
                return report_of(batch) | {"error": refusal.as_dict()}, show
        return report_of(batch), show

    def _list(self, options: dict[str, Any]) -> None:
        asked = ImportBatch.objects.all()
        batches = batches_listed(
            asked.filter(store__code=options["store"]) if options["store"] else asked
        )
        if options["json"]:
            self.stdout.write(json.dumps({"batches": batches}, ensure_ascii=False))
            return
        for one in batches:
            kind, status = Kind(one["kind"]).label, ImportBatch.Status(one["status"]).label
            uploaded = one["uploaded_at"][:16].replace("T", " ")
            self.stdout.write(
                f"{one['batch']:>6}  {uploaded}  {one['store']}  {one['file']}  {kind}  "
                f"{one['rows_done']}/{one['rows']}  {status}"
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
            self._print_sums(text, sums, currency)

    def _print_sums(self, text: str, sums: dict[str, int], currency: str) -> None:
        for part, amount in sums.items():
            what = text % {"what": name_of(part)}
            self.stdout.write(f"  {what}  {figure_of(part, amount, currency)}")

    def _checked(self, options: dict[str, Any]) -> ImportBatch:
        path: Path | None = options["file"]
        if path is None or not path.is_file():
            raise CommandError(_("There is no file %(path)s.") % {"path": path})
        return check_file(
            path=path,
            file_name=path.name,
            store=_store(options["store"]),
            at=timezone.now(),
            by=None,
            kind=options["kind"],
            choices=_choices(options["mapping"], options["balance"], options["sheet"]),
            on_duplicate=options["on_duplicate"],
        )

    def _print(self, report: dict[str, Any], *, currency: str) -> None:
        write = self.stdout.write
        write(_outcome(report))
        for note in report["notes"]:
            write(f"  {note['message']}")
        for error in report["errors"]:
            write("  " + _("Row %(row)s, %(column)s: %(message)s") % error)
        for flagged in report["flagged"]:
            write("  " + _("Row %(row)s waits: %(why)s") % flagged)
        totals = dict(report["totals"])
        units = {f"unit:{name}": amount for name, amount in totals.pop("units").items()}
        self._print_sums(_("Sum: %(what)s"), totals | units, currency)
        for one in report["asked"]:
            write("  " + _("Column “%(column)s” is only kept: is it %(guess)s?") % _guessed(one))
        for one in report["declared"]:
            if not one["holds"]:
                write("  " + _difference(one, currency))
        if "error" in report:
            write(report["error"]["message"])
            write(
                _("Nothing is booked. To book it all the same: %(command)s")
                % {"command": f"import_sheet --resume {report['batch']} --accept-difference REASON"}
            )


def _outcome(report: dict[str, Any]) -> str:
    """How far the batch is, and how many of its rows became what."""
    counts = {name: report[name] for name in ("created", "updated", "unchanged", "merged")}
    counts |= {"flagged": len(report["flagged"]), "error": report["error_rows"]}
    rows = ngettext("%(rows)s row", "%(rows)s rows", report["rows"]) % {"rows": report["rows"]}
    said = [f"{ImportRow.Outcome(name).label} {count}" for name, count in counts.items() if count]
    return _("Batch %(batch)s is %(status)s: %(counts)s.") % {
        "batch": report["batch"],
        "status": ImportBatch.Status(report["status"]).label,
        "counts": " · ".join([rows, *said]),
    }


def _guessed(asked: dict[str, Any]) -> dict[str, Any]:
    return {"column": asked["column"], "guess": field_word(asked["guess"])}


def _difference(control: dict[str, Any], currency: str) -> str:
    what = control["what"]
    said = {"what": control["column"] or name_of(what)}
    for name in ("declared", "accepted", "difference"):
        said[name] = figure_of(what, control[name], currency)
    if control["is_explained"]:
        return (
            _(
                "%(what)s: %(declared)s declared, %(accepted)s accepted, "
                "difference %(difference)s, explained by the rows left out."
            )
            % said
        )
    return (
        _("%(what)s: %(declared)s declared, %(accepted)s accepted, difference %(difference)s.")
        % said
    )


def _totals(said: list[str], currency: str) -> Iterator[tuple[str, int | None]]:
    for one in said:
        what, _equals, figure = one.partition("=")
        yield what, figure_in(figure, what, currency)


def _accept(batch: ImportBatch, reason: str | None) -> None:
    """Sign for the totals that do not come out, where the command says why they are right."""
    if reason and unsigned_differences(batch):
        sign_off(batch=batch, reason=reason, at=timezone.now(), by=batch.created_by)


def _store(code: str | None) -> Store:
    stores = Store.objects.select_related("entity").open()
    found = list(stores.filter(code=code) if code else stores[:2])
    if len(found) != 1:
        raise CommandError(
            _("There is no open store %(code)s.") % {"code": code}
            if code
            else _("Say which store with --store CODE.")
        )
    return found[0]


def _choices(mapping: Path | None, balance: str | None, sheets: list[str] | None) -> Choices:
    data: Any = {}
    if mapping is not None:
        try:
            data = json.loads(mapping.read_text(encoding="utf-8-sig"))
        except (OSError, ValueError) as error:
            raise MappingWrong(detail=str(error)) from error
    if isinstance(data, dict):
        data |= {"balance": balance} if balance else {}
        data |= {"sheet": sheets_said(sheets)} if sheets else {}
    return Choices.from_json(data)
