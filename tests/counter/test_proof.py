"""Above the store's limit no edge debits without a PIN, a code, or a manager's word."""

from datetime import timedelta
from uuid import uuid4

import pytest

from ledger.models import Movement
from ledger.operations.proving import value_to_prove
from members.models import DebitProof, OutgoingText
from members.operations.pins import set_pin
from members.operations.texts import gateway, send_waiting
from promotions.models import PaidTier, PromotionPolicy
from promotions.operations import draw_down, sell_bundle, top_up, undo
from promotions.operations.deposits import hold_deposit
from tests.counter.conftest import PASSWORD, Till, now
from tests.counter.test_sale import bill, row
from tests.promotions.shops import held, tier

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


@pytest.fixture
def rich(shop, member):
    asked = shop.asks(member, at=now())
    top_up(**asked, offer=shop.top_up_offer(50000, 0), tenders=shop.in_cash(50000))
    sell_bundle(**shop.asks(member, at=now()), bundle=shop.beers(), tenders=shop.in_cash(2018))
    set_pin(member=member, pin="2580", again="2580", at=now(), by=None)
    shop.store.pin_above = 2000
    shop.store.save(update_fields=["pin_above"])
    return member


def draws(till, shop, member, quantity=5, **typed):
    asked = {"asset": shop.beer.pk, "quantity": quantity} | typed
    return till.send("draw_down", member.number, **asked)


def test_units_above_the_limit_ask_for_the_pin_and_go_with_it(till, shop, rich):
    before = Movement.objects.count()

    refused = draws(till, shop, rich)
    assert refused.status_code == 422
    assert 'data-code="proof_needed"' in refused.content.decode()
    assert 'name="pin"' in refused.content.decode()
    assert Movement.objects.count() == before
    assert draws(till, shop, rich, pin="2581").status_code == 422
    assert Movement.objects.count() == before

    assert draws(till, shop, rich, pin="2580").status_code == 204
    assert held(rich, shop.beer) == 96
    assert DebitProof.objects.get().way == "pin"


def test_up_to_the_limit_nobody_is_asked(till, shop, rich):
    assert draws(till, shop, rich, quantity=2).status_code == 204
    assert not DebitProof.objects.exists()


def test_small_debits_of_one_wallet_count_together_until_the_pin_is_shown(till, shop, rich):
    """Failed without ``_drawn_lately``; the fourth asked again without the last proof."""
    first = draws(till, shop, rich, quantity=2)
    other = till.send(
        "sale", rich.number, do="book", tender=shop.value.code, **bill(row("1", "10.00"))
    )
    second = draws(till, shop, rich, quantity=1)
    shown = draws(till, shop, rich, quantity=1, pin="2580")
    fourth = draws(till, shop, rich, quantity=1)

    assert [one.status_code for one in (first, other, second, shown, fourth)] == [
        204, 204, 422, 204, 204,
    ]  # fmt: skip
    assert 'data-code="proof_needed"' in second.content.decode()
    assert held(rich, shop.beer) == 97
    assert DebitProof.objects.get().value == 2400


def test_the_window_is_half_an_hour_and_what_came_back_does_not_count(shop, rich):
    """Failed with the window open at its other end, and with undone draws counted."""
    at = now()
    asked = shop.asks(rich) | {"asset": shop.beer, "quantity": 2}
    draw_down(**asked | {"at": at})
    undone = draw_down(**asked | {"at": at, "request_id": uuid4()}).txn_id
    undo(**(shop.asks() | {"at": at}), txn_id=undone, reason="slip")

    def stake(later, request_id=None):
        told = {"member": rich, "store": shop.store, "debits": {shop.beer: 1}}
        return value_to_prove(request_id=request_id or uuid4(), at=later, **told)

    assert stake(at + timedelta(minutes=29)) == 3 * 800
    assert stake(at + timedelta(minutes=30)) == 800
    assert stake(at + timedelta(minutes=1), asked["request_id"]) == 0
    shop.store.pin_above = None
    assert stake(at + timedelta(minutes=1)) == 0


def test_what_was_held_as_a_deposit_counts_with_what_is_held_next(shop, rich):
    at = now()
    held_before = shop.asks(rich) | {"at": at, "asset": shop.beer, "amount": 2}
    hold_deposit(**held_before, purpose="table", expires_at=at + timedelta(days=1))

    told = {"member": rich, "store": shop.store, "debits": {shop.beer: 1}}

    assert value_to_prove(request_id=uuid4(), at=at + timedelta(minutes=1), **told) == 3 * 800


def test_stored_value_buys_no_membership(till, shop, rich):
    gold = tier("gold", 2)
    offer = PaidTier.objects.create(
        code="gold", name="A year", entity=shop.store.entity, currency="CNY", tier=gold, price=100
    )
    before = Movement.objects.count()

    answer = till.send("sell_tier", rich.number, offer=offer.pk, tender=shop.value.code)

    assert answer.status_code == 422
    assert Movement.objects.count() == before


def test_stored_value_above_the_limit_asks_at_a_sale_and_for_coins(till, shop, rich):
    PromotionPolicy.objects.create(entity=shop.store.entity, stored_value_buys_coins=True)
    pack, value = shop.coin_pack(3000, 30, 0), shop.value.code
    before = Movement.objects.count()

    for refused in (
        till.send("sale", rich.number, do="book", tender=value, **bill(row("1", "30.00"))),
        till.send("sell_coins", rich.number, pack=pack.pk, tender=value),
    ):
        assert 'data-code="proof_needed"' in refused.content.decode()
        assert 'name="pin"' in refused.content.decode()

    assert Movement.objects.count() == before
    paid = till.send(
        "sale", rich.number, do="book", tender=value, pin="2580", **bill(row("1", "30.00"))
    )
    assert paid.status_code == 204
    assert held(rich, shop.money) == 47000


def test_a_code_is_sent_and_good_for_the_draw(till, shop, rich, settings):
    settings.TEXT_GATEWAY = "members.operations.texts.OnScreen"
    gateway.cache_clear()

    shown = draws(till, shop, rich, do="code")
    send_waiting(at=now())

    assert "A code went to" in shown.content.decode()
    words = OutgoingText.objects.get().text
    code = "".join(letter for letter in words if letter.isdigit())[-6:]
    assert draws(till, shop, rich, code=code).status_code == 204
    assert DebitProof.objects.get().way == "code"
    gateway.cache_clear()


def test_a_clerk_cannot_answer_for_a_member_but_a_manager_can(till, client, shop, rich, staff):
    refused = draws(till, shop, rich, over_ride_reason="I know her")
    assert refused.status_code == 422
    assert held(rich, shop.beer) == 101
    manager = staff("manager")

    with_manager = draws(
        till,
        shop,
        rich,
        over_ride_reason="I know her",
        approver=manager.username,
        approver_password=PASSWORD,
    )

    assert with_manager.status_code == 204
    proof = DebitProof.objects.get()
    assert (proof.way, proof.reason, proof.by) == ("override", "I know her", manager)


def test_the_same_request_again_needs_no_second_pin(till, shop, rich):
    entry = uuid4()
    draws(till, shop, rich, pin="2580", entry=entry)

    assert draws(till, shop, rich, entry=entry).status_code == 204
    assert held(rich, shop.beer) == 96


def test_a_browser_without_scripts_is_asked_too(client, shop, rich):
    client.force_login(shop.clerk)
    page = Till(client).client.post(
        f"/counter/members/{rich.number}/draw-down/",
        {"request_id": uuid4(), "asset": shop.beer.pk, "quantity": 5},
    )

    assert page.status_code == 422
    assert held(rich, shop.beer) == 101
