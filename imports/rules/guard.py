"""A look through a workbook's zip before anything parses it: bombs and stray cells are refused.

A 4 KB workbook with one cell in the last corner makes a dense reader ask for hundreds of gigabytes
and abort the process. So unpacked sizes, document types and extents are measured in a stream first.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from xml.etree.ElementTree import ParseError

from defusedxml.ElementTree import fromstring
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from imports.rules.sheets import FileEncrypted, FileUnreadable

MEGABYTE = 1 << 20
UNPACKED_LIMIT = 150 * MEGABYTE
PARTS_LIMIT = 5_000
CELLS_LIMIT = 12_000_000
CHUNK = MEGABYTE
OVERLAP = 4_096
NOTED_LIMIT = 100_000
SHEET_PART = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
# A cell with something in it; a merely formatted one closes itself and takes no room.
CELL = re.compile(rb"<(?:\w+:)?c\s(?:[^<>]*?\s)?r=[\"']([A-Z]{1,3})(\d{1,7})[\"'][^<>]*(?<!/)>")
FORMULA = re.compile(
    rb"<(?:\w+:)?c\s(?:[^<>]*?\s)?r=[\"']([A-Z]{1,3})(\d{1,7})[\"'][^<>]*>\s*"
    rb"<(?:\w+:)?f(?:\s[^<>]*)?(?:/>|>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>([^<]*)</(?:\w+:)?v>)?"
)
BROKEN_CELL = re.compile(
    rb"<(?:\w+:)?c\s(?=[^<>]*\st=[\"']e[\"'])(?:[^<>]*?\s)?r=[\"']([A-Z]{1,3})(\d{1,7})[\"']"
)
SERIALS_1904 = re.compile(rb"date1904=[\"'](?:1|true)[\"']")
CALCULATES_ON_LOAD = re.compile(rb"fullCalcOnLoad=[\"'](?:1|true)[\"']")


class UnpacksTooLarge(DomainError):
    code = "unpacks_too_large"
    message = _("The file unpacks to more than %(limit)s MB; split it and import the parts.")


class HasDocumentType(DomainError):
    code = "has_document_type"
    message = _(
        "The file carries a document type definition, which no spreadsheet program writes; "
        "save it anew and try again."
    )


class StrayCell(DomainError):
    code = "stray_cell"
    message = _(
        "A sheet reaches out to cell %(cell)s; delete the empty rows and columns around the "
        "table, save the file and try again."
    )


type Places = frozenset[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Inspection:
    """What the look through the parts found: cells (row, column) without a value, by sheet name."""

    serials_from_1904: bool
    uncalculated: dict[str, Places]
    broken: dict[str, Places]


def inspect_zip(path: Path) -> Inspection:
    """Read every part of the workbook once, keeping nothing, and refuse what is unsafe to parse.

    Raises FileUnreadable, FileEncrypted, UnpacksTooLarge, HasDocumentType, StrayCell.
    """
    try:
        with zipfile.ZipFile(path) as parts:
            looks = _look_through(parts)
            names = _sheet_names(parts)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, ParseError) as error:
        raise FileUnreadable from error
    except NotImplementedError as error:
        raise FileUnreadable from error
    except RuntimeError as error:
        raise FileEncrypted from error
    book = looks.get("xl/workbook.xml", _Look(is_sheet=False))
    sheets = {names.get(part, part): look for part, look in looks.items() if look.is_sheet}
    return Inspection(
        serials_from_1904=book.serials_from_1904,
        uncalculated={
            name: look.uncalculated(never_calculated=book.calculates_on_load)
            for name, look in sheets.items()
        },
        broken={name: frozenset(look.broken) for name, look in sheets.items()},
    )


def _look_through(parts: zipfile.ZipFile) -> dict[str, "_Look"]:
    infos = parts.infolist()
    if sum(info.file_size for info in infos) > UNPACKED_LIMIT or len(infos) > PARTS_LIMIT:
        raise UnpacksTooLarge(limit=UNPACKED_LIMIT // MEGABYTE)
    looks: dict[str, _Look] = {}
    unpacked = 0
    for info in infos:
        look = looks[info.filename] = _Look(is_sheet=bool(SHEET_PART.fullmatch(info.filename)))
        with parts.open(info) as part:
            for piece in _pieces(part):
                unpacked += len(piece.fresh)
                if unpacked > UNPACKED_LIMIT:
                    raise UnpacksTooLarge(limit=UNPACKED_LIMIT // MEGABYTE)
                look.at(piece)
    return looks


def _sheet_names(parts: zipfile.ZipFile) -> dict[str, str]:
    """Name a person sees, by the part that holds the sheet; empty for other kinds of workbook."""
    held = set(parts.namelist())
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= held:
        return {}
    targets = {
        node.get("Id"): "xl/" + (node.get("Target") or "").removeprefix("/xl/")
        for node in fromstring(parts.read("xl/_rels/workbook.xml.rels"))
    }
    return {
        targets.get(reference, ""): node.get("name") or ""
        for node in fromstring(parts.read("xl/workbook.xml")).iter()
        if node.tag.endswith("}sheet")
        for key, reference in node.items()
        if key.endswith("}id")
    }


@dataclass(frozen=True, slots=True)
class _Piece:
    fresh: bytes
    # The end of the piece before, so that nothing hides on the border.
    window: bytes
    is_first: bool


def _pieces(part: IO[bytes]) -> Iterator[_Piece]:
    before = b""
    is_first = True
    while fresh := part.read(CHUNK):
        yield _Piece(fresh, before + fresh, is_first)
        before = (before + fresh)[-OVERLAP:]
        is_first = False


class _Look:
    """What one part shows while it streams past."""

    def __init__(self, *, is_sheet: bool) -> None:
        self.is_sheet = is_sheet
        self.is_markup = False
        self.serials_from_1904 = self.calculates_on_load = False
        self.last_row = self.last_column = 0
        self.without_value: set[tuple[int, int]] = set()
        self.with_zero: set[tuple[int, int]] = set()
        self.other_values = False
        self.broken: set[tuple[int, int]] = set()

    def at(self, piece: _Piece) -> None:
        if piece.is_first:
            head = piece.fresh[:4]
            self.is_markup = head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<")
            # A part in UTF-16 would hide its words from every pattern below.
            if head[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"\x00<" in head or b"<\x00" in head:
                raise HasDocumentType
        if not self.is_markup:
            return
        if b"<!DOCTYPE" in piece.window or b"<!ENTITY" in piece.window:
            raise HasDocumentType
        self.serials_from_1904 = self.serials_from_1904 or bool(SERIALS_1904.search(piece.window))
        if CALCULATES_ON_LOAD.search(piece.window):
            self.calculates_on_load = True
        if self.is_sheet:
            self._measure(piece.window)
            self._note_formulas(piece.window)

    def uncalculated(self, *, never_calculated: bool) -> Places:
        """Formulas without a value; zeros too where a program wrote them instead of calculating."""
        if never_calculated and not self.other_values:
            return frozenset(self.without_value | self.with_zero)
        return frozenset(self.without_value)

    def _measure(self, window: bytes) -> None:
        for letters, digits in CELL.findall(window):
            self.last_row = max(self.last_row, int(digits))
            if len(letters) > 1 or self.last_column < 26:
                self.last_column = max(self.last_column, column_number(letters))
        if self.last_row * self.last_column > CELLS_LIMIT:
            raise StrayCell(cell=f"{column_letters(self.last_column)}{self.last_row}")

    def _note_formulas(self, window: bytes) -> None:
        if len(self.without_value) + len(self.broken) > NOTED_LIMIT:
            return
        if b'"e"' in window or b"'e'" in window:
            self.broken.update(_place(*found) for found in BROKEN_CELL.findall(window))
        for letters, digits, value in FORMULA.findall(window):
            if value == b"":
                self.without_value.add(_place(letters, digits))
            elif value == b"0":
                self.with_zero.add(_place(letters, digits))
            else:
                self.other_values = True


def _place(letters: bytes, digits: bytes) -> tuple[int, int]:
    return int(digits), column_number(letters)


def column_number(letters: bytes) -> int:
    """Number of a column from its letters.

    >>> column_number(b"A"), column_number(b"AA"), column_number(b"XFD")
    (1, 27, 16384)
    """
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def column_letters(number: int) -> str:
    """Letters of a column from its number.

    >>> column_letters(1), column_letters(27), column_letters(16384)
    ('A', 'AA', 'XFD')
    """
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
