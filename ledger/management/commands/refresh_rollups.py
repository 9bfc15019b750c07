"""Bring the rollups up to date by hand, or prove them."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from ledger.operations.rollups import rebuild_all, refresh_everybody
from ledger.operations.value_days import sum_value, sum_value_anew
from ledger.queries.rollups import rollups_equal_raw
from ledger.queries.value_days import value_days_equal_raw


class Command(BaseCommand):
    help = "Refresh the rollups of members whose activity changed; the worker does it each minute."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what to do beyond a refresh."""
        parser.add_argument("--all", action="store_true", help="rebuild everything from raw rows")
        parser.add_argument(
            "--check",
            action="store_true",
            help="compare with raw rows; exit code 1 on a difference",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Refresh or rebuild, then prove when asked."""
        if options["all"]:
            rebuild_all(at=timezone.now())
            sum_value_anew()
            self.stdout.write("Everything was rebuilt.")
        else:
            refreshed = refresh_everybody(at=timezone.now())
            sum_value()
            self.stdout.write(f"{refreshed} members refreshed.")
        if options["check"]:
            self._prove()

    def _prove(self) -> None:
        found = rollups_equal_raw()
        for difference in found:
            self.stderr.write(f"{difference.rollup} {difference.verdict}: {difference.row}")
        unlike = value_days_equal_raw()
        for odd in unlike:
            self.stderr.write(f"{odd.table} {odd.verdict}: {odd.row}")
        if found or unlike:
            raise CommandError("The rollups differ from raw activity. Rebuild them with --all.")
        self.stdout.write("The rollups equal raw activity.")
