"""Business days tile time without a gap or an overlap, whatever the clocks do."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from common.days import (
    add_months,
    business_date,
    business_day_bounds,
    end_of_day_instant,
    month_no,
    month_of,
)

ZONES = st.sampled_from(
    [
        "Asia/Shanghai", "America/New_York", "Europe/Berlin", "Africa/Cairo", "Asia/Kolkata",
        "Australia/Lord_Howe", "America/Sao_Paulo", "Pacific/Apia", "Pacific/Chatham", "UTC",
    ]
).map(ZoneInfo)  # fmt: skip
CUTS = st.times(timezones=st.none()).map(lambda cut: cut.replace(microsecond=0))
MOMENTS = st.integers(788918400, 2208988800).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC)
)
DATES = st.dates(min_value=date(1995, 1, 1), max_value=date(2040, 1, 1))


@given(at=MOMENTS, zone=ZONES, cut=CUTS)
@example(at=datetime(2011, 12, 30, 10, 30, tzinfo=UTC), zone=ZoneInfo("Pacific/Apia"), cut=time(4))
@example(
    at=datetime(2026, 3, 8, 7, 15, tzinfo=UTC), zone=ZoneInfo("America/New_York"), cut=time(2, 30)
)
@example(
    at=datetime(2026, 11, 1, 6, 15, tzinfo=UTC), zone=ZoneInfo("America/New_York"), cut=time(1, 30)
)
def test_every_moment_lies_in_the_bounds_of_its_day(at, zone, cut):
    start, end = business_day_bounds(business_date(at, zone, cut), zone, cut)

    assert start <= at < end


@given(day=DATES, zone=ZONES, cut=CUTS)
def test_a_day_ends_where_the_next_begins(day, zone, cut):
    _start, end = business_day_bounds(day, zone, cut)
    next_start, _end = business_day_bounds(day + timedelta(days=1), zone, cut)

    assert end == next_start == end_of_day_instant(day, zone, cut)


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 8), 23), (date(2026, 11, 1), 25), (date(2026, 6, 1), 24)]
)
def test_a_day_is_as_long_as_the_clocks_make_it(day, hours):
    start, end = business_day_bounds(day, ZoneInfo("America/New_York"))

    assert end - start == timedelta(hours=hours)


def test_the_small_hours_belong_to_the_evening_before():
    shanghai, cut = ZoneInfo("Asia/Shanghai"), time(4)

    before = business_date(datetime(2026, 5, 1, 19, 59, 59, tzinfo=UTC), shanghai, cut)
    after = business_date(datetime(2026, 5, 1, 20, tzinfo=UTC), shanghai, cut)

    assert (before, after) == (date(2026, 5, 1), date(2026, 5, 2))


def test_refuses_a_moment_without_a_zone():
    with pytest.raises(ValueError, match="aware"):
        business_date(datetime(2026, 5, 1), ZoneInfo("UTC"))  # noqa: DTZ001  # the very mistake


@given(day=DATES)
def test_a_month_number_leads_back_to_its_month(day):
    assert month_of(month_no(day)) == day.replace(day=1)


@given(day=DATES, months=st.integers(-240, 240))
def test_adding_months_lands_in_the_month_meant(day, months):
    landed = add_months(day, months)

    assert month_no(landed) == month_no(day) + months
    assert landed.day == day.day or (landed + timedelta(days=1)).day == 1
