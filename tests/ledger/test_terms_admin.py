"""The owner writes terms in the admin: warned of void clauses, and never changing a version."""

import pytest
from django.urls import reverse

from ledger.models import Terms
from members.operations import create_staff
from tests.promotions.shops import open_shop

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

ADD = "admin:ledger_terms_add"


@pytest.fixture
def shop():
    return open_shop()


@pytest.fixture
def owner(client, shop):
    user = create_staff(username="boss", password="korrekt-horse-9", role="owner", stores=[])
    client.force_login(user)
    return user


def typed(shop, **said):
    given = {"entity": shop.store.entity_id, "code": "house", "version": "1"}
    return given | {"in_force_from": "2026-05-01", "text_en": "", "text_zh": "概不退款。"} | said


def test_warns_of_a_void_clause_and_saves_nothing(client, shop, owner):
    page = client.post(reverse(ADD), typed(shop))

    assert "概不退款" in page.text
    assert "does not bind the member" in page.text
    assert not Terms.objects.exists()


@pytest.mark.parametrize("said", [{"confirmation": "house"}, {"reason": "Our lawyer said so"}])
def test_a_code_or_a_reason_alone_is_not_enough(client, shop, owner, said):
    client.post(reverse(ADD), typed(shop, **said))

    assert not Terms.objects.exists()


def test_saves_with_the_code_typed_and_a_reason(client, shop, owner):
    client.post(reverse(ADD), typed(shop, confirmation="house", reason="Our lawyer said so"))

    terms = Terms.objects.get()
    assert (terms.warnings, terms.accepted_reason) == (["no_refund"], "Our lawyer said so")
    assert terms.created_by == owner


def test_a_version_is_shown_and_not_changed(client, shop, owner):
    terms = shop.terms()
    page = reverse("admin:ledger_terms_change", args=[terms.pk])

    shown = client.get(page)
    changed = client.post(page, typed(shop, text_zh="更差"))

    assert (shown.status_code, changed.status_code) == (200, 403)
    assert Terms.objects.get().text_zh == ""


def test_gifts_are_written_one_a_line(client, shop, owner):
    offer = shop.top_up_offer(50000, 0)
    page = reverse("admin:promotions_topupoffer_change", args=[offer.pk])
    said = {"name": "Top up", "pays": "500", "bonus": "0", "spend_order": "principal_first"}

    wrong = client.post(page, said | {"gifts": "Cup"})
    client.post(page, said | {"gifts": "Cup | 杯子 | 2 | 30.00\n\nBag||1|0"})

    offer.refresh_from_db()
    assert "is not a gift" in wrong.text
    assert offer.gifts == [
        {"name": "Cup", "name_zh": "杯子", "quantity": 2, "list_value": 3000},
        {"name": "Bag", "name_zh": "", "quantity": 1, "list_value": 0},
    ]
    assert "Cup | 杯子 | 2 | 30.00" in client.get(page).text
