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
# Four Chinese characters of UTF-8 in a row, which hardly ever spell anything in another encoding.
SURELY_UTF8 = re.compile(rb"(?:[\xe4-\xe9][\x80-\xbf]{2}){4}")
# NUL fills blocks, and Ctrl-Z ended files once; neither is text.
MARKS = {
    "utf-16": (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE),
    "utf-32": (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE),
}
FILLING = ("\x00", "\x1a")
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


def byte_order_settled(encoding: str, head: bytes) -> str:
    r"""The encoding with its byte order, where the file's beginning does not state one.

    >>> byte_order_settled("utf-16", b"a\0b\0"), byte_order_settled("utf-16", codecs.BOM_UTF16_BE)
    ('utf-16-le', 'utf-16')
    """
    marks = MARKS.get(encoding, ())
    return f"{encoding}-le" if marks and not head.startswith(marks) else encoding


def lines_of(path: Path, encoding: str) -> Iterator[str]:
    """Every line with its end, decoded; what cannot be decoded shows U+FFFD. Raises LineTooLong."""
    with path.open("rb") as file:
        encoding = byte_order_settled(encoding, file.read(4))
    pieces = _wide_pieces(path, encoding) if _is_wide(encoding) else _pieces(path, encoding)
    for number, line in enumerate(_lines(pieces), start=1):
        if len(line) > LONGEST_LINE:
            raise LineTooLong(line=number)
        yield line


def _lines(pieces: Iterator[str]) -> Iterator[str]:
    for piece in pieces:
        text = piece
        for filling in FILLING:
            text = text.replace(filling, "")
        yield from StringIO(text, newline="")


def _is_wide(encoding: str) -> bool:
    """Whether line ends are more than one byte long."""
    return len("\n\n".encode(encoding)) - len("\n".encode(encoding)) > 1


def _pieces(path: Path, encoding: str) -> Iterator[str]:
    """Whole lines, about a megabyte of them at a time."""
    rest = b""
    decoder = _Decoder(encoding)
    with path.open("rb") as file:
        while fresh := file.read(CHUNK):
            data = rest + fresh
            # The last byte may be half of a line end.
            cut = max(data.rfind(b"\n"), data.rfind(b"\r", 0, len(data) - 1)) + 1
            if len(data) - cut > 4 * LONGEST_LINE:
                raise LineTooLong(line=data.count(b"\n") + 1)
            rest = data[cut:]
            yield decoder.decoded(data[:cut])
    yield decoder.decoded(rest)


class _Decoder:
    """Decodes lines that were glued together from lists in several encodings."""

    def __init__(self, encoding: str) -> None:
        self.encoding = encoding
        self.is_utf8 = encoding.startswith("utf-8")
        # Inside a list that is in UTF-8 though the others are not.
        self.inside_utf8 = False

    def decoded(self, data: bytes) -> str:
        """The text of whole lines."""
        if self.is_utf8 or not (self.inside_utf8 or SURELY_UTF8.search(data)):
            try:
                return data.decode(self.encoding)
            except UnicodeDecodeError:
                pass
        line = self._line_of_utf8 if self.is_utf8 else self._line_of_others
        return "".join(map(line, data.splitlines(keepends=True)))

    def _line_of_utf8(self, line: bytes) -> str:
        text = line.decode(self.encoding, errors="replace")
        lost = text.count("\ufffd")
        # A torn character leaves the others whole; another encoding leaves next to none.
        if lost and sum(sign > "\x7f" for sign in text) < 3 * lost:
            return _strictly(line, "gb18030") or text
        return text

    def _line_of_others(self, line: bytes) -> str:
        if line.isascii():
            return line.decode("ascii")
        in_utf8 = _strictly(line, "utf-8")
        likely = self.inside_utf8 or SURELY_UTF8.search(line)
        text = in_utf8 if likely and in_utf8 is not None else _strictly(line, self.encoding)
        if text is None:
            text = in_utf8 or line.decode(self.encoding, errors="replace")
        self.inside_utf8 = text is in_utf8
        return text


def _strictly(line: bytes, encoding: str) -> str | None:
    try:
        return line.decode(encoding)
    except UnicodeDecodeError:
        return None


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
