"""A look through a workbook's zip before anything parses it: bombs and stray cells are refused.

A 4 KB workbook with one cell in the last corner makes a dense reader ask for hundreds of gigabytes
and abort the process. So unpacked sizes, document types and extents are measured in a stream first.
Cells that are only formatted count for nothing: sheets carry them down to their last row.
"""

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from os import SEEK_END
from pathlib import Path
from typing import IO
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from imports.rules.sheets import FileEncrypted, FileUnreadable, StrayCell, column_letters

MEGABYTE = 1 << 20
# What may be in the parts, and what they may unpack to with all that is merely formatted.
CONTENT_LIMIT = 150 * MEGABYTE
UNPACKED_LIMIT = 512 * MEGABYTE
INDEX_LIMIT = 8 * MEGABYTE
LONGEST_TAG = MEGABYTE
PARTS_LIMIT = 5_000
CELLS_LIMIT = 12_000_000
CHUNK = MEGABYTE
SHEET_PART = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
ROOT = re.compile(rb"<(\w+:)?worksheet[\s>]")
PLACES = (
    re.compile(rb'r="([A-Z]{1,3})(\d{1,7})"'),
    re.compile(rb"r='([A-Z]{1,3})(\d{1,7})'"),
)
# What is in every export of everything, and in no workbook.
PARTS_OF_EXPORT = frozenset({"manifest.json", "data/members_member.csv"})
# Rows hidden by hand or by a filter; more than these nobody names.
HIDES, HIDDEN_NAMED = b'hidden="1"', 100
HIDDEN_ROW = re.compile(rb'<(?:\w+:)?row\b(?=[^<>]*\bhidden="1")[^<>]*?\br="(\d{1,7})"')
# Fonts that strike a text through, and the formats of cells that have one.
STYLES, STYLES_LIMIT = "xl/styles.xml", 2 * MEGABYTE
SERIALS_1904 = re.compile(rb"date1904=[\"'](?:1|true)[\"']")
CALCULATES_ON_LOAD = re.compile(rb"fullCalcOnLoad=[\"'](?:1|true)[\"']")
DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError)


class UnpacksTooLarge(DomainError):
    code = "unpacks_too_large"
    message = _("The file unpacks to more than %(limit)s MB; split it and import the parts.")


class HasDocumentType(DomainError):
    code = "has_document_type"
    message = _(
        "The file carries a document type definition, which no spreadsheet program writes; "
        "save it anew and try again."
    )


class WholeExport(DomainError):
    code = "whole_export"
    message = _(
        "The file is an export of everything. manage.py import_export restores it into an empty "
        "installation; to import one of its lists, unpack it and choose lists/members.xlsx."
    )


