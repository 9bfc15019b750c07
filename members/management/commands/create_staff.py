"""Lets somebody in to work."""

import os
from argparse import ArgumentParser
from getpass import getpass
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from common.errors import DomainError
from members.models import Store, User
from members.operations import create_staff

PASSWORD_VARIABLE = "STAFF_PASSWORD"  # noqa: S105  # the name of the variable


class Command(BaseCommand):
    """``create_staff USERNAME --role clerk --store CODE [--store CODE …]``."""

    help = (
        "Let somebody in to work. The password is read from --password-file, from the variable "
        f"{PASSWORD_VARIABLE}, or asked for."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say who, as what, and where."""
        parser.add_argument("username")
        parser.add_argument("--role", required=True, choices=User.Role.values)
        parser.add_argument("--store", action="append", default=[], help="a store's code")
        parser.add_argument("--language", default="", choices=["", "en", "zh-hans"])
        parser.add_argument("--display-name", default="")
        parser.add_argument("--password-file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Create the account, or say why not."""
        try:
            user = create_staff(
                username=options["username"],
                password=_password(options["password_file"]),
                role=options["role"],
                stores=_stores(options["store"]),
                language=options["language"],
                display_name=options["display_name"],
            )
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Created {user.username} ({user.role}).")


def _stores(codes: list[str]) -> list[Store]:
    found = {store.code: store for store in Store.objects.filter(code__in=codes)}
    if missing := sorted(set(codes) - set(found)):
        raise CommandError(f"There is no store {', '.join(missing)}.")
    return list(found.values())


def _password(file: Path | None) -> str:
    if file is None:
        return os.environ.get(PASSWORD_VARIABLE) or _asked()
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise CommandError(f"Cannot read {file}: {error.strerror}.") from error


def _asked() -> str:
    first, second = getpass("Password: "), getpass("Password (again): ")
    if first != second:
        raise CommandError("The two passwords differ.")
    return first
