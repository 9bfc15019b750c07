"""Working days and days of rest."""

from datetime import date

import pytest

from common.calendars import DayKind, HolidayCalendarMissing, is_rest_day, kind_of_day


@pytest.mark.parametrize(
    ("day", "country", "kind"),
    [
        (date(2026, 10, 1), "CN", DayKind.RESTDAY),
        (date(2026, 10, 8), "CN", DayKind.WORKDAY),
        (date(2026, 10, 10), "CN", DayKind.WORKDAY),  # a Saturday worked for the holiday
        (date(2026, 10, 17), "CN", DayKind.RESTDAY),
        (date(2026, 11, 26), "US", DayKind.RESTDAY),
        (date(2026, 11, 25), "US", DayKind.WORKDAY),
        (date(2027, 11, 27), "US", DayKind.RESTDAY),
        (date(2026, 11, 27), "SA", DayKind.RESTDAY),  # a Friday
        (date(2026, 11, 29), "SA", DayKind.WORKDAY),  # a Sunday
    ],
)
def test_knows_weekends_holidays_and_adjusted_workdays(day, country, kind):
    assert kind_of_day(day, country) == kind


def test_refuses_a_year_nobody_has_entered():
    with pytest.raises(HolidayCalendarMissing) as refusal:
        is_rest_day(date(2031, 10, 1), "CN")

    assert refusal.value.params == {"country": "CN", "year": "2031"}


def test_refuses_a_country_nobody_has_entered():
    with pytest.raises(HolidayCalendarMissing):
        is_rest_day(date(2026, 10, 1), "XX")


def test_one_entered_day_makes_the_owner_answer_for_the_year():
    entered = {date(2031, 10, 1): True, date(2031, 10, 11): False}

    kinds = [is_rest_day(date(2031, 10, day), "CN", entered) for day in (1, 2, 4, 11, 12)]

    assert kinds == [True, False, True, False, True]
    with pytest.raises(HolidayCalendarMissing):
        is_rest_day(date(2032, 1, 1), "CN", entered)


def test_the_owners_word_wins_over_the_calendar():
    assert not is_rest_day(date(2026, 10, 1), "CN", {date(2026, 10, 1): False})
