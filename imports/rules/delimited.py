"""Rows out of delimited text, numbered as a spreadsheet program would number them.

A quoted cell that spans lines is one row. A quote that is never closed would swallow the rest of
the file; such a line is read with its quote as an ordinary character instead.
"""

import csv
import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from imports.rules.aligned import ALIGNED, columns_of, cut, share_cut
from imports.rules.sheets import COLUMNS_LIMIT, ROWS_LIMIT, Cell, Row, TooManyRows, trimmed
from imports.rules.text_lines import LineTooLong, lines_of

# A separator hardly ever found inside a value beats one that often is.
WEIGHTS = {
    **dict.fromkeys((",", ";", "|", "\x1f", "\x01", "\x1e", "¦", "§"), 1.0),
    "\t": 1.1,
    **dict.fromkeys(("，", "；", "｜", "、"), 0.9),
    **dict.fromkeys("^~#", 0.8),
    ":": 0.3,
    " ": 0.2,
}
# Any other sign may separate where nothing better does, but not one that belongs in words.
UNLIKELY = 0.25
NEVER = frozenset("\r\n\"'_-.(){}（）[]【】@/\\<>“”‘’。:： \u3000\ufeff\xa0￥¥$€%+＋")
NAMED = {
    "aligned": ALIGNED,
    "tab": "\t",
    "\\t": "\t",
    "space": " ",
    "comma": ",",
    "semicolon": ";",
    "pipe": "|",
}
LONGEST_DELIMITER = 4
# A sign that cuts no better than this leaves it to the blanks between columns.
SURE_OF_SIGN = 1.0
SHARE_ALIGNED = 0.6
WEAK = frozenset(" :.")
SNIFFED_LINES = 200
SNIFFED_CHARACTERS = 4_096
LONGEST_RECORD_LINES = 60
LONGEST_RECORD = 1 << 17
# By how many rows before it the width of the last one is judged, and from how many on.
ROWS_BEFORE_END, ROWS_OF_PROOF = 50, 2
LONGEST_END = 512
# Lines that may be read ahead in vain before quotes are taken for ordinary characters.
PATIENCE = 100_000
# A quoted cell from its opening quote on, and the rest of one that was open before.
QUOTED = re.compile(r'"(?:[^"]++|"")*+"')
CLOSING = re.compile(r'(?:[^"]++|"")*+"')

BLANK = " \t\r\n"

csv.field_size_limit(1 << 21)


class DelimiterUnusable(DomainError):
    code = "delimiter_unusable"
    message = _("%(text)s cannot separate columns; name a sign such as a comma, ; or tab.")


def known_delimiter(text: str) -> str:
    r"""The separator somebody named, as one of its names or as it stands.

    Raises DelimiterUnusable.

    >>> known_delimiter("tab"), known_delimiter("||")
    ('\t', '||')
    """
    delimiter = NAMED.get(text.strip().lower(), text)
    unusable = not 0 < len(delimiter) <= LONGEST_DELIMITER or set(delimiter) & set('"\r\n')
    if unusable or any(character.isalnum() for character in delimiter):
        raise DelimiterUnusable(text=text)
    return delimiter


def guess_delimiter(lines: list[str]) -> str:
    """The character that cuts the first lines into the steadiest number of cells.

    A line ``sep=;`` at the top, as spreadsheet programs write it, decides at once.

    >>> guess_delimiter(["a;b;c", "1,5;2;3", "2,5;3;4"]), guess_delimiter(["phone", "13800138000"])
    (';', ',')
    >>> guess_delimiter(["Name   Phone", "Ann    12", "Bob    345"]) == ALIGNED
    True
    >>> guess_delimiter(["姓名!电话", "张三!138", "李四!139"])
    '!'
    """
    if lines and (named := _named_separator(lines[0])):
        return named
    filled = [line[:SNIFFED_CHARACTERS] for line in lines if line.strip()][:SNIFFED_LINES]
    signs = Counter(sign for line in filled for sign in set(line))
    others = [
        sign
        for sign, count in signs.items()
        if sign not in WEIGHTS
        and sign not in NEVER
        and not sign.isalnum()
        and count * 2 > len(filled)
    ]
    weights = WEIGHTS | dict.fromkeys(sorted(others), UNLIKELY)
    scores = {
        delimiter: _steadiness(filled, delimiter) * weight
        for delimiter, weight in weights.items()
        if delimiter in signs
    }
    best = max(scores, key=lambda delimiter: scores[delimiter], default=",")
    if (best in WEAK or scores.get(best, 0) < SURE_OF_SIGN) and _are_aligned(filled):
        return ALIGNED
    return best if scores.get(best, 0) > 0 else ","


