"""Writes the whole database to a file, and reads such a file back: all of it or nothing.

The file is pg_dump's own format, so PostgreSQL's tools read it without us. It holds personal
data: only its owner may read it.
"""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.backends.postgresql.client import DatabaseClient

from config.embedded import places

LOCK_PATIENCE = "10s"


class BackupError(Exception):
    """A backup or a restore was refused or failed; the message says why and what to do."""


def backup(*, file: Path) -> None:
    """Write the database, as it is at this moment, to ``file``. Others go on working.

    Raises BackupError when ``file`` exists or the dump fails; no half file is left.
    """
    if file.exists():
        raise BackupError(f"{file} exists already. Name a new file.")
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.draft")
    arguments, environment = _address()
    try:
        draft.touch(mode=0o600)
        _run("pg_dump", "-Fc", "--no-owner", "-f", str(draft), *arguments, env=environment)
        _run("pg_restore", "--list", str(draft))
        draft.rename(file)
    finally:
        draft.unlink(missing_ok=True)


def restore(*, file: Path, replace: bool = False) -> None:
    """Fill the database from ``file``, then bring it up to this version of the program.

    With ``replace`` all that is in the database is dropped first, in the same transaction: a
    restore that fails leaves everything as it was. The owner's work: run it while web and
    worker are stopped.

    Raises BackupError when the file is unreadable, or the database is not empty.
    """
    if not file.is_file():
        raise BackupError(f"{file} is not a file.")
    if not replace and _holds_tables():
        raise BackupError("The database is not empty. Add --replace to drop all it holds.")
    connection.close()
    _load(file, first=_dropping_everything() if replace else [])
    call_command("migrate", interactive=False, verbosity=0)


def _load(file: Path, *, first: list[str]) -> None:
    """Unpack the whole file before the database sees any of it: a torn file changes nothing."""
    arguments, environment = _address()
    with tempfile.TemporaryDirectory(dir=settings.VAR_DIR) as folder:
        script = Path(folder) / "restore.sql"
        _run("pg_restore", "--no-owner", "--no-acl", "-f", str(script), str(file))
        before = [f"SET lock_timeout = '{LOCK_PATIENCE}'", *first]
        commands = [part for statement in before for part in ("-c", statement)]
        options = ["-X", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-o", os.devnull]
        _run("psql", *options, *commands, "-f", str(script), *arguments, env=environment)


def _holds_tables() -> bool:
    with connection.cursor() as cursor:
        return bool(connection.introspection.table_names(cursor))


def _dropping_everything() -> list[str]:
    return ["DROP SCHEMA public CASCADE", "CREATE SCHEMA public"]


# The programs -------------------------------------------------------------


def _address() -> tuple[list[str], dict[str, str]]:
    """Return the arguments and the environment that lead a program to the database's owner."""
    command, environment = DatabaseClient.settings_to_cmd_args_env(connection.settings_dict, [])
    return command[1:], environment or {}


def _run(program: str, *arguments: str, env: dict[str, str] | None = None) -> None:
    done = subprocess.run(  # noqa: S603 -- PostgreSQL's programs, our arguments
        [str(_program(program)), *arguments],
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BackupError(f"{program} failed: {done.stderr.strip()}")


def _program(name: str) -> Path:
    """Return ``name`` of the server's own major version: another one may not fit."""
    major = _server_major()
    for candidate in _candidates(name, major):
        if candidate.exists() and _major(candidate) == major:
            return candidate
    raise BackupError(
        f"The server is PostgreSQL {major}, and no {name} of that version was found."
        f" Install its client programs (for example: apt install postgresql-client-{major})."
    )


def _candidates(name: str, major: int) -> Iterator[Path]:
    found = shutil.which(name)
    if found:
        yield Path(found)
    yield Path(f"/usr/lib/postgresql/{major}/bin") / name
    yield from places.every_version_of(name)


def _server_major() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        return int(cursor.fetchone()[0]) // 10000


def _major(program: Path) -> int:
    """Return the major version that ``program`` says it has; 0 if it does not run."""
    done = subprocess.run(  # noqa: S603 -- found above
        [str(program), "--version"], capture_output=True, text=True, check=False
    )
    said = re.search(r"(\d+)(\.\d+|devel|beta|rc)", done.stdout)
    return int(said[1]) if said else 0
