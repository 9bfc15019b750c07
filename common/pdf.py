r"""A plain document as a PDF: a title, facts, tables, paragraphs, lines to sign on.

The font is embedded, so that Chinese prints everywhere; only the characters used go along. The
same document gives the same bytes. Everything is text: nothing in it is read as markup.

    as_pdf(
        Document(
            title="Receipt",
            blocks=[
                Facts([("Member", "王小明"), ("Paid", "¥500.00")]),
                Heading("Movements"),
                Table(["Day", "Amount"], [["22 Nov", "−8.00"]], numbers={1}, widths=[2, 1]),
                Text("First paragraph.\nSecond paragraph."),
                Signatures(["Member", "Shop"]),
            ],
            footer="Regulars Ltd.",
        )
    )
"""

import gzip
import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, ClassVar
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    Flowable,
    KeepTogether,
    LongTable,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
)

FONT = Path(__file__).parent / "fonts" / "NotoSansSC-Regular.ttf.gz"
NAME = "NotoSansSC"
MARGIN = 15 * mm
FRAME_PADDING = 6  # points, of the library
CELL_PADDING = 4
LONGEST = 500  # rows of one table; a longer one begins anew with its headings
WIDTH = A4[0] - 2 * MARGIN - 2 * FRAME_PADDING
INK, PALE, LINE = HexColor("#1f2937"), HexColor("#6b7280"), HexColor("#d1d5db")


@dataclass(frozen=True)
class Heading:
    """A line over what follows."""

    kind: ClassVar[str] = "heading"
    text: str


@dataclass(frozen=True)
class Facts:
    """Names with their values, one a row; an empty value prints a dash."""

    kind: ClassVar[str] = "facts"
    rows: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Table:
    """Headings, repeated on each page, and rows of as many cells.

    ``numbers`` holds the columns, from 0, that are set to the right; ``widths`` the columns'
    shares of the page, equal ones when left out.
    """

    kind: ClassVar[str] = "table"
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: Collection[int] = ()
    widths: Sequence[float] = ()


@dataclass(frozen=True)
class Text:
    """Paragraphs, one a line; ``small`` for conditions and notes."""

    kind: ClassVar[str] = "text"
    body: str
    small: bool = False


@dataclass(frozen=True)
class Signatures:
    """A line to sign on for each label, side by side."""

    kind: ClassVar[str] = "signatures"
    labels: Sequence[str]


# A template tells them apart by ``kind``.
Block = Heading | Facts | Table | Text | Signatures


@dataclass(frozen=True, kw_only=True)
class Document:
    """What is printed; ``subtitle`` stands under the title, ``footer`` at the foot of each page."""

    title: str
    blocks: Sequence[Block]
    subtitle: str = ""
    footer: str = ""


def as_pdf(document: Document) -> bytes:
    """The document on A4 pages, numbered "1 / 3"."""
    _embed()
    paper = io.BytesIO()
    template = SimpleDocTemplate(
        paper,
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN + 6 * mm,
        title=document.title,
        invariant=1,
    )
    head: list[Flowable] = [_paragraph(document.title, "title")]
    if document.subtitle:
        head.append(_paragraph(document.subtitle, "subtitle"))
    body = [flowable for block in document.blocks for flowable in _set(block)]
    template.build([*head, *body], canvasmaker=_numbered(document.footer))
    return paper.getvalue()


@cache
def _embed() -> None:
    with gzip.open(FONT) as packed:
        pdfmetrics.registerFont(TTFont(NAME, io.BytesIO(packed.read())))


@cache
def _style(name: str) -> ParagraphStyle:
    size, colour, before, after = {
        "title": (17, INK, 0, 3),
        "subtitle": (9.5, PALE, 0, 6),
        "heading": (11.5, INK, 11, 4),
        "text": (9.5, INK, 3, 3),
        "small": (8, INK, 1.5, 1.5),
        "name": (9, PALE, 0, 0),
        "cell": (9, INK, 0, 0),
        "number": (9, INK, 0, 0),
    }[name]
    return ParagraphStyle(
        name,
        fontName=NAME,
        fontSize=size,
        leading=size * 1.5,
        textColor=colour,
        spaceBefore=before,
        spaceAfter=after,
        alignment=TA_RIGHT if name == "number" else 0,
        wordWrap="CJK",
    )


def _paragraph(text: str, style: str) -> Paragraph:
    return Paragraph(escape(text) or "–", _style(style))


