"""The page of care: what clerks and managers do with contracts, cards, PIN, deposits, records."""

from datetime import timedelta

import pytest

from ledger.models import ContractEvent, EventKind, Hold, Lot, Merge, Movement, Visit
from ledger.operations.expiry import sweep_expired
from ledger.operations.visits import check_in
from members.models import Card, Member, MemberPin
from members.operations.pins import check_pin
from promotions.operations import sell_bundle, top_up
from tests.counter.conftest import Till, now
from tests.promotions.shops import held

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


@pytest.fixture
def rich(shop, member):
    asked = shop.asks(member, at=now())
    top_up(**asked, offer=shop.top_up_offer(50000, 0), tenders=shop.in_cash(50000))
    sell_bundle(**shop.asks(member, at=now()), bundle=shop.beers(), tenders=shop.in_cash(2018))
    return member


@pytest.fixture
def manager(client, staff):
    client.force_login(staff("manager"))
    return Till(client)


def beers_of(member):
    return Lot.objects.get(wallet__member=member, contract__kind="bundle").contract_id


def test_a_clerk_sees_cards_and_deposits_and_nothing_for_managers(till, rich):
    page = till.open("care", rich.number).content.decode()

    assert "C0001234" in page
    assert "/care/hold/" in page
    assert "/care/merge/" not in page
    assert till.panel("merge", rich.number).status_code == 403
    assert till.send("transfer", rich.number).status_code == 403


def test_a_deposit_is_held_and_a_part_of_it_taken(till, shop, rich):
    held_it = till.send(
        "hold",
        rich.number,
        asset=shop.money.pk,
        amount="300",
        purpose="private room",
        until=(now() + timedelta(days=2)).date(),
    )
    assert held_it.status_code == 204
    assert held(rich, shop.money) == 20000
    assert "private room" in till.open("care", rich.number).content.decode()

    taken = till.send("settle_deposit", rich.number, hold=Hold.objects.get().pk, amount="120.50")

    assert taken.status_code == 204
    assert held(rich, shop.money) == 50000 - 12050


def test_a_lost_card_is_blocked_and_replaced_and_the_counter_says_why(till, rich):
    card = Card.objects.get()
    assert till.send("card", rich.number, card=card.pk, what="lost").status_code == 204
    assert "lost" in till.open("care", rich.number).content.decode()

    till.send("card", rich.number, card=card.pk, what="replace", number="C-NEW")

    assert [(c.number, c.status) for c in Card.objects.order_by("pk")] == [
        ("C0001234", "replaced"),
        ("C-NEW", "active"),
    ]


def test_a_first_card_is_given_and_who_gave_it_is_kept(till, rich):
    Card.objects.all().delete()

    given = till.send("card", rich.number, what="give", number=" 007 ")

    assert given.status_code == 204
    assert Card.objects.get().number == "007"
    assert rich.changes.get().after == {"card": "007", "status": "active"}


@pytest.mark.parametrize(("what", "number"), [("lost", "C-NEW"), ("replace", ""), ("give", "")])
def test_a_number_is_not_typed_in_vain_nor_left_out(till, rich, what, number):
    card = Card.objects.get()

    refused = till.send("card", rich.number, card=card.pk, what=what, number=number)

    assert refused.status_code == 422
    assert [(c.number, c.status) for c in Card.objects.all()] == [("C0001234", "active")]


def test_the_member_sets_a_pin_by_two_entries(till, rich):
    assert till.send("pin", rich.number, pin="2580", again="2581").status_code == 422
    assert not MemberPin.objects.exists()

    assert till.send("pin", rich.number, pin="2580", again="2580").status_code == 204
    assert check_pin(member=rich, pin="2580", at=now())


def test_a_manager_hands_a_contract_over(manager, shop, rich):
    taker = shop.member(name="李雷")
    asked = {"contract": beers_of(rich), "to": taker.number, "reason": "moves away"}

    answer = manager.send("transfer", rich.number, noticed_on=now().date(), **asked)

    assert answer.status_code == 204
    assert (held(rich, shop.beer), held(taker, shop.beer)) == (0, 101)


