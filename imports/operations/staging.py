"""Puts checked rows into the database by COPY, many at a time."""

import json
from collections.abc import Iterable
from typing import Any

from django.db import connection

from imports.models import ImportRow

COLUMNS = (
    *("batch_id", "number", "root", "key", "outcome", "is_repeated", "is_settled", "decision"),
    *("values", "amounts", "raw", "errors", "warnings", "why"),
    *("fixes", "undone", "undo_why"),
)
STATEMENT = f"COPY imports_importrow ({', '.join(f'"{name}"' for name in COLUMNS)}) FROM STDIN"


def stage(rows: Iterable[ImportRow]) -> None:
    """Insert the rows as they stand."""
    with connection.cursor() as cursor, cursor.copy(STATEMENT) as copy:
        for row in rows:
            copy.write_row([_plain(getattr(row, name)) for name in COLUMNS])


def _plain(value: Any) -> Any:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value) if not isinstance(value, bool | int | None) else value
