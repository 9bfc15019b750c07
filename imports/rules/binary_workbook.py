"""Finds in a binary workbook (xlsb) what its reader does not give: errors, rows nobody sees.

The parts are records of a number, a length and that many bytes, both written seven bits a byte.
"""

import posixpath
import struct
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field

from defusedxml.ElementTree import fromstring

from imports.rules.cell_marks import UNNAMED_ERROR, SheetLook
from imports.rules.old_workbook import ERRORS

WORKBOOK = "xl/workbook.bin"
RELATIONS = "xl/_rels/workbook.bin.rels"
ROW, CELL_ERROR, FORMULA_ERROR, PROPERTIES, SHEET = 0, 3, 11, 153, 156
FROM_1904 = 1
ROW_FLAGS, HIDDEN = 11, 0x10


@dataclass(slots=True)
class BinaryWorkbook:
    """A look at each sheet, in the order of the workbook, and where its days count from."""

    sheets: list[SheetLook] = field(default_factory=list)
    serials_from_1904: bool = False


def is_binary(parts: zipfile.ZipFile) -> bool:
    """Whether the zip is a binary workbook."""
    return {WORKBOOK, RELATIONS} <= set(parts.namelist())


def look_at_binary(parts: zipfile.ZipFile) -> BinaryWorkbook:
    """What the records of a workbook say; nothing where they cannot be followed."""
    targets = {node.get("Id"): node.get("Target") or "" for node in _relations(parts)}
    found = BinaryWorkbook()
    try:
        for kind, body in _records(parts.read(WORKBOOK)):
            if kind == PROPERTIES:
                found.serials_from_1904 = bool(body[0] & FROM_1904)
            elif kind == SHEET:
                target = targets.get(_relation_of(body), "")
                name = posixpath.normpath(posixpath.join("/xl", target)).strip("/")
                is_there = name in parts.namelist()
                found.sheets.append(_look_at(parts.read(name)) if is_there else SheetLook())
    except (struct.error, IndexError):
        return found
    return found


def _relations(parts: zipfile.ZipFile) -> Iterator[dict[str, str]]:
    yield from fromstring(parts.read(RELATIONS), forbid_dtd=True)


def _relation_of(body: bytes) -> str:
    """By what name the workbook refers to the part of a sheet."""
    (length,) = struct.unpack_from("<I", body, 8)
    return body[12 : 12 + 2 * length].decode("utf-16-le", errors="replace")


def _look_at(data: bytes) -> SheetLook:
    look = SheetLook()
    row = 0
    for kind, body in _records(data):
        if kind == ROW:
            row = struct.unpack_from("<I", body)[0] + 1
            if body[ROW_FLAGS] & HIDDEN:
                look.hide(row)
        elif kind in {CELL_ERROR, FORMULA_ERROR}:
            column = struct.unpack_from("<I", body)[0] + 1
            look.marks.setdefault(row, {})[column] = ERRORS.get(body[8], UNNAMED_ERROR)
    return look


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Number and bytes of each record."""
    place = 0
    while place < len(data):
        kind, place = _number(data, place, longest=2)
        size, place = _number(data, place, longest=4)
        yield kind, data[place : place + size]
        place += size


def _number(data: bytes, place: int, *, longest: int) -> tuple[int, int]:
    number = 0
    for shift in range(longest):
        byte = data[place]
        place += 1
        number |= (byte & 0x7F) << (7 * shift)
        if byte < 0x80:
            break
    return number, place
