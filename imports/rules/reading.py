"""Opens a file by what it contains, never by what it is called, as sheets of numbered rows.

Workbooks and web pages are looked through and parsed in a process of their own with little memory
and little time; what it finds waits in a temporary folder and streams from there. Delimited text
is cut into rows here, line by line, by rules whose work grows with the length of the file alone.
"""

import codecs
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from imports.rules import delimited
from imports.rules.delimited import known_delimiter
from imports.rules.encodings import SAMPLE_BYTES, Guess, guess
from imports.rules.guard import MEGABYTE, HasDocumentType, UnpacksTooLarge, WholeExport
from imports.rules.sheets import (
    Area,
    Book,
    Cell,
    FileEmpty,
    FileEncrypted,
    FileTooLarge,
    FileUnreadable,
    Row,
    Sheet,
    StrayCell,
    TooManyRows,
    TooMuchText,
)
from imports.rules.text_lines import byte_order_settled, looks_like_text

FILE_LIMIT = 64 * MEGABYTE
PARSE_SECONDS = 90
CHILD = Path(__file__).with_name("workbook_child.py")
ZIP = b"PK\x03\x04"
OLE = bytes.fromhex("d0cf11e0a1b11ae1")
# Beginnings of files people pick by mistake.
OTHER_KINDS = (
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x1f\x8b",
    b"{\\rtf",
)
JSON = re.compile(r"\{\s*\"|\[\s*[\[{]")
TIME_SIGNALS = (9, 24)
# Codecs of Python that no file is written in.
NO_CHARSETS = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape", "utf-7"})


class ParsingTooHeavy(DomainError):
    code = "parsing_too_heavy"
    message = _(
        "The file takes too much memory or time to read; delete what does not belong to the "
        "table, or save it as CSV, and try again."
    )


# What the child may answer, by code.
REFUSALS: dict[str, type[DomainError]] = {
    kind.code: kind
    for kind in (
        *(FileUnreadable, FileEmpty, FileEncrypted, StrayCell, TooManyRows, TooMuchText),
        *(UnpacksTooLarge, HasDocumentType, ParsingTooHeavy, WholeExport),
    )
}


class EncodingUnknown(DomainError):
    code = "encoding_unknown"
    message = _("%(name)s is not an encoding; try utf-8 or gb18030.")


