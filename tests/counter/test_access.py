"""Nobody operates a counter who is not a clerk, manager or owner of that very store."""

from uuid import uuid4

import pytest
from django.urls import reverse

from counter import urls
from ledger.models import Asset, AssetKind, Sale
from promotions.models import ServiceProgramme, ServiceTicket
from promotions.operations import sell, take_in
from tests.counter.conftest import now
from tests.promotions.shops import goods, open_shop

pytestmark = pytest.mark.slow
ARGS = {
    "number": "10000001",
    "ticket_id": 1,
    "asset": 1,
    "kind": "csv",
    "contract": "7d9f6a52-4a0e-4f3b-9d0e-0a3cdd6c6f1e",
    "refund": "7d9f6a52-4a0e-4f3b-9d0e-0a3cdd6c6f1e",
    "close_id": "7d9f6a52-4a0e-4f3b-9d0e-0a3cdd6c6f1e",
    "contract_id": "7d9f6a52-4a0e-4f3b-9d0e-0a3cdd6c6f1e",
    "entry": "7d9f6a52-4a0e-4f3b-9d0e-0a3cdd6c6f1e",
}


def addresses():
    for pattern in urls.urlpatterns:
        wanted = {*pattern.pattern.converters, *pattern.pattern.regex.groupindex}
        yield reverse(f"counter:{pattern.name}", kwargs={name: ARGS[name] for name in wanted})


def test_every_page_is_guarded():
    assert all(getattr(pattern.callback, "is_guarded", False) for pattern in urls.urlpatterns)


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_auditor_gets_in_nowhere(client, staff, method):
    client.force_login(staff("auditor"))

    told = {url for url in addresses() if "/statement" in url}  # records, which auditors read
    answers = {url: getattr(client, method)(url).status_code for url in {*addresses()} - told}

    assert set(answers.values()) <= {403, 405}
    assert answers[reverse("counter:home")] in {403, 405}


def test_a_stranger_is_sent_to_the_login_page(client, db):
    for url in addresses():
        answer = client.get(url)

        assert answer.status_code in {302, 405}
        assert answer.status_code == 405 or "/accounts/login/" in answer.headers["Location"]


@pytest.mark.parametrize("role", ["clerk", "manager", "owner"])
def test_those_who_work_there_open_the_counter(client, staff, role):
    client.force_login(staff(role))

    assert client.get(reverse("counter:home")).status_code == 200


def test_a_clerk_without_an_open_store_is_told_what_to_do(client, shop):
    shop.store.is_open = False
    shop.store.save()
    client.force_login(shop.clerk)

    answer = client.get(reverse("counter:home"))

    assert answer.status_code == 409
    assert "Ask an owner to assign you to one." in answer.content.decode()


def test_a_form_for_a_store_of_others_is_forbidden_and_writes_nothing(till, shop, member):
    other = open_shop("ski")

    answer = till.send(
        "top_up", member.number, store=other.store.code, offer="free", free="100", tender="cash"
    )

    assert answer.status_code == 403
    assert "You do not work in the store ski" in answer.content.decode()
    assert Sale.objects.count() == 0


def test_the_refusal_speaks_the_clerks_language(client, shop, member, staff):
    client.force_login(staff("clerk", language="zh-hans"))

    answer = client.post(reverse("counter:choose"), {"to": "nowhere"})

    assert answer.status_code == 403
    assert '<html lang="zh-Hans"' in answer.content.decode()


def test_another_store_of_ones_own_is_chosen_and_kept(client, shop, staff):
    branch = shop.branch("branch")
    client.force_login(staff("clerk", stores=[shop.store, branch]))

    answer = client.post(reverse("counter:choose"), {"to": "branch"}, follow=True)

    assert answer.context["desk"].store == branch


def test_a_store_of_others_cannot_be_chosen(client, shop):
    open_shop("ski")
    client.force_login(shop.clerk)

    answer = client.post(reverse("counter:choose"), {"to": "ski"})

    assert answer.status_code == 403
    assert client.get(reverse("counter:home")).context["desk"].store == shop.store


def test_a_form_books_where_it_was_opened_though_the_store_was_changed_since(
    client, shop, staff, member
):
    branch = shop.branch("branch")
    client.force_login(staff("clerk", stores=[shop.store, branch]))
    client.post(reverse("counter:choose"), {"to": "branch"})

    client.post(
        reverse("counter:top_up", args=[member.number]),
        {
            "request_id": uuid4(),
            "store": shop.store.code,
            "offer": "free",
            "free": "100",
            "tender": "cash",
        },
    )

    assert Sale.objects.get().store == shop.store


def test_entries_and_garments_of_other_stores_are_out_of_reach(till, shop):
    other = open_shop("ski")
    stranger = other.member(phone="13911118888")
    sale = _sale(other, stranger)
    ticket = _ticket(other, stranger)

    assert till.open("receipt", sale.pk).status_code == 404
    assert till.open("undo", sale.pk).status_code == 404
    assert till.send("undo", sale.pk, reason="mine now").status_code == 404
    assert till.open("ticket", ticket.pk).status_code == 403
    assert till.send("ticket", ticket.pk, to="ready").status_code == 403
    assert ServiceTicket.objects.get().status == "taken_in"
    assert Sale.objects.filter(voided_at__isnull=False).count() == 0


def _sale(shop, member):
    return sell(**shop.asks(member, at=now()), lines=[goods(1000)], tenders=shop.in_cash(1000))


def _ticket(shop, member):
    asset = Asset.objects.create(
        entity=shop.store.entity, code="clean", name="Clean", kind=AssetKind.ENTITLEMENT
    )
    programme = ServiceProgramme.objects.create(
        entity=shop.store.entity,
        code=f"clean-{shop.store.code}",
        name="Dry-cleaning",
        asset=asset,
        charge_price=3000,
        currency="CNY",
    )
    return take_in(
        **shop.asks(member, at=now()),
        programme=programme,
        garment="Coat",
        tenders=shop.in_cash(3000),
    )
