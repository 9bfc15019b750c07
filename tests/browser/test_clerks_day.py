"""A clerk's day at the counter, by keyboard alone, in a real browser."""

import re

import pytest
from playwright.sync_api import expect

from ledger.models import Asset, AssetKind, ProductCategory, Sale, Txn, TxnKind
from ledger.models.catalogue import Product
from promotions.models import ServiceProgramme, ServiceTicket, TierEntitlement
from promotions.operations import sell, sell_bundle
from tests.counter.conftest import now
from tests.promotions.shops import goods, held, open_shop, put_into, tier

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TYPING = 100  # milliseconds a key: people, not scanners


@pytest.fixture
def shop(live_server):
    shop = open_shop()
    shop.top_up_offer(50000, 100000)
    shop.beers()
    shop.points_rule()
    return shop


@pytest.fixture
def member(shop):
    return shop.member(name="王小明", phone="13800138000", cards=["C0001234"])


@pytest.fixture
def counter(signed_in, live_server, shop):
    page = signed_in(shop.clerk)
    page.goto(f"{live_server.url}/counter/")
    expect(page.locator("#box")).to_be_focused()
    return page


def open_sheet(page, live_server, member):
    page.goto(f"{live_server.url}/counter/members/{member.number}/")
    expect(page.locator("#box")).to_be_focused()


def press(page, key):
    """Open a panel by its key."""
    page.keyboard.press(key)
    expect(page.locator("dialog[open]")).to_be_visible()


def confirm(page):
    """Enter, and the panel is gone with its work done."""
    page.keyboard.press("Enter")
    expect(page.locator("dialog")).to_have_count(0)
    expect(page.locator("#box")).to_be_focused()


def told(page):
    return " ".join(page.locator(".done").inner_text().split())


def test_finds_by_last_four_tops_up_sells_101_beers_draws_five_and_undoes(counter, shop, member):
    counter.keyboard.type("8000", delay=TYPING)
    expect(counter.locator(".hit")).to_have_count(1)
    counter.keyboard.press("ArrowDown")
    counter.keyboard.press("Enter")
    expect(counter.locator("h1")).to_have_text("王小明")

    press(counter, "F2")
    confirm(counter)
    assert "Topped up ¥500.00" in told(counter)
    assert "principal ¥500.00, bonus ¥1,000.00" in told(counter)

    press(counter, "F7")
    confirm(counter)
    assert "Bundle sold ¥20.18" in told(counter)

    press(counter, "F3")
    counter.keyboard.type("5", delay=TYPING)
    confirm(counter)
    assert "96 left" in told(counter)

    press(counter, "Control+z")
    counter.keyboard.type("Wrong number", delay=TYPING)
    confirm(counter)
    assert "+5 101 left" in told(counter)
    assert held(member, shop.beer) == 101
    assert held(member, shop.money) == 150000
    assert Txn.objects.get(kind=TxnKind.REVERSE).reason == "Wrong number"


def test_rings_up_a_bill_by_scanner_name_and_amount(counter, live_server, shop, member):
    Product.objects.create(
        code="skewer", name="Lamb skewer", barcode="6901234567892", list_price=600, currency="CNY"
    )
    open_sheet(counter, live_server, member)

    press(counter, "F6")
    counter.keyboard.type("6901234567892")
    counter.keyboard.press("Enter")
    expect(counter.locator(".bill tbody tr")).to_have_count(1)
    expect(counter.locator("#item")).to_be_focused()
    counter.keyboard.type("lamb", delay=TYPING)
    counter.keyboard.press("Enter")
    expect(counter.locator("#q1")).to_have_value("2")
    expect(counter.locator("#item")).to_be_focused()
    counter.keyboard.type("35.5", delay=TYPING)
    counter.keyboard.press("Enter")
    expect(counter.locator(".payment-total")).to_contain_text("¥47.50")
    expect(counter.locator("#item")).to_be_focused()
    counter.keyboard.press("Enter")
    expect(counter.locator("input[name=tender]:checked")).to_be_focused()
    confirm(counter)

    assert "Sale booked ¥47.50" in told(counter)
    assert Sale.objects.get().total == 4750
    assert held(member, shop.points) == 47


