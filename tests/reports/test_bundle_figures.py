"""Utilisation, breakage and attached spend on bundles small enough to count by hand."""

from datetime import date
from uuid import uuid4

import pytest

from ledger.models import Sale, SaleLine, TxnKind
from ledger.operations.posting import give_back, revoke
from tests.ledger.holding import open_shop
from tests.reports.asking import counts, figure, reference, rows, the_row
from tests.reports.selling import at, come, draw, sell_units

SOLD = date(2026, 3, 2)
SEASON_END = date(2026, 4, 30)

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return open_shop()


def bill(shop, member, day, charged, *, kind="product", refunded=0):
    sale = Sale.objects.create(
        id=uuid4(),
        member=member,
        store=shop.store,
        at=at(shop, day),
        business_date=day,
        month_no=day.year * 12 + day.month - 1,
        currency="CNY",
        list_total=charged,
        total=charged,
        goods_total=charged,
        refunded_total=refunded,
        is_purchase=True,
    )
    SaleLine.objects.create(
        sale=sale,
        line=1,
        kind=kind,
        description=kind,
        list_value=charged,
        charged_value=charged,
    )
    return sale


def test_ski_passes_of_a_season_that_is_over(shop):
    """Fifty passes of ten rides, of which three hundred rides were taken."""
    known = reference("12_fixtures_prepaid")["ski_pass"]
    for number in range(known["sold"]):
        member = shop.member()
        sell_units(shop, member, SOLD, code="ski", count=10, price=60000, last_day=SEASON_END)
        if number < 40:
            draw(shop, member, date(2026, 3, 7), 10 if number < 20 else 5)

    used = the_row(rows("utilisation", as_of="2026-05-01"), asset="all")
    lost = the_row(rows("breakage", as_of="2026-05-01"), asset="all", measure="units")

    assert counts(used) == (known["units_used"], known["units_sold"])
    assert (used["value"], used["eligible"]) == (known["utilisation"], known["sold"])
    assert lost["numerator"] == known["expired_unused_units"]
    assert lost["value"] == known["breakage"]


def test_used_and_expired_units_make_up_what_was_sold(shop):
    member = shop.member()
    sell_units(shop, member, SOLD, code="ski", count=10, price=60001, last_day=SEASON_END)
    draw(shop, member, date(2026, 3, 7), 6)

    used = the_row(rows("utilisation", as_of="2026-05-01"), asset="all")
    units, money = (
        the_row(rows("breakage", as_of="2026-05-01"), asset="all", measure=measure)
        for measure in ("units", "money")
    )

    assert (used["state"], counts(used), used["value"]) == ("closed", (6, 10), 0.6)
    assert (counts(units), units["value"]) == ((4, 10), 0.4)
    assert counts(money) == (60001 - 36000, 60001)


def test_a_pass_is_open_until_its_last_day_is_over(shop):
    member = shop.member()
    sell_units(shop, member, SOLD, code="ski", count=10, price=60000, last_day=SEASON_END)
    draw(shop, member, date(2026, 3, 7), 6)

    row = the_row(rows("utilisation", as_of="2026-04-29"), asset="all")

    assert (row["state"], counts(row), row["left"]) == ("open", (6, 10), 4)
    assert rows("breakage", as_of="2026-04-29") == []
    assert the_row(rows("utilisation", as_of="2026-04-30"), asset="all")["state"] == "closed"


def test_a_bundle_used_up_is_closed(shop):
    member = shop.member()
    sell_units(shop, member, SOLD, code="beer", count=101, price=2018)
    draw(shop, member, date(2026, 3, 7), 101)

    row = the_row(rows("utilisation", as_of="2026-03-31"), asset="all")

    assert (row["state"], counts(row)) == ("closed", (101, 101))


def test_the_past_is_told_as_it_was(shop):
    member = shop.member()
    sell_units(shop, member, SOLD, code="beer", count=101, price=2018)
    draw(shop, member, date(2026, 3, 7), 5)
    draw(shop, member, date(2026, 3, 9), 96)

    row = the_row(rows("utilisation", as_of="2026-03-08"), asset="all")

    assert (row["state"], counts(row)) == ("open", (5, 101))


