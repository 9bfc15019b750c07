"""Puts rows into the database by COPY, and writes back what became of them, many at a time."""

import json
from collections.abc import Iterable, Sequence
from itertools import batched
from operator import attrgetter
from typing import Any

from django.db import connection
from django.db.models import Model

from imports.models import ImportRow

COLUMNS = (
    *("batch_id", "number", "root", "key", "outcome", "is_repeated", "is_settled", "decision"),
    *("values", "amounts", "raw", "errors", "warnings", "why"),
    *("fixes", "undone", "undo_why"),
)
CELLS = attrgetter(*COLUMNS)
TABLE = ImportRow._meta  # noqa: SLF001 - documented
WRITTEN_AT_ONCE = 1_000
ENCODER = json.JSONEncoder(ensure_ascii=False)
NEXT_KEYS = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"


def stage(rows: Iterable[ImportRow]) -> None:
    """Insert the rows as they stand."""
    copy_rows("imports_importrow", COLUMNS, (_plain_row(row) for row in rows))


def write_back(rows: Iterable[ImportRow], names: Sequence[str]) -> None:
    """Update these columns of rows that stand already, a thousand in one statement."""
    columns = {field.attname: field.db_type(connection) for field in TABLE.concrete_fields}
    kinds = ", ".join(f'"{name}" {columns[name]}' for name in names)
    news = ", ".join(f'"{name}" = said."{name}"' for name in names)
    statement = f"""
        UPDATE {TABLE.db_table} AS row SET {news}
        FROM jsonb_to_recordset(%s::jsonb) AS said (id bigint, {kinds}) WHERE row.id = said.id
    """  # noqa: S608 - names of our own columns
    for some in batched(rows, WRITTEN_AT_ONCE):
        said = [{"id": row.pk} | {name: getattr(row, name) for name in names} for row in some]
        with connection.cursor() as cursor:
            cursor.execute(statement, [json.dumps(said, ensure_ascii=False, default=str)])


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows of plain values into a table, which has a trusted name; JSON comes as a text."""
    # Made before the copy begins: what looks something up on the way would wait for its own end.
    ready = list(rows)
    if not ready:
        return
    names = ", ".join(f'"{name}"' for name in columns)
    statement = f"COPY {table} ({names}) FROM STDIN"
    # Django wraps the errors of its own calls alone.
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        for row in ready:
            copy.write_row(row)


def copy_objects(made: Sequence[Model]) -> None:
    """Insert new objects of one model as they stand; those without a key are given theirs."""
    if not made:
        return
    table = made[0]._meta  # noqa: SLF001 - documented
    if made[0].pk is None:
        for one, key in zip(made, next_keys(table.db_table, len(made)), strict=True):
            one.pk = key
    columns = [field.attname for field in table.concrete_fields]
    copy_rows(table.db_table, columns, map(attrgetter(*columns), made))


def next_keys(table: str, count: int) -> list[int]:
    """Keys for so many new rows of a table, in their order."""
    with connection.cursor() as cursor:
        cursor.execute(NEXT_KEYS, [table, count])
        return [key for (key,) in cursor.fetchall()]


def as_json(value: dict[str, Any] | list[Any]) -> str:
    """Plain data as COPY takes it."""
    # Most lists of a row are empty.
    return ENCODER.encode(value) if value else repr(value)


def _plain_row(row: ImportRow) -> list[Any]:
    return [_plain(value) for value in CELLS(row)]


def _plain(value: Any) -> Any:
    if isinstance(value, dict | list):
        return as_json(value)
    return str(value) if not isinstance(value, bool | int | None) else value