def test_a_split_payment_says_live_what_is_missing(counter, live_server, member):
    open_sheet(counter, live_server, member)
    press(counter, "F2")

    counter.get_by_text("Split the payment").click()
    counter.locator("#amount-1").fill("200")
    counter.locator("#reference-1").focus()
    expect(counter.locator("#payment-state")).to_contain_text("¥300.00 is still missing.")
    counter.locator("#tender-2").select_option("alipay")
    expect(counter.locator("#payment-state")).to_contain_text("¥300.00 of it by Alipay.")
    counter.locator("#amount-2").focus()
    confirm(counter)

    tenders = Sale.objects.get().tenders.order_by("line")
    assert [(one.tender.code, one.amount) for one in tenders] == [
        ("cash", 20000),
        ("alipay", 30000),
    ]


def test_takes_a_coat_in_and_hands_it_out(counter, live_server, shop, member):
    coat_bought_here(shop, member)
    open_sheet(counter, live_server, member)

    press(counter, "F8")
    counter.keyboard.type("Grey coat", delay=TYPING)
    confirm(counter)
    assert "Grey coat" in told(counter)
    assert "1 left" in told(counter)

    for state in ("ready", "collected"):
        counter.locator(".ticket-row a").press("Enter")
        expect(counter.locator("dialog[open]")).to_be_visible()
        confirm(counter)
        assert ServiceTicket.objects.get().status == state


def coat_bought_here(shop, member):
    """Dry-cleaning, twice a month for gold; a coat on a bill of today."""
    asset = Asset.objects.create(
        entity=shop.store.entity, code="clean", name="Dry-clean", kind=AssetKind.ENTITLEMENT
    )
    programme = ServiceProgramme.objects.create(
        entity=shop.store.entity, code="clean", name="Dry-cleaning", asset=asset, currency="CNY"
    )
    gold = tier("gold", 1)
    TierEntitlement.objects.create(programme=programme, tier=gold, per_month=2)
    put_into(member, gold)
    category = ProductCategory.objects.create(code="coats", name="Coats")
    line = goods(199900, category=category, description="Wool coat")
    sell(**shop.asks(member, at=now()), lines=[line], tenders=shop.in_cash(199900))


def test_a_double_enter_draws_once(counter, live_server, shop, member):
    sell_bundle(
        **shop.asks(member, at=now()), bundle=shop.beers(code="b2"), tenders=shop.in_cash(2018)
    )
    open_sheet(counter, live_server, member)
    press(counter, "F3")

    counter.keyboard.type("5", delay=TYPING)
    counter.keyboard.press("Enter")
    counter.keyboard.press("Enter")
    expect(counter.locator(".done")).to_contain_text("96 left")

    assert held(member, shop.beer) == 96
    assert Txn.objects.filter(kind=TxnKind.REDEEM).count() == 1


def test_a_refusal_stays_in_the_panel_with_what_was_typed(counter, live_server, shop, member):
    sell_bundle(
        **shop.asks(member, at=now()), bundle=shop.beers(code="b2"), tenders=shop.in_cash(2018)
    )
    open_sheet(counter, live_server, member)
    press(counter, "F3")

    counter.keyboard.type("500", delay=TYPING)
    counter.keyboard.press("Enter")
    expect(counter.locator("dialog[open] .alert-error")).to_contain_text("only 101 can be used")
    expect(counter.locator("#quantity")).to_have_value("500")
    expect(counter.locator("#quantity")).to_be_focused()
    counter.keyboard.type("5", delay=TYPING)
    confirm(counter)

    assert held(member, shop.beer) == 96


def test_a_scanned_card_opens_its_member_wherever_the_focus_was(counter, live_server, shop, member):
    other = shop.member(name="Li Fang", phone="13900139000")
    open_sheet(counter, live_server, other)
    counter.locator(".tile").first.focus()

    counter.keyboard.type("C0001234")
    counter.keyboard.press("Enter")

    expect(counter.locator("h1")).to_have_text("王小明")


