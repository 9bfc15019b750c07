"""Writes Excel 97 workbooks byte by byte, since no maintained library does."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

SECTOR = 512
FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
ERRORS = {"#NULL!": 0, "#DIV/0!": 7, "#VALUE!": 15, "#REF!": 23, "#NAME?": 29, "#NUM!": 36}
ERRORS["#N/A"] = 42
GLOBALS, WORKSHEET = 0x0005, 0x0010


class Formula:
    """A formula cell: its cached value, or ``None`` where it was never calculated."""

    def __init__(self, value: Any = None) -> None:
        self.value = value


def xls_file(
    path: Path,
    sheets: dict[str, Sequence[Sequence[Any]]],
    *,
    merged: Sequence[tuple[int, int, int, int]] = (),
    hidden: Sequence[str] = (),
    hidden_rows: Sequence[int] = (),
    locked: bool = False,
    from_1904: bool = False,
) -> Path:
    """A workbook; ``merged`` are (first row, last row, first column, last column) from 0.

    ``hidden_rows`` count from 0 as well.
    """
    bodies = [
        _sheet(rows, merged if not number else (), hidden_rows)
        for number, rows in enumerate(sheets.values())
    ]
    heads = [(name, name in hidden) for name in sheets]
    start = len(_globals([(0, *head) for head in heads], locked=locked, from_1904=from_1904))
    placed = []
    for body, head in zip(bodies, heads, strict=True):
        placed.append((start, *head))
        start += len(body)
    stream = _globals(placed, locked=locked, from_1904=from_1904) + b"".join(bodies)
    path.write_bytes(compound({"Workbook": stream}))
    return path


def record(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _begin(kind: int) -> bytes:
    return record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0x0DBB, 0x07CC, 0x41, 6))


def _globals(sheets: Sequence[tuple[int, str, bool]], *, locked: bool, from_1904: bool) -> bytes:
    out = _begin(GLOBALS)
    if locked:
        out += record(0x002F, struct.pack("<HHH", 1, 1, 1) + b"\x11" * 48)
    out += record(0x0042, struct.pack("<H", 1200))
    out += record(0x0022, struct.pack("<H", from_1904))
    # One plain cell format and one for days.
    out += record(0x00E0, struct.pack("<HHHBBIIH", 0, 0, 0, 0, 0, 0, 0, 0))
    out += record(0x00E0, struct.pack("<HHHBBIIH", 0, 14, 0, 0, 0, 0, 0, 0))
    for start, name, is_hidden in sheets:
        text = name.encode("utf-16-le")
        out += record(0x0085, struct.pack("<IBBBB", start, is_hidden, 0, len(name), 1) + text)
    return out + record(0x000A)


def _sheet(
    rows: Sequence[Sequence[Any]],
    merged: Sequence[tuple[int, int, int, int]],
    hidden_rows: Sequence[int],
) -> bytes:
    out = _begin(WORKSHEET)
    width = max((len(row) for row in rows), default=0)
    out += record(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, width, 0))
    for number in hidden_rows:
        out += record(0x0208, struct.pack("<HHHHHHHH", number, 0, width, 255, 0, 0, 0x20, 0))
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            if value is not None:
                out += _cell(struct.pack("<HHH", number, column, 0), value)
    if merged:
        areas = b"".join(struct.pack("<HHHH", *area) for area in merged)
        out += record(0x00E5, struct.pack("<H", len(merged)) + areas)
    return out + record(0x000A)


def _cell(place: bytes, value: Any) -> bytes:
    if isinstance(value, Formula):
        return _formula(place, value.value)
    if isinstance(value, bool):
        return record(0x0205, place + struct.pack("<BB", value, 0))
    if isinstance(value, int | float):
        return record(0x0203, place + struct.pack("<d", value))
    if value in ERRORS:
        return record(0x0205, place + struct.pack("<BB", ERRORS[value], 1))
    text = value.encode("utf-16-le")
    return record(0x0204, place + struct.pack("<HB", len(text) // 2, 1) + text)


def _formula(place: bytes, value: Any) -> bytes:
    cached, after = b"\x03\0\0\0\0\0\xff\xff", b""
    if value in ERRORS:
        cached = struct.pack("<BBBBBBH", 2, 0, ERRORS[value], 0, 0, 0, 0xFFFF)
    elif isinstance(value, str):
        text = value.encode("utf-16-le")
        cached = b"\0\0\0\0\0\0\xff\xff"
        after = record(0x0207, struct.pack("<HB", len(text) // 2, 1) + text)
    elif value is not None:
        cached = struct.pack("<d", value)
    tokens = b"\x1e\x01\x00"
    body = place + cached + struct.pack("<HIH", 2 if value is None else 0, 0, len(tokens)) + tokens
    return record(0x0006, body) + after


def compound(streams: dict[str, bytes]) -> bytes:
    """An OLE compound file with its streams one after another."""
    chains, body, first = [], b"", []
    for data in streams.values():
        padded = data.ljust(max(4096, -(-len(data) // SECTOR) * SECTOR), b"\0")
        first.append(len(chains))
        count = len(padded) // SECTOR
        chains += [len(chains) + step + 1 for step in range(count - 1)] + [END]
        body += padded
    entries = [_entry("Root Entry", 5, END, 0, child=1)]
    for index, (name, data) in enumerate(streams.items(), start=1):
        right = index + 1 if index < len(streams) else FREE
        entries.append(_entry(name, 2, first[index - 1], max(4096, len(data)), right=right))
    while len(entries) % 4:
        entries.append(_entry("", 0, 0, 0))
    directory = len(chains)
    count = len(entries) // 4
    chains += [directory + step + 1 for step in range(count - 1)] + [END]
    body += b"".join(entries)
    table = len(chains)
    fats = -(-(len(chains) + 1) // 127)
    chains += [FAT] * fats
    chains += [FREE] * (fats * 128 - len(chains))
    body += struct.pack(f"<{len(chains)}I", *chains)
    head = bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 16
    head += struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    head += struct.pack("<IIIIIIIII", 0, fats, directory, 0, 4096, END, 0, END, 0)
    sectors = [table + step for step in range(fats)]
    return head + struct.pack("<109I", *(sectors + [FREE] * (109 - fats))) + body


def _entry(
    name: str, kind: int, start: int, size: int, *, child: int = FREE, right: int = FREE
) -> bytes:
    text = name.encode("utf-16-le")
    length = len(text) + 2 if name else 0
    return (
        text.ljust(64, b"\0")
        + struct.pack("<HBBIII", length, kind, 1, FREE, right, child)
        + b"\0" * 36
        + struct.pack("<IQ", start, size)
    )
