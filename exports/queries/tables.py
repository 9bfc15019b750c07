"""The tables an export of everything holds, in the order in which they can be filled again."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from graphlib import TopologicalSorter

from django.apps import apps
from django.db import connection
from psycopg import sql

from common.guarding import PATTERN
from exports.rules import leaving_out
from exports.rules.units import unit_of

PLAIN_TYPES = frozenset(
    {"bigint", "integer", "smallint", "numeric", "date", "uuid"}
    | {"timestamp with time zone", "time without time zone"}
)

COLUMNS = """
SELECT a.attname, format_type(a.atttypid, NULL), format_type(a.atttypid, a.atttypmod)
FROM pg_attribute a
WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
ORDER BY a.attnum
"""
KEYS = """
SELECT a.attname
FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY k (attnum, position)
JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
WHERE i.indrelid = %s::regclass AND i.indisprimary ORDER BY k.position
"""
# Keys that Django made are checked at the end of the transaction and ask for no order.
PARENTS = """
SELECT conrelid::regclass::text, confrelid::regclass::text
FROM pg_constraint WHERE contype = 'f' AND NOT condeferrable AND conrelid <> confrelid
"""
SEQUENCES = """
SELECT d.refobjid::regclass::text, s.relname
FROM pg_class s JOIN pg_depend d ON d.objid = s.oid AND d.classid = 'pg_class'::regclass
    AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
WHERE s.relkind = 'S'
"""
# It belongs to no column: member numbers are texts.
FREE_SEQUENCES = ("members_member_number_seq",)


@dataclass(frozen=True)
class TableColumn:
    """One column: its name, its SQL type without and with its size, and what stands in for it."""

    table: str
    name: str
    kind: str
    full_kind: str

    @property
    def unit(self) -> str:
        """What its numbers count, empty for what has no unit."""
        return unit_of(self.table, self.name, self.kind)

    @property
    def stands_in(self) -> str | None:
        """What is written instead of a secret."""
        found = leaving_out.COLUMNS.get((self.table, self.name))
        return found[0] if found else None

    def written(self) -> sql.Composable:
        """The column as it is written into a file: texts guarded, the rest as it is."""
        name = sql.Identifier(self.name)
        if self.stands_in is not None:
            return sql.Literal(self.stands_in)
        if self.kind in PLAIN_TYPES:
            return name
        if self.kind == "boolean":
            return sql.SQL("{}::text").format(name)
        return sql.SQL(
            "CASE WHEN {name}::text ~ {risky} THEN '''' || {name}::text ELSE {name}::text END"
        ).format(name=name, risky=sql.Literal(PATTERN))

    def read(self) -> sql.Composable:
        """The column as it stands in the table, from the text of a file."""
        name = sql.Identifier(self.name)
        if self.stands_in is not None:
            return sql.Literal(leaving_out.RESTORED.get((self.table, self.name), self.stands_in))
        if self.kind not in PLAIN_TYPES:
            name = sql.SQL(  # type: ignore[assignment]  # both are composable
                "CASE WHEN {name} LIKE '''%%' THEN substr({name}, 2) ELSE {name} END"
            ).format(name=name)
        return sql.SQL("({})::{}").format(name, sql.SQL(self.kind))


@dataclass(frozen=True)
class Table:
    """One table, its columns, and the key its rows are ordered by."""

    name: str
    columns: Sequence[TableColumn]
    key: Sequence[str]

    @property
    def file(self) -> str:
        """Its file in an export."""
        return f"data/{self.name}.csv"

    @cached_property
    def names(self) -> list[str]:
        """Its columns by name."""
        return [column.name for column in self.columns]

    def select(self) -> sql.Composable:
        """All its rows as they are written, in the order of its key."""
        columns = sql.SQL(", ").join(
            sql.SQL("{} AS {}").format(column.written(), sql.Identifier(column.name))
            for column in self.columns
        )
        key = sql.SQL(", ").join(map(sql.Identifier, self.key))
        return sql.SQL("SELECT {} FROM {} AS t ORDER BY {}").format(
            columns, sql.Identifier(self.name), key
        )


def all_tables() -> list[Table]:
    """Every table of the shop's records, parents first, but for what is left out by name."""
    names = {
        model._meta.db_table  # noqa: SLF001 - the documented way to a table's name
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in leaving_out.APPS and model._meta.managed  # noqa: SLF001
    }
    return [_table(name) for name in _parents_first(names - set(leaving_out.TABLES))]


def _table(name: str) -> Table:
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS, [name])
        columns = [TableColumn(name, *row) for row in cursor.fetchall()]
        cursor.execute(KEYS, [name])
        return Table(name, columns, [key for (key,) in cursor.fetchall()])


def _parents_first(names: set[str]) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(PARENTS)
        pairs = cursor.fetchall()
    order: TopologicalSorter[str] = TopologicalSorter(dict.fromkeys(sorted(names), ()))
    for child, parent in sorted(pairs):
        if child in names and parent in names:
            order.add(child, parent)
    return list(order.static_order())


def next_numbers(tables: Sequence[Table]) -> dict[str, int]:
    """The next number of every sequence that these tables draw from, by the sequence's name.

    Read it after the rows: sequences know no snapshot, so they are never behind them then.
    """
    names = {table.name for table in tables}
    with connection.cursor() as cursor:
        cursor.execute(SEQUENCES)
        owned = sorted(name for table, name in cursor.fetchall() if table in names)
        found = {}
        for name in [*owned, *FREE_SEQUENCES]:
            cursor.execute(
                sql.SQL("SELECT last_value + is_called::int FROM {}").format(sql.Identifier(name))
            )
            found[name] = cursor.fetchone()[0]
    return found
