"""Files made on the spot, as ugly as shops send them. Names and numbers are invented."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import xlsxwriter

from imports.rules.checking import Check, CheckedRow
from imports.rules.choices import Choices
from imports.rules.duplicates import OnDuplicate
from imports.rules.judging import judge_member
from imports.rules.judging_cards import judge_card
from imports.rules.judging_logs import judge_entry
from imports.rules.judging_statement import judge_line
from imports.rules.judging_tiers import judge_tier
from imports.rules.mapping import Plan, make_plan
from imports.rules.reading import open_book
from members.models import Store
from members.operations import create_store

TODAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")
DATA = Path(__file__).with_name("data")


def open_store(language: str = "zh-hans") -> Store:
    """A shop for lists to be brought to."""
    return create_store(
        code="one",
        name="一店",
        country="CN",
        currency="CNY",
        time_zone="Asia/Shanghai",
        language=language,
    )


def csv_file(
    path: Path, rows: Sequence[Sequence[str]], *, encoding: str = "utf-8", delimiter: str = ","
) -> Path:
    """Text without any quoting, written as it stands."""
    text = "\r\n".join(delimiter.join(row) for row in rows) + "\r\n"
    path.write_bytes(text.encode(encoding))
    return path


def xlsx_file(
    path: Path,
    rows: Sequence[Sequence[Any]],
    *,
    merged: Sequence[tuple[int, int, int, int, Any]] = (),
    sheets: dict[str, Sequence[Sequence[Any]]] | None = None,
) -> Path:
    """A workbook; ``merged`` are (first row, first column, last row, last column, value) from 0."""
    with xlsxwriter.Workbook(str(path)) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for name, table in {"Sheet1": rows, **(sheets or {})}.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(table):
                for column, value in enumerate(row):
                    if isinstance(value, date):
                        at = datetime.combine(value, time(0))
                        sheet.write_datetime(number, column, at, day)
                    elif value is not None:
                        sheet.write(number, column, value)
            if name == "Sheet1":
                for area in merged:
                    sheet.merge_range(*area)
    return path


def without_values(path: Path, change: dict[bytes, bytes]) -> Path:
    """Rewrite the first sheet of a workbook byte by byte."""
    source = zipfile.ZipFile(io.BytesIO(path.read_bytes()))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name in source.namelist():
            data = source.read(name)
            if name.endswith("sheet1.xml"):
                for old, new in change.items():
                    assert old in data, old
                    data = data.replace(old, new)
            out.writestr(name, data)
    return path


def rows_of(path: Path, **options: Any) -> list[tuple[int, tuple[Any, ...]]]:
    """Numbers and cells of the first sheet."""
    with open_book(path, **options) as book:
        return [(row.number, row.cells) for row in book.sheets[0].rows()]


def checked(
    path: Path,
    *,
    country: str = "CN",
    currency: str = "CNY",
    exponent: int = 2,
    kind: str | None = None,
    choices: Choices | None = None,
    policy: OnDuplicate = OnDuplicate.FLAG,
) -> tuple[Plan, Check, list[CheckedRow]]:
    """The plan made for a file, and every row judged."""
    chosen = choices or Choices()
    with open_book(path, encoding=chosen.encoding, delimiter=chosen.delimiter) as book:
        plan, sheet = make_plan(
            book, chosen, kind=kind, country=country, currency=currency, exponent=exponent
        )
        check = Check(sheet, plan, lambda row: _judge(row, plan), policy)
        return plan, check, list(check.rows())


def _judge(row: Any, plan: Plan) -> Any:
    judges = {
        "members": lambda: judge_member(row, plan, TODAY),
        "tiers": lambda: judge_tier(row, plan),
        "statement": lambda: judge_line(row, plan, SHANGHAI, NOW, plan.who),
        **dict.fromkeys(("cards", "gift_cards"), lambda: judge_card(row, plan, TODAY)),
    }
    return judges.get(plan.kind, lambda: judge_entry(row, plan, SHANGHAI, NOW))()


def said(rows: Sequence[CheckedRow]) -> list[tuple[int, str, list[tuple[str, str]]]]:
    """Row, outcome and (column, code) of each row that is not simply right."""
    return [
        (
            row.number,
            row.outcome.value,
            [(f["column"], f["code"]) for f in row.judged.errors + row.found + row.judged.warnings],
        )
        for row in rows
        if row.outcome != "right" or row.judged.warnings
    ]


def sheet_xml_file(
    path: Path,
    rows: str,
    *,
    before: str = "",
    prolog: str = "",
    prefix: str = "",
    strings: Sequence[str] = (),
) -> Path:
    """A workbook whose only sheet holds these rows as they stand, however odd."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    name = f"xmlns:{prefix.rstrip(':')}" if prefix else "xmlns"
    sheet = (
        f'<?xml version="1.0" encoding="UTF-8"?>{prolog}<{prefix}worksheet {name}="{main}">{before}'
        f"<{prefix}sheetData>{rows}</{prefix}sheetData></{prefix}worksheet>"
    )
    shared = "".join(f"<si><t>{text}</t></si>" for text in strings)
    xlsx_file(path, [["a"]])
    source = zipfile.ZipFile(io.BytesIO(path.read_bytes()))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for part in source.namelist():
            if part.endswith("sheet1.xml"):
                out.writestr(part, sheet)
            elif part.endswith("sharedStrings.xml"):
                out.writestr(part, f'<sst xmlns="{main}">{shared}</sst>')
            else:
                out.writestr(part, source.read(part))
    return path


def ods_file(path: Path, rows: str, *, encrypted: bool = False) -> Path:
    """A workbook of LibreOffice whose only sheet holds these rows as they stand."""
    office = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
    names = "".join(
        f' xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"'
        for short in ("table", "text", "manifest")
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content xmlns:office="{office}"'
        f'{names} xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext'
        f':1.0"><office:body><office:spreadsheet><table:table table:name="会员">{rows}'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    locked = "<manifest:encryption-data/>" if encrypted else ""
    manifest = (
        f'<manifest:manifest{names}><manifest:file-entry manifest:full-path="content.xml" '
        f'manifest:media-type="text/xml">{locked}</manifest:file-entry></manifest:manifest>'
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        parts.writestr("content.xml", content)
        parts.writestr("META-INF/manifest.xml", manifest)
    return path
