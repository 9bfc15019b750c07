"""Backups of a real database, restored into a real one beside it."""

import psycopg
import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection
from psycopg import sql

from config import backups

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def owner_of_the_server():
    options = connection.settings_dict
    return psycopg.connect(
        host=options["HOST"],
        port=options["PORT"],
        user=options["USER"],
        password=options["PASSWORD"],
        dbname="postgres",
        autocommit=True,
    )


@pytest.fixture
def go_to_empty_database(transactional_db, monkeypatch):
    """Point the connection to a new and empty database, until the test is over."""
    name = f"{connection.settings_dict['NAME']}_restored"
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))

    def go():
        with owner_of_the_server() as owner:
            owner.execute(drop)
            owner.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        connection.close()
        monkeypatch.setitem(connection.settings_dict, "NAME", name)

    yield go
    connection.close()
    monkeypatch.undo()
    with owner_of_the_server() as owner:
        owner.execute(drop)


@pytest.fixture
def dump(transactional_db, tmp_path):
    """A backup of a database in which there is a user called ada."""
    get_user_model().objects.create_user(username="ada")
    file = tmp_path / "shop.dump"
    backups.backup(file=file)
    return file


def usernames():
    return sorted(get_user_model().objects.values_list("username", flat=True))


def test_a_restored_copy_holds_what_was_backed_up(dump, go_to_empty_database):
    go_to_empty_database()

    backups.restore(file=dump)

    assert usernames() == ["ada"]


def test_a_restored_copy_passes_the_audit(dump, go_to_empty_database):
    go_to_empty_database()
    backups.restore(file=dump)

    call_command("audit_ledger")


def test_a_restored_copy_keeps_history_from_the_application(dump, go_to_empty_database):
    go_to_empty_database()
    backups.restore(file=dump)

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT has_table_privilege(%s, 'ledger_movement', 'SELECT'),"
            " has_table_privilege(%s, 'ledger_movement', 'UPDATE')",
            [settings.APP_DB_ROLE] * 2,
        )
        assert cursor.fetchone() == (True, False)


def test_refuses_a_database_that_is_not_empty_and_writes_nothing(dump):
    get_user_model().objects.create_user(username="bob")

    with pytest.raises(backups.BackupError, match="not empty"):
        backups.restore(file=dump)

    assert usernames() == ["ada", "bob"]


def test_replaces_everything_when_told_to(dump):
    get_user_model().objects.create_user(username="bob")

    backups.restore(file=dump, replace=True)

    assert usernames() == ["ada"]


def test_a_torn_file_leaves_the_database_as_it_was(dump):
    get_user_model().objects.create_user(username="bob")
    whole = dump.read_bytes()
    dump.write_bytes(whole[: len(whole) // 2])

    with pytest.raises(backups.BackupError, match="pg_restore failed"):
        backups.restore(file=dump, replace=True)

    assert usernames() == ["ada", "bob"]


def test_refuses_to_write_over_a_file(dump):
    before = dump.read_bytes()

    with pytest.raises(backups.BackupError, match="exists already"):
        backups.backup(file=dump)

    assert dump.read_bytes() == before


def test_only_its_owner_may_read_a_backup(dump):
    assert dump.stat().st_mode & 0o777 == 0o600


def test_a_failed_backup_leaves_no_file(transactional_db, tmp_path, monkeypatch):
    connection.ensure_connection()
    monkeypatch.setitem(connection.settings_dict, "NAME", "no_such_database")

    with pytest.raises(backups.BackupError, match="pg_dump failed"):
        backups.backup(file=tmp_path / "shop.dump")

    assert list(tmp_path.iterdir()) == []
