"""Rows out of delimited text, numbered as a spreadsheet program would number them.

A quoted cell that spans lines is one row. A quote that is never closed would swallow the rest of
the file; such a line is read with its quote as an ordinary character instead.
"""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from io import StringIO
from itertools import islice
from pathlib import Path

from imports.rules.sheets import Row, trimmed

DELIMITERS = (",", "\t", ";", "|", "\uff0c", "^", "~", "\x1f", "\x01", ":", " ")
# A separator hardly ever found inside a value beats one that often is.
WEIGHTS = {":": 0.3, " ": 0.2, "~": 0.8, "^": 0.8}
SNIFFED_LINES = 200
LONGEST_RECORD_LINES = 60

csv.field_size_limit(1 << 20)


def guess_delimiter(lines: list[str]) -> str:
    """The character that cuts the first lines into the steadiest number of cells.

    A line ``sep=;`` at the top, as spreadsheet programs write it, decides at once.

    >>> guess_delimiter(["a;b;c", "1,5;2;3", "2,5;3;4"]), guess_delimiter(["phone", "13800138000"])
    (';', ',')
    """
    if lines and (named := _named_separator(lines[0])):
        return named
    filled = [line for line in lines if line.strip()][:SNIFFED_LINES]
    scores = {delimiter: _steadiness(filled, delimiter) for delimiter in DELIMITERS}
    best = max(DELIMITERS, key=lambda delimiter: scores[delimiter])
    return best if scores[best] > 0 else ","


def _named_separator(line: str) -> str | None:
    text = line.strip("\ufeff\r\n \"'")
    if text.lower().startswith("sep=") and len(text) == 5:
        return text[4]
    return "\t" if text.lower() in {"sep=", "sep=\\t"} and "\t" in line else None


def _steadiness(lines: list[str], delimiter: str) -> float:
    """How many lines share the commonest width, more for wider tables; 0 for a single column."""
    widths = Counter(len(_cells(line, delimiter)) for line in lines)
    wide = {width: count for width, count in widths.items() if width > 1}
    if not wide:
        return 0.0
    width, count = max(wide.items(), key=lambda item: (item[1], item[0]))
    share = count / sum(widths.values())
    return float(share * min(width, 8) ** 0.5 * WEIGHTS.get(delimiter, 1.0))


def _cells(line: str, delimiter: str) -> list[str]:
    if '"' not in line:
        return line.rstrip("\r\n").split(delimiter)
    try:
        return next(csv.reader([line.rstrip("\r\n")], delimiter=delimiter), [])
    except csv.Error:
        return line.rstrip("\r\n").split(delimiter)


def first_lines(path: Path, encoding: str) -> list[str]:
    """The lines a delimiter can be told from."""
    with path.open(encoding=encoding, errors="replace", newline="") as text:
        return list(islice(text, SNIFFED_LINES))


def read_rows(path: Path, encoding: str, delimiter: str) -> Iterator[Row]:
    """Every row of the file that holds something; blank ones are counted and left out."""
    with path.open(encoding=encoding, errors="replace", newline="") as text:
        for number, cells in enumerate(records(text, delimiter), start=1):
            kept = trimmed(list(cells))
            if kept:
                yield Row(number, kept)


def records(lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    r"""Cells of each record of ``lines``, blank ones included.

    >>> list(records(['a,b\n', '"two\n', 'lines",x\n', '\n', '5" pipe,y\n'], ","))
    [['a', 'b'], ['two\nlines', 'x'], [], ['5" pipe', 'y']]
    >>> list(records(['"open,1\n', 'b,2\n', 'c,3\n'], ","))
    [['"open', '1'], ['b', '2'], ['c', '3']]
    """
    waiting = _Lines(lines)
    width = 0
    if (first := waiting.take()) is not None and not _named_separator(first):
        waiting.give_back([first])
    while (line := waiting.take()) is not None:
        cells = _record(line, waiting, delimiter, width)
        width = max(width, len(cells)) if width < 2 else width
        yield cells


class _Lines:
    """Lines with a place to put back those that were read ahead in vain."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.source = iter(lines)
        self.returned: list[str] = []

    def take(self) -> str | None:
        return self.returned.pop() if self.returned else next(self.source, None)

    def give_back(self, lines: list[str]) -> None:
        self.returned.extend(reversed(lines))


def _record(line: str, waiting: _Lines, delimiter: str, width: int) -> list[str]:
    bare = line.rstrip("\r\n")
    if '"' not in bare:
        return bare.split(delimiter) if bare else []
    if bare.count('"') % 2 == 0:
        return next(csv.reader([bare], delimiter=delimiter), [])
    taken: list[str] = []
    joined = line
    while len(taken) < LONGEST_RECORD_LINES and (more := waiting.take()) is not None:
        taken.append(more)
        joined += more
        # Only a quote can close the cell, so only then is it worth parsing again.
        if '"' in more and (cells := _quoted(joined.rstrip("\r\n"), delimiter)) is not None:
            if _believable(cells, bare, taken, delimiter, width):
                return cells
            break
    waiting.give_back(taken)
    return bare.split(delimiter)


def _quoted(text: str, delimiter: str) -> list[str] | None:
    """Cells of one record over several lines, or None while a quote stands open."""
    try:
        found = list(csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return found[0] if len(found) == 1 else None


def _believable(cells: list[str], bare: str, taken: list[str], delimiter: str, width: int) -> bool:
    """Whether a cell over several lines is meant, and not the work of a quote left open.

    It is not when the lines it swallowed would have been full records by themselves.
    """
    if len(cells) == width:
        return True
    alone = [len(line.rstrip("\r\n").split(delimiter)) for line in (bare, *taken)]
    return not (width > 1 and all(found >= width for found in alone))
