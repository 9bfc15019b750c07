"""What one issuing entity owes a member is no business of another one's staff."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from ledger.models import Contract
from ledger.queries.statement import statement
from members.operations import create_staff
from members.queries import issuers_seen_by
from promotions.operations import draw_down, sell, sell_bundle
from promotions.queries.timeline import timeline
from tests.promotions.shops import Shop, goods, open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    return open_shop()


@pytest.fixture
def other(shop: Shop) -> Shop:
    """A shop of another entity under the same brand."""
    return open_shop("ski")


@pytest.fixture
def member(shop: Shop, other: Shop):
    """Somebody with beers of the one and of the other, who bought tea in both."""
    member = shop.member(name="王小明")
    for one in (shop, other):
        asks = one.asks(member)
        sell_bundle(
            **asks, bundle=one.beers(code=f"beer-{one.store.code}"), tenders=one.in_cash(2018)
        )
        draw_down(**one.asks(member), asset=one.beer, quantity=5)
        sell(**one.asks(member), lines=[goods(3000)], tenders=one.in_cash(3000))
    return member


def contract_of(shop: Shop) -> Contract:
    return Contract.objects.get(entity=shop.store.entity)


def browser(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def seen(client: Client, shop: Shop, member) -> set[str]:
    """Which pages about what the shop owes the member open."""
    contract = contract_of(shop).pk
    pages = {
        "contract": reverse("counter:contract", args=[contract]),
        "paper": reverse("counter:contract_paper", args=[contract]),
        "pdf": reverse("counter:contract_pdf", args=[contract]),
        "wallet": reverse("counter:wallet", args=[member.number, shop.beer.pk]),
    }
    return {name for name, page in pages.items() if client.get(page).status_code == 200}


def test_a_clerk_reads_the_papers_of_the_own_issuer_alone(shop: Shop, other: Shop, member):
    client = browser(shop.clerk)

    assert seen(client, shop, member) == {"contract", "paper", "pdf", "wallet"}
    assert seen(client, other, member) == set()


def test_every_store_of_an_issuer_reads_its_papers(shop: Shop, other: Shop, member):
    branch = shop.branch("two")
    clerk = create_staff(username="afar", password="korrekt-horse-9", role="clerk", stores=[branch])

    assert seen(browser(clerk), shop, member) == {"contract", "paper", "pdf", "wallet"}
    assert seen(browser(clerk), other, member) == set()


def test_owners_read_the_papers_of_all_issuers(shop: Shop, other: Shop, member):
    owner = create_staff(username="boss", password="korrekt-horse-9", role="owner", stores=[])

    for one in (shop, other):
        assert seen(browser(owner), one, member) == {"contract", "paper", "pdf", "wallet"}


@pytest.mark.parametrize(("name", "told"), [("history", "entries"), ("member", "recent")])
def test_the_history_is_that_of_the_own_issuer(shop: Shop, other: Shop, member, name, told):
    context = browser(shop.clerk).get(reverse(f"counter:{name}", args=[member.number])).context

    found = {(entry.kind, entry.store) for entry, *_rest in context[told]}
    assert found == {(kind, shop.store) for kind in ("sale", "redeem", "sell_bundle")}


def test_the_whole_history_has_both(shop: Shop, other: Shop, member):
    owner = create_staff(username="boss", password="korrekt-horse-9", role="owner", stores=[])

    entries = timeline(member=member, issuers=issuers_seen_by(owner)).entries

    assert len(entries) == 6


def test_a_statement_tells_of_the_own_issuer_and_says_so(shop: Shop, other: Shop, member):
    url = reverse("counter:statement", args=[member.number])
    page = browser(shop.clerk).get(url, {"from": "2026-05-01", "to": "2026-05-31"})

    told = page.context["told"]
    assert {one.asset.entity for one in told.sums} == {shop.store.entity}
    assert [line.contract for line in told.contracts] == [contract_of(shop)]
    assert len(told.keys) == 4
    assert told.adds_up
    assert ("As kept by", shop.store.entity.name) in page.context["who"]
    whole = statement(member, date(2026, 5, 1), date(2026, 6, 1))
    assert (len(whole.keys), len(whole.contracts)) == (8, 2)


def test_the_sheet_shows_what_others_owe_without_a_way_into_their_books(
    shop: Shop, other: Shop, member
):
    page = browser(shop.clerk).get(reverse("counter:member", args=[member.number])).text

    assert "/ 101" in page
    assert reverse("counter:wallet", args=[member.number, shop.beer.pk]) in page
    assert reverse("counter:wallet", args=[member.number, other.beer.pk]) not in page
    assert reverse("counter:contract", args=[contract_of(other).pk]) not in page
