"""Figures of CDNOW equal what two independent implementations found."""

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

AS_OF = "1998-06-30"

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


def by_cell(found):
    return {(row["cohort"], row["k"]): row for row in found}


def check(found, expected):
    cells = by_cell(found)
    for start, known in expected["cohorts"].items():
        for k, active in enumerate(known["active"]):
            assert counts(cells[start, k]) == (active, known["size"]), (start, k)
        assert (start, len(known["active"])) not in cells
    for k, (active, size, rate) in enumerate(expected["weighted_average_row"]):
        assert counts(cells["all", k]) == (active, size), k
        assert cells["all", k]["value"] == rate
    assert ("all", len(expected["weighted_average_row"])) not in cells


def test_months_of_cdnow(cdnow):
    found = rows("cohort", granularity="month", as_of="1998-06-30")

    check(found, reference("02_cohort_month_cdnow"))


def test_weeks_of_cdnow_counting_the_unfinished_last_one(cdnow):
    found = rows("cohort", granularity="week", as_of="1998-06-30", partial=True)

    check(found, reference("02_cohort_week_cdnow"))


def test_an_unfinished_week_is_blank_unless_asked_for(cdnow):
    found = rows("cohort", granularity="week", as_of="1998-06-30")

    cell = the_row(found, cohort="1996-12-30", k=78)
    assert (cell["value"], cell["partial"]) == (None, True)
    assert the_row(found, cohort="1996-12-30", k=77)["numerator"] == 15
    assert counts(the_row(found, cohort="all", k=77)) == (15, 1102)


@pytest.mark.parametrize("granularity", ["month", "week"])
def test_amounts_of_cdnow(cdnow, granularity):
    expected = reference(f"02_cohort_{granularity}_cdnow")["cohorts"]

    found = by_cell(
        rows("cohort", granularity=granularity, measure="amount", as_of="1998-06-30", partial=True)
    )

    for start, known in expected.items():
        for k, amount in enumerate(known["amount"]):
            assert counts(found[start, k]) == (round(amount * 100), known["size"]), (start, k)


def test_a_matrix_of_the_past_sees_nothing_later(cdnow):
    expected = reference("02_cohort_month_cdnow")["cohorts"]

    found = by_cell(rows("cohort", as_of="1997-03-31"))

    assert sorted(key for key in found if key[0] != "all") == [
        ("1997-01-01", 0),
        ("1997-01-01", 1),
        ("1997-01-01", 2),
        ("1997-02-01", 0),
        ("1997-02-01", 1),
        ("1997-03-01", 0),
    ]
    assert counts(found["1997-01-01", 2]) == (expected["1997-01-01"]["active"][2], 7846)
    assert counts(found["all", 1]) == (1157 + 1312, 7846 + 8476)


def test_ever_is_the_share_that_came_back_by_then(cdnow):
    found = by_cell(rows("cohort", measure="ever", as_of="1998-06-30"))

    assert counts(found["1997-01-01", 1]) == (1157, 7846)
    assert found["1997-01-01", 2]["numerator"] == 1752
    assert found["1997-01-01", 3]["numerator"] == 2104
    assert ("1997-01-01", 0) in found


@pytest.mark.parametrize("granularity", ["month", "quarter", "year"])
@pytest.mark.parametrize("kind", ["days", "orders"])
def test_repurchase(cdnow, granularity, kind):
    expected = reference("03_repurchase_buyback_cdnow")[f"repurchase_{granularity}"]

    found = rows("repurchase", granularity=granularity, kind=kind, as_of=AS_OF)

    assert [row["period"] for row in found] == [known["period"] for known in expected]
    for row, known in zip(found, expected, strict=True):
        assert counts(row) == (known[f"repeat_by_{kind}"], known["buyers"])
        assert row["value"] == known[f"rate_by_{kind}"]
        assert row["order_share"] == known["order_share"]


@pytest.mark.parametrize("kind", ["days", "orders"])
def test_repurchase_in_the_whole_window(cdnow, kind):
    known = reference("03_repurchase_buyback_cdnow")["whole_window"]

    (row,) = rows("repurchase", granularity="window", kind=kind, as_of=AS_OF)

    assert counts(row) == (known[f"repeat_by_{kind}"], known["buyers"])


@pytest.mark.parametrize(
    ("granularity", "names"),
    [
        ("month", ("next_month", "next_two_months", "next_three_months")),
        ("quarter", ("next_quarter",)),
    ],
)
def test_buyback(cdnow, granularity, names):
    expected = reference("03_repurchase_buyback_cdnow")[f"buyback_{granularity}"]

    found = rows("buyback", granularity=granularity, as_of=AS_OF)

    for known in expected:
        for within, name in enumerate(names, start=1):
            row = the_row(found, period=known["period"], within=within)
            assert row["value"] == known.get(f"{name}_rate")
            if name in known:
                assert counts(row) == (known[name], known["buyers"])


def test_composition(cdnow):
    expected = reference("05_composition_cdnow")["months"]
    names = {"resurrected": "returning_resurrected", "dormant": "dormant_from_prev"}

    found = rows("composition", as_of=AS_OF)

    for known in expected:
        for part in ("active", "new", "continuing", "resurrected", "dormant"):
            row = the_row(found, month=known["month"], part=part)
            assert row["value"] == known[names.get(part, part)], (known["month"], part)


def test_months_running(cdnow):
    expected = reference("05_composition_cdnow")["streak_1998-06"]

    found = rows("runs", as_of=AS_OF)

    lengths = {str(row["months"]): row["value"] for row in found if row["measure"] == "run"}
    assert lengths == expected


def test_churn_is_the_dormant_part_of_the_month_before(cdnow):
    row = the_row(rows("churn", as_of=AS_OF), month="1997-03-01")

    assert counts(row) == (7952, 9633)
