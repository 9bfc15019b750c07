"""Tables that stand side by side to save paper, read as one table below the other.

Each further table has a step added to its row numbers, a power of ten: row 1007 is row 7 of the
second table, so that a person finds it and no number stands for two rows.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice, pairwise
from typing import NamedTuple

from imports.rules.aliases import VALUE_FIELDS, recognise
from imports.rules.headers import Header, header_score
from imports.rules.sheets import Area, Row, Sheet, is_blank, trimmed, visible

LEAST_STEP = 1_000
MOST_TABLES = 50
LEAST_KNOWN = 2
ROWS_LOOKED_AT = 400


class Block(NamedTuple):
    """Columns of one table from 0; ``end`` is where the next one begins."""

    start: int
    end: int | None


def unfolded(sheet: Sheet, header: Header) -> tuple[Sheet, Header]:
    """The sheet with its tables one below the other, where all of them have the same header.

    Tables are parted by an empty column. A sheet of one table, and one of different tables, stays
    as it is.
    """
    blocks = _blocks(header)
    if not 1 < len(blocks) <= MOST_TABLES or not _are_alike(header, blocks):
        return sheet, header
    below = islice((row for row in sheet.rows() if row.number > header.row), ROWS_LOOKED_AT)
    if any(_stands_between(row, header) for row in below):
        return sheet, header
    last = max(row.number for row in sheet.rows())
    step = max(LEAST_STEP, 10 ** len(str(last)))
    return (
        replace(
            sheet,
            rows=partial(_rows, sheet, header.row, blocks, step),
            merged=tuple(_moved(sheet.merged, header.row, blocks, step)),
            torn_row=_torn(sheet, blocks, step),
            beside=len(blocks),
            step=step,
        ),
        replace(header, names=_stripped(header.names[: blocks[1].start]), groups=()),
    )


def _blocks(header: Header) -> list[Block]:
    """Runs of named columns."""
    named = [index for index, name in enumerate(header.names) if name]
    starts = named[:1] + [index for before, index in pairwise(named) if index - before > 1]
    return [Block(*ends) for ends in zip(starts, [*starts[1:], None], strict=True)]


def _are_alike(header: Header, blocks: Sequence[Block]) -> bool:
    """Whether all tables have the same columns, and enough of them to be tables by themselves."""
    heads = {tuple(map(_meaning, _stripped(header.names[b.start : b.end]))) for b in blocks}
    over = [{group for group in header.groups[b.start : b.end] if group} for b in blocks]
    first = header.names[blocks[0].start : blocks[0].end]
    # A word over a whole table is its title; several say their columns apart.
    titled = all(len(groups) <= 1 for groups in over)
    return len(heads) == 1 and titled and header_score(first) >= LEAST_KNOWN


def _meaning(name: str) -> str:
    """What a column is; of value every sign counts, for 万 in brackets is another amount."""
    match = recognise(name, "members")
    if match is not None and match.field not in VALUE_FIELDS:
        return match.field
    return "".join(visible(unicodedata.normalize("NFKC", name)).casefold().split())


def _stripped(names: Sequence[str]) -> tuple[str, ...]:
    kept = list(names)
    while kept and not kept[-1]:
        kept.pop()
    return tuple(kept)


def _stands_between(row: Row, header: Header) -> bool:
    """Whether a row has something in the columns that part the tables."""
    cells = zip(row.cells, header.names, strict=False)
    return any(not name and not is_blank(cell) for cell, name in cells)


def _rows(sheet: Sheet, header_row: int, blocks: Sequence[Block], step: int) -> Iterator[Row]:
    for place, block in enumerate(blocks):
        lead = (None,) * blocks[0].start
        for row in sheet.rows():
            if row.number > header_row:
                cells = trimmed([*lead, *row.cells[block.start : block.end]])
                if cells:
                    yield Row(row.number + place * step, cells)
            elif place == 0:
                yield row


def _moved(
    merged: Sequence[Area], header_row: int, blocks: Sequence[Block], step: int
) -> Iterator[Area]:
    for area in merged:
        place = _place(area.first_column - 1, blocks)
        if area.first_row <= header_row:
            yield area
        else:
            across, down = blocks[place].start - blocks[0].start, place * step
            yield Area(
                area.first_row + down,
                area.first_column - across,
                area.last_row + down,
                area.last_column - across,
            )


def _place(index: int, blocks: Sequence[Block]) -> int:
    """Which table a column (from 0) belongs to."""
    return max(0, sum(block.start <= index for block in blocks) - 1)


def _torn(sheet: Sheet, blocks: Sequence[Block], step: int) -> int | None:
    """The number of the row that breaks off, in the table its last cell stands in."""
    if sheet.torn_row is None:
        return None
    widths = (len(row.cells) for row in sheet.rows() if row.number == sheet.torn_row)
    return sheet.torn_row + _place(next(widths, 1) - 1, blocks) * step
