"""The admin's pages: what each role sees and sets up, and the clerk's day on the member's page."""

from uuid import uuid4

import pytest
from django.contrib import admin
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone

from ledger.models import Contract, Lot, Movement, Product, TenderType, Txn, Visit, Wallet
from ledger.operations.sales import Tender
from members.forms import AmountsForm
from members.models import Store, Tier
from members.operations import create_staff
from members.operations.pins import set_pin
from promotions.models import Bundle, CoinPack, ServiceTicket, TopUpOffer
from promotions.operations import draw_down, sell, sell_bundle, sell_coins, top_up
from tests.promotions.shops import NOON, goods, held, open_shop
from tests.promotions.test_rewards import bib
from tests.promotions.test_services import Menswear

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

SET_UP = [
    "promotions_topupoffer", "promotions_bundle", "promotions_coinpack", "promotions_reward",
    "promotions_paidtier",
    "promotions_pointsrule", "promotions_promotionpolicy", "promotions_serviceprogramme",
    "ledger_product", "ledger_productcategory", "ledger_tendertype", "ledger_asset",
    "ledger_machine",
]  # fmt: skip
HISTORY = [
    "ledger_txn", "ledger_contract", "ledger_wallet", "ledger_lot", "ledger_sale",
    "ledger_visit", "ledger_coinplay", "ledger_dispense", "promotions_exchange",
    "ledger_refund", "ledger_contractevent", "ledger_hold",
]  # fmt: skip
TICKETS = ["promotions_serviceticket"]


def log_in(client, shop, role="owner"):
    user = create_staff(
        username=f"{role}-{uuid4().hex[:6]}",
        password="korrekt-horse-9",
        role=role,
        stores=[shop.store],
    )
    client.force_login(user)
    return user


def url(page, what="changelist", *args):
    return reverse(f"admin:{page}_{what}", args=args)


def opened(client, pages, what="changelist"):
    return {page for page in pages if client.get(url(page, what)).status_code == 200}


def busy_shop():
    """A shop where a bit of everything has happened."""
    menswear = Menswear()
    shop = menswear.shop
    shop.points_rule()
    member = menswear.member("gold")
    menswear.take_in(member)
    offer = shop.top_up_offer(50000, 10000)
    top_up(**shop.asks(member), offer=offer, tenders=shop.in_cash(50000))
    sell_bundle(**shop.asks(member), bundle=shop.beers(), tenders=shop.in_cash(2018))
    sell_coins(**shop.asks(member), pack=shop.coin_pack(100, 9, 1), tenders=shop.in_cash(100))
    draw_down(**shop.asks(member), asset=shop.beer, quantity=5)
    bib(shop)
    return shop, member


@pytest.mark.parametrize("page", ["topupoffer", "bundle", "coinpack", "paidtier"])
def test_an_offer_says_how_a_refund_of_it_counts(client, page):
    log_in(client, open_shop())

    form = client.get(url(f"promotions_{page}", "add")).content.decode()

    assert 'name="refunds_at_price_paid"' in form


@pytest.mark.parametrize(
    ("role", "seen"),
    [
        ("clerk", {*TICKETS}),
        ("manager", {*SET_UP, *HISTORY, *TICKETS}),
        ("owner", {*SET_UP, *HISTORY, *TICKETS}),
        (
            "auditor",
            {*SET_UP, *HISTORY, *TICKETS} - {"promotions_promotionpolicy"},
        ),
    ],
)
def test_each_role_opens_its_lists_only(client, role, seen):
    shop, _member = busy_shop()
    log_in(client, shop, role)

    assert opened(client, [*SET_UP, *HISTORY, *TICKETS]) == seen


@pytest.mark.parametrize(
    ("role", "adds"),
    [
        ("clerk", set()),
        (
            "manager",
            {
                *SET_UP,
            }
            - {
                "promotions_pointsrule",
                "promotions_promotionpolicy",
                "ledger_tendertype",
                "ledger_asset",
            },
        ),
        ("owner", set(SET_UP)),
        ("auditor", set()),
    ],
)
def test_each_role_adds_what_it_may_only(client, role, adds):
    log_in(client, open_shop(), role)

    assert opened(client, [*SET_UP, *HISTORY, *TICKETS], "add") == adds


