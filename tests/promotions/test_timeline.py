from datetime import timedelta

import pytest

from ledger.models import Contract, RefundCause
from ledger.operations.pausing import pause_contract, resume_contract
from ledger.operations.refusals import NotEnough
from ledger.operations.visits import check_in
from promotions.operations import advance_ticket, draw_down, sell, sell_bundle, top_up, undo
from promotions.queries import Mark, timeline
from promotions.queries.timeline import BadPage
from promotions.rules.tickets import TicketState
from tests.promotions.refunding import manager_of, refund, shop_in, spend, topped_up
from tests.promotions.shops import WORKDAY, goods, open_shop
from tests.promotions.test_services import Menswear

pytestmark = pytest.mark.django_db


def told(member, **asked):
    """The history as the member's own shop reads it."""
    return timeline(member=member, issuers={member.home_store.entity_id}, **asked)


HOUR = timedelta(hours=1)


def a_day(shop, member):
    """A check-in, a top-up, a bundle, a draw and its undoing, a bill in cash; an hour apart."""
    check_in(**shop.asks(member))
    offer = shop.top_up_offer(50000, 10000)
    top_up(**shop.asks(member, at=WORKDAY + HOUR), offer=offer, tenders=shop.in_cash(50000))
    sell_bundle(
        **shop.asks(member, at=WORKDAY + 2 * HOUR),
        bundle=shop.beers(),
        tenders=shop.in_cash(2018),
    )
    draw = draw_down(**shop.asks(member, at=WORKDAY + 3 * HOUR), asset=shop.beer, quantity=5)
    undo(**shop.asks(at=WORKDAY + 4 * HOUR), txn_id=draw.txn_id, reason="wrong table")
    sell(
        **shop.asks(member, at=WORKDAY + 5 * HOUR),
        lines=[goods(3000)],
        tenders=shop.in_cash(3000),
    )


def test_everything_stands_once_and_newest_first():
    shop = open_shop()
    member = shop.member()
    a_day(shop, member)

    entries = told(member).entries

    assert [entry.kind for entry in entries] == [
        "sale",
        "reverse",
        "redeem",
        "sell_bundle",
        "top_up",
        "visit",
    ]
    assert [entry.can_be_undone for entry in entries] == [True, False, False, True, True, False]
    assert entries[2].is_undone


def test_an_entry_says_what_moved_where_and_by_whom():
    shop = open_shop()
    member = shop.member()
    a_day(shop, member)

    sale, reverse, draw, bundle, topped, _visit = told(member).entries

    assert [(c.asset.code, c.amount) for c in draw.changes] == [("beer", -5)]
    assert [(c.asset, c.amount) for c in topped.changes] == [(shop.money, 60000)]
    assert (bundle.texts, bundle.total, bundle.currency) == (["101 beers"], 2018, "CNY")
    assert (reverse.reason, reverse.store, reverse.operator) == (
        "wrong table",
        shop.store,
        shop.clerk,
    )
    assert (sale.total, sale.texts) == (3000, ["Skewers"])


def test_pages_join_without_a_gap_even_at_one_moment():
    shop = open_shop()
    member = shop.member()
    for charged in range(100, 600, 100):
        sell(**shop.asks(member), lines=[goods(charged)], tenders=shop.in_cash(charged))
    top_up(**shop.asks(member), offer=None, amount=500, tenders=shop.in_cash(500))
    check_in(**shop.asks(member, store=shop.branch("north")))

    found, before = [], None
    while True:
        page = told(member, before=before, limit=2)
        found += [entry.id for entry in page.entries]
        if page.next is None:
            break
        before = Mark.read(str(page.next))

    assert found == [entry.id for entry in told(member).entries]
    assert len(set(found)) == len(found) == 7


@pytest.mark.parametrize(
    "text", ["", "x", "2026-05-06~3~4", "2026-05-06T04:00:00+00:00~9~4", "a~b~c~d"]
)
def test_refuses_a_mark_that_was_not_made_here(text):
    with pytest.raises(BadPage):
        Mark.read(text)


def test_a_refused_draw_leaves_no_entry():
    shop = open_shop()
    member = shop.member()
    with pytest.raises(NotEnough):
        draw_down(**shop.asks(member), asset=shop.beer, quantity=5)

    assert told(member).entries == []


def test_a_refund_says_what_was_paid_out_and_leads_to_its_note():
    """Failed with what was closed told as if it had been paid."""
    shop = shop_in("CN")
    member = shop.member()
    contract = topped_up(shop, member, 50000, 10000, "principal_first")
    spend(shop, member, 30000)
    paid = refund(shop, contract, RefundCause.MERCHANT, manager_of(shop))

    entry = next(one for one in told(member).entries if one.kind == "refund")

    assert (entry.total, entry.currency, entry.note) == (25000, "CNY", paid.pk)
    assert (entry.changes, entry.texts) == ([], [str(contract)])


def test_a_pause_and_its_end_say_so_and_no_amount():
    shop = open_shop()
    member = shop.member()
    sell_bundle(**shop.asks(member), bundle=shop.beers(valid_days=90), tenders=shop.in_cash(2018))
    asked = {"contract": Contract.objects.get(), "reason": "abroad"}
    pause_contract(**shop.asks(at=WORKDAY + HOUR), **asked, until=None)
    resume_contract(**shop.asks(at=WORKDAY + 2 * HOUR), **asked)

    found = told(member).entries[:2]

    assert [str(entry.label) for entry in found] == ["resumed", "paused"]
    assert [(entry.changes, entry.texts) for entry in found] == [((), ["101 beers"])] * 2


def test_a_garments_steps_are_in_it():
    menswear = Menswear()
    member = menswear.member()
    ticket = menswear.take_in(member)
    asked = menswear.shop.asks(at=WORKDAY + HOUR)
    advance_ticket(**asked, ticket=ticket, to=TicketState.LOST, note="not on the rail")

    entry = told(member).entries[0]

    assert (entry.kind, entry.texts, entry.reason) == ("ticket", ["blue suit"], "not on the rail")


def test_a_page_takes_few_queries(django_assert_max_num_queries):
    shop = open_shop()
    member = shop.member()
    a_day(shop, member)

    with django_assert_max_num_queries(12):
        page = told(member)
        assert [str(e.store) + str(e.operator) + str(e.texts) for e in page.entries]