def _set(block: Block) -> list[Flowable]:
    match block:
        case Heading(text):
            return [_paragraph(text, "heading")]
        case Facts(rows):
            return _facts(rows)
        case Table():
            return _table(block)
        case Text(body, small):
            style = "small" if small else "text"
            return [_paragraph(line, style) for line in body.splitlines() if line.strip()]
        case Signatures(labels):
            return [_signatures(labels)]


def _facts(rows: Sequence[tuple[str, str]]) -> list[Flowable]:
    if not rows:
        return []
    cells = [[_paragraph(name, "name"), _paragraph(value, "cell")] for name, value in rows]
    lines = [*_PADDING, ("LINEBELOW", (0, 0), (-1, -1), 0.25, LINE)]
    return [LongTable(cells, colWidths=[WIDTH * 0.3, WIDTH * 0.7], style=lines)]


def _table(table: Table) -> list[Flowable]:
    widths = table.widths or [1] * len(table.headings)
    styles = ["number" if at in table.numbers else "cell" for at in range(len(widths))]
    heads = ["number" if at in table.numbers else "name" for at in range(len(widths))]
    shares = [WIDTH * width / sum(widths) for width in widths]
    head = [_paragraph(text, style) for text, style in zip(table.headings, heads, strict=True)]
    body = [[_cell(*one) for one in zip(row, styles, shares, strict=True)] for row in table.rows]
    lines = [
        *_PADDING,
        *_PLAIN,
        *(("ALIGN", (at, 1), (at, -1), "RIGHT") for at in sorted(table.numbers)),
        ("LINEBELOW", (0, 0), (-1, 0), 0.75, INK),
        ("LINEBELOW", (0, 1), (-1, -1), 0.25, LINE),
    ]
    # Breaking a table over pages takes the square of its length.
    parts = [body[at : at + LONGEST] for at in range(0, len(body), LONGEST)] or [[]]
    return [LongTable([head, *part], colWidths=shares, style=lines, repeatRows=1) for part in parts]


def _cell(text: str, style: str, share: float) -> Paragraph | str:
    """A text that fits its column is set as it is: breaking lines makes a paragraph slow."""
    size = _style(style).fontSize
    if "\n" in text or pdfmetrics.stringWidth(text, NAME, size) > share - 2 * CELL_PADDING:
        return _paragraph(text, style)
    return text or "–"


def _signatures(labels: Sequence[str]) -> Flowable:
    """Every second column is a gap, so that the lines do not run together."""
    cells = [_paragraph(label, "name") for label in labels]
    spread = [cell for one in cells for cell in (one, "")][:-1]
    lines = [("LINEABOVE", (at, 1), (at, 1), 0.5, INK) for at in range(0, len(spread), 2)]
    share = WIDTH / (len(labels) * 9 - 1)
    widths = [share * (1 if at % 2 else 8) for at in range(len(spread))]
    rows = [[""] * len(spread), spread]
    signed = LongTable(rows, widths, [13 * mm, None], style=[*_PADDING, *lines])
    return KeepTogether([Spacer(0, 4 * mm), signed])


_PADDING: list[tuple[Any, ...]] = [
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("LEFTPADDING", (0, 0), (-1, -1), CELL_PADDING),
    ("RIGHTPADDING", (0, 0), (-1, -1), CELL_PADDING),
    ("TOPPADDING", (0, 0), (-1, -1), 2),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
]


# How a cell looks that is no paragraph: as the style "cell".
_PLAIN: list[tuple[Any, ...]] = [
    ("FONT", (0, 1), (-1, -1), NAME, 9, 13.5),
    ("TEXTCOLOR", (0, 1), (-1, -1), INK),
]


def _numbered(footer: str) -> type[Canvas]:
    """A canvas that keeps its pages until it knows how many there are."""

    class Numbered(Canvas):  # type: ignore[misc]  # the library ships no types
        foot: ClassVar[str] = footer

        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            self.kept: list[dict[str, Any]] = []

        def showPage(self) -> None:  # noqa: N802  # the library's name
            self.kept.append(dict(self.__dict__))
            self._startPage()

        def save(self) -> None:
            for number, page in enumerate(self.kept, start=1):
                self.__dict__.update(page)
                self.setFont(NAME, 8)
                self.setFillColor(PALE)
                self.drawString(MARGIN + FRAME_PADDING, 12 * mm, self.foot)
                self.drawRightString(
                    A4[0] - MARGIN - FRAME_PADDING, 12 * mm, f"{number} / {len(self.kept)}"
                )
                super().showPage()
            super().save()

    return Numbered
