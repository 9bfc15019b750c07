"""What the workbook of bad rows adds to each of them, known again when it comes back corrected."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice, pairwise

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from imports.rules.cells import text_of
from imports.rules.sheets import Row, Sheet
from imports.rules.together import number_shown

ROW_IN_FILE = _("Row in the file")
WHY_NOT = _("Why it was not imported")


def added_headers() -> set[str]:
    """The names of the added columns in every language the product speaks."""
    return _in_all_languages(ROW_IN_FILE) | _in_all_languages(WHY_NOT)


def _in_all_languages(text: object) -> set[str]:
    said = set()
    for code, _name in settings.LANGUAGES:
        with override(code):
            said.add(str(text))
    return said


def as_numbered_before(sheet: Sheet, names: Sequence[str] = ()) -> Sheet:
    """The sheet with each row numbered as its column of row numbers says, where it has one.

    ``names`` are the sheets of the first file where several were read as one.

    Where that column says a number twice, none, or not in rising order, rows are numbered as they
    stand.
    """
    headers = _in_all_languages(ROW_IN_FILE)
    for row in islice(sheet.rows(), 1):
        for index, cell in enumerate(row.cells):
            if text_of(cell) in headers:
                return _numbered_by(sheet, index, names)
    return sheet


def _numbered_by(sheet: Sheet, index: int, names: Sequence[str]) -> Sheet:
    said = [_number(row, index, names) for row in islice(sheet.rows(), 1, None)]
    rising = all(sooner < later for sooner, later in pairwise(said))
    if not said or said[0] < 2 or not rising:
        return sheet
    return replace(sheet, rows=lambda: _renumbered(sheet, said))


def _renumbered(sheet: Sheet, said: list[int]) -> Iterator[Row]:
    rows = sheet.rows()
    yield from islice(rows, 1)
    for row, number in zip(rows, said, strict=False):
        yield Row(number, row.cells)


def _number(row: Row, index: int, names: Sequence[str]) -> int:
    text = text_of(row.cell(index))
    return number_shown(text, names) or 0
