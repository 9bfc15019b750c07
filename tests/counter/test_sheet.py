"""The member's sheet and history: what is held, what it is good for, what happened."""

from datetime import timedelta
from uuid import uuid4

import pytest

from ledger.operations.visits import check_in
from promotions.models import CoinPack
from promotions.operations import draw_down, sell, sell_bundle, sell_coins, top_up
from tests.counter.conftest import now
from tests.members.factories import StoreFactory, TierFactory
from tests.promotions.shops import goods


@pytest.fixture
def rich(shop, member):
    """A member who holds a bit of everything."""
    shop.points_rule()
    asks = {"at": now() - timedelta(minutes=5)}
    offer = shop.top_up_offer(50000, 100000)
    top_up(**shop.asks(member, **asks), offer=offer, tenders=shop.in_cash(50000))
    sell_bundle(**shop.asks(member, **asks), bundle=shop.beers(), tenders=shop.in_cash(2018))
    pack = shop.coin_pack(10000, 100, 20)
    sell_coins(**shop.asks(member, **asks), pack=pack, tenders=shop.in_cash(10000))
    sell(**shop.asks(member, **asks), lines=[goods(8000)], tenders=shop.in_cash(8000))
    return member


def words(answer):
    return " ".join(answer.content.decode().split())


def test_shows_principal_and_bonus_apart_points_coins_and_units(till, rich):
    page = words(till.open("member", rich.number))

    assert 'title="Why?">¥500.00</a>' in page
    assert 'title="Why?">¥1,000.00</a>' in page
    assert "together ¥1,500.00" in page
    assert 'title="Why?">80</a>' in page
    assert 'title="Why?">120</a>' in page
    assert '>101</a> <span class="muted">/ 101</span>' in page
    assert "usable here today" in page


def test_shows_the_phone_masked_only(till, rich):
    page = till.open("member", rich.number).content.decode()

    assert "138****8000" in page
    assert "13800138000" not in page


def test_says_what_was_just_done_and_what_is_left(till, shop, rich):
    entry = draw_down(**shop.asks(rich, at=now()), asset=shop.beer, quantity=5).txn_id

    page = words(till.open("member", rich.number, done=entry))

    assert "Drawn down" in page
    assert "−5" in page
    assert "96 left" in page


def test_says_nothing_of_what_another_member_did(till, shop, rich):
    other = shop.member()
    sale = sell(**shop.asks(other, at=now()), lines=[goods(100)], tenders=shop.in_cash(100))

    page = till.open("member", rich.number, done=sale.pk).content.decode()

    assert '<section class="done' not in page


@pytest.mark.parametrize("mark", ["nonsense", "6f1f6f0e-5c3b-4a0d-9c1e-2b7a8d4f5e6a"])
def test_an_unknown_entry_is_no_error(till, rich, mark):
    assert till.open("member", rich.number, done=mark).status_code == 200


def test_a_full_sheet_takes_few_queries(till, shop, rich, django_assert_max_num_queries):
    entry = draw_down(**shop.asks(rich, at=now()), asset=shop.beer, quantity=5).txn_id
    till.open("member", rich.number)

    with django_assert_max_num_queries(33):
        till.open("member", rich.number, done=entry)


def test_an_unknown_member_is_told_from_a_fault(till):
    answer = till.open("member", "4711")

    assert answer.status_code == 409
    assert "There is no member 4711." in answer.content.decode()


def test_the_history_is_paged(till, shop, member):
    for minute in range(31):
        sell(
            **shop.asks(member, at=now() - timedelta(minutes=minute)),
            lines=[goods(100 + minute)],
            tenders=shop.in_cash(100 + minute),
        )

    first = till.open("history", member.number)
    second = till.client.get(first.context["next_url"])

    assert len(first.context["entries"]) == 30
    assert [entry.total for entry, _undo, _back in second.context["entries"]] == [130]
    assert second.context["next_url"] == ""


def test_a_made_up_page_is_refused(till, member):
    assert till.open("history", member.number, before="x").status_code == 409


def test_prints_a_receipt(till, shop, rich):
    sale = sell(**shop.asks(rich, at=now()), lines=[goods(8000)], tenders=shop.in_cash(8000))

    page = words(till.open("receipt", sale.pk))

    assert "Skewers" in page
    assert "¥80.00" in page
    assert "138****8000" in page
    assert "Points" in page
    assert str(sale.pk) in page


def test_a_receipt_speaks_the_stores_language(till, shop, rich):
    shop.store.language = "zh-hans"
    shop.store.save()
    sale = sell(**shop.asks(rich, at=now()), lines=[goods(8000)], tenders=shop.in_cash(8000))

    page = words(till.open("receipt", sale.pk))

    assert '<html lang="zh-Hans"' in page
    assert "¥80.00" in page
    assert "CN¥" not in page


def test_offers_coins_only_where_they_are_sold_or_held(till, shop, member, rich):
    other = shop.member(name="Li Fang", phone="13900139000")

    with_coins = words(till.open("member", rich.number))
    CoinPack.objects.update(is_active=False)
    held_still = words(till.open("member", rich.number))
    neither = words(till.open("member", other.number))

    assert "Sell coins" in with_coins
    assert "Sell coins" not in held_still
    assert "Hand out coins" in held_still
    assert "Sell coins" not in neither


def test_offers_bundles_only_where_some_are_on_sale_to_the_member(till, shop, member):
    without = words(till.open("member", member.number))
    gold = TierFactory(code="gold")
    bundle = shop.beers()
    bundle.tiers.add(gold)
    for_others = words(till.open("member", member.number))
    bundle.tiers.clear()
    on_sale = words(till.open("member", member.number))

    assert 'data-hotkey="F7"' not in without
    assert 'data-hotkey="F7"' not in for_others
    assert 'data-hotkey="F7"' in on_sale


def test_names_the_store_of_an_entry_only_where_it_was_another(till, shop, member):
    there = StoreFactory(entity=shop.store.entity, name="Riverside")
    check_in(request_id=uuid4(), member=member, store=shop.store, at=now(), by=None)
    here_only = till.open("member", member.number).content.decode()
    check_in(request_id=uuid4(), member=member, store=there, at=now(), by=None)
    elsewhere = till.open("member", member.number).content.decode()

    meta = '<span class="timeline-meta">'
    assert shop.store.name not in here_only.split(meta)[1].split("</span>")[0]
    assert "Riverside" in elsewhere.split(meta)[1].split("</span>")[0]
