"""Effective retention of top-up offers, on members whose story is told here."""

from datetime import date

import pytest

from ledger.models import TxnKind
from ledger.operations.posting import revoke
from tests.ledger.holding import open_shop
from tests.reports.asking import counts, reference, rows, the_row
from tests.reports.selling import at, come, draw, sell_top_up

JOINED = date(2026, 1, 15)
SIX_MONTHS = date(2026, 7, 15)
AS_OF = "2026-09-30"

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return open_shop()


def joined(shop, day=JOINED):
    member = shop.member()
    sell_top_up(shop, member, day)
    return member


def part(name, **options):
    return the_row(rows("topup_retention", **({"as_of": AS_OF} | options)), part=name)


@pytest.mark.slow
def test_a_hundred_joined_and_seventy_spent_it_and_left(shop):
    known = reference("12_fixtures_prepaid")["topup"]
    for number in range(known["joined"]):
        member = joined(shop)
        if number < known["spent_all_within_6m_and_never_topped_up_again"]:
            draw(shop, member, date(2026, 3, 1), 150000, shop.money)

    row = part("effective")

    assert (counts(row), row["value"]) == ((30, 100), known["effective_retention"])
    assert [row["low"], row["high"]] == known["wilson95"]


def test_spent_and_never_topped_up_again_is_gone(shop):
    draw(shop, joined(shop), SIX_MONTHS, 150000, shop.money)

    assert part("gone")["value"] == 1
    assert counts(part("effective")) == (0, 1)


def test_one_cent_left_after_six_months_is_no_loss(shop):
    member = joined(shop)
    draw(shop, member, SIX_MONTHS, 149999, shop.money)

    assert part("silent")["value"] == 1
    assert counts(part("effective")) == (1, 1)


def test_spent_after_six_months_is_effective(shop):
    draw(shop, joined(shop), date(2026, 7, 16), 150000, shop.money)

    assert part("gone")["value"] == 0
    assert part("silent")["value"] == 1


def test_seen_in_the_last_sixty_days(shop):
    lately, long_ago = joined(shop), joined(shop)
    come(shop, lately, date(2026, 8, 2))
    come(shop, long_ago, date(2026, 8, 1))

    assert (part("comes")["value"], part("silent")["value"]) == (1, 1)


def test_topped_up_again_even_when_all_was_spent(shop):
    member = joined(shop)
    draw(shop, member, date(2026, 2, 1), 150000, shop.money)
    sell_top_up(shop, member, date(2026, 9, 1), code="other")

    found = rows("topup_retention", as_of=AS_OF, offer="500+1000")

    assert the_row(found, part="topped_up_again")["value"] == 1
    assert counts(the_row(found, part="effective")) == (1, 1)


def test_a_later_top_up_after_the_day_asked_for_is_not_known_yet(shop):
    member = joined(shop)
    draw(shop, member, date(2026, 2, 1), 150000, shop.money)
    sell_top_up(shop, member, date(2026, 9, 1))

    assert part("gone", as_of="2026-08-31")["value"] == 1


def test_too_young_to_tell_is_pending(shop):
    draw(shop, joined(shop, date(2026, 4, 1)), date(2026, 4, 2), 150000, shop.money)

    assert part("pending")["value"] == 1
    assert part("effective")["value"] is None


def test_an_undone_top_up_never_happened(shop):
    member = shop.member()
    mistake = sell_top_up(shop, member, JOINED)
    shop.post(revoke(), kind=TxnKind.REVERSE, reverses=mistake, at=at(shop, JOINED))

    assert rows("topup_retention", as_of=AS_OF) == []


def test_only_top_ups_of_the_asked_days_join(shop):
    joined(shop)
    joined(shop, date(2026, 2, 3))

    row = part("effective", start="2026-02-01", end="2026-02-28")

    assert row["denominator"] == 1
