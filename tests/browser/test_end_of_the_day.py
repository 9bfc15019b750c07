"""The end of a day in a real browser: something comes back, and a manager closes the store."""

import re

import pytest
from playwright.sync_api import expect

from ledger.models import DayClose, SaleRefund
from members.operations import create_staff, create_till
from promotions.operations import sell
from tests.counter.conftest import now
from tests.promotions.shops import goods, open_shop

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_pays_a_part_back_and_closes_the_day(signed_in, live_server):
    shop = open_shop()
    front = create_till(store=shop.store, code="1", name="Front")
    lines = [goods(3000, quantity=6)]
    sell(**shop.asks(lines=lines, tenders=shop.in_cash(3000), at=now(), till=front))
    manager = create_staff(
        username="boss", password="korrekt-horse-9", role="manager", stores=[shop.store]
    )
    page = signed_in(manager)

    page.goto(f"{live_server.url}/counter/bills/")
    page.get_by_role("link", name="Pay back").click()
    page.locator("#q-1").fill("2")
    page.locator("#reason").click()
    expect(page.locator("#payment-state")).to_contain_text("10.00")
    page.locator("#reason").fill("Burnt")
    page.keyboard.press("Enter")
    expect(page.locator("dialog")).to_have_count(0)
    assert SaleRefund.objects.get().total == 1000

    page.goto(f"{live_server.url}/counter/")
    page.keyboard.press("F12")
    expect(page).to_have_url(re.compile("/counter/day/"))
    page.keyboard.press("F12")
    page.keyboard.type("19", delay=100)
    page.keyboard.press("Enter")
    expect(page.locator("[data-code=difference_unexplained]")).to_be_visible()
    expect(page.get_by_label("Note", exact=True)).to_be_focused()
    page.keyboard.type("One short", delay=100)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/day/closed/"))
    expect(page.locator("main")).to_contain_text("One short")

    assert DayClose.objects.get().difference == -100


def test_pays_a_whole_bill_back_by_keyboard_alone(signed_in, live_server):
    shop = open_shop()
    lines = [goods(3000, quantity=6), goods(500)]
    sell(**shop.asks(lines=lines, tenders=shop.in_cash(3500), at=now()))
    page = signed_in(shop.clerk)
    page.goto(f"{live_server.url}/counter/")

    page.keyboard.press("F1")
    expect(page).to_have_url(re.compile("/counter/bills/"))
    page.keyboard.press("F1")
    expect(page.get_by_role("button", name="Pay back the whole bill")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#payment-state")).to_contain_text("35.00")
    expect(page.locator("#reason")).to_be_focused()
    page.keyboard.type("Burnt", delay=100)
    page.keyboard.press("Enter")
    expect(page.locator("dialog")).to_have_count(0)

    assert SaleRefund.objects.get().total == 3500
