"""Files as they should not be: samples and tables of ours, torn, cut, swapped and overwritten.

A mutant is named by its seed and number alone, so that one that did harm can be made again.
"""

from __future__ import annotations

import csv
import io
import random
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

from imports.rules.sheets import is_blank
from tests.imports.old_workbooks import xls_file
from tests.imports.sheets_made import DATA, xlsx_file

HEAD = ["卡号", "姓名", "手机号", "性别", "生日", "会员等级", "余额", "赠送余额", "积分", "备注"]
ENCODINGS = ("utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "big5hkscs", "cp1252")
NASTY = (
    *("", " ", "\u200b", "\xa0", "-", "N/A", "#N/A", "#REF!", "NaN", "inf", "1e400", "0x10"),
    *("-5", "+5", "(5)", "1,234.50", "1.234,50", "1,5", "１２３", "12.345", "99999999999999999"),
    *("0.1", "5元", "¥5", "1.2万", "5 (bonus)", "1e3", "1.38E+10", "13800138000.0", "'0080"),
    *("合计", "小计", "Total", "Subtotal 5", "第1页/共3页", "制表人：王", "姓名", "余额", "手机号"),
    *('="00123"', "=1+1", "=cmd|' /C calc'!A0", "@SUM(A1)", "TRUE", "FALSE", "none", "无", "null"),
    *('"', '""', '"open', "a\nb", "a\r\nb", "a\tb", "a,b", "a;b", "<b>x</b>", "&amp;", "&#0;"),
    *("2025-02-30", "2567-05-01", "45000", "1900-01-00", "八月十五", "13800138000/13900139000"),
    *(
        "\x00",
        "\x1a",
        "\x0b",
        "\x85",
        "\u2028",
        "\ufffd",
        "\ud7ff",
        "😀",
        "𠮷野家",
        "e\u0301",
        "\u202e",
    ),
    *(
        "x" * 300,
        "9" * 60,
        "0" * 20,
        "0",
        "0.00",
        "000",
        "１３８００１３８０００",
        "+86 138 0013 8000",
    ),
)
TOKENS = (
    *(b"\x00", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b'"', b"'", b",", b";", b"\t", b"\r", b"\n"),
    *(b"<", b">", b"</td>", b"<table>", b"</table>", b"<!--", b"]]>", b"&#x0;", b"&lt;", b"<tr>"),
    *(b"\x80", b"\x81\x30", b"\xc3", b"\x1a", b"9" * 40, b"-1", b"r=", b't="e"', b"<f>1</f>"),
    *(b"<!DOCTYPE x>", b"colspan=999", b"rowspan=65535", b'r="XFD9"', b"PK\x03\x04", b"</row>"),
)


@dataclass(frozen=True, slots=True)
class Mutant:
    """A file; ``rows`` is how many rows it has that hold something, where that is known."""

    name: str
    data: bytes
    rows: int | None = None


def mutant(seed: int, number: int) -> Mutant:
    """The same file for the same seed and number."""
    chance = random.Random(f"{seed}-{number}")
    if chance.random() < 0.5:
        return _written(chance)
    name, data = chance.choice(_whole_files())
    data = _inside_zip(chance, data) if data[:2] == b"PK" and chance.random() < 0.8 else data
    for _step in range(chance.choice((1, 1, 2, 3, 8)) if data[:2] != b"PK" else 1):
        data = _torn(chance, data)
    return Mutant(name, data)


@cache
def _whole_files() -> list[tuple[str, bytes]]:
    """The samples, and a table of ours in each format."""
    paths = (path for path in sorted(DATA.iterdir()) if path.suffix in {".csv", ".xlsx"})
    samples = [(path.name, path.read_bytes()) for path in paths]
    chance = random.Random(1)
    table = _table(chance, 12)
    ours = [(name, write(chance, table)) for name, write in WRITERS.items()]
    return samples * 2 + ours


def _table(chance: random.Random, size: int) -> list[list[str]]:
    return [list(HEAD), *(_person(chance, number) for number in range(1, size + 1))]


def _person(chance: random.Random, number: int) -> list[str]:
    return [
        f"{number:06}",
        f"{chance.choice('张王李赵')}{chance.choice(['伟', '芳', '小明', '秀英'])}{number}",
        f"138{chance.randrange(10**8):08}",
        chance.choice(["男", "女", ""]),
        chance.choice(["1990-01-02", "5月6日", ""]),
        chance.choice(["金卡", "银卡", "普通会员"]),
        chance.choice(["0", "12.50", "100", "3000.00", "1,250.00"]),
        chance.choice(["0", "5", "20.00"]),
        str(chance.randrange(500)),
        chance.choice(["", "常客", "a, b", "likes tea"]),
    ]


def _written(chance: random.Random) -> Mutant:
    """A table changed as a table, then written out: how many rows it has is known."""
    table = _table(chance, chance.choice((0, 1, 3, 12, 40)))
    for _step in range(chance.choice((1, 2, 4, 9))):
        chance.choice(CHANGES)(chance, table)
    name = chance.choice([*WRITERS, "list.csv", "list.csv"])
    data = WRITERS[name](chance, table)
    return Mutant(name, data, sum(any(map(_is_seen, row)) for row in table))


def _is_seen(text: str) -> bool:
    """Whether a person sees anything in the cell; told here in another way than by the product."""
    hidden = "\x00\x1a\u200b\u202e\ufeff"
    return bool(text.strip().strip(hidden).strip().strip(hidden).strip())


def _overwrite(chance: random.Random, table: list[list[str]]) -> None:
    row = chance.choice(table[1:] or table)
    if row:
        row[chance.randrange(len(row))] = chance.choice(NASTY)


def _double(chance: random.Random, table: list[list[str]]) -> None:
    table.insert(chance.randrange(len(table) + 1), list(chance.choice(table)))


def _drop_cell(chance: random.Random, table: list[list[str]]) -> None:
    row = chance.choice(table)
    if row:
        del row[chance.randrange(len(row))]


def _add_cell(chance: random.Random, table: list[list[str]]) -> None:
    row = chance.choice(table)
    row.insert(chance.randrange(len(row) + 1), chance.choice(NASTY))


def _blank_line(chance: random.Random, table: list[list[str]]) -> None:
    table.insert(chance.randrange(len(table) + 1), [""] * chance.randrange(5))


def _total(chance: random.Random, table: list[list[str]]) -> None:
    row = [chance.choice(["合计", "小计", "Total", "总计："]), *[""] * 5, "5000", "100", "77"]
    table.insert(chance.randrange(1, len(table) + 1), row)


def _title(chance: random.Random, table: list[list[str]]) -> None:
    table.insert(
        0, chance.choice([["会员信息表"], ["导出时间：2026-11-20", "共 5 条"], ["", "名单"]])
    )


def _swap_columns(chance: random.Random, table: list[list[str]]) -> None:
    one, two = chance.sample(range(len(HEAD)), 2)
    for row in table:
        if len(row) > max(one, two):
            row[one], row[two] = row[two], row[one]


def _shuffle(chance: random.Random, table: list[list[str]]) -> None:
    rest = table[1:]
    chance.shuffle(rest)
    table[1:] = rest


def _rename(chance: random.Random, table: list[list[str]]) -> None:
    names = [
        "",
        "余额",
        "手机",
        "累计消费",
        "Balance",
        "姓名",
        "备注2",
        "剩余次数",
        "x" * 80,
        "密码",
    ]
    head = max(table, key=lambda row: sum(cell in HEAD for cell in row), default=[])
    if head:
        head[chance.randrange(len(head))] = chance.choice(names)


CHANGES: list[Callable[[random.Random, list[list[str]]], None]] = [
    *(_overwrite, _overwrite, _overwrite, _double, _drop_cell, _add_cell, _blank_line),
    *(_total, _title, _swap_columns, _shuffle, _rename),
]


def _as_csv(chance: random.Random, table: list[list[str]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(
        out,
        delimiter=chance.choice(",,,;\t|"),
        quoting=chance.choice([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
        lineterminator=chance.choice(["\r\n", "\n"]),
    )
    # NUL and Ctrl-Z at the end of a line hide nothing here: a cell in quotes holds them.
    writer.writerows([cell.replace("\r", "") for cell in row] for row in table)
    return _encoded(out.getvalue(), chance.choice(ENCODINGS))


def _encoded(text: str, encoding: str) -> bytes:
    """The text; what nobody sees is no question mark where the encoding has no sign for it."""
    for sign in filter(is_blank, NASTY):
        if sign and not sign.encode(encoding, errors="ignore"):
            text = text.replace(sign, "")
    return text.encode(encoding, errors="replace")


def _in_file(name: str, write: Callable[[Path], Path]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return write(Path(folder) / name).read_bytes()


def _as_xlsx(chance: random.Random, table: list[list[str]]) -> bytes:
    numbers = chance.random() < 0.5
    rows = [[_number(cell) if numbers else _clean(cell) for cell in row] for row in table]
    return _in_file("a.xlsx", lambda path: xlsx_file(path, rows))


def _as_xls(chance: random.Random, table: list[list[str]]) -> bytes:
    numbers = chance.random() < 0.5
    rows = [[_number(cell) if numbers else _clean(cell) for cell in row] for row in table]
    return _in_file("a.xls", lambda path: xls_file(path, {"会员": rows}))


def _number(cell: str) -> float | str | None:
    plain = cell.replace(".", "", 1).isdecimal() and cell.isascii() and len(cell) < 15
    return float(cell) if plain and not cell.startswith("0") else _clean(cell)


def _clean(cell: str) -> str | None:
    """What a workbook can hold: no control characters, and blank cells are none."""
    kept = "".join(sign for sign in cell if sign in "\t\n" or sign >= " ")
    return kept.lstrip("=") or None


def _as_html(chance: random.Random, table: list[list[str]]) -> bytes:
    cells = chance.choice(["td", "th"])
    rows = "".join(
        "<tr>" + "".join(f"<{cells}>{escape(cell)}</{cells}>" for cell in row) + "</tr>\n"
        for row in table
    )
    page = f'<html><head><meta charset="utf-8"></head><body><table>{rows}</table></body></html>'
    return page.encode("utf-8")


def _as_xml(_chance: random.Random, table: list[list[str]]) -> bytes:
    rows = "".join(
        "<Row>"
        + "".join(
            f'<Cell><Data ss:Type="String">{escape(_clean(cell) or "")}</Data></Cell>'
            for cell in row
        )
        + "</Row>\n"
        for row in table
    )
    return (
        '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="S"><Table>'
        f"{rows}</Table></Worksheet></Workbook>"
    ).encode()


WRITERS: dict[str, Callable[[random.Random, list[list[str]]], bytes]] = {
    "list.csv": _as_csv,
    "list.xlsx": _as_xlsx,
    "old.xls": _as_xls,
    "page.xls": _as_html,
    "sheet.xml": _as_xml,
}


def _inside_zip(chance: random.Random, data: bytes) -> bytes:
    """The same workbook with one part torn or gone."""
    source = zipfile.ZipFile(io.BytesIO(data))
    names = source.namelist()
    favourites = [name for name in names if "sheet" in name.lower() or "shared" in name.lower()]
    victim = chance.choice(favourites if chance.random() < 0.8 else names)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parts:
        for name in names:
            content = source.read(name)
            if name == victim:
                if chance.random() < 0.05:
                    continue
                for _step in range(chance.choice((1, 2, 5))):
                    content = _torn(chance, content)
            parts.writestr(name, content)
    return out.getvalue()


def _torn(chance: random.Random, data: bytes) -> bytes:
    """One wound: bits, a span lost, doubled or moved, something strange put in, the end cut off."""
    if not data:
        return chance.choice(TOKENS)
    at = chance.randrange(len(data))
    end = min(len(data), at + chance.choice((1, 2, 8, 40, 400)))
    to = chance.randrange(len(data))
    wounds: list[Callable[[], bytes]] = [
        lambda: data[:at] + bytes([data[at] ^ (1 << chance.randrange(8))]) + data[at + 1 :],
        lambda: data[:at] + data[end:],
        lambda: data[:end] + data[at:end] * chance.choice((1, 3, 50)) + data[end:],
        lambda: data[:to] + data[at:end] + data[to:],
        lambda: data[:at] + chance.choice(TOKENS) + data[at:],
        lambda: data[:at] + chance.choice(NASTY).encode("utf-8") + data[end:],
        lambda: data[:at] + chance.randbytes(end - at) + data[end:],
        lambda: data[:at],
    ]
    return chance.choice(wounds)()
