"""Garments taken in, seen through and handed out."""

from uuid import uuid4

import pytest

from ledger.models import Asset, AssetKind, ProductCategory, Sale, SaleLine, Visit
from promotions.models import ServiceProgramme, ServiceTicket, TierEntitlement
from promotions.operations import sell
from tests.counter.conftest import now
from tests.counter.test_selling import paid
from tests.promotions.shops import goods, put_into, tier, written


@pytest.fixture
def cleaning(shop, member):
    """Two free dry-cleans a month, for coats bought here; 30.00 otherwise."""
    asset = Asset.objects.create(
        entity=shop.store.entity, code="clean", name="Dry-clean", kind=AssetKind.ENTITLEMENT
    )
    programme = ServiceProgramme.objects.create(
        entity=shop.store.entity,
        code="clean",
        name="Dry-cleaning",
        asset=asset,
        charge_price=3000,
        currency="CNY",
    )
    gold = tier("gold", 1)
    TierEntitlement.objects.create(programme=programme, tier=gold, per_month=2)
    put_into(member, gold)
    return programme


@pytest.fixture
def coat(shop, member):
    category = ProductCategory.objects.create(code="coats", name="Coats")
    sell(
        **shop.asks(member, at=now()),
        lines=[goods(199900, category=category, description="Wool coat")],
        tenders=shop.in_cash(199900),
    )
    return SaleLine.objects.get(description="Wool coat")


def test_takes_a_garment_in_for_a_free_use(till, member, cleaning, coat):
    answer = till.send(
        "take_in", member.number, programme=cleaning.pk, garment="Grey coat", purchase=coat.pk
    )

    ticket = ServiceTicket.objects.get()
    assert answer.status_code == 204
    assert (ticket.garment, ticket.sale_line, ticket.fee) == ("Grey coat", coat, 0)
    page = till.open("member", member.number, done=ticket.request_id).content.decode()
    assert "Grey coat" in page
    assert "1 left" in " ".join(page.split())


def test_a_second_enter_takes_in_one_garment(till, member, cleaning, coat):
    entry = uuid4()
    typed = {"programme": cleaning.pk, "garment": "Grey coat", "purchase": coat.pk}

    till.send("take_in", member.number, entry=entry, **typed)
    till.send("take_in", member.number, entry=entry, **typed)

    assert ServiceTicket.objects.count() == 1


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"garment": ""}, "Describe the garment"),
        ({"purchase": ""}, "is free for goods bought here only"),
        ({"purchase": "987654"}, "Choose one of the list first."),
        ({"programme": ""}, "Choose one of the list first."),
    ],
)
def test_a_refused_garment_says_why_and_writes_nothing(till, cleaning, coat, typed, sentence):
    asked = {"programme": cleaning.pk, "garment": "Grey coat", "purchase": coat.pk} | typed
    before = written()

    answer = till.send("take_in", coat.sale.member.number, **asked)

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert ServiceTicket.objects.count() == 0
    assert written() == before


def test_a_garment_from_elsewhere_is_charged(till, member, cleaning):
    till.send(
        "take_in",
        member.number,
        programme=cleaning.pk,
        garment="Silk dress",
        purchase="charged",
        tender="cash",
    )

    assert ServiceTicket.objects.get().fee == 3000
    assert paid(Sale.objects.get()) == [("cash", 3000)]


def test_a_ticket_goes_on_until_it_is_handed_out(till, shop, member, cleaning):
    till.send(
        "take_in",
        member.number,
        programme=cleaning.pk,
        garment="Silk dress",
        purchase="charged",
        tender="cash",
    )
    ticket = ServiceTicket.objects.get()

    ready = till.send("ticket", ticket.pk, to="ready")
    collected = till.send("ticket", ticket.pk, to="collected")

    ticket.refresh_from_db()
    assert (ready.status_code, collected.status_code) == (204, 204)
    assert ticket.status == "collected"
    assert ticket.collected_visit == Visit.objects.get()


def test_the_step_just_taken_is_told(till, member, cleaning):
    till.send(
        "take_in",
        member.number,
        programme=cleaning.pk,
        garment="Silk dress",
        purchase="charged",
        tender="cash",
    )
    entry = uuid4()
    till.send("ticket", ServiceTicket.objects.get().pk, entry=entry, to="ready")

    page = till.open("member", member.number, done=entry).content.decode()

    assert '<section class="done' in page
    assert page.count("Silk dress") >= 2


@pytest.mark.parametrize(
    ("to", "sentence"),
    [
        ("collected", "It cannot become"),
        ("lost", "Say why"),
        ("", "Choose one of the list first."),
        ("eaten", "Choose one of the list first."),
    ],
)
def test_a_step_that_is_not_possible_is_refused(till, member, cleaning, to, sentence):
    till.send(
        "take_in",
        member.number,
        programme=cleaning.pk,
        garment="Silk dress",
        purchase="charged",
        tender="cash",
    )
    ticket = ServiceTicket.objects.get()

    answer = till.send("ticket", ticket.pk, to=to)

    ticket.refresh_from_db()
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert ticket.status == "taken_in"