def weight_of(file: IO[bytes]) -> int:
    """How heavy a file is to read, in bytes: a zip as much as a tenth of what it says to unpack to.

    Leaves the file at its beginning.
    """
    size = file.seek(0, SEEK_END)
    unpacked = 0
    # One that cannot be read weighs what it is; the check says what is wrong with it.
    with suppress(*DAMAGE), zipfile.ZipFile(file) as parts:
        unpacked = sum(info.file_size for info in parts.infolist())
    file.seek(0)
    return max(size, unpacked // 10)


@dataclass(slots=True)
class Inspection:
    """What the look found: facts of the workbook, and the parts whose cells deserve a second one.

    ``marked`` are parts with formulas or errors, by the name of their sheet, ``hidden`` the first
    rows that nobody sees of each, ``struck`` the first ones with cells that are struck through.
    """

    serials_from_1904: bool = False
    calculates_on_load: bool = False
    marked: dict[str, str] = field(default_factory=dict)
    hidden: dict[str, list[int]] = field(default_factory=dict)
    struck: dict[str, list[int]] = field(default_factory=dict)


def inspect_zip(path: Path) -> Inspection:
    """Read every part of the workbook once, keeping nothing, and refuse what is unsafe to parse.

    Raises FileUnreadable, FileEncrypted, UnpacksTooLarge, HasDocumentType, StrayCell, WholeExport.
    """
    try:
        with zipfile.ZipFile(path) as parts:
            return _look_through(parts)
    except DefusedXmlException as error:
        raise HasDocumentType from error
    except (*DAMAGE, ParseError) as error:
        raise FileUnreadable from error
    except RuntimeError as error:
        raise FileEncrypted from error


def _look_through(parts: zipfile.ZipFile) -> Inspection:
    infos = parts.infolist()
    if {info.filename for info in infos} >= PARTS_OF_EXPORT:
        raise WholeExport
    if sum(info.file_size for info in infos) > UNPACKED_LIMIT or len(infos) > PARTS_LIMIT:
        raise _too_large()
    sheets = _sheet_names(parts)
    strikes = _striking_formats(parts) if sheets else None
    found = Inspection()
    budget = _Budget()
    for info in infos:
        is_sheet = info.filename in sheets or bool(SHEET_PART.fullmatch(info.filename))
        look = _Look(is_sheet=is_sheet, strikes=strikes)
        with parts.open(info) as part:
            for window in _windows(part, budget):
                look.at(window, budget)
        if info.filename == "xl/workbook.xml":
            found.serials_from_1904 = look.serials_from_1904
            found.calculates_on_load = look.calculates_on_load
        if look.hidden:
            found.hidden[sheets.get(info.filename, info.filename)] = look.hidden
        if look.struck:
            found.struck[sheets.get(info.filename, info.filename)] = look.struck
        if look.is_marked:
            found.marked[sheets.get(info.filename, info.filename)] = info.filename
    return found


def _too_large() -> UnpacksTooLarge:
    return UnpacksTooLarge(limit=CONTENT_LIMIT // MEGABYTE)


class _Budget:
    """What the parts may still unpack to, whatever they said beforehand."""

    def __init__(self) -> None:
        self.unpacked, self.content = UNPACKED_LIMIT, CONTENT_LIMIT

    def spend(self, *, unpacked: int = 0, content: int = 0) -> None:
        """Count bytes; raise UnpacksTooLarge when there are too many."""
        self.unpacked -= unpacked
        self.content -= content
        if min(self.unpacked, self.content) < 0:
            raise _too_large()


def _windows(part: IO[bytes], budget: _Budget) -> Iterator[bytes]:
    """The part in pieces that never cut a tag in two."""
    rest = b""
    while fresh := part.read(CHUNK):
        budget.spend(unpacked=len(fresh))
        window = rest + fresh
        last = window.rfind(b"<")
        cut = last if last >= 0 and window.find(b">", last) < 0 else len(window)
        if len(window) - cut > LONGEST_TAG:
            raise _too_large()
        rest = window[cut:]
        yield window[:cut]
    yield rest


def _sheet_names(parts: zipfile.ZipFile) -> dict[str, str]:
    """Name a person sees, by the part that holds the sheet; empty for other kinds of workbook."""
    if "xl/workbook.xml" not in parts.namelist():
        return {}
    targets = {
        node.get("Id"): posixpath.normpath(posixpath.join("/xl", node.get("Target") or "")).strip(
            "/"
        )
        for node in fromstring(_index_part(parts, "xl/_rels/workbook.xml.rels"), forbid_dtd=True)
    }
    return {
        targets.get(reference, ""): node.get("name") or ""
        for node in fromstring(_index_part(parts, "xl/workbook.xml"), forbid_dtd=True).iter()
        if node.tag.endswith("}sheet")
        for key, reference in node.items()
        if key.endswith("}id")
    }


def _striking_formats(parts: zipfile.ZipFile) -> re.Pattern[bytes] | None:
    """What finds the rows of cells whose format strikes them through; nothing without any."""
    if STYLES not in parts.namelist() or parts.getinfo(STYLES).file_size > STYLES_LIMIT:
        return None
    whole = fromstring(_index_part(parts, STYLES), forbid_dtd=True)
    fonts = whole.findall("{*}fonts/{*}font")
    struck = {str(n) for n, font in enumerate(fonts) if _is_on(font.find("{*}strike"))}
    formats = enumerate(whole.findall("{*}cellXfs/{*}xf"))
    numbers = [str(number) for number, one in formats if one.get("fontId") in struck]
    if not numbers:
        return None
    named = "|".join(numbers).encode()
    return re.compile(rb'<(?:\w+:)?c\b(?=[^<>]*\bs="(?:%s)")[^<>]*?\br="[A-Z]+(\d{1,7})"' % named)


def _is_on(node: Element | None) -> bool:
    return node is not None and node.get("val") not in {"0", "false"}


def _index_part(parts: zipfile.ZipFile, name: str) -> bytes:
    if name not in parts.namelist():
        raise FileUnreadable
    with parts.open(name) as part:
        data = part.read(INDEX_LIMIT + 1)
    if len(data) > INDEX_LIMIT:
        raise _too_large()
    return data


class _Look:
    """What one part shows while it streams past."""

    def __init__(self, *, is_sheet: bool, strikes: re.Pattern[bytes] | None) -> None:
        self.is_sheet, self.strikes = is_sheet, strikes
        self.is_first = True
        self.is_markup = self.is_marked = False
        self.serials_from_1904 = self.calculates_on_load = False
        self.last_row = self.last_column = 0
        self.hidden: list[int] = []
        self.struck: list[int] = []
        self.tags = _tags(b"")

    def at(self, window: bytes, budget: _Budget) -> None:
        """Look at the next piece."""
        if self.is_first:
            self._begin(window)
        content = self.tags.without_ghosts(window) if self.is_sheet else window
        budget.spend(content=len(content))
        if not self.is_markup:
            return
        if b"<!DOCTYPE" in window or b"<!ENTITY" in window:
            raise HasDocumentType
        if not self.is_sheet:
            if SERIALS_1904.search(window):
                self.serials_from_1904 = True
            if CALCULATES_ON_LOAD.search(window):
                self.calculates_on_load = True
            return
        if not self.is_marked:
            self.is_marked = self.tags.is_marked(content)
        self._measure(content)
        if HIDES in content and len(self.hidden) < HIDDEN_NAMED:
            self.hidden += (int(number) for number in HIDDEN_ROW.findall(content))
        if self.strikes is not None and len(self.struck) < HIDDEN_NAMED:
            rows = dict.fromkeys(map(int, self.strikes.findall(content)))
            self.struck += [row for row in rows if row not in self.struck]

    def _begin(self, window: bytes) -> None:
        self.is_first = False
        head = window[:4]
        self.is_markup = head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<")
        # A part in UTF-16 would hide its words from every pattern below.
        if head[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"\x00<" in head or b"<\x00" in head:
            raise HasDocumentType
        if (root := ROOT.search(window[:4_096])) and root[1]:
            self.tags = _tags(root[1])

    def _measure(self, content: bytes) -> None:
        for place in PLACES if b"r='" in content else PLACES[:1]:
            if not (found := place.findall(content)):
                continue
            letters, digits = (set(part) for part in zip(*found, strict=True))
            self.last_row = max(self.last_row, *map(int, digits), 0)
            self.last_column = max(self.last_column, *map(column_number, letters), 0)
        if self.last_row * self.last_column > CELLS_LIMIT:
            raise StrayCell(cell=f"{column_letters(self.last_column)}{self.last_row}")


@dataclass(frozen=True, slots=True)
class _Tags:
    """The tags of a sheet under its prefix; patterns begin with plain bytes, which makes speed."""

    closed: re.Pattern[bytes]
    emptied: re.Pattern[bytes]
    ending: bytes
    formula: re.Pattern[bytes]

    def without_ghosts(self, window: bytes) -> bytes:
        """The piece without cells that are only formatted."""
        content = self.closed.sub(b"", window)
        empty = b'"' + self.ending in content or b"'" + self.ending in content
        return self.emptied.sub(b"", content) if empty else content

    def is_marked(self, content: bytes) -> bool:
        """Whether there are formulas or errors in the piece."""
        has_error = b't="e"' in content or b"t='e'" in content
        return has_error or bool(self.formula.search(content))


@cache
def _tags(prefix: bytes) -> _Tags:
    name = re.escape(prefix)
    return _Tags(
        closed=re.compile(rb"<%sc\s[^<>]*/>" % name),
        emptied=re.compile(rb"<%sc\s[^<>]*></%sc>" % (name, name)),
        ending=b"></%sc>" % prefix,
        formula=re.compile(rb"<%sf[\s/>]" % name),
    )


def column_number(letters: bytes) -> int:
    """Number of a column from its letters.

    >>> column_number(b"A"), column_number(b"AA"), column_number(b"XFD")
    (1, 27, 16384)
    """
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
