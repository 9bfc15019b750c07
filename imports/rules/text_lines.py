"""The lines of a text file, however it ends them, whatever single lines of it are encoded in."""

import codecs
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError

CHUNK = 1 << 20
LONGEST_LINE = 1 << 20
# Lists are glued together: a line that is not in the encoding of the others is in one of these.
RIVALS = ("utf-8", "gb18030")
# NUL fills blocks, and Ctrl-Z ended files once; neither is text.
FILLING = str.maketrans("", "", "\x00\x1a")
CONTROLS = re.compile(r"[\x02-\x08\x0b\x0c\x0e-\x19\x1b-\x1d\x7f]")
MOST_CONTROLS, MOST_NULS = 0.05, 0.2


class LineTooLong(DomainError):
    code = "line_too_long"
    message = _(
        "Line %(line)s is too long for a row of a table; name another separator or encoding, or "
        "save the file anew."
    )


def looks_like_text(sample: str) -> bool:
    r"""Whether decoded bytes are text at all, a few stray control characters aside.

    >>> looks_like_text("name,phone\x00\n" + "Jo,1\n" * 20), looks_like_text("\x01\x02\x03abc")
    (True, False)
    """
    bare = sample.rstrip("\x00\x1a")
    controls = len(CONTROLS.findall(bare))
    return controls <= len(bare) * MOST_CONTROLS and bare.count("\x00") <= len(bare) * MOST_NULS


def lines_of(path: Path, encoding: str) -> Iterator[str]:
    """Every line with its end, decoded; what cannot be decoded shows U+FFFD. Raises LineTooLong."""
    pieces = _wide_pieces(path, encoding) if _is_wide(encoding) else _pieces(path, encoding)
    for number, line in enumerate(_lines(pieces), start=1):
        if len(line) > LONGEST_LINE:
            raise LineTooLong(line=number)
        yield line


def _lines(pieces: Iterator[str]) -> Iterator[str]:
    for piece in pieces:
        yield from StringIO(piece.translate(FILLING), newline="")


def _is_wide(encoding: str) -> bool:
    """Whether line ends are more than one byte long."""
    return len("\n\n".encode(encoding)) - len("\n".encode(encoding)) > 1


def _pieces(path: Path, encoding: str) -> Iterator[str]:
    """Whole lines, about a megabyte of them at a time."""
    rest = b""
    with path.open("rb") as file:
        while fresh := file.read(CHUNK):
            data = rest + fresh
            # The last byte may be half of a line end.
            cut = max(data.rfind(b"\n"), data.rfind(b"\r", 0, len(data) - 1)) + 1
            if len(data) - cut > 4 * LONGEST_LINE:
                raise LineTooLong(line=data.count(b"\n") + 1)
            rest = data[cut:]
            yield _decoded(data[:cut], encoding)
    yield _decoded(rest, encoding)


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return "".join(_decoded_line(line, encoding) for line in data.splitlines(keepends=True))


def _decoded_line(line: bytes, encoding: str) -> str:
    for name in (encoding, *RIVALS):
        try:
            return line.decode(name)
        except UnicodeDecodeError:
            continue
    return line.decode(encoding, errors="replace")


def _wide_pieces(path: Path, encoding: str) -> Iterator[str]:
    """As above, of two or four bytes a character."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    rest = ""
    with path.open("rb") as file:
        while fresh := file.read(CHUNK):
            text = rest + decoder.decode(fresh)
            cut = max(text.rfind("\n"), text.rfind("\r", 0, len(text) - 1)) + 1
            if len(text) - cut > LONGEST_LINE:
                raise LineTooLong(line=text.count("\n") + 1)
            rest = text[cut:]
            yield text[:cut]
    yield rest + decoder.decode(b"", final=True)
