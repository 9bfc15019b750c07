"""The refund desk: what is owed in words, who may pay it back, and the note that is printed."""

from uuid import uuid4

import pytest
from django.urls import reverse

from ledger.models import Refund, StoreLimits
from ledger.operations.reversal import undo
from ledger.queries.day_close import drawers, open_rows
from tests.counter.conftest import PASSWORD, Till, now
from tests.promotions.refunding import spend, topped_up
from tests.promotions.shops import held, open_shop

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


@pytest.fixture
def contract(shop, member):
    """500 + 500, of which 400 were spent."""
    shop.store.jurisdiction = "CN"
    shop.store.save()
    sold = topped_up(shop, member, 50000, 50000, "principal_first", at=now())
    spend(shop, member, 40000, at=now())
    return sold


@pytest.fixture
def manager(staff):
    return staff("manager")


@pytest.fixture
def desk(client, manager):
    client.force_login(manager)
    return Till(client)


def confirm(desk, contract, **typed):
    told = {
        "request_id": uuid4(),
        "cause": "merchant",
        "reason": "the shop moves away",
        "tender": "cash",
        "amount": "",
        "reference": "",
    }
    return desk.client.post(reverse("counter:refund_contract", args=[contract.pk]), told | typed)


def test_the_member_s_contracts_lead_to_the_refund_desk(desk, member, contract):
    page = desk.open("contracts", member.number).content.decode()

    assert reverse("counter:refund_contract", args=[contract.pk]) in page


def test_the_arithmetic_is_shown_line_by_line_with_its_formula(desk, contract):
    page = desk.open("refund_contract", contract.pk, cause="merchant").content.decode()

    assert "¥400.00 used × ¥500.00 paid for it ÷ ¥1,000.00 in all" in page
    assert "−¥200.00" in page
    assert "¥300.00" in page
    assert "Have a lawyer confirm them" in page


def test_a_clerk_sees_what_is_owed_and_has_no_button(till, contract):
    page = till.open("refund_contract", contract.pk, cause="member").content.decode()

    assert "¥100.00" in page
    assert "Close the contract and pay back" not in page


def test_a_clerk_s_form_is_refused(till, contract):
    answer = confirm(till, contract)

    assert answer.status_code == 422
    assert 'data-code="refund_not_allowed"' in answer.content.decode()
    assert not Refund.objects.exists()


def test_paying_back_leads_to_a_note_to_print(desk, contract):
    answer = confirm(desk, contract)

    kept = Refund.objects.get()
    assert answer.url == reverse("counter:refund_note", args=[kept.pk])
    assert (kept.refund, kept.payouts.get().tender.code) == (30000, "cash")
    note = desk.client.get(answer.url).content.decode()
    assert "the shop moves away" in note
    assert "¥300.00" in note


def test_a_second_enter_pays_once(desk, contract):
    request_id = uuid4()

    confirm(desk, contract, request_id=request_id)
    confirm(desk, contract, request_id=request_id)

    assert Refund.objects.count() == 1


def test_above_the_limit_the_second_person_signs_on_the_spot(shop, staff, desk, contract):
    StoreLimits.objects.create(store=shop.store, refund_approval_above=10000)
    second = staff("manager")

    alone = confirm(desk, contract)
    wrong = confirm(desk, contract, approver=second.username, approver_password="guess")
    right = confirm(desk, contract, approver=second.username, approver_password=PASSWORD)

    assert 'data-code="approval_needed"' in alone.content.decode()
    assert 'data-code="approval_refused"' in wrong.content.decode()
    assert right.status_code == 302
    assert Refund.objects.get().approved_by == second


def test_what_is_left_to_the_manager_is_asked_for(desk, contract):
    asked = desk.open("refund_contract", contract.pk, cause="cooling_off").content.decode()
    decided = confirm(desk, contract, cause="cooling_off", basis="list_price")

    assert 'name="basis"' in asked
    assert "Close the contract and pay back" not in asked
    assert decided.status_code == 302
    assert Refund.objects.get().refund == 10000


@pytest.mark.parametrize(
    "typed", [{"cause": "x"}, {"terminated_on": "soon"}, {"cause": "minor", "kept": "much"}]
)
def test_what_cannot_be_read_is_said(desk, contract, typed):
    answer = confirm(desk, contract, **typed)

    assert answer.status_code == 422
    assert "data-code=" in answer.content.decode()
    assert not Refund.objects.exists()


def test_another_issuer_s_contract_is_unknown_here(client, shop, staff, contract):
    contract_page = reverse("counter:refund_contract", args=[contract.pk])
    other = open_shop("cafe")
    client.force_login(staff("manager", stores=[other.store]))

    assert client.get(contract_page).status_code == 404


def test_a_manager_undoes_a_refund_at_the_counter(desk, contract, shop):
    confirm(desk, contract)

    answer = desk.send("undo", Refund.objects.get().pk, reason="wrong contract")

    assert answer.status_code == 204
    assert not Refund.objects.standing().exists()
    assert held(contract.member, shop.money) == 60000


def test_the_note_of_an_undone_refund_says_so(desk, contract):
    confirm(desk, contract)
    entry = Refund.objects.get().pk
    desk.send("undo", entry, reason="wrong contract")

    assert "UNDONE" in desk.open("refund_note", entry).content.decode()


def test_the_admin_keeps_the_refund_with_its_arithmetic_and_payouts(desk, contract):
    confirm(desk, contract)
    kept = Refund.objects.get()

    listed = desk.client.get(reverse("admin:ledger_refund_changelist")).content.decode()
    page = desk.client.get(reverse("admin:ledger_refund_change", args=[kept.pk])).content.decode()
    note = desk.client.get(reverse("admin:ledger_refund_note", args=[kept.pk]))

    assert str(kept.pk)[:8] in listed
    assert "¥400.00 used × ¥500.00 paid for it ÷ ¥1,000.00 in all" in page
    assert "Cash" in page
    assert note.url == reverse("counter:refund_note", args=[kept.pk])


def test_the_admin_marks_a_refund_that_was_undone(desk, shop, manager, contract):
    confirm(desk, contract)
    kept = Refund.objects.get()
    said = {"store": shop.store, "at": now(), "by": manager, "reason": "wrong contract"}
    undo(request_id=uuid4(), txn_id=kept.pk, **said)

    page = desk.client.get(reverse("admin:ledger_refund_change", args=[kept.pk])).content.decode()

    assert "undone" in page


def test_the_sheet_offers_a_manager_the_undo_of_a_refund(desk, contract):
    confirm(desk, contract)

    page = desk.open("member", contract.member.number).content.decode()

    assert reverse("counter:undo", args=[Refund.objects.get().pk]) in page


def test_a_refund_undone_before_the_close_takes_nothing_out_of_the_drawer(desk, contract, shop):
    confirm(desk, contract)
    today = shop.store.business_date(now())
    before = sum(one.cash_out for one in drawers(open_rows(shop.store, today)))
    desk.send("undo", Refund.objects.get().pk, reason="wrong contract")

    after = sum(one.cash_out for one in drawers(open_rows(shop.store, today)))

    assert (before, after) == (30000, 0)
