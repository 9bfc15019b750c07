"""What a file is and how it begins, as short texts for a screen."""

from itertools import islice
from typing import Any

from imports.rules.cells import text_of
from imports.rules.sheets import Book, Row

ROWS, COLUMNS, SHEETS, TEXT = 12, 40, 20, 80


def about_file(book: Book) -> dict[str, Any]:
    """Format, encoding, delimiter, and for each sheet its name and first rows.

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
                "rows": list(map(_shown, islice(sheet.rows(), ROWS))),
            }
            for sheet in book.sheets[:SHEETS]
        ],
    }


def _shown(row: Row) -> list[Any]:
    return [row.number, *(text_of(cell)[:TEXT] for cell in row.cells[:COLUMNS])]
