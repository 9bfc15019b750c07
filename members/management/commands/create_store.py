"""Sets up an empty store."""

from argparse import ArgumentParser
from datetime import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from common.errors import DomainError
from members.operations import create_store


class Command(BaseCommand):
    """``create_store CODE --name … --country CN --currency CNY --time-zone Asia/Shanghai …``."""

    help = "Set up an empty store."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say what a store needs."""
        parser.add_argument("code")
        parser.add_argument("--name", required=True)
        parser.add_argument("--country", required=True, help="two letters, such as CN")
        parser.add_argument("--currency", required=True, help="three letters, such as CNY")
        parser.add_argument("--time-zone", required=True, help="such as Asia/Shanghai")
        parser.add_argument("--language", default="en", help="en or zh-hans")
        parser.add_argument(
            "--day-cut",
            type=time.fromisoformat,
            default=time(4),
            help="when the business day begins, such as 04:00",
        )
        parser.add_argument("--jurisdiction", default="none", help="such as CN-Beijing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Create it, or say why not."""
        fields = ("code", "name", "country", "currency", "time_zone", "language", "day_cut")
        try:
            store = create_store(
                **{field: options[field] for field in fields},
                jurisdiction=options["jurisdiction"],
            )
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Created the store {store.code} ({store.name}).")
