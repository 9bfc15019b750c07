"""Cohort matrices equal what two independent implementations found."""

import pytest

from tests.reports.asking import counts, reference, rows, the_row

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


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
