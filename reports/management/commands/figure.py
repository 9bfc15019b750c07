"""Answer one figure on the command line, from rollups that are up to date."""

import json
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from common.errors import DomainError
from ledger.operations.rollups import refresh_everybody
from reports.queries.figure import Question
from reports.queries.registry import ask, figures
from reports.queries.scope import whole_scope

OPTIONS = ("kind", "days", "granularity", "measure", "event", "offer")


def as_day(value: str | date | None) -> date | None:
    """A day written 2026-05-01; a day as it is, since callers in Python pass either."""
    return date.fromisoformat(value) if isinstance(value, str) else value


class Command(BaseCommand):
    help = "Print a figure with its definition; without a KEY, list the figures there are."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the figure's key and what is asked of it."""
        parser.add_argument("key", nargs="?", help="which figure")
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument("--from", dest="start", type=as_day, help="first day")
        parser.add_argument("--to", dest="end", type=as_day, help="last day, included")
        parser.add_argument(
            "--as-of",
            type=as_day,
            help="last day that counts as seen (default: the last closed business date)",
        )
        parser.add_argument("--store", default="", help="code of one store (default: all stores)")
        parser.add_argument("--kind", default="", help="variant, such as bracket or on_day")
        parser.add_argument("--days", default="", help="7, 8-14 or 1,7,30")
        parser.add_argument("--granularity", default="", help="day, week, month, quarter or year")
        parser.add_argument("--measure", default="", help="what is counted, such as members")
        parser.add_argument("--event", default="", help="visit or purchase")
        parser.add_argument("--offer", default="", help="code of one offer")
        parser.add_argument(
            "--partial", action="store_true", help="count periods that are not over yet"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask the figure; a refusal is an error message and exit code 1."""
        if not options["key"]:
            for key, figure in figures().items():
                self.stdout.write(f"{key:24}{figure.name}")
            return
        try:
            question = self._question(options)
            # No worker may be at hand to bring in what was imported a moment ago.
            refresh_everybody(at=timezone.now())
            told = ask(options["key"], question)
        except DomainError as error:
            raise CommandError(str(error)) from error
        self._print(told, as_json=options["json"])

    def _question(self, options: dict[str, Any]) -> Question:
        scope = whole_scope(options["store"])
        return Question(
            scope=scope,
            as_of=as_day(options["as_of"]) or scope.last_closed_date(timezone.now()),
            start=as_day(options["start"]),
            end=as_day(options["end"]),
            partial=options["partial"],
            **{name: str(options[name]) for name in OPTIONS},
        )

    def _print(self, told: dict[str, Any], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(told, ensure_ascii=False))
            return
        self.stdout.write(told["definition"])
        for row in told["rows"][:1]:
            self.stdout.write("\t".join(row))
        for row in told["rows"]:
            self.stdout.write("\t".join("" if cell is None else str(cell) for cell in row.values()))
