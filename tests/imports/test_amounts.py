"""Money and counts as people and systems write them; what is not one is never taken for zero."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imports.rules.amounts import (
    AmbiguousAmount,
    BadAmount,
    BadCell,
    FormulaWithoutValue,
    FractionalUnit,
    MoneyStyle,
    NegativeAmount,
    count_of,
    guess_decimal_mark,
    money_of,
    not_negative,
)
from imports.rules.sheets import UNCALCULATED


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("12", 1_200),
        ("12.5", 1_250),
        ("￥１，２８０．００", 128_000),
        ("¥ 1,280", 128_000),
        ("RMB 12.50", 1_250),
        ("12.50 元", 1_250),
        ("人民币100元整", 10_000),
        ("12块5", 1_250),
        ("12元5角3分", 1_253),
        ("3毛", 30),
        ("1.5万", 1_500_000),
        ("1.5 万元", 1_500_000),
        ("1.5w", 1_500_000),
        ("3千", 300_000),
        ("1 234,50", 123_450),
        ("1\u00a0234.50", 123_450),
        ("1'234.50", 123_450),
        ("1,00,000.50", 10_000_050),
        ("1.234,50 €", 123_450),
        ("R$ 1.234,50", 123_450),
        ("US$5", 500),
        ("NT$500", 50_000),
        ("500 บาท", 50_000),
        ("100 CR", 10_000),
        ("25,-", 2_500),
        ("Rs. 500/-", 50_000),
        ("1.250,- €", 125_000),
        ("CHF 12.—", 1_200),
        ("٢٥٫٥٠", 2_550),
        ("25.50 د.إ", 2_550),
        ("剩 88.5", 8_850),
        ("余额：￥100", 10_000),
        ("1.250,50 TL", 125_050),
        ("500,50 руб.", 50_050),
        ("50000원", 5_000_000),
        ("+7", 700),
        ("三十", 3_000),
        ("一百二十元", 12_000),
        ("壹佰元整", 10_000),
        ("人民币壹萬伍仟圓整", 1_500_000),
        ("壹佰贰拾叁元肆角伍分", 12_345),
        ("一百二十元零五分", 12_005),
        ("¥三万零五百", 3_050_000),
        ("3万5千", 3_500_000),
        ("12万3千元", 12_300_000),
        ("3万5000", 3_500_000),
        ("3百万", 300_000_000),
        ("一〇五", 10_500),
        ("三块半", 350),
        ("三点五", 350),
        ("负五十", -5_000),
        ("〇", 0),
        (0, 0),
        (316.98000000000002, 31_698),
        (1280.0, 128_000),
        ("$2,769.74", 276_974),
        ("12.500", 1_250),
        ("RMB100", 10_000),
        ("\u200b99.90\u200b", 9_990),
        ("'99.90", 9_990),
    ],
)
def test_reads_money(text: str | float, minor: int) -> None:
    assert money_of(text, MoneyStyle(decimal_mark=guess_decimal_mark([text]))) == minor


@pytest.mark.parametrize(
    ("text", "count"),
    [
        *(
            ("剩3次", 3),
            ("剩3次/共10次", 3),
            ("共10次剩4次", 4),
            ("3次（共10次）", 3),
            ("4회", 4),
            ("残り7回", 7),
            ("4堂", 4),
        ),
        *(("3 left", 3), ("4 sessions left", 4), ("3 раз", 3), ("50 ครั้ง", 50), ("١٢", 12)),
    ],
)
def test_reads_counts_with_their_words(text: str, count: int) -> None:
    assert count_of(text) == count


@pytest.mark.parametrize("text", ["3/10", "共10次", "10(共10次)", "已用7次", "约3次"])
def test_a_count_that_may_be_another_one_is_refused(text: str) -> None:
    with pytest.raises(BadAmount):
        count_of(text)


@pytest.mark.parametrize(
    "text", ["-12.50", "12.50-", "(12.50)", "（12.50）", "-¥12.50", "¥-12.50", "12.50DR", "−12.5"]
)
def test_reads_what_is_below_zero_in_every_writing(text: str) -> None:
    assert money_of(text, MoneyStyle()) == -1_250

    with pytest.raises(NegativeAmount):
        not_negative(-1_250, text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "待查",
            "-",
            "无",
            "N/A",
            "NaN",
            "inf",
            "#REF!",
            "1e5",
            "1.2E+05",
            "50%",
            "100+",
            "约100",
        ),
        *(
            "12 34",
            "1,23",
            "0,500",
            "1,2345",
            "1.234",
            "12.345",
            "3万5",
            "12.5.1",
            "1O0",
            "¥",
            "()",
        ),
        *("余额120(欠20)", "100元+50分", "200(含赠送20)", "欠35", "-,--", "剩"),
        *("100/200", "100-200", "百", "TRUE", "999999999999999", "1" * 400),
        *("100元(赠50)", "12..5", "5分", "twelve", "12 or 13", "nan元", "-inf", "null", "—"),
    ],
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(BadAmount):
        money_of(text, MoneyStyle())


@pytest.mark.parametrize(
    "text", ["三万五", "3万5", "3万500", "一百二", "三五", "一二三", "2三", "1.5百万", "一", "○"]
)
def test_what_can_be_read_in_two_ways_is_refused_with_its_own_words(text: str) -> None:
    for read in (lambda: money_of(text, MoneyStyle()), lambda: count_of(text)):
        with pytest.raises(AmbiguousAmount, match="more than one way"):
            read()


@pytest.mark.parametrize("text", ["十几", "二十多", "百十", "第三", "一千零零五", "一百零", "半百"])
def test_what_is_no_number_in_words_is_refused(text: str) -> None:
    for read in (lambda: money_of(text, MoneyStyle()), lambda: count_of(text)):
        with pytest.raises(BadAmount):
            read()


def test_only_an_empty_cell_says_nothing() -> None:
    assert [money_of(cell, MoneyStyle()) for cell in (None, "", "  ", "\t", " \u200b ")] == [
        None
    ] * 5
    assert count_of("") is None


@pytest.mark.parametrize("cell", [True, float("nan"), float("inf"), 1e300, 33.3333])
def test_a_cell_of_another_sort_is_no_amount(cell: float) -> None:
    with pytest.raises(BadAmount):
        money_of(cell, MoneyStyle())


@pytest.mark.parametrize(
    ("cells", "usual", "mark"),
    [
        (["1.234,50", "99,90"], ".", ","),
        (["1,234.50", "12.5"], ",", "."),
        (["1.234.567"], ".", ","),
        (["1.234"], ",", ","),
        (["1.234"], ".", "."),
        ([], ",", ","),
    ],
)
def test_the_column_says_its_decimal_mark_else_the_country(
    cells: list[str], usual: str, mark: str
) -> None:
    assert guess_decimal_mark(cells, usual) == mark


def test_the_mark_of_the_column_says_what_a_lone_mark_is() -> None:
    comma = MoneyStyle(decimal_mark=",")

    assert money_of("1.234", comma) == 123_400
    assert money_of("99,90", comma) == 9_990
    with pytest.raises(BadAmount):
        money_of("1,234", comma)


HAN_COUNTS = [("十二瓶", 12), ("三十", 30), ("两张", 2), ("一次", 1), ("廿五 杯", 25), ("零", 0)]


@pytest.mark.parametrize(
    ("text", "count"),
    [("1,957", 1957), (12.0, 12), ("３次", 3), ("12.0", 12), ("5 coins", 5), *HAN_COUNTS],
)
def test_reads_counts(text: str | float, count: int) -> None:
    assert count_of(text) == count


def test_counts_are_whole() -> None:
    for cell in ("1.5", 2.25, "0.5次", "半", "半瓶", "两张半", "三点五"):
        with pytest.raises(FractionalUnit):
            count_of(cell)
    assert count_of("1.957", ",") == 1957


@pytest.mark.parametrize("cell", ["-", "N/A", "NaN", "inf", "#REF!", "无", float("nan")])
def test_what_is_no_count_is_never_zero(cell: str | float) -> None:
    with pytest.raises(BadAmount):
        count_of(cell)


def test_a_formula_without_value_says_so() -> None:
    with pytest.raises(FormulaWithoutValue):
        money_of(UNCALCULATED, MoneyStyle())


def test_the_header_may_scale_and_the_currency_may_have_no_decimals() -> None:
    assert money_of("1.5", MoneyStyle(multiple=Decimal(10_000))) == 1_500_000
    assert money_of("500", MoneyStyle(multiple=Decimal("0.01"))) == 500
    assert money_of("500", MoneyStyle(exponent=0)) == 500
    with pytest.raises(BadAmount):
        money_of("5.5", MoneyStyle(exponent=0))


MARKS = st.sampled_from([(",", "."), (".", ","), (" ", ","), (" ", "."), ("'", "."), ("", ".")])
SIGNS = st.sampled_from([("", "", 1), ("-", "", -1), ("", "-", -1), ("(", ")", -1), ("+", "", 1)])
CURRENCIES = st.sampled_from(
    [("", ""), ("¥", ""), ("￥ ", ""), ("", "元"), ("$", ""), ("", " EUR")]
)


@given(st.integers(0, 10**11), MARKS, SIGNS, CURRENCIES)
def test_an_amount_comes_back_from_any_writing(
    minor: int,
    marks: tuple[str, str],
    sign: tuple[str, str, int],
    currency: tuple[str, str],
) -> None:
    group, mark = marks
    whole = f"{minor // 100:,}".replace(",", group)
    written = f"{sign[0]}{currency[0]}{whole}{mark}{minor % 100:02}{currency[1]}{sign[1]}"

    read = money_of(written, MoneyStyle(decimal_mark=mark))

    assert read == minor * sign[2]


@given(st.integers(0, 10**12), st.sampled_from([0, 2, 3]))
def test_a_plain_number_is_exact_in_every_currency(minor: int, exponent: int) -> None:
    written = str(Decimal(minor).scaleb(-exponent))

    if "E" not in written:
        assert money_of(written, MoneyStyle(exponent=exponent)) == minor


@given(st.text(max_size=40))
def test_any_text_is_money_or_refused(text: str) -> None:
    for read in (lambda: money_of(text, MoneyStyle()), lambda: count_of(text)):
        try:
            amount = read()
        except BadCell:
            continue
        # Nothing but a digit or numeral says an amount, or that there is nothing.
        assert amount is None or any(character.isnumeric() for character in text)


@given(st.integers(1, 10**9))
def test_a_number_comes_back_from_numerals(number: int) -> None:
    assert count_of(in_numerals(number) + "次") == number


def in_numerals(number: int) -> str:
    """The number as a Chinese book keeper writes it."""
    said = ""
    for noughts, large in ((8, "亿"), (4, "万"), (0, "")):
        many, number = divmod(number, 10**noughts)
        if not many:
            continue
        part = ""
        for place in (3, 2, 1, 0):
            digit, many = divmod(many, 10**place)
            if digit:
                part += "〇一二三四五六七八九"[digit] + ["", "十", "百", "千"][place]
            elif (part or said) and many and not part.endswith("零"):
                part += "零"
        said += part + large
    return said
