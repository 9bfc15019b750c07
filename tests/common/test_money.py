"""Amounts survive the way from a person and back to the last cent."""

from contextlib import suppress

import pytest
from django.template import engines
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from common.money import (
    AmountTooLarge,
    BadAmount,
    NegativeAmount,
    TooManyDecimals,
    format_minor,
    format_plain,
    in_shop_of,
    parse_minor,
)

CURRENCIES = st.sampled_from(["CNY", "USD", "JPY", "KWD", "IDR"])


@given(amount=st.integers(0, 10**12), currency=CURRENCIES)
def test_what_is_written_out_is_read_back(amount, currency):
    assert parse_minor(format_plain(amount, currency), currency) == amount
    assert parse_minor(format_minor(amount, currency, "en"), currency) == amount
    assert parse_minor(format_minor(amount, currency, "zh-hans"), currency) == amount


@given(text=st.text(max_size=12), currency=CURRENCIES)
def test_any_text_is_an_amount_or_a_refusal(text, currency):
    with suppress(BadAmount, TooManyDecimals, NegativeAmount, AmountTooLarge):
        assert parse_minor(text, currency) >= 0


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("0", "CNY", 0),
        ("12.5", "CNY", 1250),
        (".5", "CNY", 50),
        ("12.", "CNY", 1200),
        ("1,234,567.89", "USD", 123456789),
        ("￥１２．５０", "CNY", 1250),
        ("100元", "CNY", 10000),
        ("$5", "USD", 500),
        ("USD 5", "USD", 500),
        ("1.500", "KWD", 1500),
        ("20.180", "CNY", 2018),
        ("100.00", "JPY", 100),
        ("-0.00", "CNY", 0),
    ],
)
def test_reads_what_people_write(text, currency, amount):
    assert parse_minor(text, currency) == amount


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("", BadAmount),
        ("free", BadAmount),
        ("1,23", BadAmount),
        ("1.2.3", BadAmount),
        ("1e3", BadAmount),
        ("NaN", BadAmount),
        ("$5", BadAmount),
        ("٣", BadAmount),
        ("0.001", TooManyDecimals),
        ("-1", NegativeAmount),
        ("10000000000.01", AmountTooLarge),
    ],
)
def test_refuses_what_is_no_amount_of_yuan(text, refusal):
    with pytest.raises(refusal):
        parse_minor(text, "CNY")


def test_takes_a_negative_amount_where_it_makes_sense():
    assert parse_minor("-12.50", "CNY", allow_negative=True) == -1250
    assert parse_minor("\u221212.50", "CNY", allow_negative=True) == -1250


def test_the_shops_own_currency_has_the_plain_sign_and_the_other_one_is_told_apart():
    with in_shop_of("CNY"):
        at_home = [format_minor(-500, one, "en") for one in ("CNY", "JPY", "USD")]
        read = [parse_minor(text, "CNY") for text in ("¥5", "CN¥5", "5 RMB")]
    with in_shop_of("JPY"):
        in_japan = [format_minor(500, one, "zh-hans") for one in ("CNY", "JPY")]

    assert at_home == ["−¥5.00", "−JP¥500", "−$5.00"]
    assert read == [500, 500, 500]
    assert in_japan == ["CN¥5.00", "¥500"]
    assert format_minor(500, "CNY", "en") == "CN¥5.00"


def test_templates_show_amounts_in_the_readers_language():
    template = engines["django"].from_string(
        '{% load amounts phones %}{{ owed|money:"CNY" }} {{ owed|units }} {{ none|money:"CNY" }}'
        "{{ phone|masked_phone }}"
    )
    facts = {"owed": 123450, "none": None, "phone": "+8613800138000"}

    with translation.override("zh-hans"):
        chinese = template.render(facts)
    with translation.override("en"):
        english = template.render(facts)

    assert chinese == "¥1,234.50 123,450 138****8000"
    assert english == "CN¥1,234.50 123,450 138****8000"
