"""Tables as files: csv that streams and xlsx, in which every text stays a text."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

import xlsxwriter
from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from common.edges import XLSX
from common.guarding import guard

type Rows = Iterable[list[Any]]


class Echo:
    """A file that gives back what is written, so that a csv writer can stream."""

    def write(self, text: str) -> str:
        """Return ``text``."""
        return text


def table_file(rows: Rows, *, name: str, kind: str) -> HttpResponseBase:
    """The rows, header first, as ``kind`` csv or xlsx; what looks like a formula is none."""
    if kind == "xlsx":
        return FileResponse(_workbook(rows), as_attachment=True, filename=name, content_type=XLSX)
    writer = csv.writer(Echo())
    lines = (writer.writerow([safe(cell) for cell in row]) for row in rows)
    response = StreamingHttpResponse(_marked(lines), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def safe(cell: Any) -> Any:
    """A cell that no spreadsheet program runs, or makes a number of where it begins with a sign."""
    return guard(cell) if isinstance(cell, str) else cell


def _marked(lines: Iterator[str]) -> Iterator[str]:
    """Spreadsheet programs read UTF-8 as such only behind a byte order mark."""
    yield "\ufeff"
    yield from lines


def _workbook(rows: Rows) -> io.BytesIO:
    buffer = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                sheet.write(number, column, cell)
    buffer.seek(0)
    return buffer
