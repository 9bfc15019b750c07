"""Figures of Complete Journey equal what two independent implementations found."""

import pytest

from tests.reports.asking import counts, reference, rows, the_row

AS_OF = "2017-12-31"

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


def test_daily_actives(complete_journey):
    expected = reference("05_active_cj")["dau"]

    found = rows("active", granularity="day", start="2017-06-01", end="2017-06-30", as_of=AS_OF)

    assert {row["date"]: row["value"] for row in found if row["measure"] == "dau"} == expected


@pytest.mark.parametrize(
    ("measure", "name"),
    [("wau", "wau_trailing7"), ("mau28", "mau_trailing28"), ("mau30", "mau_trailing30")],
)
def test_trailing_actives(complete_journey, measure, name):
    for shown, known in reference("05_active_cj")[name].items():
        (row,) = rows("active", measure=measure, start=shown, end=shown, as_of=AS_OF)

        assert (row["date"], row["value"]) == (shown, known)


def test_actives_of_a_past_day_asked_on_that_day(complete_journey):
    (row,) = rows("active", measure="mau30", start="2017-06-30", as_of="2017-06-30")

    assert row["value"] == 2026


def test_calendar_actives_and_stickiness(complete_journey):
    found = rows("active", granularity="month", as_of=AS_OF)

    for known in reference("05_active_cj")["calendar"]:
        sticky = the_row(found, measure="stickiness", date=known["month"])
        assert the_row(found, measure="mau", date=known["month"])["value"] == known["mau"]
        assert (sticky["mean_dau"], sticky["value"]) == (known["mean_dau"], known["stickiness"])


def test_composition(complete_journey):
    names = {"resurrected": "returning_resurrected", "dormant": "dormant_from_prev"}

    found = rows("composition", as_of=AS_OF)

    for known in reference("05_active_cj")["composition"]:
        for part in ("active", "new", "continuing", "resurrected", "dormant"):
            row = the_row(found, month=known["month"], part=part)
            assert row["value"] == known[names.get(part, part)], (known["month"], part)


def test_months_running_and_loyal_members(complete_journey):
    expected = reference("05_active_cj")

    found = rows("runs", as_of=AS_OF)

    lengths = {str(row["months"]): row["value"] for row in found if row["measure"] == "run"}
    assert lengths == expected["streak_2017-12"]
    assert the_row(found, measure="loyal")["value"] == expected["loyal_active_ge_10_of_12"]


def test_lapsed_members(complete_journey):
    found = rows("lapsed", as_of=AS_OF)

    lapsed = {str(row["days"]): row["numerator"] for row in found}
    assert lapsed == reference("11_lapsed_cj")["fixed"]


def test_overdue_members(complete_journey):
    known = reference("11_lapsed_cj")["personal"]

    (row,) = rows("overdue", as_of=AS_OF)

    assert counts(row) == (known["at_risk_personal"], known["members_with_ge4_days"])


@pytest.mark.parametrize("kind", ["days", "orders"])
@pytest.mark.parametrize("granularity", ["month", "quarter"])
def test_repurchase(complete_journey, granularity, kind):
    expected = reference("03_repurchase_buyback_cj")[f"repurchase_{granularity}"]

    found = rows("repurchase", granularity=granularity, kind=kind, as_of=AS_OF)

    for row, known in zip(found, expected, strict=True):
        assert counts(row) == (known[f"repeat_by_{kind}"], known["buyers"])
        assert row["order_share"] == known["order_share"]


def test_buyback(complete_journey):
    found = rows("buyback", as_of=AS_OF)

    for known in reference("03_repurchase_buyback_cj")["buyback_month"]:
        row = the_row(found, period=known["period"], within=1)
        assert row["value"] == known.get("next_month_rate")


def test_cohorts(complete_journey):
    expected = reference("02_cohort_month_cj")

    found = {(row["cohort"], row["k"]): row for row in rows("cohort", as_of=AS_OF)}

    for start, known in expected["cohorts"].items():
        for k, active in enumerate(known["active"]):
            assert counts(found[start, k]) == (active, known["size"])
    for k, (active, size, rate) in enumerate(expected["weighted_average_row"]):
        assert (*counts(found["all", k]), found["all", k]["value"]) == (active, size, rate)


def test_cohort_amounts(complete_journey):
    expected = reference("02_cohort_month_cj")["cohorts"]

    found = {
        (row["cohort"], row["k"]): row for row in rows("cohort", measure="amount", as_of=AS_OF)
    }

    for start, known in expected.items():
        for k, amount in enumerate(known["amount"]):
            assert found[start, k]["numerator"] == round(amount * 100)
