"""A PIN above the store's limit, and two records made one, by keyboard in a real browser."""

import pytest
from playwright.sync_api import expect

from ledger.models import Contract, Merge
from members.models import DebitProof
from members.operations import create_staff
from members.operations.pins import set_pin
from promotions.operations import sell_bundle
from tests.counter.conftest import PASSWORD, now
from tests.promotions.shops import held, open_shop

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


TYPING = 100  # milliseconds a key: people, not scanners


@pytest.fixture
def shop(live_server):
    shop = open_shop()
    shop.store.pin_above = 2000
    shop.store.save(update_fields=["pin_above"])
    return shop


@pytest.fixture
def member(shop):
    member = shop.member(name="王小明", phone="13800138000", cards=["C0001234"])
    sell_bundle(**shop.asks(member, at=now()), bundle=shop.beers(), tenders=shop.in_cash(2018))
    return member


def test_a_draw_above_the_limit_asks_for_the_pin_and_enter_goes_on(
    signed_in, live_server, shop, member
):
    set_pin(member=member, pin="2580", again="2580", at=now(), by=None)
    page = signed_in(shop.clerk)
    page.goto(f"{live_server.url}/counter/members/{member.number}/")
    page.keyboard.press("F3")
    expect(page.locator("dialog[open] #quantity")).to_be_focused()

    page.keyboard.type("5", delay=TYPING)
    page.keyboard.press("Enter")
    expect(page.locator("#pin")).to_be_focused()
    expect(page.locator("#quantity")).to_have_value("5")
    page.keyboard.type("2580", delay=TYPING)
    page.keyboard.press("Enter")

    expect(page.locator("dialog")).to_have_count(0)
    expect(page.locator(".done")).to_contain_text("96 left")
    assert held(member, shop.beer) == 96
    assert DebitProof.objects.get().way == "pin"


def test_small_draws_add_up_to_the_limit_and_then_ask_for_the_pin(
    signed_in, live_server, shop, member
):
    set_pin(member=member, pin="2580", again="2580", at=now(), by=None)
    page = signed_in(shop.clerk)
    page.goto(f"{live_server.url}/counter/members/{member.number}/")
    for left in ("99 left", None):
        page.keyboard.press("F3")
        expect(page.locator("dialog[open] #quantity")).to_be_focused()
        page.keyboard.type("2", delay=TYPING)
        page.keyboard.press("Enter")
        if left:
            expect(page.locator(".done")).to_contain_text(left)

    expect(page.locator("#pin")).to_be_focused()
    assert held(member, shop.beer) == 99
    page.keyboard.type("2580", delay=TYPING)
    page.keyboard.press("Enter")

    expect(page.locator(".done")).to_contain_text("97 left")
    assert DebitProof.objects.get().value == 3200


def test_the_payer_is_found_by_typing_and_ticked(signed_in, live_server, shop, member):
    payer = shop.member(name="李四", phone="13900139000")
    page = signed_in(shop.clerk)
    page.goto(f"{live_server.url}/counter/members/{member.number}/")
    page.keyboard.press("F7")
    page.get_by_text("Somebody else pays, or a guardian agrees").click()
    page.locator("#payer").press_sequentially("李", delay=TYPING)
    page.get_by_role("radio", name="李四").check()
    page.get_by_role("button", name="Sell").click()

    expect(page.locator(".done")).to_contain_text("Bundle sold")
    assert Contract.objects.order_by("-sold_at").first().payer == payer


def test_enter_in_a_closed_list_presses_the_button_and_in_an_open_one_chooses(
    signed_in, live_server, shop, member
):
    page = signed_in(shop.clerk)
    page.goto(f"{live_server.url}/counter/members/{member.number}/care/card/")
    expect(page.locator("dialog[open] select").first).to_be_focused()
    posted = []
    page.on("request", lambda request: request.method == "POST" and posted.append(request.url))

    page.keyboard.press("Tab")
    page.keyboard.press("Alt+ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#what")).to_have_value("replace")
    page.locator("#what").select_option("lost")
    page.keyboard.press("Enter")

    expect(page.locator("dialog")).to_have_count(0)
    assert member.cards.get().status == "lost"
    assert len(posted) == 1


def test_a_manager_compares_two_records_and_merges_them(signed_in, live_server, shop, member):
    double = shop.member(name="王晓明", phone="13900139000")
    manager = create_staff(
        username="manager", password=PASSWORD, role="manager", stores=[shop.store]
    )
    page = signed_in(manager)
    page.goto(f"{live_server.url}/counter/members/{member.number}/care/")
    page.get_by_role("link", name="Merge with another record").click()
    expect(page.locator("dialog[open] #other")).to_be_focused()

    page.keyboard.type("13900139000", delay=TYPING)
    page.keyboard.press("Enter")
    expect(page.locator("dialog table")).to_contain_text("王晓明")
    page.locator("#reason").fill("the same person")
    page.get_by_label("王晓明").check()
    page.keyboard.press("Enter")

    expect(page.locator("dialog")).to_have_count(0)
    expect(page.locator("h1")).to_have_text("王晓明")
    assert Merge.objects.get().merged == double
