"""Dates, numbers and money as people of each language write them."""

from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import ValidationError
from django.forms import DateField
from django.template import Context, Template
from django.utils import formats, translation

from common.days import lazy_day
from common.money import format_minor, format_units
from promotions.operations.checks import OfferOver

MAY_DAY = date(2026, 5, 1)


def rendered(source, **context):
    return Template("{% load i18n amounts %}" + source).render(Context(context))


@pytest.mark.parametrize(("language", "shown"), [("zh-hans", "¥1,234.50"), ("en", "CN¥1,234.50")])
def test_money_has_the_sign_people_expect(language, shown):
    with translation.override(language):
        assert format_minor(123450, "CNY") == shown
        assert rendered("{{ amount|money:'CNY' }}", amount=123450) == shown


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_counts_are_grouped(language):
    with translation.override(language):
        assert format_units(12345) == "12,345"
        assert rendered("{{ count|units }}", count=12345) == "12,345"


@pytest.mark.parametrize(
    ("language", "long", "short"),
    [("zh-hans", "2026年5月1日", "2026年5月1日"), ("en", "May 1, 2026", "May 1, 2026")],
)
def test_days_are_written_out(language, long, short):
    with translation.override(language):
        assert rendered("{{ day|date:'DATE_FORMAT' }}", day=MAY_DAY) == long
        assert formats.date_format(MAY_DAY, "SHORT_DATE_FORMAT") == short


def test_moments_are_written_out_in_chinese():
    moment = datetime(2026, 5, 1, 20, 30, tzinfo=UTC)

    with translation.override("zh-hans"):
        assert formats.date_format(moment, "DATETIME_FORMAT") == "2026年5月1日 20:30"


def test_moments_in_english_read_the_same_everywhere():
    moment = datetime(2026, 8, 9, 20, 0, tzinfo=UTC)

    with translation.override("en"):
        assert formats.date_format(moment, "DATETIME_FORMAT") == "Aug 9, 2026, 20:00"
        assert formats.date_format(moment, "SHORT_DATETIME_FORMAT") == "Aug 9, 2026, 20:00"
        assert formats.date_format(moment, "TIME_FORMAT") == "20:00"


def test_a_day_typed_in_digits_is_an_iso_day():
    field = DateField()

    with translation.override("en"):
        assert field.clean("2026-08-09") == date(2026, 8, 9)
        assert field.clean("9 Aug 2026") == date(2026, 8, 9)
        with pytest.raises(ValidationError):
            field.clean("08/09/2026")


def test_counts_take_one_form_in_chinese():
    message = ("Not here for %(count)d day.", "Not here for %(count)d days.")

    with translation.override("zh-hans"):
        shown = [translation.ngettext(*message, n) % {"count": n} for n in (0, 1, 2)]

    assert shown == ["已 0 天没来。", "已 1 天没来。", "已 2 天没来。"]


def test_what_libraries_leave_in_english_is_chinese_here():
    with translation.override("zh-hans"):
        assert translation.gettext("Apply Filters") == "应用筛选"
        assert translation.gettext("Search apps and models...") == "搜索应用和模型……"


def test_our_words_go_before_those_of_libraries():
    with translation.override("zh-hans"):
        assert translation.gettext("Members") == "会员"
        assert translation.gettext("Draw down") == "核销"
        assert translation.gettext("Bundle") == "套票"


def test_a_day_in_a_refusal_is_written_out_for_whoever_reads_it():
    refusal = OfferOver(offer="充500送1000", day=lazy_day(MAY_DAY))

    with translation.override("zh-hans"):
        assert str(refusal) == "充500送1000已在 2026年5月1日 停售，请选其他方案。"
    with translation.override("en"):
        assert str(refusal) == "充500送1000 was on sale until May 1, 2026. Choose another offer."
