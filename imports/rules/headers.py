"""Where a table begins: the header row below titles and export lines, in one tier or two.

The header is the row whose cells are names this product knows, best of the first forty; without
known names it is the first row of words that is as wide as the rows below.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from imports.rules.aliases import KINDS, recognise
from imports.rules.cells import LONGEST_SAID, text_of
from imports.rules.guessing import KindUnknown, guess_kind
from imports.rules.no_rows import is_footer, is_heading, is_rule, is_totals_row
from imports.rules.sheets import Area, Cell, Row, Sheet, is_blank
from imports.rules.spellings import normalise

ROWS_SEARCHED, ROWS_BELOW = 40, 200
# Enough to tell a header from anything else, however wide the table is.
CELLS_SCORED = 60
LONGEST_HEADER = 60
DATA_LOOK = re.compile(r"[\d\s.,:/+\-()¥￥$€%]+|\S+@\S+\.\S+")
# A title that stands once more on a further page, and all that counts pages and moments in it.
TITLE_GOES_ON = re.compile(
    r"\(?(?:continued|contd?|续表?|承前|fortsetzung|suite|continuacion)\)?|\d+|[(（)）:：/.-]"
)
# What a row right below the header says of how to fill the columns in.
BELOW_HEADER, LEAST_AGAIN = 2, 2
REQUIRED = re.compile(
    r"(?:必填|选填|非必填|可选|可不填|文本|数字|数值|日期|整数|字符串?|required|optional|mandatory|text|string|number|date|integer|decimal)+项?"
)
# So many known names make a header anywhere; more than these need no gap above them.
LEAST_KNOWN, SURELY_KNOWN = 2, 3


class HeaderNotFound(DomainError):
    code = "header_not_found"
    message = _(
        "No row of %(sheet)s looks like a header; say in which row the names of the columns stand, "
        "or put such a row above the table."
    )


@dataclass(frozen=True, slots=True)
class Header:
    """The names of the columns; ``row`` is the lowest header row, data begins below it."""

    row: int
    names: tuple[str, ...]
    score: int
    # What the tiers say apart, for columns whose own name is not enough.
    groups: tuple[str, ...] = ()
    # What the rows above say, which each page may say again.
    titles: tuple[str, ...] = ()


def find_header(sheet: Sheet, *, at_row: int | None = None) -> Header:
    """The header of a sheet, or the one that stands in row ``at_row``. Raises HeaderNotFound."""
    top = list(islice(_rows_from(sheet, at_row or 0), ROWS_SEARCHED + ROWS_BELOW))
    candidates = [row for row in top if row.number == at_row] if at_row else top[:ROWS_SEARCHED]
    scored = [(header_score(row.cells), row) for row in candidates]
    best = max(scored, key=lambda item: item[0], default=(0, Row(0, ())))
    if at_row and candidates:
        return _header(sheet, top, candidates[0], best[0])
    if best[0] >= LEAST_KNOWN:
        return _header(sheet, top, *_of_the_largest(sheet, top, best[1], best[0]))
    if (plain := _first_row_of_words(top)) is not None:
        return _header(sheet, top, plain, best[0])
    raise HeaderNotFound(sheet=sheet.name)


def _rows_from(sheet: Sheet, at_row: int) -> Iterator[Row]:
    """The rows of a sheet, from some rows above ``at_row`` on."""
    return (row for row in sheet.rows() if row.number >= at_row - ROWS_SEARCHED)


def _of_the_largest(sheet: Sheet, top: list[Row], best: Row, score: int) -> tuple[Row, int]:
    """The header with the most rows below it, and its score, where tables stand one below another.

    Headers that mean the same are of one table, which begins with the first of them.
    """
    heads = [
        (place, row)
        for place, row in enumerate(top[:ROWS_SEARCHED])
        if row is best or _is_other_head(row, best)
    ]
    if len(heads) == 1:
        return best, score
    ends = [*(place for place, _row in heads[1:]), max(sheet.count, len(top))]
    sizes: Counter[tuple[str, ...]] = Counter()
    first: dict[tuple[str, ...], Row] = {}
    for (place, row), end in zip(heads, ends, strict=True):
        if end - place > 1:
            sizes[_meaning(row)] += end - place - 1
            first.setdefault(_meaning(row), row)
    most = max(sizes.values(), default=0)
    if sizes[_meaning(best)] == most:
        return first.get(_meaning(best), best), score
    row = first[sizes.most_common(1)[0][0]]
    return row, header_score(row.cells)


def _is_other_head(row: Row, best: Row) -> bool:
    """Whether a row names columns, and no second line of names stands beside it."""
    return abs(row.number - best.number) > 1 and names_columns(row.cells, is_apart=False)


def _meaning(row: Row) -> tuple[str, ...]:
    """What the names of a header mean, whatever they are called and in whatever order."""
    names = [text_of(cell) for cell in row.cells if not is_blank(cell)]
    try:
        kind = guess_kind(names)
    except KindUnknown:
        kind = "members"
    matches = ((name, recognise(name, kind)) for name in names)
    return tuple(sorted((match and match.field) or normalise(name) for name, match in matches))


def header_score(cells: Sequence[Cell]) -> int:
    """How many cells of a row are column names this product knows, less what looks like data.

    >>> header_score(("姓名", "电话", "余额")), header_score(("张三", "13800138000", 12))
    (3, 0)
    """
    filled = (text_of(cell) for cell in cells if not is_blank(cell))
    texts = list(islice(filled, CELLS_SCORED))
    if len(texts) == 1 and len(cells) > 1:
        return 0
    known = sum(len(text) <= LONGEST_HEADER and _is_known(text) for text in texts)
    data = sum(_is_data(text) for text in texts)
    repeated = len(texts) - len(set(texts))
    return max(0, known - data - repeated)


def names_columns(cells: Sequence[Cell], *, is_apart: bool) -> bool:
    """Whether a row has nothing but names of columns: known ones, behind a gap the half of them.

    >>> names_columns(("单号", "日期", "金额"), is_apart=False)
    True
    >>> names_columns(("张三", "微信", "会员"), is_apart=False)
    False
    >>> names_columns(("张三", "13800138001", 5), is_apart=True)
    False
    """
    first = next((cell for cell in cells if not is_blank(cell)), None)
    # Nearly every row of data has a cell that is no text or has digits.
    if not isinstance(first, str) or first[:1].isdigit():
        return False
    if any(cell is not None and (not isinstance(cell, str) or cell.isdigit()) for cell in cells):
        return False
    texts = [text_of(cell) for cell in cells if not is_blank(cell)]
    if len(texts) < LEAST_KNOWN or any(len(text) > LONGEST_HEADER for text in texts):
        return False
    score = header_score(cells)
    if is_apart:
        return score >= LEAST_KNOWN and score * 2 >= len(texts)
    return score == len(texts) >= SURELY_KNOWN


def _is_data(text: str) -> bool:
    return bool(DATA_LOOK.fullmatch(text[:LONGEST_SAID]))


@lru_cache(maxsize=20_000)
def _is_known(text: str) -> bool:
    return any(recognise(text, kind) is not None for kind in KINDS)


def _first_row_of_words(top: list[Row]) -> Row | None:
    """A row of words without data in it, as wide as most rows below."""
    widths = sorted(sum(not is_blank(cell) for cell in row.cells) for row in top[1:])
    usual = widths[len(widths) // 2] if widths else 0
    for row in top[:ROWS_SEARCHED]:
        texts = [text_of(cell) for cell in row.cells if not is_blank(cell)]
        words = not any(_is_data(text) for text in texts)
        if words and len(texts) >= max(1, usual - 1) and len(set(texts)) == len(texts):
            return row
    return None


def _header(sheet: Sheet, top: list[Row], row: Row, score: int) -> Header:
    """The header with its second tier, above or below, where there is one."""
    by_number = {found.number: found for found in top}
    upper, lower = row, row
    above, below = by_number.get(row.number - 1), by_number.get(row.number + 1)
    if below is not None and _is_lower_tier(row, below, sheet.merged):
        lower = below
    elif above is not None and _is_upper_tier(above, row, sheet.merged):
        upper = above
    titles = tuple(
        filter(None, (_title(found.cells) for found in top if found.number < lower.number))
    )
    if upper is lower:
        names = tuple(text_of(cell) for cell in row.cells)
        return Header(row.number, names, score, titles=titles)
    return replace(_two_tiers(upper, lower, by_number, sheet.merged, score), titles=titles)


def _title(cells: Sequence[Cell]) -> str:
    """What a row of words says, whatever page or moment it counts; empty for a row of data."""
    texts = [text_of(cell) for cell in islice(cells, CELLS_SCORED) if not is_blank(cell)]
    if any(map(_is_data, texts)):
        return ""
    return TITLE_GOES_ON.sub("", normalise(" ".join(texts)))


def _is_lower_tier(upper: Row, lower: Row, merged: Sequence[Area]) -> bool:
    """Words under the cells that span several columns, and nothing under the others."""
    spans = _spans(upper, merged, len(lower.cells))
    filled = [index for index, cell in enumerate(lower.cells) if not is_blank(cell)]
    words = [text_of(lower.cells[index]) for index in filled]
    if not filled or any(_is_data(word) for word in words):
        return False
    inside = [index for index in filled if any(first <= index <= last for first, last in spans)]
    return len(inside) == len(filled) and bool(spans)


def _is_upper_tier(upper: Row, lower: Row, merged: Sequence[Area]) -> bool:
    """Group names over a row that is full: several of them, each over its own columns."""
    filled = [cell for cell in upper.cells if not is_blank(cell)]
    spans = _spans(upper, merged)
    if len(filled) < 2 or not spans or any(_is_data(text_of(cell)) for cell in filled):
        return False
    merged_here = [area for area in merged if area.first_row == upper.number]
    # An export line has colons and moments; group names are short words over merged cells.
    short = all(
        len(text_of(cell)) <= 12 and not re.search("[:：]", text_of(cell)) for cell in filled
    )
    # Text has no merged cells, and pads its rows to one width: then several names must stretch.
    return short and (bool(merged_here) or len(upper.cells) < len(lower.cells) or len(spans) > 1)


def _spans(row: Row, merged: Sequence[Area], width: int = 0) -> list[tuple[int, int]]:
    """Columns (from 0, both ends included) that one cell of the row stretches over.

    ``width`` is how far the last one may reach where no cells are merged.
    """
    areas = [
        (area.first_column - 1, area.last_column - 1)
        for area in merged
        if area.first_row == row.number and area.last_column > area.first_column
    ]
    if any(area.first_row == row.number for area in merged):
        return areas
    # Text files know no merged cells: a name followed by blanks stretches to the next name.
    filled = [index for index, cell in enumerate(row.cells) if not is_blank(cell)]
    if not filled:
        return []
    ends = [*(index - 1 for index in filled[1:]), max(len(row.cells), width - 1)]
    return [(first, last) for first, last in zip(filled, ends, strict=True) if last > first]


def _two_tiers(
    upper: Row, lower: Row, by_number: Mapping[int, Row], merged: Sequence[Area], score: int
) -> Header:
    reaches = (a.last_column for a in merged if a.first_row <= lower.number <= a.last_row)
    width = max(len(upper.cells), len(lower.cells), *reaches, 0)
    group_of: dict[int, str] = {}
    spans = _spans(upper, merged, width)
    for first, last in spans:
        for index in range(first, min(last, width - 1) + 1):
            group_of[index] = text_of(upper.cells[first])
    names, groups = [], []
    for index in range(width):
        own = text_of(lower.cells[index]) if index < len(lower.cells) else ""
        above = text_of(upper.cell(index)) or _reaching_down(lower.number, index, by_number, merged)
        names.append(own or above)
        groups.append(group_of.get(index, above) if own else "")
    return Header(lower.number, tuple(names), score, tuple(groups))


def _reaching_down(
    row: int, index: int, by_number: Mapping[int, Row], merged: Sequence[Area]
) -> str:
    """The name in a column (from 0) that stands further up, merged down to a row of the header."""
    for area in merged:
        is_in = area.first_column - 1 == index and area.first_row < row <= area.last_row
        if is_in and area.first_row in by_number:
            return text_of(by_number[area.first_row].cell(index))
    return ""


def data_rows(
    sheet: Sheet, header: Header, *, never_filled: frozenset[int] = frozenset()
) -> Iterator[Row]:
    """The rows below the header, cells merged downwards repeated in each row they cover.

    ``never_filled`` are columns (from 0) of amounts: what stands once must not be counted twice.
    """
    down = [
        area
        for area in sheet.merged
        if area.first_row > header.row
        and area.last_row > area.first_row
        and area.first_column - 1 not in never_filled
    ]
    if not down:
        yield from (row for row in sheet.rows() if row.number > header.row)
        return
    begins: dict[int, list[Area]] = {}
    for area in down:
        begins.setdefault(area.first_row, []).append(area)
    covering: dict[Area, Cell] = {}
    for row in sheet.rows():
        if row.number > header.row:
            covering = {
                area: cell for area, cell in covering.items() if area.last_row >= row.number
            }
            yield _filled(row, covering)
            for area in begins.get(row.number, ()):
                if area.first_column <= len(row.cells):
                    covering[area] = row.cells[area.first_column - 1]


def _filled(row: Row, covering: dict[Area, Cell]) -> Row:
    if not covering:
        return row
    cells = list(row.cells)
    for area, cell in covering.items():
        cells.extend([None] * (area.first_column - len(cells)))
        if is_blank(cells[area.first_column - 1]):
            cells[area.first_column - 1] = cell
    return Row(row.number, tuple(cells))


def is_repeated_header(cells: Sequence[Cell], header: Header) -> bool:
    """Whether a row below is the header once more, as page breaks leave it."""
    names = [name for name in header.names if name]
    filled = (cell for cell in cells if not is_blank(cell))
    if not names or normalise(text_of(next(filled, None))) != normalise(names[0]):
        return False
    texts = [normalise(text_of(cell)) for cell in filled]
    rest = [normalise(name) for name in names[1:]]
    # Columns that the rows do not have themselves stand behind the others: a day, two parts.
    return bool(texts) and texts in (rest, rest[:-1] or rest, rest[:-2] or rest)


def is_title_again(cells: Sequence[Cell], header: Header) -> bool:
    """Whether a row says what one above the header does, as each page of a list may."""
    first = next((text_of(cell) for cell in cells if not is_blank(cell)), "")[:1].casefold()
    # Nearly every row begins otherwise than any title.
    if first.isalpha() and not any(title.startswith(first) for title in header.titles):
        return False
    return bool(header.titles) and _title(cells) in header.titles


def is_header_again(row: Row, header: Header, kind: str) -> bool:
    """Whether a row right below the header says it in other words, or what a cell has to be.

    >>> header = Header(1, ("姓名", "手机", "余额"), 3)
    >>> rows = (("Name", "Mobile", "Balance"), ("必填", "必填", "选填"), ("王", "Mobile", "5"))
    >>> [is_header_again(Row(2, cells), header, "members") for cells in rows]
    [True, True, False]
    """
    texts = {index: text_of(cell) for index, cell in enumerate(row.cells) if not is_blank(cell)}
    if row.number - header.row > BELOW_HEADER or len(texts) < LEAST_AGAIN:
        return False
    if all(REQUIRED.fullmatch(normalise(text)) for text in texts.values()):
        return True
    names = (*header.names, *[""] * (len(row.cells) - len(header.names)))
    return all(
        not _is_data(text)
        and (said := recognise(text, kind)) is not None
        and (meant := recognise(names[index], kind)) is not None
        and said.field == meant.field
        for index, text in texts.items()
    )


def is_of_the_table(row: Row, header: Header) -> bool:
    """Whether a row is no total, footer, heading, drawn line or header once more."""
    cells = row.cells
    is_other = is_rule(cells) or is_heading(cells) or is_repeated_header(cells, header)
    is_other = is_other or is_title_again(cells, header)
    return not (is_other or is_totals_row(cells) or is_footer(cells))


def bears_data(row: Row, header: Header) -> bool:
    """Whether a row is one of the table, and no note of one cell."""
    filled = sum(not is_blank(cell) for cell in row.cells)
    return filled > 1 and is_of_the_table(row, header)