def test_what_names_nobody_is_refused_and_writes_nothing(manager, rich):
    before = Movement.objects.count()

    answer = manager.send(
        "transfer",
        rich.number,
        contract=beers_of(rich),
        to="nobody",
        noticed_on=now().date(),
        reason="x",
    )

    assert answer.status_code == 422
    assert 'data-code="other_member_unclear"' in answer.content.decode()
    assert Movement.objects.count() == before


def test_a_manager_pauses_and_resumes(manager, shop, rich):
    contract = beers_of(rich)
    assert manager.send("pause", rich.number, contract=contract, reason="away").status_code == 204
    assert "paused" in manager.open("care", rich.number).content.decode()
    assert manager.send("draw_down", rich.number, asset=shop.beer.pk, quantity=1).status_code == 422

    manager.send("resume", rich.number, contract=contract, reason="back")

    assert manager.send("draw_down", rich.number, asset=shop.beer.pk, quantity=1).status_code == 204
    kinds = ContractEvent.objects.order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == [EventKind.PAUSED, EventKind.RESUMED]


def test_a_manager_brings_back_what_ended(manager, shop, member):
    sold = now() - timedelta(days=40)
    bundle = shop.beers(valid_days=30)
    sell_bundle(**shop.asks(member, at=sold), bundle=bundle, tenders=shop.in_cash(2018))
    sweep_expired(at=now())
    assert held(member, shop.beer) == 0

    answer = manager.send(
        "reactivate",
        member.number,
        lot=Lot.objects.get().pk,
        last_day=(now() + timedelta(days=9)).date(),
        reason="was ill",
    )

    assert answer.status_code == 204
    assert held(member, shop.beer) == 101


def test_a_manager_compares_merges_and_takes_apart(manager, shop, rich):
    double = shop.member(name="王晓明", phone="13900139000")
    shown = manager.send("merge", rich.number, do="preview", other="13900139000")
    assert "王晓明" in shown.content.decode()
    assert 'name="take_over"' in shown.content.decode()

    merged = manager.send(
        "merge", rich.number, other=double.number, reason="same", take_over=["name"]
    )

    assert merged.status_code == 204
    assert Member.objects.get(pk=rich.pk).name == "王晓明"
    made = Merge.objects.get()
    apart = manager.send("unmerge", rich.number, merge=made.pk, reason="two people")
    assert apart.status_code == 204
    assert Member.objects.get(pk=rich.pk).name == "王小明"
    assert Member.objects.get(pk=double.pk).is_active


def test_a_manager_moves_a_visit(manager, shop, member):
    came = check_in(**shop.asks(member, at=now()))
    other = shop.member(name="李雷")

    moved = manager.send(
        "move_visit", member.number, visit=came.pk, to=other.number, reason="queue"
    )

    assert moved.status_code == 204
    assert Visit.objects.get().member == other


def test_every_panel_opens_without_scripts_too(manager, rich):
    for word in ("transfer", "pause", "resume", "reactivate", "hold", "settle_deposit", "card"):
        assert manager.open(word, rich.number).status_code == 200
    for word in ("pin", "merge", "unmerge", "move_visit"):
        assert manager.open(word, rich.number).status_code == 200


def test_what_there_is_nothing_for_is_not_offered(manager, member):
    page = manager.open("care", member.number).content.decode()

    for word in ("transfer", "pause", "resume", "hold"):
        assert f"/care/{word}/" not in page


def test_resuming_is_offered_where_something_is_paused(manager, rich):
    before = manager.open("care", rich.number).content.decode()
    manager.send("pause", rich.number, contract=beers_of(rich), until="", reason="a trip")
    after = manager.open("care", rich.number).content.decode()

    assert "/care/resume/" not in before
    assert "/care/resume/" in after


def test_days_are_filled_in_as_browsers_read_them_in_chinese_too(manager, rich):
    manager.client.cookies["django_language"] = "zh-hans"
    today = rich.home_store.business_date(now())

    page = manager.panel("transfer", rich.number).content.decode()

    assert f'type="date" name="noticed_on" value="{today.isoformat()}"' in page