def test_every_record_opens_and_history_has_nothing_to_save(client):
    shop, _member = busy_shop()
    log_in(client, shop)
    registered = {
        f"{model._meta.app_label}_{model._meta.model_name}": model for model in admin.site._registry
    }

    for page in [*SET_UP, *HISTORY, *TICKETS]:
        record = registered[page]._default_manager.first()
        if record is None:
            continue
        response = client.get(url(page, "change", record.pk))
        assert response.status_code == 200, page
        if page in HISTORY:
            assert b'name="_save"' not in response.content, page


def test_a_transaction_shows_its_movements(client):
    shop, _member = busy_shop()
    log_in(client, shop)
    txn = Txn.objects.get(kind="redeem")

    page = client.get(url("ledger_txn", "change", txn.pk))

    movement = Movement.objects.get(txn=txn)
    assert len(page.context["movements"]["rows"]) == 1
    assert str(movement.lot_id) in page.content.decode()


@pytest.mark.parametrize("page", ["ledger_sale", "ledger_txn", "ledger_visit"])
def test_a_manager_sees_the_history_of_their_stores_only(client, page):
    shop, _member = busy_shop()
    other = open_shop("other")
    log_in(client, other, "manager")

    found = client.get(url(page), {"period": "all"}).context["cl"].result_list

    assert list(found) == []
    log_in(client, shop, "manager")
    assert list(client.get(url(page), {"period": "all"}).context["cl"].result_list)


def test_history_is_found_by_member_or_id(client):
    shop, member = busy_shop()
    log_in(client, shop)
    txn = Txn.objects.get(kind="redeem")

    by_id = client.get(url("ledger_txn"), {"q": str(txn.pk)}).context["cl"].result_list
    by_number = client.get(url("ledger_sale"), {"q": member.number}).context["cl"].result_list
    nobody = client.get(url("ledger_sale"), {"q": "0000"}).context["cl"].result_list

    assert list(by_id) == [txn]
    assert len(by_number) == 4
    assert list(nobody) == []


@pytest.mark.parametrize("page", ["ledger_txn", "ledger_sale", "ledger_lot", "ledger_visit"])
def test_a_list_takes_as_many_queries_for_one_row_as_for_many(
    client, page, django_assert_max_num_queries
):
    shop, member = busy_shop()
    for _time in range(5):
        sell(**shop.asks(member), lines=[goods(500)], tenders=shop.in_cash(500))
    log_in(client, shop)

    with django_assert_max_num_queries(14) as queries:
        client.get(url(page), {"period": "all"})

    counts = [q["sql"] for q in queries.captured_queries if q["sql"].startswith("SELECT COUNT(")]
    assert counts == []


def offer_form(shop, **fields):
    return {
        "name": "500 + 100",
        "code": "500-100",
        "entity": shop.store.entity_id,
        "currency": "CNY",
        "pays": "500",
        "bonus": "100.00",
        "spend_order": "principal_first",
        "is_active": "on",
    } | fields


def test_amounts_are_typed_as_people_write_money(client):
    shop = open_shop()
    log_in(client, shop)

    client.post(url("promotions_topupoffer", "add"), offer_form(shop))

    offer = TopUpOffer.objects.get()
    assert (offer.pays, offer.bonus) == (50000, 10000)
    page = client.get(url("promotions_topupoffer", "change", offer.pk))
    assert page.context["adminform"].form.initial["pays"] == "500.00"


@pytest.mark.parametrize("text", ["12.345", "-5", "abc"])
def test_an_amount_that_is_none_is_refused_at_its_field(client, text):
    shop = open_shop()
    log_in(client, shop)

    page = client.post(url("promotions_topupoffer", "add"), offer_form(shop, pays=text))

    assert "pays" in page.context["adminform"].form.errors
    assert TopUpOffer.objects.count() == 0


