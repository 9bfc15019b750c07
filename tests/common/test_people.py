"""Phones, names and lunar birthdays as people and spreadsheets write them."""

from contextlib import suppress
from datetime import date, timedelta

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from common.lunar import LunarDay, next_lunar_birthday, read_lunar_day
from common.names import name_keys
from common.phones import (
    BadPhone,
    PhoneLostDigits,
    mask_phone,
    to_e164,
)

CHINESE_NUMBERS = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)


@pytest.mark.parametrize(
    "text",
    [
        "13800138000", "138 0013 8000", "138-0013-8000", "+86 13800138000", "86 138 0013 8000",
        "0086-13800138000", "\t13800138000", "'13800138000", "’13800138000", "13800138000.0",
        "１３８００１３８０００", "\u200b13800138000\ufeff", "+86(138)00138000", " 13800138000 \n",
    ],
)  # fmt: skip
def test_repairs_what_a_spreadsheet_did_to_a_mobile(text):
    assert to_e164(text, "CN") == "+8613800138000"


@pytest.mark.parametrize(
    ("text", "country", "e164"),
    [
        ("010-62345678", "CN", "+861062345678"),
        ("+852 9123 4567", "CN", "+85291234567"),
        ("'+15035550199", "US", "+15035550199"),
        ("(415) 555-0196", "US", "+14155550196"),
        ("4155550180.0", "US", "+14155550180"),
        ("07911 123456", "GB", "+447911123456"),
        ("13800138000", "US", None),
    ],
)
def test_reads_a_number_as_one_of_its_country(text, country, e164):
    if e164 is None:
        with pytest.raises(BadPhone):
            to_e164(text, country)
    else:
        assert to_e164(text, country) == e164


@pytest.mark.parametrize("text", ["1.38E+10", "1.39e10", "'1.38E+10", "１.３８Ｅ＋１０"])
def test_says_when_digits_are_lost(text):
    with pytest.raises(PhoneLostDigits, match="last digits are lost"):
        to_e164(text, "CN")


@pytest.mark.parametrize(
    "text",
    ["", "1380013800", "138001380001", "12800138000", "none", "1-800-FLOWERS", "13800138000;ext=1",
     "无", "13800138000/13900139000", "+", "1" * 500],
)  # fmt: skip
def test_refuses_what_is_no_number(text):
    with pytest.raises(BadPhone):
        to_e164(text, "CN")


@given(number=CHINESE_NUMBERS)
def test_a_masked_number_keeps_its_ends_only(number):
    masked = mask_phone(to_e164(number, "CN"))

    assert masked == f"{number[:3]}****{number[-4:]}"


@pytest.mark.parametrize(("language", "place"), [("en", "China"), ("zh-hans", "中国")])
def test_a_refused_phone_names_the_country_in_the_readers_language(language, place):
    with pytest.raises(BadPhone) as refused:
        to_e164("12", "CN")

    with override(language):
        assert place in str(refused.value)
    assert refused.value.as_dict()["params"] == {"text": "12", "country": "CN"}


@given(text=st.text(max_size=20), country=st.sampled_from(["CN", "US", "GB"]))
def test_any_text_is_a_number_or_a_refusal(text, country):
    with suppress(BadPhone, PhoneLostDigits):
        assert to_e164(text, country).startswith("+")


@pytest.mark.parametrize(
    ("name", "pinyin", "initials", "last_word"),
    [
        ("王小明", "wangxiaoming", "wxm", "xiaoming"),
        ("单田芳", "shantianfang", "stf", "tianfang"),
        ("仇英", "qiuying", "qy", "ying"),
        ("解缙", "xiejin", "xj", "jin"),
        ("查良镛", "zhaliangyong", "zly", "liangyong"),
        ("区小龙", "ouxiaolong", "oxl", "xiaolong"),
        ("盖叫天", "gejiaotian", "gjt", "jiaotian"),
        ("朴树", "piaoshu", "ps", "shu"),
        ("欧阳锋", "ouyangfeng", "oyf", "feng"),
        ("尉迟恭", "yuchigong", "ycg", "gong"),
        ("单于", "chanyu", "cy", ""),
        ("冯䶮", "fengyan", "fy", "yan"),
        ("王 小 明", "wang xiao ming", "wxm", "ming"),
        ("王Tom", "wang tom", "wt", "tom"),
        ("Leila Castellan", "leila castellan", "lc", "castellan"),
        ("Åsa O’Neil-Müller", "asa o’neil muller", "aom", "muller"),
        ("小红🌸", "xiaohong", "xh", "hong"),
        ("🌸", "", "", ""),
        ("", "", "", ""),
        ("=cmd|'x'!A1", "cmd x a1", "cxa", "a1"),
    ],
)
def test_a_name_is_typed_as_families_say_it(name, pinyin, initials, last_word):
    assert name_keys(name) == (pinyin, initials, last_word)


