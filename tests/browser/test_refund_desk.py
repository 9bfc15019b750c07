"""A refund from the member's sheet to the printed note, in a real browser."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from ledger.models import Refund, StoreLimits
from tests.counter.conftest import PASSWORD, now
from tests.promotions.refunding import manager_of, spend, topped_up
from tests.promotions.shops import open_shop

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shop(live_server):
    shop = open_shop(jurisdiction="CN-Beijing")
    StoreLimits.objects.create(store=shop.store, refund_approval_above=10000)
    return shop


def test_a_manager_pays_a_contract_back_with_a_second_person(signed_in, live_server, shop):
    member = shop.member(name="王小明", phone="13800138000")
    sold = now() - timedelta(days=100)
    topped_up(shop, member, 50000, 50000, "pro_rata", at=sold)
    spend(shop, member, 40000, at=sold + timedelta(days=9))
    manager_of(shop, "cem")
    page = signed_in(manager_of(shop))
    page.goto(f"{live_server.url}/counter/members/{member.number}/")

    page.get_by_role("link", name="Contracts").click()
    page.get_by_role("link", name="What would be paid back?").click()
    page.get_by_label("The shop's cause").check()
    page.get_by_role("button", name="Work it out").click()
    expect(page.get_by_text("¥400.00 used × ¥500.00 paid for it")).to_be_visible()
    page.get_by_label("Reason, and what was decided").fill("the shop moves away")
    page.get_by_role("button", name="Close the contract and pay back").click()
    expect(page.locator("[data-code=approval_needed]")).to_be_visible()
    assert not Refund.objects.exists()
    page.get_by_label("Reason, and what was decided").fill("the shop moves away")
    page.get_by_label("Second person: user name").fill("cem")
    page.get_by_label("Second person: password").fill(PASSWORD)
    page.get_by_role("button", name="Close the contract and pay back").click()

    expect(page.get_by_role("heading", name="Bbq")).to_be_visible()
    expect(page.get_by_text("Approved by cem")).to_be_visible()
    kept = Refund.objects.get()
    assert (kept.refund, kept.payouts.get().amount) == (30000, 30000)
