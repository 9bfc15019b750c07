"""Who may write what in the database: the application's role reads history and posts to it.

``migrate`` runs as the owner of the tables and calls ``grant_to_application`` at its end. The web
and the worker then assume the role (``SET ROLE``), which stops mistakes; a separate restricted
login, described in ``docs/deploy.md``, stops an attacker too.
"""

from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import sql

HISTORY = (
    "ledger_wallet",
    "ledger_contract",
    "ledger_lot",
    "ledger_txn",
    "ledger_movement",
)
POSTING = "ledger_post(jsonb, jsonb)"


def can_create_roles(connection: BaseDatabaseWrapper) -> bool:
    """True when the login may create roles.

    An ordinary owner of a managed database often may not.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
        )
        return bool(cursor.fetchone()[0])


def role_exists(connection: BaseDatabaseWrapper, role: str) -> bool:
    """True when the cluster knows ``role``."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %s)", [role])
        return bool(cursor.fetchone()[0])


def create_role(connection: BaseDatabaseWrapper, role: str) -> None:
    """Make ``role`` without a login and let the present login assume it."""
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL(
                "DO $$ BEGIN CREATE ROLE {role} NOLOGIN;"
                " EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
            ).format(role=sql.Identifier(role))
        )
        cursor.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(role)))


def grant_to_application(connection: BaseDatabaseWrapper, role: str) -> None:
    """Give ``role`` all rows to read and write except history, which it may read and post to."""
    statements = [
        "GRANT USAGE ON SCHEMA public TO {role}",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
        "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
        "REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON {history} FROM {role}",
        "REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role}",
        f"REVOKE EXECUTE ON FUNCTION {POSTING} FROM PUBLIC",
        f"GRANT EXECUTE ON FUNCTION {POSTING} TO {{role}}",
    ]
    names = {
        "role": sql.Identifier(role),
        "history": sql.SQL(", ").join(map(sql.Identifier, HISTORY)),
    }
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(sql.SQL(statement).format(**names))
