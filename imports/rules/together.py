"""Sheets with the same columns, read one after another as one table.

A row of the first sheet keeps its number; SPAN is added for every sheet before its own. So a number
tells the sheet and the row in it, and stays when a sheet is added behind.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from imports.rules.aliases import HISTORY, SECRET, recognise
from imports.rules.choices import bare
from imports.rules.columns import MULTIPLES
from imports.rules.fields import SEVERAL
from imports.rules.guessing import KindUnknown, guess_kind
from imports.rules.han import says_han
from imports.rules.headers import Header, data_rows
from imports.rules.sheets import ROWS_LIMIT, Area, Cell, Row, Sheet, TooManyRows

# More than a sheet can have rows; with the limit of sheets a number still fits its database column.
SPAN = 2_000_000
SHEETS_LIMIT = 400
# No row has a number of more digits.
LONGEST_NUMBER = 9
EXACT = 100


class TooMuchTogether(DomainError):
    code = "too_much_together"
    message = _(
        "The sheets with the same columns are too many to be read as one table (at most %(sheets)s "
        "sheets with %(rows)s rows in all): choose one of them."
    )


class SheetsDiffer(DomainError):
    code = "sheets_differ"
    message = _(
        "The sheets %(names)s do not have the same columns, so they are no one table: import them "
        "one after the other."
    )


class Found(NamedTuple):
    """A sheet with its header."""

    sheet: Sheet
    header: Header


def shown_number(number: int, names: Sequence[str]) -> int | str:
    """A row's number as a person finds it: with its sheet, where ``names`` were read as one.

    >>> shown_number(2_000_005, ["Jan", "Feb"]), shown_number(5, [])
    ('Feb!5', 5)
    """
    place, row = divmod(number, SPAN)
    return f"{names[place]}!{row}" if place < len(names) else number


def number_shown(text: str, names: Sequence[str]) -> int | None:
    """The number that ``shown_number`` wrote, ``None`` for any other text.

    >>> number_shown("Feb!5", ["Jan", "Feb"]), number_shown("5", []), number_shown("May!5", [])
    (2000005, 5, None)
    """
    name, _mark, row = text.rpartition("!")
    if not row.isdecimal() or len(row) > LONGEST_NUMBER or (name and name not in names):
        return None
    return int(row) + (names.index(name) * SPAN if name else 0)


def groups_of(found: Sequence[Found]) -> list[list[Found]]:
    """Sheets in their order, those with the same columns together.

    Statements of one member stand alone.
    """
    groups: dict[tuple[str, ...], list[Found]] = {}
    for one in found:
        groups.setdefault(_shape(one), []).append(one)
    return list(groups.values())


def refuse_too_much(found: Sequence[Found]) -> None:
    """Raise TooMuchTogether for more sheets or rows than one table may have."""
    if len(found) > SHEETS_LIMIT or sum(one.sheet.count for one in found) > ROWS_LIMIT:
        raise TooMuchTogether(sheets=SHEETS_LIMIT, rows=ROWS_LIMIT)


def _kind(header: Header) -> str:
    try:
        return guess_kind(header.names)
    except KindUnknown:
        return ""


def _shape(one: Found) -> tuple[str, ...]:
    """What sheets of one table have in common, whatever the order of their columns."""
    kind = _kind(one.header)
    if kind == "statement":
        return ("alone", one.sheet.name)
    keys = _keys(one.header, kind)
    # What a row's number says of tables side by side has to be the same in every sheet.
    kind += f"{one.sheet.beside}/{one.sheet.step}" if one.sheet.beside > 1 else ""
    return (kind, *(sorted(keys) if len(set(keys)) == len(keys) else keys))


def _keys(header: Header, kind: str) -> list[str]:
    """What each column is known by in sheets that call it otherwise or have it elsewhere."""
    names = list(header.names)
    while names and not names[-1]:
        names.pop()
    groups = [*header.groups, *[""] * (len(names) - len(header.groups))]
    fields = [_field(name, group, kind) for name, group in zip(names, groups, strict=False)]
    return [
        field if field and fields.count(field) == 1 else f"{bare(group)}/{bare(name)}"
        for field, name, group in zip(fields, names, groups, strict=False)
    ]


def _field(name: str, group: str, kind: str) -> str:
    """The field a name means beyond doubt and without a scale of its own."""
    if group or not kind or any(look.search(name) for look, _by in MULTIPLES):
        return ""
    match = recognise(name, kind)
    if match is None or match.score < EXACT or match.is_either:
        return ""
    return "" if match.field in SEVERAL | {HISTORY, SECRET} else match.field


def data_in_turn(found: Sequence[Found]) -> list[Iterator[Row]]:
    """The rows below each header as their sheet numbers them, cells in the first one's order."""
    return [
        map(partial(_ordered, order=_order(found[0], one)), data_rows(one.sheet, one.header))
        for one in found
    ]


