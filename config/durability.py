"""Refuses to serve from a database that answers before money is on disk."""

from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection

LOSSY = {"off"}


def commits_are_durable() -> bool:
    """Whether an acknowledged commit survives a power cut, as far as the session's setting says."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        return cursor.fetchone()[0] not in LOSSY


def refuse_lossy_commits() -> None:
    """Stop the start-up when the database would lose acknowledged spends.

    A database that cannot be reached yet is no reason: each request finds out for itself.
    """
    try:
        durable = commits_are_durable()
    except OperationalError:
        return
    finally:
        connection.close()
    if not durable:
        raise ImproperlyConfigured(
            "synchronous_commit is off: a power cut would lose sales that were acknowledged."
            " Set it to on in PostgreSQL (docs/deploy.md)."
        )
