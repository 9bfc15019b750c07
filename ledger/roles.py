"""Who may write what in the database: the application reads history, posts to it and seals it.

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
    "ledger_seal",
)
# Written by the application once and never changed.
WRITTEN_ONCE = (
    "ledger_checkrun",
    "ledger_contractevent",
    "ledger_override",
    "ledger_refund",
    "ledger_refundpayout",
    "ledger_dayclose",
    "ledger_daycloseentry",
    "ledger_dayclosefigure",
    "ledger_dayclosetill",
    "ledger_tillcount",
    "ledger_salerefund",
    "ledger_salerefundline",
    "ledger_salerefundtender",
    "ledger_terms",
)
WRITERS = (
    "ledger_post(jsonb, jsonb)",
    "ledger_open_many(jsonb, jsonb)",
    "ledger_revoke_many(jsonb, jsonb)",
    "ledger_seal_up(int)",
)


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
    """Give ``role`` all rows to read and write except history, which it may read and post to.

    What is said of a contract after its sale it may add, and never change.
    """
    statements = [
        "GRANT USAGE ON SCHEMA public TO {role}",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
        "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
        "REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON {history} FROM {role}",
        "REVOKE UPDATE, DELETE, TRUNCATE ON {written_once} FROM {role}",
        "REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role}",
        *(f"REVOKE EXECUTE ON FUNCTION {name} FROM PUBLIC" for name in WRITERS),
        *(f"GRANT EXECUTE ON FUNCTION {name} TO {{role}}" for name in WRITERS),
    ]
    names = {
        "role": sql.Identifier(role),
        "history": sql.SQL(", ").join(map(sql.Identifier, HISTORY)),
        "written_once": sql.SQL(", ").join(map(sql.Identifier, WRITTEN_ONCE)),
    }
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(sql.SQL(statement).format(**names))