def test_an_undone_sale_and_an_undone_draw_down_do_not_count(shop):
    keeper, sender = shop.member(), shop.member()
    sell_units(shop, keeper, SOLD, code="beer", count=101, price=2018)
    mistake = draw(shop, keeper, date(2026, 3, 7), 5)
    shop.post(give_back(), kind=TxnKind.REVERSE, reverses=mistake, at=at(shop, date(2026, 3, 7)))
    returned = sell_units(shop, sender, SOLD, code="beer", count=101, price=2018)
    shop.post(revoke(), kind=TxnKind.REVERSE, reverses=returned, at=at(shop, date(2026, 3, 7)))

    row = the_row(rows("utilisation", as_of="2026-03-31"), asset="all")

    assert (counts(row), row["eligible"]) == ((0, 101), 1)


def test_one_offer_and_the_days_of_sale_narrow_the_answer(shop):
    member = shop.member()
    sell_units(shop, member, SOLD, code="beer", count=101, price=2018)
    sell_units(shop, member, date(2026, 4, 2), code="beer", count=50, price=1000)
    sell_units(shop, member, SOLD, code="wine", count=6, price=9000)

    found = rows("utilisation", offer="beer", start="2026-04-01", as_of="2026-04-30")

    assert [row["denominator"] for row in found if row["asset"] == "all"] == [50]


def test_another_stores_bundles_are_out_of_view(shop):
    other = open_shop("other")
    sell_units(other, other.member(), SOLD, code="beer", count=101, price=2018)

    assert rows("utilisation", store=shop.store.code, as_of="2026-04-30") == []
    assert len(rows("utilisation", store="other", as_of="2026-04-30")) == 2


def test_attached_spend_is_what_was_bought_beside_a_draw_down(shop):
    member = shop.member()
    sell_units(shop, member, SOLD, code="beer", count=101, price=2018)
    bill(shop, member, SOLD, 2018, kind="bundle")
    for day, charged in ((3, 18800), (9, 12600)):
        draw(shop, member, date(2026, 3, day), 5)
        bill(shop, member, date(2026, 3, day), charged)
    draw(shop, member, date(2026, 3, 20), 2)
    bill(shop, member, date(2026, 3, 21), 9900)

    (row,) = rows("attached", as_of="2026-03-31")

    assert (row["offer"], counts(row), row["value"]) == ("beer", (31400, 3), 10466.666667)
    assert (row["bundles"], row["visits_with_a_sale"]) == (1, 2)


def test_attached_spend_leaves_refunds_bundles_and_voids_out(shop):
    member = shop.member()
    sell_units(shop, member, SOLD, code="beer", count=101, price=2018)
    draw(shop, member, SOLD, 5)
    draw(shop, member, SOLD, 2)
    bill(shop, member, SOLD, 10000, refunded=2500)
    bill(shop, member, SOLD, 2018, kind="bundle")
    bill(shop, member, SOLD, 500)
    Sale.objects.filter(total=500).update(voided_at=at(shop, SOLD), void_reason="wrong")

    (row,) = rows("attached", as_of="2026-03-31")

    assert counts(row) == (7500, 1)


def test_an_undone_draw_down_attaches_nothing(shop):
    member = shop.member()
    sell_units(shop, member, SOLD, code="beer", count=101, price=2018)
    mistake = draw(shop, member, SOLD, 5)
    bill(shop, member, SOLD, 10000)
    shop.post(give_back(), kind=TxnKind.REVERSE, reverses=mistake, at=at(shop, SOLD))

    assert rows("attached", as_of="2026-03-31") == []


def test_the_definition_says_part_whole_and_day(shop):
    member = shop.member()
    come(shop, member, SOLD)
    sell_units(shop, member, SOLD, code="beer", count=10, price=2018)
    draw(shop, member, SOLD, 10)

    told = figure("utilisation", as_of="2026-03-31")

    assert "10 of 10 = 100.0%" in told["definition"]
    assert "Mar 31, 2026" in told["definition"]
