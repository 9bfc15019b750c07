"""From any balance to its lots, contracts and movements, and the receipt of a contract."""

from uuid import uuid4

import pytest
from django.urls import reverse

from ledger.models import Contract, Movement
from members.models import Store
from promotions.operations import Parties, draw_down, sell, sell_bundle, top_up
from tests.promotions.shops import goods

pytestmark = pytest.mark.django_db


@pytest.fixture
def topped_up(shop, member):
    """The contract of 500 with 1,000 on top, paid for by somebody else."""
    gift = {"name": "Cup", "name_zh": "杯子", "quantity": 2, "list_value": 3000}
    terms = shop.terms(text_en="Spent last.", text_zh="赠送后用。")
    offer = shop.top_up_offer(50000, 100000, gifts=[gift], terms=terms)
    parties = Parties(payer=shop.member(name="李四"), presented_by="his wife")
    sale = top_up(**shop.asks(member), offer=offer, tenders=shop.in_cash(50000), parties=parties)
    return Contract.objects.get(txn_id=sale.pk)


def test_a_balance_on_the_sheet_leads_to_its_lots(till, shop, member, topped_up):
    page = till.open("member", member.number)

    assert reverse("counter:wallet", args=[member.number, shop.money.pk]) in page.text


def test_a_wallet_shows_lots_and_movements_with_the_balance_after_each(
    till, shop, member, topped_up
):
    page = till.open("wallet", member.number, shop.money.pk)

    assert reverse("counter:contract", args=[topped_up.pk]) in page.text
    for amount in ("¥500.00", "¥1,000.00", "¥1,500.00"):
        assert amount in page.text


def test_a_wallet_is_turned_page_by_page(till, shop, member):
    sell_bundle(**shop.asks(member), bundle=shop.beers(), tenders=shop.in_cash(2018))
    for _ in range(41):
        draw_down(**shop.asks(member), asset=shop.beer, quantity=1)

    first = till.open("wallet", member.number, shop.beer.pk)
    second = till.client.get(first.context["next_url"])

    assert [moved.wallet_seq for moved in first.context["movements"]] == list(range(42, 2, -1))
    assert [moved.wallet_seq for moved in second.context["movements"]] == [2, 1]
    assert second.context["next_url"] == ""


def test_a_page_that_does_not_exist_shows_the_first(till, shop, member, topped_up):
    page = till.open("wallet", member.number, shop.money.pk, before="9" * 30)

    assert page.status_code == 200
    assert len(page.context["movements"]) == 2


def test_a_wallet_the_member_has_not_is_not_found(till, shop, member):
    assert till.open("wallet", member.number, shop.money.pk).status_code == 404


def test_a_contract_shows_lots_tenders_and_movements(till, shop, member):
    sale = sell_bundle(**shop.asks(member), bundle=shop.beers(), tenders=shop.in_cash(2018))
    draw_down(**shop.asks(member), asset=shop.beer, quantity=30)
    contract = Contract.objects.get(txn_id=sale.pk)

    page = till.open("contract", contract.pk)

    drawn = Movement.objects.get(amount=-30)
    assert (drawn.list_value, drawn.charged_value) == (24000, 599)
    for text in ("¥240.00", "¥5.99", "¥20.18", "Cash", "71"):
        assert text in page.text
    assert reverse("counter:contract_pdf", args=[contract.pk]) in page.text


def test_an_unknown_contract_is_not_found(till, shop):
    for page in ("contract", "contract_paper", "contract_pdf"):
        assert till.open(page, uuid4()).status_code == 404


def test_the_receipt_names_everyone_and_everything(till, shop, member, topped_up):
    page = till.open("contract_paper", topped_up.pk)

    said = ("¥500.00", "¥1,000.00", "李四", "his wife", "Cup × 2", "¥30.00", "Spent last.", "Cash")
    for text in (*said, str(topped_up.pk), shop.store.name, shop.clerk.username, member.number):
        assert text in page.text, text


def test_the_receipt_speaks_the_language_of_the_store(till, shop, topped_up):
    Store.objects.update(language="zh-hans")

    page = till.open("contract_paper", topped_up.pk)

    assert "杯子 × 2" in page.text
    assert "赠送后用。" in page.text
    assert "合同" in page.text


def test_the_receipt_as_pdf(till, topped_up):
    answer = till.open("contract_pdf", topped_up.pk)

    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert b"/FontFile2" in answer.content


def test_what_was_just_sold_offers_its_contract(till, shop, member):
    shop.top_up_offer(50000, 0)
    entry = uuid4()
    till.send("top_up", member.number, entry=entry, offer="free", free="100", tender="cash")

    page = till.open("member", member.number, done=entry)

    contract = Contract.objects.get(txn_id=entry)
    assert reverse("counter:contract_paper", args=[contract.pk]) in page.text


def test_an_empty_balance_still_says_why(till, shop, member):
    offer = shop.top_up_offer(50000, 0)
    top_up(**shop.asks(member), offer=offer, tenders=shop.in_cash(50000))
    why = reverse("counter:wallet", args=[member.number, shop.money.pk])
    sell(**shop.asks(member), lines=[goods(50000)], tenders=shop.in_value(50000))

    page = till.open("member", member.number)

    assert page.context["sheet"].money is None
    assert why in page.text


def test_a_contract_leads_to_the_refund_desk_and_back(till, member, topped_up):
    desk = reverse("counter:refund_contract", args=[topped_up.pk])

    assert desk in till.open("contract", topped_up.pk).text
    listed = till.open("contracts", member.number).text
    assert reverse("counter:contract", args=[topped_up.pk]) in listed
