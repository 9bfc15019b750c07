"""Where a table begins: the header row below titles and export lines, in one tier or two.

The header is the row whose cells are names this product knows, best of the first forty; without
known names it is the first row of words that is as wide as the rows below.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from imports.rules.aliases import KINDS, recognise
from imports.rules.cells import LONGEST_SAID, plain_of, text_of
from imports.rules.sheets import Area, Cell, Row, Sheet, is_blank
from imports.rules.spellings import normalise
from imports.rules.word_lists import CELL_WORDS

ROWS_SEARCHED = 40
# Enough to tell a header from anything else, however wide the table is.
CELLS_SCORED = 60
LONGEST_HEADER = 60
DATA_LOOK = re.compile(r"[\d\s.,:/+\-()¥￥$€%]+|\S+@\S+\.\S+")
TOTALS_WORDS = frozenset(map(normalise, CELL_WORDS["totals"]["words"]))
FIGURES = re.compile(
    r"\W*(?:平均值?|均值|人均|最[大小高低]值?|中位数|占比|average|avg|mean|median|maximum|minimum"
    r"|durchschnitt|moyenne)\W*",
    re.IGNORECASE,
)
TOTALS_LOOK = re.compile(
    r"^(?:合计|总计|小计|共计|汇总|合計|總計|totals?|grandtotal|subtotal|sum)"
    r"(?:人数|会员数|金额|数量|余额|笔数|条数)?[\d,.¥元条笔人行个名rmbcny]*$"
    r"|^(?:总?共|合计|共计)\d+(?:条|笔|人|行|名|个|位)(?:记录|会员|数据)?$"
    r"|^(?:会员|客户|顾客|总|共)?(?:人数|户数|笔数|条数|张数)(?:合计|总计)?\d*[人个名位条笔张户]?$"
    r"|^\d+(?:records?|rows?|customers?|members?)(?:total)?$"
    # Sums of a day, a shift or a till between the rows.
    r"|^(?:(?:20)?\d\d年?)?(?:\d{1,4}月?)?(?:\d{1,2}日?)?(?:[当本单每分]?[日班店组周月机台区]次?|[早中晚夜白]班|交班|收银员|营业日|门店|班组)?"
    r"(?:营业额|销售)?(?:小计|合计|总计)$"
)
# Who made a list and when: such a word is followed by a colon, or says itself what comes.
FOOTER_LABEL = re.compile(
    r"^(?:制表|打印|导出|审核|审批|经办|复核|填表|制单|统计|报表|生成|操作|负责|主管|财务|会计|出纳|店长|日期|时间|签名|签字)"
    r"(?:人|员|者|于|单位|机构|门店|编号|签字|签名|盖章)?(?:日期|时间)?[:：]|"
    r"^(?:制表|打印|导出|审核|填表|统计|生成|操作)(?:人|员|者|于|日期|时间)|^(?:注|说明|备注)[:：]"
)
PART_LOOK = re.compile(
    r"小计|本页|^页|[日班店组机台区][合总]计|日計|소계|일계|subtotal|pagetotal|zwischensumme|tagessumme"
    r"|soustotal|(?:day|daily|shift)total|deldia|dodia|dujour|giorno|заден"
)
# 一店小计, Total for Bay: a sum of whatever else the word names.
PART_WORD = re.compile(
    r"(?:小计|合计|总计|共计|汇总|subtotal|total|summe|合計|小計|итого|소계|합계)[:：]?$"
    r"|^(?:subtotal|total|zwischensumme|итого)(?:for|of|von|по)?"
)
# What a row right below the header says of how to fill the columns in.
BELOW_HEADER, LEAST_AGAIN = 2, 2
REQUIRED = re.compile(
    r"(?:必填|选填|非必填|可选|可不填|文本|数字|数值|日期|整数|字符串?|required|optional|mandatory|text|string|number|date|integer|decimal)+项?"
)
ROWS_LOOK = re.compile(
    r"(?:共|合计|总计)?\s*[:：]?\s*(\d{1,7})\s*(?:条|笔|人|行|名|位)(?:记录|会员|数据|客户|顾客)?\s*$"
    r"|^\s*(\d{1,7})\s+(?:records?|rows?|customers?|members?)\b",
    re.IGNORECASE,
)
FOOTER_LOOK = re.compile(
    r"^\d+rows?(?:inset|selected|affected)|^第\d+页|^共\d+[页条]|^以[上下](?:空白|无|为|是|均|数据|内容|信息|余额|记录)|^\d+/\d+$|^-+\d+-+$"
    r"|^page\d|^(?:printed|exported|generated|created|reported)(?:on|by|at|from|:|$)"
    r"|^report(?:date|time|generated|:)|^(?:poweredby|copyright|©)|^endof|^(?:\*|-|—|=|_|─){3}",
    re.IGNORECASE,
)
RULE_LOOK = re.compile(r"[-=_+:|*─━═┼┬┴├┤~. ]{3,}")
RULE_BEGINS = frozenset("-=_+:|*─━═┼├┌└~")
ORNAMENT = re.compile(r"^[-—–=*·~_\s]{2,}(?=[^\W\d])")
# Names sorted by their first letter, or part by part, have a heading above each part.
HEADING = re.compile(
    r"[A-Z#]\s*[:：、.]?\s*(?:[(（]\s*(?:共\s*)?\d+\s*[人位名]?\s*[)）])?|[【\[〔].+[】\]〕]"
    r"|[一二三四五六七八九十]{1,3}\s*[、.．].{1,20}|[-=*~—–]{2,}.{1,20}?[-=*~—–]{2,}"
)
LONGEST_FOOTER = 2


class HeaderNotFound(DomainError):
    code = "header_not_found"
    message = _(
        "No row of %(sheet)s looks like a header; say in which row the names of the columns stand, "
        "or put such a row above the table."
    )


@dataclass(frozen=True, slots=True)
class Header:
    """The names of the columns; ``row`` is the lowest header row, data begins below it."""

    row: int
    names: tuple[str, ...]
    score: int
    # What the tiers say apart, for columns whose own name is not enough.
    groups: tuple[str, ...] = ()


def find_header(sheet: Sheet, *, at_row: int | None = None) -> Header:
    """The header of a sheet, or the one that stands in row ``at_row``. Raises HeaderNotFound."""
    top = list(islice(sheet.rows(), ROWS_SEARCHED + 200))
    candidates = [row for row in top if row.number == at_row] if at_row else top[:ROWS_SEARCHED]
    scored = [(header_score(row.cells), row) for row in candidates]
    best = max(scored, key=lambda item: item[0], default=(0, Row(0, ())))
    if at_row and candidates:
        return _header(sheet, top, candidates[0], best[0])
    if best[0] >= 2:
        return _header(sheet, top, best[1], best[0])
    if (plain := _first_row_of_words(top)) is not None:
        return _header(sheet, top, plain, best[0])
    raise HeaderNotFound(sheet=sheet.name)


def header_score(cells: Sequence[Cell]) -> int:
    """How many cells of a row are column names this product knows, less what looks like data.

    >>> header_score(("姓名", "电话", "余额")), header_score(("张三", "13800138000", 12))
    (3, 0)
    """
    filled = (text_of(cell) for cell in cells if not is_blank(cell))
    texts = list(islice(filled, CELLS_SCORED))
    if len(texts) == 1 and len(cells) > 1:
        return 0
    known = sum(len(text) <= LONGEST_HEADER and _is_known(text) for text in texts)
    data = sum(_is_data(text) for text in texts)
    repeated = len(texts) - len(set(texts))
    return max(0, known - data - repeated)


def _is_data(text: str) -> bool:
    return bool(DATA_LOOK.fullmatch(text[:LONGEST_SAID]))


@lru_cache(maxsize=20_000)
def _is_known(text: str) -> bool:
    return any(recognise(text, kind) is not None for kind in KINDS)


def _first_row_of_words(top: list[Row]) -> Row | None:
    """A row of words without data in it, as wide as most rows below."""
    widths = sorted(sum(not is_blank(cell) for cell in row.cells) for row in top[1:])
    usual = widths[len(widths) // 2] if widths else 0
    for row in top[:ROWS_SEARCHED]:
        texts = [text_of(cell) for cell in row.cells if not is_blank(cell)]
        words = not any(_is_data(text) for text in texts)
        if words and len(texts) >= max(1, usual - 1) and len(set(texts)) == len(texts):
            return row
    return None


def _header(sheet: Sheet, top: list[Row], row: Row, score: int) -> Header:
    """The header with its second tier, above or below, where there is one."""
    by_number = {found.number: found for found in top}
    upper, lower = row, row
    above, below = by_number.get(row.number - 1), by_number.get(row.number + 1)
    if below is not None and _is_lower_tier(row, below, sheet.merged):
        lower = below
    elif above is not None and _is_upper_tier(above, row, sheet.merged):
        upper = above
    if upper is lower:
        names = tuple(text_of(cell) for cell in row.cells)
        return Header(row.number, names, score)
    return _two_tiers(upper, lower, sheet.merged, score)


def _is_lower_tier(upper: Row, lower: Row, merged: Sequence[Area]) -> bool:
    """Words under the cells that span several columns, and nothing under the others."""
    spans = _spans(upper, merged, len(lower.cells))
    filled = [index for index, cell in enumerate(lower.cells) if not is_blank(cell)]
    words = [text_of(lower.cells[index]) for index in filled]
    if not filled or any(_is_data(word) for word in words):
        return False
    inside = [index for index in filled if any(first <= index <= last for first, last in spans)]
    return len(inside) == len(filled) and bool(spans)


def _is_upper_tier(upper: Row, lower: Row, merged: Sequence[Area]) -> bool:
    """Group names over a row that is full: several of them, each over its own columns."""
    filled = [cell for cell in upper.cells if not is_blank(cell)]
    spans = _spans(upper, merged)
    if len(filled) < 2 or not spans or any(_is_data(text_of(cell)) for cell in filled):
        return False
    merged_here = [area for area in merged if area.first_row == upper.number]
    # An export line has colons and moments; group names are short words over merged cells.
    short = all(
        len(text_of(cell)) <= 12 and not re.search("[:：]", text_of(cell)) for cell in filled
    )
    # Text has no merged cells, and pads its rows to one width: then several names must stretch.
    return short and (bool(merged_here) or len(upper.cells) < len(lower.cells) or len(spans) > 1)


def _spans(row: Row, merged: Sequence[Area], width: int = 0) -> list[tuple[int, int]]:
    """Columns (from 0, both ends included) that one cell of the row stretches over.

    ``width`` is how far the last one may reach where no cells are merged.
    """
    areas = [
        (area.first_column - 1, area.last_column - 1)
        for area in merged
        if area.first_row == row.number and area.last_column > area.first_column
    ]
    if any(area.first_row == row.number for area in merged):
        return areas
    # Text files know no merged cells: a name followed by blanks stretches to the next name.
    filled = [index for index, cell in enumerate(row.cells) if not is_blank(cell)]
    if not filled:
        return []
    ends = [*(index - 1 for index in filled[1:]), max(len(row.cells), width - 1)]
    return [(first, last) for first, last in zip(filled, ends, strict=True) if last > first]


def _two_tiers(upper: Row, lower: Row, merged: Sequence[Area], score: int) -> Header:
    width = max(len(upper.cells), len(lower.cells))
    group_of: dict[int, str] = {}
    spans = _spans(upper, merged, width)
    for first, last in spans:
        for index in range(first, min(last, width - 1) + 1):
            group_of[index] = text_of(upper.cells[first])
    names, groups = [], []
    for index in range(width):
        own = text_of(lower.cells[index]) if index < len(lower.cells) else ""
        above = text_of(upper.cells[index]) if index < len(upper.cells) else ""
        names.append(own or above)
        groups.append(group_of.get(index, above) if own else "")
    return Header(lower.number, tuple(names), score, tuple(groups))


def data_rows(
    sheet: Sheet, header: Header, *, never_filled: frozenset[int] = frozenset()
) -> Iterator[Row]:
    """The rows below the header, cells merged downwards repeated in each row they cover.

    ``never_filled`` are columns (from 0) of amounts: what stands once must not be counted twice.
    """
    down = [
        area
        for area in sheet.merged
        if area.first_row > header.row
        and area.last_row > area.first_row
        and area.first_column - 1 not in never_filled
    ]
    if not down:
        yield from (row for row in sheet.rows() if row.number > header.row)
        return
    begins: dict[int, list[Area]] = {}
    for area in down:
        begins.setdefault(area.first_row, []).append(area)
    covering: dict[Area, Cell] = {}
    for row in sheet.rows():
        if row.number > header.row:
            covering = {
                area: cell for area, cell in covering.items() if area.last_row >= row.number
            }
            yield _filled(row, covering)
            for area in begins.get(row.number, ()):
                if area.first_column <= len(row.cells):
                    covering[area] = row.cells[area.first_column - 1]


def _filled(row: Row, covering: dict[Area, Cell]) -> Row:
    if not covering:
        return row
    cells = list(row.cells)
    for area, cell in covering.items():
        cells.extend([None] * (area.first_column - len(cells)))
        if is_blank(cells[area.first_column - 1]):
            cells[area.first_column - 1] = cell
    return Row(row.number, tuple(cells))


def is_repeated_header(cells: Sequence[Cell], header: Header) -> bool:
    """Whether a row below is the header once more, as page breaks leave it."""
    names = [name for name in header.names if name]
    filled = (cell for cell in cells if not is_blank(cell))
    if not names or normalise(text_of(next(filled, None))) != normalise(names[0]):
        return False
    texts = [normalise(text_of(cell)) for cell in filled]
    rest = [normalise(name) for name in names[1:]]
    # A column of days that the rows do not have themselves stands behind the others.
    return bool(texts) and texts in (rest, rest[:-1] or rest)


def is_header_again(row: Row, header: Header, kind: str) -> bool:
    """Whether a row right below the header says it in other words, or what a cell has to be.

    >>> header = Header(1, ("姓名", "手机", "余额"), 3)
    >>> rows = (("Name", "Mobile", "Balance"), ("必填", "必填", "选填"), ("王", "Mobile", "5"))
    >>> [is_header_again(Row(2, cells), header, "members") for cells in rows]
    [True, True, False]
    """
    texts = {index: text_of(cell) for index, cell in enumerate(row.cells) if not is_blank(cell)}
    if row.number - header.row > BELOW_HEADER or len(texts) < LEAST_AGAIN:
        return False
    if all(REQUIRED.fullmatch(normalise(text)) for text in texts.values()):
        return True
    names = (*header.names, *[""] * (len(row.cells) - len(header.names)))
    return all(
        not _is_data(text)
        and (said := recognise(text, kind)) is not None
        and (meant := recognise(names[index], kind)) is not None
        and said.field == meant.field
        for index, text in texts.items()
    )


def is_of_the_table(row: Row, header: Header) -> bool:
    """Whether a row is no total, footer, heading, drawn line or header once more."""
    cells = row.cells
    is_other = is_rule(cells) or is_heading(cells) or is_repeated_header(cells, header)
    return not (is_other or is_totals_row(cells) or is_footer(cells))


def is_rule(cells: Sequence[Cell]) -> bool:
    """Whether a row is a drawn line and nothing else.

    >>> is_rule(("-----", ":---:")), is_rule(("+----+----+",)), is_rule(("---", "张三"))
    (True, True, False)
    """
    first = next((cell for cell in cells if not is_blank(cell)), None)
    if not isinstance(first, str) or first.strip()[:1] not in RULE_BEGINS:
        return False
    return all(is_blank(cell) or RULE_LOOK.fullmatch(text_of(cell)) for cell in cells)


def is_totals_row(cells: Sequence[Cell]) -> bool:
    """Whether a row adds up the ones above, by the word it begins with.

    >>> is_totals_row(("合 计：", None, 99)), is_totals_row((None, "Grand Total", 5))
    (True, True)
    >>> [is_totals_row((word, 5)) for word in ("早班小计", "2025-03-01 合计", "Итого", "小计量杯")]
    [True, True, True, False]
    >>> is_totals_row(("Total Wine", "+12125550143"))
    False
    """
    texts = (text_of(cell) for cell in cells if isinstance(cell, str) and not is_blank(cell))
    words = (normalise(text) for text in islice(texts, 2))
    return any(word in TOTALS_WORDS or TOTALS_LOOK.match(word) for word in words)


def is_figures_row(cells: Sequence[Cell]) -> bool:
    """Whether a row below the table says what is usual or most in it.

    >>> [is_figures_row((word, None, 150)) for word in ("平均", "Average", "Max")]
    [True, True, False]
    """
    first = next((cell for cell in cells if not is_blank(cell)), None)
    return isinstance(first, str) and bool(FIGURES.fullmatch(first))


def is_subtotals_row(cells: Sequence[Cell]) -> bool:
    """Whether a totals row adds up a page or a part only.

    >>> [is_subtotals_row((word, 5)) for word in ("本页小计", "晚班合计", "合计")]
    [True, True, False]
    """
    words = [normalise(text_of(cell)) for cell in cells if isinstance(cell, str)]
    return any(PART_LOOK.search(word) for word in words[:2])


def says_part(cells: Sequence[Cell]) -> bool:
    """Whether a row has a word of one that adds up a part, which its figures have to prove.

    >>> [says_part((word, 5)) for word in ("一店小计", "Total for Bay", "张小计算", "李四")]
    [True, True, False, False]
    """
    texts = (text_of(cell) for cell in cells if isinstance(cell, str) and not is_blank(cell))
    words = [normalise(text) for text in islice(texts, 2) if len(text) <= LONGEST_HEADER]
    return any(map(PART_WORD.search, words))


def rows_declared(cells: Sequence[Cell]) -> int | None:
    """How many rows a totals row says there are; ``None`` where it does not.

    >>> [rows_declared(cells) for cells in (("共 40 条记录",), ("合计", "40人"), ("合计", 99))]
    [40, 40, None]
    """
    for cell in cells:
        if isinstance(cell, str) and (found := ROWS_LOOK.search(plain_of(text_of(cell)))):
            return int(found[1] or found[2])
    return None


def is_heading(cells: Sequence[Cell]) -> bool:
    """Whether a row is a heading inside the table: a letter of the alphabet, 【金卡】, 一、老客户.

    >>> [is_heading((text, None)) for text in ("A", "C：（3人）", "【金卡】", "张三")]
    [True, True, True, False]
    """
    filled = list(islice((cell for cell in cells if not is_blank(cell)), 2))
    alone = filled[0] if len(filled) == 1 else None
    return isinstance(alone, str) and bool(HEADING.fullmatch(plain_of(text_of(alone))))


def is_footer(cells: Sequence[Cell]) -> bool:
    """Whether a row below the table says who made it, not what is in it.

    >>> is_footer(("制表人：王经理",)), is_footer(("Page 1 of 3",)), is_footer(("张三",))
    (True, True, False)
    >>> is_footer(("打印机小王", "13800138000"))
    False
    """
    filled = [cell for cell in cells if not is_blank(cell)]
    if not filled:
        return False
    first = ORNAMENT.sub("", _without_blanks(filled[0]))
    if FOOTER_LABEL.match(first):
        # Signatures stand side by side, each after its label or in the cell beside it.
        texts = map(_without_blanks, filled)
        labels = sum(":" in text or "：" in text for text in texts)
        return len(filled) <= LONGEST_FOOTER or labels * 2 >= len(filled)
    return len(filled) <= LONGEST_FOOTER and bool(FOOTER_LOOK.match(first))


def _without_blanks(cell: Cell) -> str:
    return re.sub(r"\s+", "", text_of(cell))