def test_a_manager_sets_up_for_stores_of_their_own_only(client):
    shop = open_shop()
    other = open_shop("other")
    log_in(client, shop, "manager")
    add = url("promotions_topupoffer", "add")

    for_all = client.post(add, offer_form(shop))
    elsewhere = client.post(add, offer_form(shop, stores=[other.store.pk]))
    assert "stores" in for_all.context["adminform"].form.errors
    assert "stores" in elsewhere.context["adminform"].form.errors
    client.post(add, offer_form(shop, stores=[shop.store.pk]))

    assert [one.code for one in TopUpOffer.objects.get().stores.all()] == ["bbq"]


def test_a_manager_does_not_change_what_is_for_every_store(client):
    shop = open_shop()
    offer = shop.top_up_offer(50000, 10000)
    log_in(client, shop, "manager")
    page = url("promotions_topupoffer", "change", offer.pk)

    refused = client.post(page, offer_form(shop, name="Mine", stores=[shop.store.pk]))

    offer.refresh_from_db()
    assert (refused.status_code, offer.name) == (403, "50000 + 10000")


def test_a_bundle_is_set_up_with_its_components(client):
    shop = open_shop()
    log_in(client, shop)
    form = offer_form(shop, code="beer101", name="101 beers", price="20.18") | {
        "components-TOTAL_FORMS": 1,
        "components-INITIAL_FORMS": 0,
        "components-0-position": 1,
        "components-0-asset": shop.beer.pk,
        "components-0-quantity": 101,
        "components-0-day_rule": "any",
        "components-0-list_price": "8",
        "components-0-weight": 1,
    }

    client.post(url("promotions_bundle", "add"), form)

    bundle = Bundle.objects.get()
    assert (bundle.price, bundle.components.get().list_price) == (2018, 800)


def test_a_bundle_of_nothing_is_refused(client):
    shop = open_shop()
    log_in(client, shop)
    form = offer_form(shop, code="beer101", name="101 beers", price="20.18") | {
        "components-TOTAL_FORMS": 0,
        "components-INITIAL_FORMS": 0,
    }

    page = client.post(url("promotions_bundle", "add"), form)

    assert not Bundle.objects.exists()
    assert "it needs at least one kind of unit" in page.content.decode()


def test_a_product_is_priced_in_its_currency(client):
    shop = open_shop()
    log_in(client, shop, "manager")

    client.post(
        url("ledger_product", "add"),
        {"code": "tea", "name": "Tea", "list_price": "12.5", "currency": "CNY", "is_active": "on"},
    )

    assert Product.objects.get().list_price == 1250


def test_what_a_tier_asks_for_is_typed_as_money(client):
    shop = open_shop()
    log_in(client, shop)
    months = {"window_months": 12, "review_months": 12}
    rest = {"rank": 9, "discount_percent": 0, "grace_days": 0}
    form = {"code": "gold", "name": "Gold", "min_spend": "1,000.50"} | months | rest

    client.post(url("members_tier", "add"), form)
    page = client.get(url("members_tier", "changelist")).content.decode()

    assert Tier.objects.get(code="gold").min_spend == 100050
    assert "¥1,000.50" in page


def test_a_store_opens_without_a_word_about_rounding(client):
    shop = open_shop()
    log_in(client, shop)
    form = {
        "code": "new", "name": "New", "entity": shop.store.entity_id, "country": "CN",
        "currency": "CNY", "time_zone": "Asia/Shanghai", "language": "en", "day_cut": "04:00",
        "jurisdiction": "none", "is_open": "on",
    }  # fmt: skip

    client.post(url("members_store", "add"), form)

    assert Store.objects.get(code="new").rounding_step == 0


def test_what_is_typed_as_money_is_never_said_to_be_in_smallest_units(client, rf):
    shop = open_shop()
    request = rf.get("/")
    request.user = log_in(client, shop)

    pages = [page for page in admin.site._registry.values() if page.has_add_permission(request)]
    inlines = [one for page in pages for one in page.get_inline_instances(request)]
    forms = [page.get_form(request) for page in pages if issubclass(page.form, AmountsForm)]
    forms += [one.get_formset(request).form for one in inlines if issubclass(one.form, AmountsForm)]
    shown = [(form.amounts, form().fields) for form in forms]
    money = [fields[name].help_text for names, fields in shown for name in names if name in fields]

    assert len(money) > 10
    assert not [text for text in money if "smallest unit" in str(text)]


