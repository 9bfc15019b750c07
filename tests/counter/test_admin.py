"""From the member's record everything a clerk does is within reach, by the counter's rules."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from ledger.models import Asset, Txn
from members.models import User
from promotions.operations import draw_down, sell_bundle
from tests.counter.conftest import now
from tests.promotions.shops import held

pytestmark = pytest.mark.slow


def url(action, member):
    return reverse(f"admin:members_member_{action}", args=[member.pk])


@pytest.fixture
def drawn(shop, member):
    """Five beers drawn two days ago."""
    at = now() - timedelta(days=2)
    sell_bundle(**shop.asks(member, at=at), bundle=shop.beers(), tenders=shop.in_cash(2018))
    return draw_down(**shop.asks(member, at=at), asset=shop.beer, quantity=5).txn_id


@pytest.mark.parametrize("role", ["clerk", "manager", "owner"])
def test_the_record_leads_to_the_counter(client, member, staff, role):
    client.force_login(staff(role))

    page = client.get(url("change", member)).content.decode()

    assert url("open_at_the_counter", member) in page
    answer = client.get(url("open_at_the_counter", member))
    assert answer.headers["Location"] == reverse("counter:member", args=[member.number])
    answer = client.get(url("ring_up", member))
    assert answer.headers["Location"] == reverse("counter:sale", args=[member.number])
    answer = client.get(url("refund_a_contract", member))
    assert answer.headers["Location"] == reverse("counter:contracts", args=[member.number])


def test_an_auditor_reads_the_record_and_is_not_led_there(client, member, staff):
    client.force_login(staff("auditor"))

    page = client.get(url("change", member))

    assert page.status_code == 200
    assert url("open_at_the_counter", member) not in page.content.decode()
    assert client.get(url("open_at_the_counter", member)).status_code == 403


@pytest.mark.parametrize(("role", "left"), [("clerk", 96), ("manager", 101)])
def test_undo_keeps_the_counters_rule(till, drawn, role, left):
    operation = Txn.objects.get(pk=drawn)
    User.objects.filter(pk=operation.operator_id).update(role=role)
    address = url("undo", operation.member)
    typed = {"operation": drawn, "reason": "Wrong number", "store": operation.store_id}

    till.client.post(address, {"_form_submitted": "True", "request_id": uuid4()} | typed)

    assert held(operation.member, Asset.objects.get(code="beer")) == left
