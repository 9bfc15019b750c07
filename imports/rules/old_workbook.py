"""Finds what a reader of Excel 97 workbooks does not give: errors, missing values, hidden rows.

Such a file is a small file system (a compound file) around one stream of records.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from imports.rules.cell_marks import UNNAMED_ERROR, Marks, SheetLook
from imports.rules.sheets import UNCALCULATED

LAST_SECTOR = 0xFFFFFFFA
ENTRY_BYTES = 128
DIFAT_IN_HEADER = 109
STREAMS = ("Workbook", "Book")
ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!"}
ERRORS |= {42: "#N/A", 43: "#GETTING_DATA"}
FORMULA, BOOL_OR_ERROR, BEGIN, END = 0x0006, 0x0205, 0x0809, 0x000A
SHEET, DATE_MODE, LOCKED = 0x0085, 0x0022, 0x002F
ROW, HIDDEN = 0x0208, 0x20
CACHED_ERROR, CACHED_BLANK = 2, 3
ROOT, STREAM = 5, 2
SMALL_SECTOR = 64
NOT_A_NUMBER = b"\xff\xff"


@dataclass(slots=True)
class OldWorkbook:
    """A look at each sheet, in the order of the workbook, and where its days count from."""

    sheets: list[SheetLook] = field(default_factory=list)
    serials_from_1904: bool = False
    is_locked: bool = False


def look_at_old(path: Path) -> OldWorkbook:
    """What the records of a workbook say; nothing where it cannot be followed."""
    data = path.read_bytes()
    found = OldWorkbook()
    try:
        stream = _stream(data)
        starts = []
        for kind, body in _records(stream, 0):
            if kind == SHEET:
                starts.append(struct.unpack_from("<I", body)[0])
            elif kind == LOCKED:
                found.is_locked = True
            elif kind == DATE_MODE:
                found.serials_from_1904 = body[:1] == b"\x01"
        looks = [_look(stream, start) for start in starts]
    except (struct.error, IndexError, StopIteration):
        return found
    # "" is a result like any other, unless no formula has one: then nothing ever calculated.
    calculated = any(look.calculated for look in looks)
    found.sheets = [
        SheetLook(look.marks if calculated else look.marks | look.blank, look.hidden)
        for look in looks
    ]
    return found


@dataclass(slots=True)
class _Look(SheetLook):
    blank: Marks = field(default_factory=dict)
    calculated: bool = False


def _records(stream: bytes, start: int) -> Iterator[tuple[int, bytes]]:
    """Records of one part of the stream, up to its end."""
    depth = 0
    while start + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, start)
        if kind == BEGIN:
            depth += 1
        elif kind == END:
            depth -= 1
            if depth <= 0:
                return
        # A chart inside a sheet is a part of its own.
        if depth == 1:
            yield kind, stream[start + 4 : start + 4 + length]
        start += 4 + length


def _look(stream: bytes, start: int) -> _Look:
    look = _Look()
    for kind, body in _records(stream, start):
        if kind == BOOL_OR_ERROR and body[7]:
            _note(look.marks, body, ERRORS.get(body[6], UNNAMED_ERROR))
        elif kind == FORMULA:
            _formula(look, body)
        elif kind == ROW and struct.unpack_from("<H", body, 12)[0] & HIDDEN:
            look.hide(struct.unpack_from("<H", body)[0] + 1)
    return look


def _formula(look: _Look, body: bytes) -> None:
    cached = body[6] if body[12:14] == NOT_A_NUMBER else None
    if cached == CACHED_ERROR:
        _note(look.marks, body, ERRORS.get(body[8], UNNAMED_ERROR))
    elif cached == CACHED_BLANK:
        _note(look.blank, body, UNCALCULATED)
        return
    look.calculated = True


def _note(marks: Marks, body: bytes, mark: str) -> None:
    row, column = struct.unpack_from("<HH", body)
    marks.setdefault(row + 1, {})[column + 1] = mark


def _stream(data: bytes) -> bytes:
    """The stream of the workbook inside the compound file."""
    size = 1 << struct.unpack_from("<H", data, 30)[0]
    chain = _allocation(data, size)
    whole = memoryview(data)[size:]
    directory = _followed(whole, struct.unpack_from("<I", data, 48)[0], chain, size)
    entries = list(_entries(directory))
    limit, small_first = struct.unpack_from("<II", data, 56)
    for name, kind, first, long in entries:
        if name not in STREAMS or kind != STREAM:
            continue
        if long >= limit:
            return _followed(whole, first, chain, size)[:long]
        table = _followed(whole, small_first, chain, size)
        small_chain = list(struct.unpack(f"<{len(table) // 4}I", table))
        root = next(first for _name, kind, first, _long in entries if kind == ROOT)
        inside = memoryview(_followed(whole, root, chain, size))
        return _followed(inside, first, small_chain, SMALL_SECTOR)[:long]
    raise IndexError


def _entries(directory: bytes) -> Iterator[tuple[str, int, int, int]]:
    """Name, kind, first sector and length of each stream."""
    for start in range(0, len(directory) - ENTRY_BYTES + 1, ENTRY_BYTES):
        entry = directory[start : start + ENTRY_BYTES]
        length = struct.unpack_from("<H", entry, 64)[0]
        name = entry[: max(0, min(length, 64) - 2)].decode("utf-16-le", errors="replace")
        first, long = struct.unpack_from("<II", entry, 116)
        yield name, entry[66], first, long


def _allocation(data: bytes, size: int) -> list[int]:
    """Which sector follows which."""
    sectors = list(struct.unpack_from(f"<{DIFAT_IN_HEADER}I", data, 76))
    more, count = struct.unpack_from("<II", data, 68)
    for _step in range(min(count, len(data) // size)):
        if more > LAST_SECTOR:
            break
        *further, more = struct.unpack_from(f"<{size // 4}I", data, (more + 1) * size)
        sectors += further
    chain: list[int] = []
    for sector in sectors:
        if sector <= LAST_SECTOR:
            chain += struct.unpack_from(f"<{size // 4}I", data, (sector + 1) * size)
    return chain


def _followed(data: memoryview, sector: int, chain: list[int], size: int) -> bytes:
    pieces: list[memoryview] = []
    while sector <= LAST_SECTOR and len(pieces) <= len(data) // size:
        pieces.append(data[sector * size : (sector + 1) * size])
        sector = chain[sector]
    return b"".join(pieces)
