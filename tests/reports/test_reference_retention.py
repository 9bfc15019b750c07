"""N-day retention of CDNOW equals what two independent implementations found."""

import pytest

from tests.reports.asking import counts, reference, rows, the_row

SLICES = {
    "all": {"as_of": "1998-06-30"},
    "1997-01": {"start": "1997-01-01", "end": "1997-01-31", "as_of": "1998-06-30"},
    "1997-02": {"start": "1997-02-01", "end": "1997-02-28", "as_of": "1998-06-30"},
    "1997-03": {"start": "1997-03-01", "end": "1997-03-31", "as_of": "1998-06-30"},
    "censored_as_of_1997-03-31": {"as_of": "1997-03-31"},
}
DAYS = (1, 3, 7, 14, 30, 60, 90)
BRACKETS = ("1-1", "1-7", "8-14", "8-30", "1-30", "31-60", "61-90")

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


@pytest.mark.parametrize("part", SLICES)
@pytest.mark.parametrize("event", ["visit", "purchase"])
def test_bracket(cdnow, part, event):
    expected = reference("01_nday_retention_cdnow")[part]
    asked = SLICES[part] | {"kind": "bracket", "days": ",".join(BRACKETS), "event": event}

    found = rows("retention", **asked)

    for days in BRACKETS:
        row, known = (
            the_row(found, cohort="all", days=days),
            expected[f"bracket_{days.replace('-', '_')}"],
        )
        assert counts(row) == (known["retained"], known["eligible"]), days
        assert row["value"] == known["rate"]


@pytest.mark.parametrize("part", SLICES)
@pytest.mark.parametrize(("kind", "name"), [("on_day", "on"), ("on_or_after", "on_or_after")])
def test_on_and_after_the_day(cdnow, part, kind, name):
    expected = reference("01_nday_retention_cdnow")[part]
    asked = SLICES[part] | {"kind": kind, "days": ",".join(map(str, DAYS))}

    found = rows("retention", **asked)

    for days in DAYS:
        row, known = the_row(found, cohort="all", days=str(days)), expected[f"D{days}"]
        assert counts(row) == (known[name], known["eligible"]), days
        assert row["value"] == known[f"{name}_rate"]
        if kind == "on_day":
            interval = known["wilson95"] or [None, None]
            assert [row["low"], row["high"]] == interval


@pytest.mark.parametrize("month", ["1997-01", "1997-02", "1997-03"])
def test_months_of_first_purchase_are_rows(cdnow, month):
    known = reference("01_nday_retention_cdnow")[month]["bracket_1_7"]

    found = rows("retention", kind="bracket", days="7", as_of="1998-06-30")

    assert counts(the_row(found, cohort=f"{month}-01")) == (known["retained"], known["eligible"])


@pytest.mark.parametrize("days", ["30", "60", "90", "180", "365"])
def test_new_buyers_who_bought_again(cdnow, days):
    known = reference("03_repurchase_buyback_cdnow")["new_buyer_repurchase_within_days"][days]

    found = rows("new_buyer_repurchase", days=days, as_of="1998-06-30")

    assert counts(the_row(found, cohort="all")) == (known["repeat"], known["eligible"])
