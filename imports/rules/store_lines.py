"""Names of stores that stand above the rows of each store: on lines of their own, on sheets.

Such a line is the store of all rows below it, up to the next one. A label or the ending says that
a name is a store's, or the shop has one of that name; where lines are such, all their likes are.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice, pairwise

from imports.rules.aliases import KINDS
from imports.rules.cells import name_key, text_of
from imports.rules.choices import Choices
from imports.rules.columns import column_added
from imports.rules.fields import Column
from imports.rules.han import says_han
from imports.rules.headers import Header, bears_data
from imports.rules.sheets import Cell, Row, Sheet, is_blank
from imports.rules.together import Found, column_of_names

ROWS_LOOKED_AT = 400
LONGEST_LINE = 60
# A table of one column or two has no room for lines of its own.
LEAST_COLUMNS = 3
LEAST_FILLED = 2
LABEL = re.compile(
    r"^(?:(?:所属|消费|开卡|营业|经营)?(?:门店|分店|店铺|店面|店名|网点|門市|分館|店舗|支店)(?:名称|名)?|매장|지점|สาขา"
    r"|(?:store|shop|branch|location|outlet|filiale|sucursal|tienda|magasin"
    r"|negozio|loja|магазин|филиал|cửa hàng|chi nhánh)(?: ?name)?)\s*[:：]\s*",
    re.IGNORECASE,
)
ENDING = re.compile(
    r"\S{1,20}(?:[分总总門门支本]店|旗舰店|直营店|加盟店|体验店|店铺|店舗|门市|門市|지점|매장)"
    r"|\S{1,12}店|สาขา.{1,30}|.{1,30}\b(?:branch|store)"
    r"|(?:filiale|sucursal|tienda|филиал|chi nhánh)\s.{1,30}",
    re.IGNORECASE,
)
# 静安店（共12人）, Downtown (12): how many there are below.
COUNT = re.compile(r"\s*[(（]?\s*(?:共|total)?\s*\d{1,6}\s*(?:人|位|名|条|张|members?)?\s*[)）]?$")
NUMBERING = re.compile(r"^[一二三四五六七八九十\d]{1,3}\s*[、.．)]\s*")
ORNAMENTS = " =*#~-–—_【】〔〕[]()（）《》<>◆●■▶:："


def with_their_stores(found: Found, stores: Collection[str]) -> Found:
    """The sheet with the lines that say the store of the rows below them.

    ``stores`` are the keys of the names the shop knows its stores by.
    """
    sheet, header = found
    if sum(map(bool, header.names)) < LEAST_COLUMNS:
        return found
    top = islice(sheet.rows(), header.row + ROWS_LOOKED_AT)
    if not any(store_said(row.cells, stores) for row in top):
        return found
    return Found(replace(sheet, store_lines=_lines(sheet, header, stores)), header)


def store_said(
    cells: Sequence[Cell], stores: Collection[str] = (), *, by_ending: bool = True
) -> str:
    """The store a row names that says nothing else, empty where it names none for certain.

    >>> store_said(("门店：静安店", None)), store_said(("Store:", "Downtown"))
    ('静安店', 'Downtown')
    >>> store_said(("【徐汇店】（共3人）",)), store_said(("Bay",), {"bay"}), store_said(("张三",))
    ('徐汇店', 'Bay', '')
    """
    text = _alone(cells)
    bare = LABEL.sub("", text)
    name = _name_in(bare)
    if bare != text and name:
        return name
    if name_key(bare) in stores:
        return bare
    is_store = name_key(name) in stores or (by_ending and ENDING.fullmatch(name))
    return name if is_store else ""


def column_of_stores(
    found: Sequence[Found], kind: str, columns: Sequence[Column], choices: Choices
) -> list[Column]:
    """The column that rows have their store in, where lines say it and no column of the file."""
    has_lines = any(one.sheet.store_lines for one in found)
    if not has_lines or "store" not in KINDS[kind] or any(c.field == "store" for c in columns):
        return []
    widest = max(max(one.sheet.width, len(one.header.names)) for one in found)
    names = found[0].header.names
    name = "门店" if any(map(says_han, names)) else "Store"
    shown = f"{name} (2)" if name in names else name
    return [column_added(widest + 1, shown, choices, are_stores=True)]


def column_of_sheets(
    found: Sequence[Found],
    columns: Sequence[Column],
    index: int,
    choices: Choices,
    stores: Collection[str],
) -> Column:
    """The column in which every row has the name of its sheet."""
    are_stores = _are_stores(found, columns, stores)
    name = column_of_names(found[0].header)
    return column_added(index, name, choices, are_stores=are_stores)


def _are_stores(found: Sequence[Found], columns: Sequence[Column], stores: Collection[str]) -> bool:
    """Whether the sheets are called by stores, and no column of theirs names one."""
    names = {name_key(one.sheet.name) for one in found}
    return names <= set(stores) and not any(column.field == "store" for column in columns)


def _alone(cells: Sequence[Cell]) -> str:
    """The text of a row that has nothing but it, or a label with it."""
    filled = list(islice((cell for cell in cells if not is_blank(cell)), 3))
    if not filled or len(filled) > LEAST_FILLED or not all(isinstance(c, str) for c in filled):
        return ""
    texts = [" ".join(unicodedata.normalize("NFKC", text_of(cell)).split()) for cell in filled]
    if len(texts) == LEAST_FILLED and not LABEL.fullmatch(texts[0].rstrip(":：") + ":"):
        return ""
    text = ": ".join(part.rstrip(":：") for part in texts)
    return text if len(text) <= LONGEST_LINE else ""


def _name_in(text: str) -> str:
    return NUMBERING.sub("", COUNT.sub("", text.strip(ORNAMENTS))).strip(ORNAMENTS)


def _lines(sheet: Sheet, header: Header, stores: Collection[str]) -> Mapping[int, str]:
    """Row number → store of each line between the rows, and of the last one above the table.

    What stands above all rows is their store only where other lines follow. An ending says nothing
    where rows of the table have texts with such an ending in the same column.
    """
    above: dict[int, str] = {}
    sure: dict[int, str] = {}
    alike: dict[int, str] = {}
    places: set[int] = set()
    ended: dict[int, int] = {}
    in_table: set[int] = set()
    before = Row(header.row, ())
    for row, after in pairwise(chain(sheet.rows(), [Row(0, ())])):
        name, text = store_said(row.cells, stores), _alone(row.cells)
        if row.number < header.row:
            above = {row.number: name} if name else above
        elif name and row.number > header.row:
            sure[row.number] = name
            places.add(_place(row))
            if not store_said(row.cells, stores, by_ending=False):
                ended[row.number] = _place(row)
        elif text and bears_data(after, header) and not _goes_on(before, row, header):
            alike[row.number] = _name_in(text) if _place(row) in places else ""
        elif row.number > header.row:
            in_table |= {index for index, cell in enumerate(row.cells) if _ends_so(cell)}
        before = row
    sure = {row: name for row, name in sure.items() if ended.get(row, -1) not in in_table}
    if len(places) == 1 and len(sure) >= len(alike):
        sure |= {number: name for number, name in alike.items() if name}
    return above | sure if sure else {}


def _ends_so(cell: Cell) -> bool:
    return isinstance(cell, str) and bool(ENDING.fullmatch(text_of(cell)))


def _place(row: Row) -> int:
    return next(index for index, cell in enumerate(row.cells) if not is_blank(cell))


def _goes_on(before: Row, row: Row, header: Header) -> bool:
    """Whether a row stands right below one of the table."""
    return row.number == before.number + 1 and bears_data(before, header)
