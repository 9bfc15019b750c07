"""Tables of text whose columns stand below each other, parted by nothing but blanks.

Old tills and mainframes print lists so. Places are counted as a screen shows them: a Chinese sign
is two wide.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence

# How a separator is called that is none.
ALIGNED = "  "
# Blanks side by side that part two columns; a single one belongs to a value.
GUTTER = 2
LEAST_LINES = 3
# Titles above and footers below the table that may be left aside to see its columns.
TITLES, FOOTERS = 8, 4
LINES_LOOKED_AT = 200
RULE = re.compile(r"\s*[-=_─━]{2,}(?:[ +]+[-=_─━]{2,})+\s*")
RULED = re.compile(r"[-=_─━]+")
WIDE = frozenset("WF")
# Stands behind a wide sign, in the second of its two places.
FILLER = "\x1f"

type Span = tuple[int, int]


def columns_of(lines: Sequence[str]) -> list[Span]:
    """Where each column begins and ends (exclusive) in places; empty where there are no columns.

    >>> columns_of(["name     phone", "Ann      12", "Bob Ray  34", "Zoe      5"])
    [(0, 9), (9, 14)]
    """
    if any("\t" in line for line in lines[:LINES_LOOKED_AT]):
        # Tabs part columns by themselves.
        return []
    shown = [_unfolded(line) for line in lines[:LINES_LOOKED_AT] if line.strip()]
    if ruled := next(filter(RULE.fullmatch, shown), None):
        return _widened([found.span() for found in RULED.finditer(ruled)])
    shown = [line for line in shown if not set(line) <= set("-=_*+ ")]
    best: list[Span] = []
    for first in range(min(TITLES, len(shown)) + 1):
        for last in range(len(shown), max(len(shown) - FOOTERS, first + LEAST_LINES) - 1, -1):
            if last - first >= LEAST_LINES and len(found := _spans(shown[first:last])) > len(best):
                best = found
    return _widened(best) if len(best) > 1 else []


def _spans(lines: Sequence[str]) -> list[Span]:
    """Places something stands at in any line, joined over gaps that are no gutter."""
    filled = sorted({place for line in lines for place in _filled(line)})
    spans: list[Span] = []
    for place in filled:
        if spans and place - spans[-1][1] < GUTTER:
            spans[-1] = (spans[-1][0], place + 1)
        else:
            spans.append((place, place + 1))
    return spans


def _filled(line: str) -> Iterator[int]:
    return (place for place, sign in enumerate(line) if sign != " ")


def _widened(spans: list[Span]) -> list[Span]:
    """The columns up to the next one, so that longer values have room."""
    starts = [first for first, _last in spans[1:]]
    return [
        (first, end) for (first, _last), end in zip(spans, [*starts, spans[-1][1]], strict=True)
    ]


def _unfolded(line: str) -> str:
    r"""The line with a filler behind wide signs, so that its index is its place on a screen."""
    line = line.rstrip("\r\n")
    if line.isascii():
        return line
    wide = (unicodedata.east_asian_width(sign) in WIDE for sign in line)
    return "".join(
        sign + FILLER if is_wide else sign for sign, is_wide in zip(line, wide, strict=True)
    )


def cut(line: str, spans: Sequence[Span]) -> list[str]:
    """The cells of a line. One whose text runs over the edges of columns stands behind them all.

    >>> cut("Bob Ray 34", [(0, 8), (8, 13)]), cut("Customers of May", [(0, 8), (8, 13)])
    (['Bob Ray', '34'], ['Customers of May'])
    """
    shown = _unfolded(line)
    ends = [*(end for _first, end in spans[:-1]), len(shown)]
    cells = [shown[first:end] for (first, _end), end in zip(spans, ends, strict=True)]
    if not shown[: spans[0][0]].strip() and _stands_apart(shown, ends[:-1]):
        return [_folded(cell) for cell in cells]
    parts = [_folded(part) for part in re.split(r" {2,}", shown.strip())]
    if len(parts) in {1, len(spans)}:
        return parts
    return [*parts, *[""] * (len(spans) - len(parts)), _folded(shown)]


def _stands_apart(shown: str, ends: Sequence[int]) -> bool:
    """Whether a blank stands before each column that begins, in this line too."""
    return all(
        shown[end - 1 : end] in {"", " "} or shown[end : end + 1] in {"", " "} for end in ends
    )


def _folded(text: str) -> str:
    return text.replace(FILLER, "").strip()


def share_cut(lines: Sequence[str], spans: Sequence[Span]) -> float:
    """Which share of the lines falls into two columns at least."""
    filled = [line for line in lines[:LINES_LOOKED_AT] if line.strip()]
    whole = sum(1 < sum(map(bool, cut(line, spans))) <= len(spans) for line in filled)
    return whole / len(filled) if filled else 0.0