def _are_aligned(lines: list[str]) -> bool:
    spans = columns_of(lines)
    return len(spans) > 1 and share_cut(lines, spans) >= SHARE_ALIGNED


def _named_separator(line: str) -> str | None:
    text = line.strip("\ufeff\r\n \"'")
    if text.lower().startswith("sep=") and len(text) == 5:
        return text[4]
    return "\t" if text.lower() in {"sep=", "sep=\\t"} and "\t" in line else None


def _steadiness(lines: list[str], delimiter: str) -> float:
    """How many lines share the commonest width, more for wider tables; 0 for a single column."""
    # A quote in the middle of a cell speaks for another separator.
    widths = Counter(len(_strict(line.rstrip("\r\n"), delimiter) or ()) for line in lines)
    wide = {width: count for width, count in widths.items() if width > 1}
    if not wide:
        return 0.0
    width, count = max(wide.items(), key=lambda item: (item[1], item[0]))
    share = count / sum(widths.values())
    return float(share * min(width, 8) ** 0.5)


def _cells(line: str, delimiter: str) -> list[str]:
    bare = line.rstrip("\r\n")
    if '"' not in bare:
        return bare.split(delimiter)
    try:
        return next(csv.reader([bare], delimiter=delimiter), [])
    except csv.Error:
        return bare.split(delimiter)


def first_lines(path: Path, encoding: str) -> list[str]:
    """The lines a delimiter can be told from. Raises LineTooLong."""
    return list(islice(lines_of(path, encoding), SNIFFED_LINES))


class Torn(list[str]):
    """The cells of a row whose last one is open when the file ends."""


def read_rows(path: Path, encoding: str, delimiter: str, *, most: int) -> Iterator[Row]:
    """The first rows of the file that hold something, ``most`` of them; blank ones are counted.

    Lines of nothing but separators may follow by the million: nobody reads on to see.
    Raises LineTooLong, for a row of very many cells too, and TooManyRows.
    """
    for number, _cells, kept in islice(_numbered(path, encoding, delimiter), most):
        yield Row(number, kept)


def _numbered(
    path: Path, encoding: str, delimiter: str
) -> Iterator[tuple[int, list[str], tuple[Cell, ...]]]:
    """Number, cells as they stand, and cells up to the last that holds something."""
    lines: Iterable[str] = lines_of(path, encoding)
    one = delimiter
    if len(delimiter) > 1 and delimiter != ALIGNED:
        # The parser of the standard library knows separators of one character.
        one = "\x1f"
        lines = (line.replace(delimiter, one) for line in lines)
    for number, cells in enumerate(records(lines, one), start=1):
        kept = trimmed(list(cells))
        if len(kept) > COLUMNS_LIMIT:
            raise LineTooLong(line=number)
        if number > ROWS_LIMIT:
            raise TooManyRows(limit=ROWS_LIMIT)
        if kept:
            yield number, cells, kept


class Survey(NamedTuple):
    """How many rows hold something, whether some character of them is lost, and what is torn.

    ``torn_row`` is the number of the last row where the file breaks off in the middle of it,
    ``width`` how many cells every row has, blank ones too; 0 where rows differ.
    """

    rows: int
    is_damaged: bool
    torn_row: int | None = None
    width: int = 0


