"""Fill an empty database with four shops whose members behave like people."""

import sys
from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from members.models import Member, Store
from promotions.demo.loading import load


class Command(BaseCommand):
    """``manage.py demo_data --members N --months M --seed S [--until DATE]``."""

    help = "Fill an empty database with four demo shops; the same seed gives the same data."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--members", type=int, default=2000)
        parser.add_argument("--months", type=int, default=18)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--until", type=datetime.fromisoformat, help="last day; default: today")

    def handle(self, **options: Any) -> None:
        if Member.objects.exists() or Store.objects.exists():
            raise CommandError(
                "Demo data goes into an empty database only; this one has stores or members."
            )
        if options["members"] < 1 or not 1 <= options["months"] <= 60:
            raise CommandError("Give at least 1 member and from 1 to 60 months.")
        until = options["until"]
        load(
            members=options["members"],
            months=options["months"],
            seed=options["seed"],
            at=until.replace(hour=12, tzinfo=UTC) if until else timezone.now(),
            progress=self.show,
        )
        self.stdout.write("\nDemo data is loaded.")

    def show(self, step: str, done: int, total: int) -> None:
        """Draw progress on one line of a terminal; a log gets none."""
        if sys.stdout.isatty():
            self.stdout.write(f"\r{step}: {done} of {total}  ", ending="")
            self.stdout.flush()
