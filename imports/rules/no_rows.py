"""Rows of a sheet that are none of its table by what they say: totals, footers, headings, rules."""

import re
from collections.abc import Sequence
from itertools import islice

from imports.rules.cells import plain_of, text_of
from imports.rules.sheets import Cell, is_blank
from imports.rules.spellings import normalise
from imports.rules.word_lists import CELL_WORDS

LONGEST_WORD = 60
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
    r"|^(?:รวม|ubertrag|sumaysigue|areportar|report$|carriedforward|broughtforward)"
    r"|(?:累计|结转|承前页?|承上页|过次页|转下页|接上页|繰越|繰り越し|小計)[:：]?$"
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
    words = [normalise(text) for text in islice(texts, 2) if len(text) <= LONGEST_WORD]
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
