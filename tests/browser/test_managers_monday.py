"""A manager on Monday morning: who came back, who is slipping away, and the list to ring."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from ledger.operations.rollups import rebuild_all
from ledger.operations.visits import check_in
from members.models import User
from promotions.operations import top_up
from tests.members.factories import MemberFactory, StoreFactory, UserFactory
from tests.promotions.shops import open_shop

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def seen(member, *days_ago):
    for days in days_ago:
        at = timezone.now() - timedelta(days=days)
        check_in(request_id=uuid4(), member=member, store=member.home_store, at=at, by=None)


@pytest.fixture
def store(live_server):
    store = StoreFactory(name="Old Pier")
    seen(MemberFactory(store=store, name="Lapsed Li", phone="13800001111"), 200, 195, 120)
    seen(MemberFactory(store=store, name="Faithful Wang"), 90, 60, 30, 2)
    rebuild_all(at=timezone.now())
    return store


@pytest.fixture
def manager(signed_in, live_server, store):
    page = signed_in(UserFactory(role=User.Role.MANAGER, stores=[store], language="en"))
    page.goto(f"{live_server.url}/")
    return page


def test_reads_the_overview_and_follows_it_to_the_list_and_its_file(manager):
    expect(manager.locator("h1")).to_have_text("Overview")
    lapsed = manager.locator(".stat", has_text="Lapsed members")
    expect(lapsed.locator(".stat-value")).to_have_text("1")
    expect(manager.locator("canvas")).to_be_visible()

    lapsed.click()

    expect(manager.get_by_role("rowheader", name="Lapsed Li")).to_be_visible()
    expect(manager.get_by_text("138****1111")).to_be_visible()
    expect(manager.get_by_text("Faithful Wang")).to_have_count(0)
    with manager.expect_download() as started:
        manager.get_by_role("button", name="CSV").click()
    assert "Lapsed Li" in started.value.path().read_text(encoding="utf-8-sig")


def test_reads_cohorts_as_a_table_with_the_sentence_that_defines_them(manager):
    manager.get_by_role("link", name="Cohorts").click()

    expect(manager.locator("table.heat tbody tr").first).to_contain_text("all together")
    expect(manager.get_by_text("Cohorts by month of the first visit")).to_be_visible()
    manager.locator("#granularity").select_option("week")
    manager.get_by_role("button", name="Show").click()
    expect(manager.get_by_text("Cohorts by week of the first visit")).to_be_visible()
    expect(manager.locator("table.heat tbody tr")).to_have_count(3)


def test_the_open_report_is_in_view_among_the_tabs_of_a_phone(manager):
    manager.set_viewport_size({"width": 390, "height": 800})

    manager.goto(manager.url.split("/reports/")[0] + "/reports/figures/")

    expect(manager.locator(".tab[aria-current]")).to_be_in_viewport(ratio=0.95)


def test_the_pages_fit_a_phone(manager):
    manager.set_viewport_size({"width": 390, "height": 800})
    for path in ("", "cohorts/", "composition/", "away/", "figures/"):
        manager.goto(manager.url.split("/reports/")[0] + f"/reports/{path}")
        too_wide = manager.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        )
        assert not too_wide, path


@pytest.mark.parametrize(("width", "is_open"), [(1400, True), (390, False)])
def test_a_phone_begins_with_stores_and_entities_folded(signed_in, live_server, width, is_open):
    shop = open_shop()
    member, paid = shop.member(), shop.in_cash(100)
    at = timezone.now() - timedelta(days=3)
    top_up(**shop.asks(member, offer=None, amount=100, tenders=paid, at=at))
    page = signed_in(UserFactory(role=User.Role.OWNER, language="en"))
    page.set_viewport_size({"width": width, "height": 900})

    page.goto(f"{live_server.url}/reports/stored-value/")

    expect(page.get_by_role("region", name="By age of what is left, in days")).to_be_visible()
    for name in ("By issuing entity", "By store"):
        expect(page.get_by_role("region", name=name)).to_be_visible(visible=is_open)
