"""Opens a file by what it contains, never by what it is called, as sheets of numbered rows.

Workbooks are parsed in a process of their own with little memory and a time limit, after a look
through their parts; what it finds waits in a temporary folder and streams from there.
"""

import codecs
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from imports.rules import delimited, markup_tables
from imports.rules.encodings import SAMPLE_BYTES, guess_encoding
from imports.rules.guard import MEGABYTE, Inspection, inspect_zip
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
)

FILE_LIMIT = 64 * MEGABYTE
MARKUP_LIMIT = 32 * MEGABYTE
PARSE_SECONDS = 60
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
UNCALCULATED = "#UNCALCULATED!"
BROKEN = "#ERROR!"


class ParsingTooHeavy(DomainError):
    code = "parsing_too_heavy"
    message = _(
        "The file takes too much memory or time to read; delete what does not belong to the "
        "table, or save it as CSV, and try again."
    )


class EncodingUnknown(DomainError):
    code = "encoding_unknown"
    message = _("%(name)s is not an encoding; try utf-8 or gb18030.")


@contextmanager
def open_book(path: Path, *, encoding: str | None = None) -> Iterator[Book]:
    """The file's sheets, readable while the context lasts; ``encoding`` overrides the guess.

    Raises FileEmpty, FileTooLarge, FileUnreadable, FileEncrypted, UnpacksTooLarge, HasDocumentType,
    StrayCell, ParsingTooHeavy, EncodingUnknown.
    """
    size = path.stat().st_size
    if size > FILE_LIMIT:
        raise FileTooLarge(limit=FILE_LIMIT // MEGABYTE)
    with path.open("rb") as file:
        head = file.read(SAMPLE_BYTES)
    if not head.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        raise FileEmpty
    with tempfile.TemporaryDirectory(prefix="sheet-") as folder:
        yield _open(path, head, Path(folder), encoding)


def _open(path: Path, head: bytes, folder: Path, encoding: str | None) -> Book:
    if head.startswith(ZIP):
        return _workbook(path, folder, "xlsx", inspect_zip(path))
    if head.startswith(OLE):
        # An encrypted xlsx is such a container too, with this stream inside.
        if "EncryptedPackage".encode("utf-16-le") in path.read_bytes():
            raise FileEncrypted
        return _workbook(
            path, folder, "xls", Inspection(serials_from_1904=False, uncalculated={}, broken={})
        )
    if head.startswith(OTHER_KINDS):
        raise FileUnreadable
    return _text(path, head, encoding)


def _workbook(path: Path, folder: Path, kind: str, found: Inspection) -> Book:
    answer = _parse_aside(path, folder)
    sheets = tuple(_spooled_sheet(folder, described, found) for described in answer["sheets"])
    if not any(described["rows"] for described in answer["sheets"]):
        raise FileEmpty
    return Book(format=kind, sheets=sheets, serials_from_1904=found.serials_from_1904)


def _parse_aside(path: Path, folder: Path) -> dict[str, Any]:
    """The child's description of the workbook; its death is an answer too."""
    command = [sys.executable, "-I", str(CHILD), str(path), str(folder)]
    try:
        done = subprocess.run(  # noqa: S603 — our own script, and the path is one argument
            command, capture_output=True, timeout=PARSE_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise ParsingTooHeavy from error
    if done.returncode or not done.stdout:
        # Aborted for want of memory, or crashed on rubbish: either way not our process.
        raise (
            ParsingTooHeavy if b"memory" in done.stderr or done.returncode == -9 else FileUnreadable
        )
    answer: dict[str, Any] = json.loads(done.stdout)
    refusals = {"encrypted": FileEncrypted, "memory": ParsingTooHeavy, "unreadable": FileUnreadable}
    if "error" in answer:
        raise refusals[answer["error"]]
    return answer


def _spooled_sheet(folder: Path, described: dict[str, Any], found: Inspection) -> Sheet:
    name = described["name"]
    marks = dict.fromkeys(found.uncalculated.get(name, ()), UNCALCULATED)
    marks |= dict.fromkeys(found.broken.get(name, ()), BROKEN)
    rows = partial(_spooled_rows, folder / f"{described['index']}.jsonl")
    return Sheet(
        name=name,
        rows=partial(_with_marks, rows, marks) if marks else rows,
        merged=tuple(Area(*area) for area in described["merged"]),
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


def _with_marks(
    rows: Callable[[], Iterator[Row]], marks: dict[tuple[int, int], str]
) -> Iterator[Row]:
    """Rows with a mark in the cells whose value is not there, so that they do not read as blank."""
    by_row: dict[int, list[tuple[int, str]]] = {}
    for (number, column), mark in marks.items():
        by_row.setdefault(number, []).append((column, mark))
    for row in rows():
        if row.number not in by_row:
            yield row
            continue
        cells = list(row.cells)
        for column, mark in by_row[row.number]:
            cells.extend([None] * (column - len(cells)))
            cells[column - 1] = mark
        yield Row(row.number, tuple(cells))


def _text(path: Path, head: bytes, encoding: str | None) -> Book:
    encoding = _known(encoding) if encoding else _encoding_of(path, head)
    shown = head.decode(encoding, errors="replace").lstrip("\ufeff \t\r\n")
    if "\x00" in shown:
        raise FileUnreadable
    if shown.startswith("<"):
        return _markup(path, shown, encoding)
    lines = delimited.first_lines(path, encoding)
    delimiter = delimited.guess_delimiter(lines)
    rows = partial(delimited.read_rows, path, encoding, delimiter)
    return Book(
        format="tsv" if delimiter == "\t" else "csv",
        sheets=(Sheet(name=path.stem, rows=rows),),
        encoding=encoding,
        delimiter=delimiter,
        damaged_characters=not _decodes(path, encoding),
    )


def _encoding_of(path: Path, head: bytes) -> str:
    """The guess from the beginning, unless the rest of the file speaks against it."""
    encoding = guess_encoding(head)
    if encoding == "utf-8" and not _decodes(path, encoding):
        # Plain ASCII at first, foreign characters further down.
        return guess_encoding(_foreign_part(path)) if head.isascii() else encoding
    return encoding


def _foreign_part(path: Path) -> bytes:
    data = path.read_bytes()
    first = next(index for index, byte in enumerate(data) if byte > 0x7F)
    return data[data.rfind(b"\n", 0, first) + 1 :]


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while piece := file.read(MEGABYTE):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _known(encoding: str) -> str:
    try:
        return codecs.lookup(encoding).name
    except LookupError:
        raise EncodingUnknown(name=encoding) from None


def _markup(path: Path, shown: str, encoding: str) -> Book:
    if path.stat().st_size > MARKUP_LIMIT:
        raise FileTooLarge(limit=MARKUP_LIMIT // MEGABYTE)
    beginning = shown[:4_000].lower()
    if "urn:schemas-microsoft-com:office:spreadsheet" in beginning and "<html" not in beginning:
        tables, serials = markup_tables.read_xml_spreadsheet(path.read_bytes())
        kind = "xml"
    else:
        text = path.read_text(encoding=encoding, errors="replace")
        tables, serials, kind = markup_tables.read_html(text), False, "html"
    sheets = tuple(
        Sheet(name=table.name, rows=partial(iter, table.rows), merged=tuple(table.merged))
        for table in tables
    )
    if not any(table.rows for table in tables):
        raise FileUnreadable
    return Book(format=kind, sheets=sheets, encoding=encoding, serials_from_1904=serials)