def survey(path: Path, encoding: str, delimiter: str) -> Survey:
    """Go through the whole file once, so that no surprise is left for later.

    Raises what ``read_rows`` raises.
    """
    rows, is_damaged = 0, False
    widths: deque[int] = deque(maxlen=ROWS_BEFORE_END)
    last: tuple[int, list[str]] = (0, [])
    all_widths = set()
    for number, cells, kept in _numbered(path, encoding, delimiter):
        rows += 1
        is_damaged = is_damaged or any("\ufffd" in str(cell) for cell in kept)
        widths.append(len(cells))
        all_widths.add(len(cells))
        last = number, cells
    is_torn = isinstance(last[1], Torn) or (
        not _ends_with_line(path) and _breaks_off(last[1], list(widths)[:-1])
    )
    width = all_widths.pop() if len(all_widths) == 1 else 0
    return Survey(rows, is_damaged, last[0] if is_torn else None, width)


def _ends_with_line(path: Path) -> bool:
    """Whether the last line has its end, whatever the encoding and what fills the last block."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - LONGEST_END))
        return file.read().rstrip(b"\x00\x1a \t")[-1:] in {b"\n", b"\r"}


def _breaks_off(cells: list[str], widths: list[int]) -> bool:
    """Whether a row has fewer cells than every one before it, or ends in half a character."""
    if cells and cells[-1].endswith("\ufffd"):
        return True
    return len(widths) >= ROWS_OF_PROOF and 1 < len(cells) < min(widths)


def records(lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    r"""Cells of each record of ``lines``, blank ones included.

    >>> list(records(['a,b\n', '"two\n', 'lines",x\n', '\n', '5" pipe,y\n'], ","))
    [['a', 'b'], ['two\nlines', 'x'], [], ['5" pipe', 'y']]
    >>> list(records(['"open,1\n', 'b,2\n', 'c,3\n'], ","))
    [['"open', '1'], ['b', '2'], ['c', '3']]
    """
    if delimiter == ALIGNED:
        lines = iter(lines)
        top = list(islice(lines, SNIFFED_LINES))
        spans = columns_of(top) or [(0, 1)]
        yield from (cut(line, spans) for line in chain(top, lines))
        return
    waiting = _Lines(lines, delimiter)
    if (first := waiting.take()) is not None and not _named_separator(first):
        waiting.give_back([first])
    while (line := waiting.take()) is not None:
        yield _record(line, waiting, delimiter)


class _Lines:
    """Lines with a place to put back those that were read ahead in vain."""

    def __init__(self, lines: Iterable[str], delimiter: str) -> None:
        self.source = iter(lines)
        self.returned = deque(islice(self.source, SNIFFED_LINES))
        self.delimiter, self.width = delimiter, _usual_width(self.returned, delimiter)
        # Whether the file ended while an open quote was looked after.
        self.is_at_end = False
        self.patience = PATIENCE

    def take(self) -> str | None:
        return self.returned.popleft() if self.returned else next(self.source, None)

    def torn_off(self, line: str) -> str | None:
        """What follows an open quote up to the end of the file, where the file breaks off in it."""
        rest = list(self.returned) if self.is_at_end else None
        self.is_at_end = False
        if rest is None or any(len(_cells(one, self.delimiter)) > 1 for one in rest):
            return None
        is_whole = len(line.rstrip("\r\n").split(self.delimiter)) == self.width
        if is_whole and [line, *rest][-1].endswith(("\n", "\r")):
            # A row like the others in a file with its end: the quote is a sign like any other.
            return None
        self.returned.clear()
        return "\n".join(["", *(line.rstrip("\r\n") for line in rest)]) if rest else ""

    def give_back(self, lines: list[str]) -> None:
        self.returned.extendleft(reversed(lines))
        self.patience -= len(lines)


def _usual_width(lines: Iterable[str], delimiter: str) -> int:
    """How many cells most lines have that are whole by themselves; 0 where none have several."""
    whole = (_cells(line, delimiter) for line in lines if line.count('"') % 2 == 0)
    widths = Counter(len(cells) for cells in whole if len(cells) > 1 and any(cells))
    return max(widths, key=lambda width: (widths[width], width), default=0)


def _record(line: str, waiting: _Lines, delimiter: str) -> list[str]:
    bare = line.rstrip("\r\n")
    if '"' not in bare:
        return bare.split(delimiter) if bare.strip(BLANK + delimiter) else []
    if '="' in bare:
        bare = _unwrapped(bare, delimiter)
    if (cells := _strict(bare, delimiter)) is not None:
        return cells
    opened = _open_at(bare, 0, delimiter)
    if opened is None:
        return _with_stray_quotes(bare, delimiter, waiting.width)
    if (cells := _over_lines(line, waiting, delimiter)) is not None:
        return cells
    # What stands before the open quote is as good as ever.
    before = (_strict(bare[: opened - 1], delimiter) or []) if opened else []
    if (rest := waiting.torn_off(line)) is not None:
        return Torn([*before, bare[opened + 1 :] + rest])
    return before + bare[opened:].split(delimiter)


def _unwrapped(bare: str, delimiter: str) -> str:
    """The line with ="0001", as programs write numbers that are text, as a plain quoted cell.

    >>> _unwrapped('="0001",="1,000.50",=""', ",")
    '"0001","1,000.50",""'
    """
    parts = re.escape(delimiter)
    return re.sub(rf'(^|{parts})="((?:[^"]|"")*)"(?={parts}|$)', r'\1"\2"', bare)


def _strict(text: str, delimiter: str) -> list[str] | None:
    """Cells of one record by the letter of the format, or None."""
    try:
        found = list(csv.reader([text], delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return found[0] if len(found) == 1 else None


def _open_at(text: str, start: int, delimiter: str) -> int | None:
    """Where the quoted cell begins that the text leaves open; None where all are closed."""
    while True:
        if text.startswith('"', start):
            closed = QUOTED.match(text, start)
            if closed is None:
                return start
            start = closed.end()
        start = text.find(delimiter, start)
        if start < 0:
            return None
        start += len(delimiter)


def _with_stray_quotes(bare: str, delimiter: str, width: int) -> list[str]:
    """Quotes that open and close nothing: as lenient programs read it, or as it stands."""
    lenient = next(csv.reader([bare], delimiter=delimiter), [])
    plain = bare.split(delimiter)
    return plain if len(plain) == width != len(lenient) else lenient


def _over_lines(line: str, waiting: _Lines, delimiter: str) -> list[str] | None:
    """Cells of a record whose open cell is closed on a later line; None puts the lines back."""
    taken: list[str] = []
    length = len(line)
    while waiting.patience > 0 and len(taken) < LONGEST_RECORD_LINES and length < LONGEST_RECORD:
        more = waiting.take()
        if more is None:
            waiting.is_at_end = True
            break
        taken.append(more)
        length += len(more)
        closing = CLOSING.match(more)
        if closing is None:
            continue
        end = closing.end()
        rest = more[end:].rstrip("\r\n")
        if rest and not rest.startswith(delimiter):
            break
        if rest and _open_at(rest, len(delimiter), delimiter) is not None:
            continue
        cells = _strict("".join((line, *taken)).rstrip("\r\n"), delimiter)
        if cells is not None and _believable(cells, line, taken, delimiter, waiting.width):
            return cells
        break
    waiting.give_back(taken)
    return None


def _believable(cells: list[str], line: str, taken: list[str], delimiter: str, width: int) -> bool:
    """Whether a cell over several lines is meant, and not the work of a quote left open.

    It is not when the lines it swallowed would have been full records by themselves.
    """
    if len(cells) >= width:
        return True
    alone = [len(one.rstrip("\r\n").split(delimiter)) for one in (line, *taken)]
    return not all(found >= width for found in alone)
