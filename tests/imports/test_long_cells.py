"""A cell of ten thousand signs is read as quickly as any other, and brings nothing down."""

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import date

import pytest

from common.errors import DomainError
from imports.rules import contents, headers, no_rows, phone_cells
from imports.rules.aliases import recognise, suggest
from imports.rules.amounts import MoneyStyle, count_of, guess_decimal_mark, money_of
from imports.rules.bundles import lots_in, says_how_many
from imports.rules.clocks import is_clock
from imports.rules.dates import DateStyle, birthday_of, guess_order, last_day_of, moment_of
from imports.rules.discounts import discount_of
from imports.rules.fields import Column
from imports.rules.findings import BadBundle, BadDiscount
from imports.rules.headers import Header
from imports.rules.judging_tiers import judge_tier
from imports.rules.mapping import Plan
from imports.rules.sheets import Cell, Row
from imports.rules.short_years import has_short_year

LENGTH = 10_000
STYLE = DateStyle("dmy")
HEADINGS: list[Callable[[tuple[str, ...]], object]] = [
    *(headers.header_score, no_rows.is_totals_row, no_rows.is_subtotals_row),
    *(no_rows.rows_declared, no_rows.is_heading, no_rows.is_footer),
]
READERS: list[Callable[[str], object]] = [
    *(lambda text: money_of(text, MoneyStyle()), count_of, lambda text: guess_decimal_mark([text])),
    *(lambda text: moment_of(text, STYLE), lambda text: moment_of("2024-01-01", STYLE, text)),
    *(lambda text: last_day_of(text, STYLE), lambda text: guess_order([text], "US"), is_clock),
    *(lambda text: birthday_of(text, STYLE, date(2026, 1, 1)),),
    *(lambda text: has_short_year(text, STYLE), discount_of),
    *(lambda text: phone_cells.phone_in(text, "CN"), lambda text: lots_in(text, STYLE)),
    *(says_how_many, lambda text: recognise(text, "members"), lambda text: suggest(text, "sales")),
    lambda text: judge_tier(Row(2, ("A", text, text, text)), _plan_of_tiers()),
    lambda text: [look((text, "b")) for look in HEADINGS],
    lambda text: _looks(contents.cells_of(0, [Row(2, (text,))] * 3)),
]


def _plan_of_tiers() -> Plan:
    fields = ("tier_name", "rank", "min_spend", "window_months")
    columns = tuple(Column(index, field, field, "name") for index, field in enumerate(fields))
    return Plan("tiers", "", Header(1, fields, 4), columns, "CN", "CNY", 2)


def _looks(cells: list[Cell]) -> list[bool]:
    texts = [str(cell) for cell in cells]
    looks = (contents.is_step, contents.is_day, contents.is_order_number, contents.is_email)
    return [
        *(contents.share(texts, look) for look in looks),
        *(contents.are_amounts(texts), contents.are_passes(texts), contents.are_tiers(texts)),
        *(contents.counts_up(texts), contents.is_phone(texts[0], "CN")),
    ]


@pytest.mark.parametrize("reader", range(len(READERS)))
def test_no_cell_takes_long(reader: int) -> None:
    cells = [
        f"{before}{sign * LENGTH}{after}"
        for sign in (" ", "1", "(", "-", "一", "\n", "0 ")
        for before in ("", "1", "1.1.")
        for after in ("x", "1 x", "月")
    ]

    began = time.process_time()
    for cell in cells:
        with suppress(DomainError):
            READERS[reader](cell)

    assert time.process_time() - began < 1


@pytest.mark.parametrize("text", ["洗车 9999999999999次", "洗车 " + "9" * 5_000 + "次"])
def test_no_bundle_holds_more_than_any_account(text: str) -> None:
    with pytest.raises(BadBundle):
        lots_in(text, STYLE)


def test_a_number_of_thousands_of_digits_is_no_discount() -> None:
    with pytest.raises(BadDiscount):
        discount_of("9" * 5_000)
