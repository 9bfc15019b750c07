"""What a file is and how it begins, as short texts for a screen."""

from itertools import islice
from typing import Any

from imports.rules.cells import text_of
from imports.rules.sheets import Book, Row, Sheet

ROWS, COLUMNS, SHEETS, TEXT = 12, 40, 20, 80


def about_file(book: Book) -> dict[str, Any]:
    """Format, encoding, delimiter, and each sheet with its name; the first ones with first rows.

    A row is its number, then its texts, cut where they are long.
    """
    return {
        "encoding": book.encoding,
        "format": book.format,
        "delimiter": book.delimiter,
        "encoding_confidence": book.confidence,
        "damaged_characters": book.damaged_characters,
        "sheets": [
            {
                "name": sheet.name,
                "is_hidden": sheet.is_hidden,
                "count": sheet.count,
                "rows": first_rows(sheet) if place < SHEETS else [],
            }
            for place, sheet in enumerate(book.sheets)
        ],
    }


def first_rows(sheet: Sheet) -> list[list[Any]]:
    """The rows a sheet begins with."""
    return list(map(_shown, islice(sheet.rows(), ROWS)))


def _shown(row: Row) -> list[Any]:
    return [row.number, *(text_of(cell)[:TEXT] for cell in row.cells[:COLUMNS])]