@contextmanager
def open_book(
    path: Path, *, encoding: str | None = None, delimiter: str | None = None
) -> Iterator[Book]:
    """The file's sheets, readable while the context lasts.

    ``encoding`` and ``delimiter`` override the guesses about text; workbooks have neither.

    Raises FileEmpty, FileTooLarge, FileUnreadable, FileEncrypted, UnpacksTooLarge, HasDocumentType,
    StrayCell, LineTooLong, TooManyRows, TooMuchText, ParsingTooHeavy,
    EncodingUnknown, DelimiterUnusable.
    """
    size = path.stat().st_size
    if size > FILE_LIMIT:
        raise FileTooLarge(limit=FILE_LIMIT // MEGABYTE)
    with path.open("rb") as file:
        head = file.read(SAMPLE_BYTES)
    if not head.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        raise FileEmpty
    told = Told(
        encoding and byte_order_settled(_known(encoding), head),
        delimiter and known_delimiter(delimiter),
    )
    with tempfile.TemporaryDirectory(dir=place_of_rows()) as folder:
        yield _open(path, head, Path(folder), told)


def place_of_rows() -> Path:
    """Where rows wait that were parsed aside, a folder for each file that is being read."""
    place = Path(settings.VAR_DIR, "sheets")
    place.mkdir(parents=True, exist_ok=True)
    return place


class Told(NamedTuple):
    """What the owner said about the text."""

    encoding: str | None
    delimiter: str | None


def _open(path: Path, head: bytes, folder: Path, told: Told) -> Book:
    if head.startswith(ZIP):
        return _parsed_aside(path, folder, "zip")
    if head.startswith(OLE):
        # An encrypted xlsx is such a container too, with this stream inside.
        if "EncryptedPackage".encode("utf-16-le") in path.read_bytes():
            raise FileEncrypted
        return _parsed_aside(path, folder, "xls")
    if head.startswith(OTHER_KINDS):
        raise FileUnreadable
    return _text(path, head, folder, told)


def _parsed_aside(path: Path, folder: Path, kind: str, encoding: str = "") -> Book:
    """The book as a process of its own reads it; rows wait in ``folder``."""
    answer = _answer_of_child(path, folder, kind, encoding)
    if not any(described["rows"] for described in answer["sheets"]):
        raise FileEmpty
    sheets = [_spooled_sheet(folder, described) for described in answer["sheets"]]
    return Book(
        format=answer["kind"],
        # People count the sheets they see.
        sheets=tuple(sorted(sheets, key=lambda sheet: sheet.is_hidden)),
        encoding=encoding or None,
        serials_from_1904=answer["serials_from_1904"],
    )


def _answer_of_child(path: Path, folder: Path, kind: str, encoding: str) -> dict[str, Any]:
    """The child's description of the file; its death is an answer too."""
    command = [sys.executable, "-I", str(CHILD), str(path), str(folder), kind, encoding]
    try:
        done = subprocess.run(  # noqa: S603 — our own script, and the path is one argument
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=PARSE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ParsingTooHeavy from error
    if done.returncode:
        # Killed for its time or aborted for want of memory, or crashed on rubbish.
        is_heavy = -done.returncode in TIME_SIGNALS or b"memory" in done.stderr.lower()
        raise ParsingTooHeavy if is_heavy else FileUnreadable
    answer: dict[str, Any] = json.loads((folder / "answer.json").read_bytes())
    if "error" in answer:
        raise REFUSALS[answer["error"]](**answer["params"])
    return answer


def _spooled_sheet(folder: Path, described: dict[str, Any]) -> Sheet:
    return Sheet(
        name=described["name"],
        rows=partial(_spooled_rows, folder / described["file"]),
        merged=tuple(Area(*area) for area in described["merged"]),
        count=described["rows"],
        is_hidden=described["is_hidden"],
        torn_row=described["cut_after"] if described.get("is_torn") else None,
        cut_after=described.get("cut_after"),
        width=described["width"],
        hidden_rows=tuple(described.get("hidden_rows", ())),
        struck_rows=tuple(described.get("struck_rows", ())),
    )


def _spooled_rows(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            number, cells = json.loads(line, object_hook=_untagged)
            yield Row(number, tuple(cells))


def _untagged(tagged: dict[str, str]) -> Cell:
    return (
        datetime.fromisoformat(tagged["at"]) if "at" in tagged else date.fromisoformat(tagged["on"])
    )


def _text(path: Path, head: bytes, folder: Path, told: Told) -> Book:
    found = Guess(told.encoding, 100) if told.encoding else _encoding_of(path, head)
    shown = head.decode(found.name, errors="replace").lstrip("\ufeff \t\r\n")
    if not looks_like_text(shown):
        raise FileUnreadable
    if JSON.match(shown):
        raise FileUnreadable
    if shown.startswith("<"):
        return _markup(path, shown, folder, found.name)
    lines = delimited.first_lines(path, found.name)
    delimiter = told.delimiter or delimited.guess_delimiter(lines)
    survey = delimited.survey(path, found.name, delimiter)
    if not survey.rows:
        raise FileEmpty
    return Book(
        format="tsv" if delimiter == "\t" else "csv",
        sheets=(
            Sheet(
                name=path.stem,
                rows=partial(delimited.read_rows, path, found.name, delimiter, most=survey.rows),
                count=survey.rows,
                torn_row=survey.torn_row,
                width=survey.width,
            ),
        ),
        encoding=found.name,
        delimiter=delimiter,
        confidence=found.confidence,
        damaged_characters=survey.is_damaged,
    )


def _encoding_of(path: Path, head: bytes) -> Guess:
    """The guess from the beginning, unless the rest of the file speaks against it."""
    found = guess(head)
    if found.name == "utf-8" and head.isascii():
        # Plain ASCII at first, foreign characters perhaps further down.
        return guess(foreign) if (foreign := _foreign_part(path)) else found
    return found


def _foreign_part(path: Path) -> bytes:
    """The lines from the first foreign character on, as much as a guess needs."""
    before = b""
    with path.open("rb") as file:
        while piece := file.read(SAMPLE_BYTES):
            if not piece.isascii():
                data = before + piece + file.read(SAMPLE_BYTES)
                first = next(index for index, byte in enumerate(data) if byte > 0x7F)
                return data[data.rfind(b"\n", 0, first) + 1 :]
            before = piece
    return b""


def _known(encoding: str) -> str:
    """The codec's own name. Raises EncodingUnknown, for codecs that are not for text too."""
    try:
        name = codecs.lookup(encoding).name
        readable = name not in NO_CHARSETS and "a,1\n".encode(name).decode(name) == "a,1\n"
    except (LookupError, ValueError):
        readable = False
    if not readable:
        raise EncodingUnknown(name=encoding)
    return name


def _markup(path: Path, shown: str, folder: Path, encoding: str) -> Book:
    beginning = shown[:4_000].lower()
    is_xml = "urn:schemas-microsoft-com:office:spreadsheet" in beginning
    kind = "xml" if is_xml and "<html" not in beginning else "html"
    try:
        return _parsed_aside(path, folder, kind, encoding)
    except FileEmpty as error:
        # A page without a table is not an empty list but no list at all.
        raise FileUnreadable from error
