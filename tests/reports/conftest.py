"""Histories are loaded once for a module, in a transaction that its end rolls back."""

from contextlib import contextmanager

import pytest
from django.db import connection, transaction
from psycopg import sql

from tests.reports.history import load_history


@contextmanager
def keys_unchecked():
    """Insert as the owner without foreign keys: checking half a million of them takes minutes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        (role,) = cursor.fetchone()
        cursor.execute("SET LOCAL ROLE NONE; SET LOCAL session_replication_role = replica")
        yield
        cursor.execute("ANALYZE ledger_visit, ledger_sale, ledger_memberday, ledger_membermonth")
        cursor.execute("SET LOCAL session_replication_role = origin")
        cursor.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(role)))


@pytest.fixture(scope="module")
def for_this_module(django_db_setup, django_db_blocker):
    """Load something for all tests of a module, and leave nothing behind."""

    @contextmanager
    def loaded(file, code):
        with django_db_blocker.unblock(), transaction.atomic():
            # Without a test marked django_db, no test database is made, and this is the real one.
            assert connection.settings_dict["NAME"].startswith("test_")
            with keys_unchecked():
                store = load_history(file, code=code)
            yield store
            transaction.set_rollback(True)

    return loaded


@pytest.fixture(scope="module")
def cdnow(for_this_module):
    with for_this_module("cdnow_master.csv.gz", "cdnow") as store:
        yield store


@pytest.fixture(scope="module")
def complete_journey(for_this_module):
    with for_this_module("complete_journey.csv.gz", "journey") as store:
        yield store