def as_one(found: Sequence[Found]) -> tuple[Sheet, int]:
    """The sheets as one, and the column (from 0) in which every row has the name of its sheet."""
    column = max(max(one.sheet.width, len(one.header.names)) for one in found)
    parts = tuple(_part(found[0], one, place, column) for place, one in enumerate(found))
    whole = replace(
        parts[0],
        rows=partial(_in_turn, parts),
        parts=parts,
        count=sum(part.count for part in parts),
        torn_row=next((part.torn_row for part in parts if part.torn_row), None),
    )
    return whole, column


def _in_turn(parts: Sequence[Sheet]) -> Iterator[Row]:
    for part in parts:
        yield from part.rows()


def column_of_names(header: Header) -> str:
    """What the column of the sheets' names is called beside the others.

    >>> column_of_names(Header(1, ("姓名", "余额"), 2)), column_of_names(Header(1, ("Sheet",), 1))
    ('工作表', 'Sheet (2)')
    """
    name = "工作表" if any(map(says_han, header.names)) else "Sheet"
    return f"{name} (2)" if name in header.names else name


def _part(first: Found, one: Found, place: int, column: int) -> Sheet:
    order, before = _order(first, one), place * SPAN
    return replace(
        one.sheet,
        rows=partial(_named_rows, one.sheet, order, before, column),
        merged=tuple(_moved(area, order, before) for area in one.sheet.merged),
        header_row=one.header.row + before,
        torn_row=_moved_row(one.sheet.torn_row, before),
        hidden_rows=tuple(row + before for row in one.sheet.hidden_rows),
        struck_rows=tuple(row + before for row in one.sheet.struck_rows),
        store_lines={row + before: name for row, name in one.sheet.store_lines.items()},
        cut_after=_moved_row(one.sheet.cut_after, before),
    )


def _moved_row(number: int | None, before: int) -> int | None:
    return None if number is None else number + before


def _named_rows(sheet: Sheet, order: Sequence[int], before: int, column: int) -> Iterator[Row]:
    for row in sheet.rows():
        if row.number >= SPAN:
            raise TooManyRows(limit=ROWS_LIMIT)
        cells = _ordered(row, order=order).cells
        yield Row(row.number + before, (*cells, *[None] * (column - len(cells)), sheet.name))


def _order(first: Found, one: Found) -> list[int]:
    """For each column of the first sheet where it stands in this one; empty where all is alike."""
    kind = _kind(first.header)
    wanted, keys = _keys(first.header, kind), _keys(one.header, kind)
    return [] if wanted == keys else [keys.index(key) for key in wanted]


def _ordered(row: Row, *, order: Sequence[int]) -> Row:
    if not order:
        return row
    cells: list[Cell] = [row.cell(at) for at in order]
    return Row(row.number, (*cells, *row.cells[len(order) :]))


def _moved(area: Area, order: Sequence[int], before: int) -> Area:
    """A block of cells where it stands in the one table."""
    column = area.first_column
    if column - 1 in order:
        column = order.index(column - 1) + 1
    return Area(
        area.first_row + before,
        column,
        area.last_row + before,
        column + area.last_column - area.first_column,
    )