def do(client, member, what, **fields):
    """Send one dialog of the member's page."""
    where = reverse(f"admin:members_member_{what}", args=[member.pk])
    sent = {"_form_submitted": "True", "request_id": str(uuid4())} | fields
    return client.post(where, sent)


def said(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def test_the_members_page_shows_what_they_hold_and_what_happened(client):
    shop, member = busy_shop()
    log_in(client, shop, "clerk")

    page = client.get(url("members_member", "change", member.pk)).content.decode()

    for text in ("101 beers", "96 / 101", "¥500.00", "¥100.00", "blue suit", "3 / 3"):
        assert text in page


def test_a_clerk_does_their_day_from_the_members_page(client):
    shop, member = busy_shop()
    log_in(client, shop, "clerk")
    place = {"store": shop.store.pk}
    paid = place | {"tender": shop.cash.pk, "reference": ""}
    offer = TopUpOffer.objects.get()
    beers = Bundle.objects.get()

    do(client, member, "top_up", offer=offer.pk, amount="", **paid)
    do(client, member, "top_up", offer="", amount="12.34", **paid)
    do(client, member, "sell_bundle", bundle=beers.pk, quantity=2, **paid)
    do(client, member, "draw_down", asset=shop.beer.pk, quantity=7, **place)
    do(client, member, "draw_down", asset=shop.coins.pk, quantity=4, **place)
    do(client, member, "sell_coins", pack=CoinPack.objects.get().pk, **paid)
    done = do(client, member, "note_visit", **place)

    assert held(member, shop.money) == 60000 + 60000 + 1234
    assert held(member, shop.beer) == 96 + 202 - 7
    assert held(member, shop.coins) == 10 - 4 + 10
    assert said(done)[-1] == "The visit was noted."
    assert "HX-Redirect" in done.headers


def test_the_same_dialog_sent_twice_does_it_once(client):
    shop, member = busy_shop()
    log_in(client, shop, "clerk")
    fields = {"asset": shop.beer.pk, "quantity": 7, "store": shop.store.pk}
    request_id = str(uuid4())

    for _time in range(2):
        do(client, member, "draw_down", request_id=request_id, **fields)

    assert held(member, shop.beer) == 89


def test_an_operation_is_undone_from_the_members_page(client):
    shop, member = busy_shop()
    log_in(client, shop, "manager")
    draw = Txn.objects.get(kind="redeem")

    do(client, member, "undo", operation=str(draw.pk), reason="wrong table", store=shop.store.pk)

    assert held(member, shop.beer) == 101


def test_a_garment_is_charged_from_the_members_page(client):
    shop, member = busy_shop()
    log_in(client, shop, "clerk")
    programme = ServiceTicket.objects.get().programme

    do(
        client,
        member,
        "take_in",
        programme=programme.pk,
        garment="old coat",
        sale_line="",
        tender=shop.cash.pk,
        reference="",
        store=shop.store.pk,
    )

    assert ServiceTicket.objects.get(garment="old coat").fee == 4500


def test_a_garment_is_advanced_from_its_page(client):
    shop, _member = busy_shop()
    log_in(client, shop, "clerk")
    ticket = ServiceTicket.objects.get()

    client.post(
        reverse("admin:promotions_serviceticket_advance", args=[ticket.pk]),
        {"_form_submitted": "True", "request_id": str(uuid4()), "to": "ready", "note": ""},
    )

    ticket.refresh_from_db()
    assert ticket.status == "ready"


def test_a_refusal_is_a_red_message_and_nothing_moves(client):
    shop, member = busy_shop()
    log_in(client, shop, "clerk")

    refused = do(client, member, "draw_down", asset=shop.beer.pk, quantity=500, store=shop.store.pk)

    assert "only 96 can be used here today" in said(refused)[-1]
    assert held(member, shop.beer) == 96


@pytest.mark.parametrize(
    "what",
    ["note_visit", "top_up", "sell_bundle", "sell_coins", "draw_down", "take_in", "exchange",
     "undo"],
)  # fmt: skip
def test_dialogs_open_for_clerks_of_the_store_only(client, what):
    shop, member = busy_shop()
    before = Lot.objects.count(), Visit.objects.count()
    where = reverse(f"admin:members_member_{what}", args=[member.pk])
    log_in(client, shop, "clerk")

    opened = client.get(where).status_code
    log_in(client, shop, "auditor")
    as_auditor = client.get(where).status_code
    log_in(client, open_shop("other"), "clerk")
    elsewhere = client.get(where).status_code

    assert (opened, as_auditor, elsewhere) == (200, 403, 403)
    assert (Lot.objects.count(), Visit.objects.count()) == before


def test_a_foreign_store_is_no_choice(client):
    shop, member = busy_shop()
    other = open_shop("other")
    log_in(client, shop, "clerk")

    do(client, member, "draw_down", asset=shop.beer.pk, quantity=1, store=other.store.pk)

    assert held(member, shop.beer) == 96


def test_a_contract_prints_its_receipt(client):
    shop, _member = busy_shop()
    contract = Lot.objects.filter(contract__isnull=False).first().contract
    log_in(client, shop, "auditor")

    answer = client.get(url("ledger_contract", "receipt", contract.pk))

    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")


def test_a_contract_shows_how_it_was_paid(client):
    shop = open_shop()
    log_in(client, shop)
    tenders = [
        *shop.in_cash(10_000),
        Tender(tender=TenderType.objects.get(code="wechat"), amount=40_000, reference="W-7"),
    ]
    top_up(
        **shop.asks(shop.member(), at=timezone.now()), offer=None, amount=50_000, tenders=tenders
    )

    contract = Contract.objects.get()
    page = client.get(url("ledger_contract", "change", contract.pk)).content.decode()

    assert "Cash ¥100.00" in page
    assert "W-7" in page


@pytest.mark.parametrize(("role", "leads"), [("clerk", "counter"), ("auditor", "admin")])
def test_each_balance_leads_to_why_it_is_so(client, role, leads):
    """A clerk goes to the counter; an auditor, who has none, to the record of the wallet."""
    shop = open_shop()
    log_in(client, shop, role)
    member = shop.member()
    top_up(
        **shop.asks(member, at=timezone.now()), offer=None, amount=500, tenders=shop.in_cash(500)
    )
    sell_bundle(
        **shop.asks(member, at=timezone.now()), bundle=shop.beers(), tenders=shop.in_cash(2018)
    )

    page = client.get(url("members_member", "change", member.pk)).content.decode()

    wallets = Wallet.objects.of(member).filter(balance__gt=0)
    assert len(wallets) == 2
    for wallet in wallets:
        why = {
            "counter": reverse("counter:wallet", args=[member.number, wallet.asset_id]),
            "admin": url("ledger_wallet", "change", wallet.pk),
        }
        assert f'<a href="{why[leads]}">Why?</a>' in page
        assert client.get(why[leads], follow=True).status_code == 200


def test_a_wallet_shows_its_movements_with_contract_and_balance(client):
    shop, _member = busy_shop()
    log_in(client, shop)
    movement = Movement.objects.filter(lot__contract__isnull=False).first()

    page = client.get(url("ledger_wallet", "change", movement.wallet_id)).text

    assert url("ledger_txn", "change", movement.txn_id) in page
    assert url("ledger_contract", "change", movement.lot.contract_id) in page


@pytest.mark.django_db(transaction=True)
def test_a_draw_above_the_stores_limit_needs_the_members_pin_here_too(client):
    shop, member = busy_shop()
    set_pin(member=member, pin="2580", again="2580", at=NOON, by=None)
    shop.store.pin_above = 2000
    shop.store.save(update_fields=["pin_above"])
    log_in(client, shop, "clerk")
    five = {"asset": shop.beer.pk, "quantity": 5, "store": shop.store.pk}
    before = held(member, shop.beer)

    refused = do(client, member, "draw_down", **five)
    do(client, member, "draw_down", **five, pin="2581", answer_reason="I know her")
    assert "PIN" in said(refused)[0]
    assert held(member, shop.beer) == before

    do(client, member, "draw_down", **five, pin="2580")

    assert held(member, shop.beer) == before - 5
