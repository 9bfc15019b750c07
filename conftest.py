"""The test database: made and emptied by its owner, used by the application's role.

So every test runs under the very grants that production has; only making, migrating and
emptying the database is the owner's.
"""

import fcntl
import functools
import os
from collections.abc import Iterator
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction
from django.db.backends.base.operations import BaseDatabaseOperations
from django.utils import timezone, translation
from psycopg import sql

pytest_plugins = ["tests.chromium"]
# Importing it asks the database whether it may serve.
collect_ignore = ["config/wsgi.py"]

ROOT = Path(__file__).parent
MADE_FROM = ("*/migrations/*.py", "*/sql/*.sql", "*/roles.py", "requirements.txt")
TEMPLATE = "regulars_test_template_"
PRESETS = import_module("ledger.migrations.0008_presets")
KEEPING = import_module("ledger.migrations.0016_reserves")

SIZE_OF_THE_LONGEST = """
SELECT max(pg_relation_size(quote_ident(name)::regclass)) FROM unnest(%s::text[]) AS name
"""
# In bytes, with what deleted rows leave behind.
LONG_TABLE = 256 * 1024
# No test changes them.
MADE_BY_MIGRATE = {"django_content_type", "auth_permission"}

# Playwright's event loop runs in the very thread that a live server's tests query from.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture(autouse=True)
def nothing_left_of_the_test_before() -> Iterator[None]:
    """Start each test in English and UTC, with nobody's attempts to log in counted."""
    cache.clear()
    timezone.deactivate()
    with translation.override(settings.LANGUAGE_CODE):
        yield
    timezone.deactivate()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """Let the owner make the database: the role may not exist yet, nor may it migrate."""
    _become("")


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Iterator[None]:
    """Make one database at a time: roles belong to the whole server, not to one database."""
    if fixturedef.argname != "django_db_setup":
        return (yield)
    with (settings.VAR_DIR / "test-setup.lock").open("a") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        with request.getfixturevalue("django_db_blocker").unblock():
            connection.settings_dict["TEST"]["TEMPLATE"] = _template()
        return (yield)


@functools.cache
def _template() -> str:
    """Make the database that test databases are copied from; to migrate takes twenty times longer.

    It is kept until a migration changes, or a library that brings some.
    """
    test, name = connection.settings_dict["TEST"], connection.settings_dict["NAME"]
    files = sorted(path for pattern in MADE_FROM for path in ROOT.glob(pattern))
    mark = sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(test, "NAME", f"{TEMPLATE}{mark[:12]}")
        connection.creation.create_test_db(verbosity=0, serialize=False, keepdb=True)
        _drop_others(test["NAME"])
        connection.close()
        connection.settings_dict["NAME"] = name
        return test["NAME"]


def _drop_others(current: str) -> None:
    """Drop all but the two made last before; called under the lock, so nobody copies them now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s) AND datname <> %s"
            " ORDER BY oid DESC OFFSET 2",
            [TEMPLATE, current],
        )
        for (outworn,) in cursor.fetchall():
            cursor.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(outworn)))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Hand the finished database to the application's role until it is taken down."""
    with django_db_blocker.unblock():
        role = _existing(settings.APP_DB_ROLE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseDatabaseOperations, "execute_sql_flush", flush_as_owner)
        _become(role)
        yield
        _become("")
    with django_db_blocker.unblock():
        _end_other_sessions()


@pytest.fixture(scope="module")
def until_the_module_ends(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Let the tests of a module share what takes long to set up; at its end all is rolled back.

    For fixtures of a module none of whose tests commits: each test is a savepoint then.
    """
    everything = transaction.atomic()
    # As Django's TestCase marks its own, so that what must be outermost runs inside.
    everything._from_testcase = True
    with django_db_blocker.unblock(), everything:
        # Without a test marked django_db, no test database is made, and this is the real one.
        assert connection.settings_dict["NAME"].startswith("test_")
        yield
        transaction.set_rollback(True)


def _end_other_sessions() -> None:
    """A live server's thread may still hold a session when the database is to be dropped."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )
    connection.close()


def flush_as_owner(operations: BaseDatabaseOperations, truncate: list[str]) -> None:
    """Empty the tables past the triggers that keep history, which hold for the owner too.

    Row by row where all are short: to truncate an empty table costs more than to look into it.
    """
    connected = operations.connection
    tables = connected.introspection.django_table_names(only_existing=True)
    with transaction.atomic(), connected.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE NONE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(SIZE_OF_THE_LONGEST, [tables])
        if cursor.fetchone()[0] > LONG_TABLE:
            for statement in truncate:
                cursor.execute(statement)
        else:
            for table in sorted(set(tables) - MADE_BY_MIGRATE):
                cursor.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
    # What the product ships is there again, as after ``migrate``.
    PRESETS.ship(apps, operations)
    KEEPING.keep(apps, operations)


def _existing(role: str) -> str:
    """Return ``role``, or nothing where the server does not know it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        return role if cursor.fetchone() else ""


def _become(role: str) -> None:
    """Use ``role`` in every connection from now on; the empty role is the owner."""
    connection.close()
    connection.settings_dict["OPTIONS"].pop("assume_role", None)
    if role:
        connection.settings_dict["OPTIONS"]["assume_role"] = role