@given(name=st.text(max_size=40))
def test_any_name_has_keys_that_can_be_stored(name):
    keys = name_keys(name)

    assert "\x00" not in "".join(keys)
    assert keys.pinyin == keys.pinyin.strip()


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("八月十五", LunarDay(8, 15)),
        ("正月初一", LunarDay(1, 1)),
        ("冬月初十", LunarDay(11, 10)),
        ("腊月三十", LunarDay(12, 30)),
        ("十二月廿九", LunarDay(12, 29)),
        ("农历 8月15日", LunarDay(8, 15)),
        ("閏六月二十", LunarDay(6, 20, is_leap=True)),
        ("8-15", LunarDay(8, 15)),
        ("八月卅一", None),
        ("13月1日", None),
        ("中秋", None),
        ("", None),
    ],
)
def test_reads_a_lunar_day_as_said(said, day):
    assert read_lunar_day(said) == day


@pytest.mark.parametrize(
    ("start", "lunar", "solar"),
    [
        (date(2026, 1, 1), (8, 15, False), date(2026, 9, 25)),
        (date(2026, 9, 25), (8, 15, False), date(2026, 9, 25)),
        (date(2026, 9, 26), (8, 15, False), date(2027, 9, 15)),
        (date(2026, 1, 1), (12, 8, False), date(2026, 1, 26)),
        # The second month of 2026 has 29 days.
        (date(2026, 3, 1), (2, 30, False), date(2026, 4, 16)),
        # 2025 has a leap sixth month, 2026 has none.
        (date(2025, 7, 1), (6, 1, True), date(2025, 7, 25)),
        (date(2025, 8, 1), (6, 1, True), date(2026, 7, 14)),
    ],
)
def test_the_next_lunar_birthday_follows_the_families_rules(start, lunar, solar):
    month, day, is_leap = lunar

    found = next_lunar_birthday(start, lunar_month=month, lunar_day=day, is_leap=is_leap)

    assert found == solar


@given(
    start=st.dates(date(1950, 1, 1), date(2090, 1, 1)),
    month=st.integers(1, 12),
    day=st.integers(1, 30),
    is_leap=st.booleans(),
)
def test_a_lunar_birthday_comes_within_a_lunar_year(start, month, day, is_leap):
    found = next_lunar_birthday(start, lunar_month=month, lunar_day=day, is_leap=is_leap)

    assert start <= found <= start + timedelta(days=415)


@pytest.mark.parametrize(
    ("new_moon", "month"),
    # Minutes around midnight in Beijing, where copied tables are a day off.
    [(date(1933, 7, 23), 6), (date(1954, 11, 25), 11), (date(1978, 9, 3), 8)],
)
def test_a_month_begins_on_the_day_of_its_new_moon(new_moon, month):
    found = next_lunar_birthday(new_moon - timedelta(days=20), lunar_month=month, lunar_day=1)

    assert found == new_moon


@pytest.mark.parametrize("day", [date(1900, 12, 31), date(2099, 1, 1)])
def test_refuses_a_year_beyond_the_lunar_tables(day):
    with pytest.raises(ValueError, match="without lunar tables"):
        next_lunar_birthday(day, lunar_month=1, lunar_day=1)


def test_refuses_a_day_no_lunar_month_has():
    with pytest.raises(ValueError, match="no such lunar day"):
        next_lunar_birthday(date(2026, 1, 1), lunar_month=1, lunar_day=31)