def test_a_scan_into_an_open_panel_changes_nothing_there(counter, live_server, shop, member):
    sell_bundle(
        **shop.asks(member, at=now()), bundle=shop.beers(code="b2"), tenders=shop.in_cash(2018)
    )
    open_sheet(counter, live_server, member)
    press(counter, "F3")

    counter.keyboard.type("6901234567892")
    counter.keyboard.press("Enter")

    expect(counter.locator("dialog[open] .toast")).to_contain_text("A code was scanned")
    expect(counter.locator("#quantity")).to_have_value("1")
    assert held(member, shop.beer) == 101

    counter.keyboard.press("Enter")

    expect(counter.locator(".toast")).to_have_count(0)
    expect(counter.locator("#quantity")).to_be_focused()
    assert held(member, shop.beer) == 101


def test_a_scan_tops_nothing_up_and_leaves_the_offer_chosen(counter, live_server, member):
    open_sheet(counter, live_server, member)
    press(counter, "F2")
    chosen = counter.locator("input[name=offer]:checked").get_attribute("value")

    counter.keyboard.type("69012345")
    counter.keyboard.press("Enter")

    expect(counter.locator("dialog[open] .toast")).to_contain_text("A code was scanned")
    expect(counter.locator(f"input[name=offer][value='{chosen}']")).to_be_checked()
    expect(counter.locator("#free")).to_have_value("")


def test_a_scanned_card_is_the_new_one_where_a_panel_asks_for_it(counter, live_server, member):
    counter.goto(f"{live_server.url}/counter/members/{member.number}/care/")
    counter.get_by_role("link", name="Lost or new card").click()
    counter.locator("dialog[open] #what").select_option("replace")

    counter.keyboard.type("8611110000")
    counter.keyboard.press("Enter")
    expect(counter.locator("dialog[open] #number")).to_have_value("8611110000")
    confirm(counter)

    assert list(member.cards.order_by("pk").values_list("number", "status")) == [
        ("C0001234", "replaced"),
        ("8611110000", "active"),
    ]


def test_an_unknown_phone_leads_to_the_enrolment_and_on_to_the_sheet(counter, shop):
    counter.keyboard.type("13900139000", delay=TYPING)
    expect(counter.locator("#hits")).to_contain_text("13900139000")
    counter.keyboard.press("Enter")
    expect(counter.locator("#id_phone")).to_have_value("13900139000")
    expect(counter.locator("#id_name")).to_be_focused()
    counter.keyboard.type("Li Fang", delay=TYPING)
    counter.keyboard.press("Enter")

    expect(counter.locator("h1")).to_have_text("Li Fang")
    expect(counter).to_have_url(re.compile(r"/counter/members/\d+/"))


def test_an_amount_typed_on_an_offer_is_the_one_topped_up(counter, live_server, shop, member):
    open_sheet(counter, live_server, member)
    press(counter, "F2")

    counter.keyboard.type("350", delay=TYPING)
    expect(counter.locator("#payment-state")).to_contain_text("¥350.00")
    confirm(counter)

    assert held(member, shop.money) == 35000


def test_escape_closes_the_panel_and_comes_back_to_the_box(counter, live_server, member):
    open_sheet(counter, live_server, member)
    press(counter, "F2")

    counter.keyboard.press("Escape")

    expect(counter.locator("dialog")).to_have_count(0)
    expect(counter.locator("#box")).to_be_focused()


def test_enter_on_a_list_that_is_out_of_date_opens_nobody(counter, shop, member):
    counter.keyboard.type("8000", delay=TYPING)
    expect(counter.locator(".hit")).to_have_count(1)

    counter.keyboard.type("9")
    counter.keyboard.press("Enter")

    expect(counter.locator("#hits")).to_contain_text("Nobody is found by “80009”")


@pytest.mark.parametrize("width", [390, 1400])
def test_nothing_is_wider_than_the_screen(counter, live_server, member, width):
    counter.set_viewport_size({"width": width, "height": 844})

    for page in ("", f"members/{member.number}/", f"members/{member.number}/sale/"):
        counter.goto(f"{live_server.url}/counter/{page}")
        assert counter.evaluate("document.documentElement.scrollWidth") <= width
