"""Who may write what in the database: the application reads history, posts to it and seals it.

``migrate`` runs as the owner of the tables and calls ``grant_to_application`` at its end. The web
and the worker then assume the role (``SET ROLE``), which stops mistakes; a separate restricted
login, described in ``docs/deploy.md``, stops an attacker too.
"""

from collections import ChainMap
from collections.abc import Mapping, Sequence

from django.apps import apps
from django.db import transaction
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
# Written once but for the columns named, which say what became of the row later. Apps above name
# their own tables in the same way, as ``changes_in`` of their configuration.
CHANGES_IN: Mapping[str, Sequence[str]] = {
    "ledger_sale": (
        *("member_id", "visit_id", "refunded_total"),
        *("tax_amount", "invoice_number", "invoiced_at", "invoiced_by_id"),
        *("voided_at", "voided_by_id", "void_reason"),
    ),
    "ledger_saleline": (),
    "ledger_saletender": (),
    "ledger_visit": (
        *("member_id", "request_id", "operator_id"),
        *("voided_at", "voided_by_id", "void_reason"),
    ),
    "ledger_coinplay": ("member_id",),
    "ledger_dispense": ("member_id",),
    "ledger_hold": ("member_id", "resolved_at", "captured"),
    "ledger_merge": ("undone_at", "undone_by_id", "undo_reason"),
    "ledger_scope": (),
    "members_consent": (),
    "members_debitproof": ("member_id", "store_id", "value", "way", "reason", "at", "by_id"),
    "members_memberchange": (),
    "members_tierholding": ("until",),
    "django_admin_log": (),
}
# What an import that is undone, or an erasure, takes away; triggers refuse any other row.
TAKEN_BACK = (
    "ledger_sale",
    "ledger_saleline",
    "ledger_saletender",
    "ledger_visit",
    "ledger_coinplay",
    "ledger_dispense",
    "members_memberchange",
    "members_tierholding",
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


def changes_in() -> dict[str, Sequence[str]]:
    """The columns of history that the application may change, by table; those of all apps."""
    above = (getattr(config, "changes_in", {}) for config in apps.get_app_configs())
    return dict(ChainMap(*map(dict, above), dict(CHANGES_IN)))


def grant_to_application(connection: BaseDatabaseWrapper, role: str) -> None:
    """Give ``role`` all rows to read and write except history, which it may read and post to.

    What is said of a contract after its sale it may add, and never change; of bills and visits it
    may change what became of them. At no moment may it do more.
    """
    changing = changes_in()
    statements = [
        "GRANT USAGE ON SCHEMA public TO {role}",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
        "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
        "REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON {history} FROM {role}",
        "REVOKE UPDATE, DELETE, TRUNCATE ON {written_once} FROM {role}",
        "REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role}",
        "GRANT DELETE ON {taken_back} TO {role}",
        *(f"REVOKE EXECUTE ON FUNCTION {name} FROM PUBLIC" for name in WRITERS),
        *(f"GRANT EXECUTE ON FUNCTION {name} TO {{role}}" for name in WRITERS),
    ]
    names = {
        "role": sql.Identifier(role),
        "history": _listed(HISTORY),
        "written_once": _listed([*WRITTEN_ONCE, *changing]),
        "taken_back": _listed(TAKEN_BACK),
    }
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(sql.SQL(statement).format(**names))
        for table, columns in changing.items():
            if columns:
                grant = sql.SQL("GRANT UPDATE ({}) ON {} TO {}")
                cursor.execute(grant.format(_listed(columns), sql.Identifier(table), names["role"]))


def _listed(names: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))
