"""A database of a bench's own: migrated, empty, dropped afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management import call_command
from django.db import connection, connections
from psycopg import connect, sql


@contextmanager
def own_database(name: str) -> Iterator[None]:
    """A migrated, empty database that Django is pointed at, dropped afterwards."""
    settings = connection.settings_dict
    before = settings["NAME"], settings["OPTIONS"].pop("assume_role", None)
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    connections.close_all()
    with connect(
        **connection.get_connection_params() | {"dbname": "postgres"}, autocommit=True
    ) as owner:
        owner.execute(drop)
        owner.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        settings["NAME"] = name
        try:
            call_command("migrate", verbosity=0)
            yield
        finally:
            connections.close_all()
            settings["NAME"], role = before
            if role:
                settings["OPTIONS"]["assume_role"] = role
            owner.execute(drop)
