"""Pay a contract back: who may, what is refused, what is kept, and how it is undone."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.contrib.admin import site
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ledger.models import (
    Asset,
    Contract,
    ContractEvent,
    EventKind,
    InterestRate,
    Movement,
    Refund,
    RefundCause,
    StoreLimits,
    TxnKind,
)
from ledger.operations.handing_over import transfer_contract
from ledger.operations.posting import Header, move, post
from ledger.operations.redeem import redeem
from ledger.operations.refunds import (
    ApprovalNeeded,
    ContractElsewhere,
    DecisionMissing,
    NothingToRefund,
    OwnApproval,
    PayoutsDoNotAddUp,
    RefundNotAllowed,
    StoredValuePaysNoRefund,
)
from ledger.operations.refusals import ContractSettled, ReasonMissing, RequestReused
from ledger.operations.reversal import undo
from ledger.operations.sales import Tender
from ledger.operations.visits import check_in
from ledger.queries.audit import differences
from ledger.queries.policies import RateMissing
from ledger.queries.refund_evidence import evidence_of
from ledger.queries.refunds import CoolingOffOver, Decisions, TerminationDayWrong
from ledger.rules.refunds import Basis, GiftOverValued
from members.operations.approvals import ApproverMayNot
from promotions.models import PromotionPolicy
from promotions.operations import draw_down, merge_members, sell_bundle, top_up
from tests.promotions.refunding import (
    contract_of,
    manager_of,
    refund,
    sheet_of,
    shop_in,
    spend,
    topped_up,
)
from tests.promotions.shops import DAY, WORKDAY, held, open_shop

pytestmark = pytest.mark.django_db

MERCHANT, MEMBER, CHANGED_MIND, MINOR = (
    RefundCause.MERCHANT,
    RefundCause.MEMBER,
    RefundCause.COOLING_OFF,
    RefundCause.MINOR,
)
TODAY = WORKDAY.date()


@pytest.fixture
def shop():
    return shop_in("CN-Beijing")


@pytest.fixture
def manager(shop):
    return manager_of(shop)


@pytest.fixture
def member(shop):
    return shop.member()


@pytest.fixture
def contract(shop, member):
    """500 + 500, of which 400 were spent."""
    sold = topped_up(shop, member, 50000, 50000, "principal_first")
    spend(shop, member, 40000)
    return sold


def nothing_kept():
    return not Refund.objects.exists() and not Movement.objects.filter(contra=10).exists()


def with_snapshot(contract, **terms):
    """The contract as if it had been sold on other terms."""
    contract.snapshot = contract.snapshot | terms
    return contract


def test_the_refund_is_kept_with_all_that_explains_it(shop, manager, contract):
    kept = refund(shop, contract, MERCHANT, manager)

    assert (kept.paid, kept.delivered, kept.refund, kept.interest) == (50000, 20000, 30000, 0)
    assert (kept.closed_cost, kept.settlement) == (10000, -20000)
    assert (kept.policy, kept.due_date) == ("CN-Beijing 2025-05-01", TODAY + timedelta(days=15))
    assert [line["amount"] for line in kept.arithmetic["lines"]] == [50000, -20000]
    assert kept.evidence["deliveries"] == 1
    assert (kept.member, kept.requested_by, kept.reason) == (contract.member, manager, "asked for")


def test_a_clerk_looks_and_pays_nothing(shop, contract):
    assert sheet_of(shop, contract, MERCHANT).total == 30000

    with pytest.raises(RefundNotAllowed):
        refund(shop, contract, MERCHANT, shop.clerk)

    assert nothing_kept()


def test_a_manager_of_another_store_pays_nothing_here(shop, contract):
    afar = manager_of(shop, "afar")
    afar.stores.set([shop.branch("far")])

    with pytest.raises(RefundNotAllowed):
        refund(shop, contract, MERCHANT, afar)

    assert nothing_kept()


def test_whoever_issued_it_pays_it_back(shop, contract):
    other = open_shop("cafe")
    owner = manager_of(shop, "mia", "owner")

    with pytest.raises(ContractElsewhere, match="issued by Bbq"):
        refund(shop, contract, MERCHANT, owner, store=other.store)

    assert nothing_kept()


def test_the_same_request_pays_once(shop, manager, contract):
    request_id = uuid4()
    first = refund(shop, contract, MERCHANT, manager, request_id=request_id)
    payouts = [Tender(tender=shop.cash, amount=30000)]

    again = refund(shop, contract, MERCHANT, manager, request_id=request_id, payouts=payouts)

    assert (again, Refund.objects.count(), first.payouts.count()) == (first, 1, 1)


def test_another_request_under_the_same_id_is_refused(shop, manager, contract):
    request_id = uuid4()
    refund(shop, contract, MERCHANT, manager, request_id=request_id)
    payouts = [Tender(tender=shop.cash, amount=29999)]

    with pytest.raises(RequestReused):
        refund(shop, contract, MERCHANT, manager, request_id=request_id, payouts=payouts)

    assert Refund.objects.count() == 1


def test_a_contract_is_paid_back_once(shop, manager, contract):
    refund(shop, contract, MERCHANT, manager)

    with pytest.raises(ContractSettled):
        refund(shop, contract, MERCHANT, manager)

    assert Refund.objects.count() == 1


def test_an_undone_refund_leaves_everything_as_it_was(shop, manager, contract):
    kept = refund(shop, contract, MERCHANT, manager)

    undo(
        request_id=uuid4(),
        txn_id=kept.pk,
        store=shop.store,
        at=WORKDAY,
        by=manager,
        reason="wrong cause",
    )

    assert held(contract.member, shop.money) == 60000
    assert Refund.objects.standing().count() == 0
    assert sheet_of(shop, contract, MERCHANT).total == 30000
    assert refund(shop, contract, MEMBER, manager).refund == 10000
    assert differences() == []


def test_payouts_come_to_what_is_owed(shop, manager, contract):
    with pytest.raises(PayoutsDoNotAddUp, match=r"CN¥299\.99"):
        refund(shop, contract, MERCHANT, manager, payouts=[Tender(tender=shop.cash, amount=29999)])

    assert nothing_kept()


def test_stored_value_pays_no_refund(shop, manager, contract):
    with pytest.raises(StoredValuePaysNoRefund):
        refund(shop, contract, MERCHANT, manager, payouts=shop.in_value(30000))

    assert nothing_kept()


def test_a_reason_is_kept_with_every_refund(shop, manager, contract):
    with pytest.raises(ReasonMissing):
        refund(shop, contract, MERCHANT, manager, reason=" ")

    assert nothing_kept()


def test_above_the_limit_a_second_person_agrees(shop, manager, contract):
    StoreLimits.objects.create(store=shop.store, refund_approval_above=29999)

    with pytest.raises(ApprovalNeeded):
        refund(shop, contract, MERCHANT, manager)
    with pytest.raises(OwnApproval):
        refund(shop, contract, MERCHANT, manager, approved_by=manager)
    with pytest.raises(ApproverMayNot):
        refund(shop, contract, MERCHANT, manager, approved_by=shop.clerk)
    assert nothing_kept()

    second = manager_of(shop, "cem")
    assert refund(shop, contract, MERCHANT, manager, approved_by=second).approved_by == second


def test_interest_at_the_loan_rate_of_the_sale_when_the_shop_is_the_cause(shop, manager, contract):
    kept = refund(shop, contract, MERCHANT, manager, at=WORKDAY + 73 * DAY, terminated_on=TODAY)

    assert (kept.refund, kept.interest) == (30000, 180)
    assert kept.arithmetic["interest"] == {
        "kind": "lpr_1y",
        "in_force_from": "2025-05-20",
        "rate": 300,
        "days": 73,
        "amount": 180,
    }
    assert kept.payouts.get().amount == 30180


def test_a_rate_that_a_refund_bore_is_kept_as_it_was(shop, manager, contract):
    rate = InterestRate.objects.get(kind="lpr_1y", in_force_from=date(2025, 5, 20))
    admin = site.get_model_admin(InterestRate)
    assert not admin.is_in_use(rate)

    refund(shop, contract, MERCHANT, manager, at=WORKDAY + 73 * DAY, terminated_on=TODAY)

    assert admin.is_in_use(rate)
    assert not admin.is_in_use(InterestRate(kind="lpr_1y", in_force_from=date(2025, 6, 20)))


def test_interest_at_the_deposit_rate_when_the_member_is_the_cause(shop, contract):
    sheet = sheet_of(shop, contract, MEMBER, at=WORKDAY + 73 * DAY, terminated_on=TODAY)

    assert (sheet.interest.rate, sheet.interest_amount) == (150, 30)


def test_a_rate_that_is_not_known_is_asked_for(shop, contract):
    contract.sold_at = WORKDAY.replace(year=2019, month=1)

    with pytest.raises(RateMissing):
        sheet_of(shop, contract, MERCHANT, at=WORKDAY + DAY, terminated_on=TODAY)


@pytest.mark.parametrize("day", [TODAY - timedelta(days=1), TODAY + timedelta(days=1)])
def test_a_contract_ends_between_its_sale_and_today(shop, contract, day):
    with pytest.raises(TerminationDayWrong):
        sheet_of(shop, contract, MERCHANT, terminated_on=day)


def test_a_changed_mind_has_its_days_and_a_nearer_day_to_pay(shop, manager, member):
    contract = topped_up(shop, member, 50000, 50000, "pro_rata")

    last = sheet_of(shop, contract, CHANGED_MIND, at=WORKDAY + 7 * DAY)
    with pytest.raises(CoolingOffOver):
        sheet_of(shop, contract, CHANGED_MIND, at=WORKDAY + 8 * DAY)

    assert (last.total, last.due_date) == (50000, TODAY + timedelta(days=12))


def test_a_mind_changed_after_use_is_for_the_manager_to_decide(shop, manager, contract):
    with pytest.raises(DecisionMissing):
        refund(shop, contract, CHANGED_MIND, manager)
    assert nothing_kept()

    said = Decisions(basis=Basis.LIST_PRICE)
    assert refund(shop, contract, CHANGED_MIND, manager, decisions=said).refund == 10000


def test_of_a_minor_s_payment_the_manager_decides_what_is_kept(shop, manager, contract):
    with pytest.raises(DecisionMissing):
        refund(shop, contract, MINOR, manager)
    assert nothing_kept()

    kept = refund(shop, contract, MINOR, manager, decisions=Decisions(kept=5000))

    assert (kept.delivered, kept.refund) == (5000, 45000)
    assert "age_unknown" in kept.evidence["uncertain"]


def test_gifts_are_lines_the_manager_decides_on(shop, contract):
    with_snapshot(contract, gifts=[{"name": "Cup", "list_value": 2000, "quantity": 2}])

    untouched = sheet_of(shop, contract, MERCHANT)
    kept = sheet_of(shop, contract, MERCHANT, decisions=Decisions(gifts=(1500,)))

    assert (untouched.total, kept.total, kept.reckoning.deducted) == (30000, 28500, 1500)
    with pytest.raises(GiftOverValued):
        sheet_of(shop, contract, MERCHANT, decisions=Decisions(gifts=(4001,)))


def test_terms_better_for_the_member_prevail(shop, contract):
    with_snapshot(contract, refunds_at_price_paid=True)

    sheet = sheet_of(shop, contract, MEMBER)

    assert sheet.total == 30000
    assert [(line.code, line.amount) for line in sheet.reckoning.lines] == [
        ("paid", 50000),
        ("at_list_price", -40000),
        ("better_term", 20000),
    ]


@pytest.mark.parametrize(("is_better", "owed"), [(False, 10000), (True, 30000)])
def test_an_offer_can_promise_the_price_paid(shop, manager, member, is_better, owed):
    offer = shop.top_up_offer(50000, 50000, refunds_at_price_paid=is_better)
    sale = top_up(**shop.asks(member), offer=offer, tenders=shop.in_cash(50000))
    spend(shop, member, 40000)
    type(offer).objects.update(refunds_at_price_paid=not is_better)

    kept = refund(shop, contract_of(sale), MEMBER, manager)

    assert kept.refund == owed


def test_a_sale_that_was_undone_owes_nothing(shop, manager, member):
    contract = topped_up(shop, member, 50000, 0, "pro_rata")
    undo(
        request_id=uuid4(),
        txn_id=contract.txn_id,
        store=shop.store,
        at=WORKDAY,
        by=manager,
        reason="slip",
    )

    with pytest.raises(NothingToRefund):
        refund(shop, contract, MERCHANT, manager)

    assert nothing_kept()


def test_a_use_that_was_taken_back_was_not_delivered(shop, manager, member):
    contract = topped_up(shop, member, 50000, 50000, "pro_rata")
    bill = spend(shop, member, 40000)

    undo(
        request_id=uuid4(),
        txn_id=bill.pk,
        store=shop.store,
        at=WORKDAY,
        by=manager,
        reason="slip",
    )

    assert sheet_of(shop, contract, MEMBER).total == 50000


def test_what_bonus_paid_for_is_not_paid_back(shop, manager, member):
    PromotionPolicy.objects.create(entity=shop.store.entity, stored_value_buys_bundles=True)
    top_up = topped_up(shop, member, 1000, 1000, "bonus_first")
    bundle = shop.bundle(1500, {"asset": shop.beer, "quantity": 10, "list_price": 800})
    sale = sell_bundle(**shop.asks(member), bundle=bundle, tenders=shop.in_value(1500))

    beers = sheet_of(shop, contract_of(sale), MERCHANT)
    value = sheet_of(shop, top_up, MEMBER)

    # 1000 of the 1500 was bonus; the top-up delivered 1500, not the 8000 the beers are listed at.
    assert beers.total == 500
    assert value.reckoning.delivered == 1500


def test_the_holder_after_a_transfer_is_paid(shop, manager, contract):
    taker, handed = shop.member(), uuid4()
    header = Header(
        id=handed, kind=TxnKind.TRANSFER, request={}, store=shop.store, at=WORKDAY, by=manager
    )
    post(header, [move(member=contract.member, to_member=taker, contract=contract.pk)]).or_raise()
    ContractEvent.objects.create(
        contract=contract,
        kind=EventKind.TRANSFERRED,
        txn_id=handed,
        from_member=contract.member,
        to_member=taker,
        noticed_at=WORKDAY,
        recorded_at=WORKDAY,
        by=manager,
        reason="gift",
    )
    spend(shop, taker, 10000)

    kept = refund(shop, contract, MERCHANT, manager)

    assert (kept.member, kept.refund) == (taker, 25000)
    assert held(taker, shop.money) == 0
    assert differences() == []


def test_expired_units_were_not_delivered(shop, manager, member):
    bundle = shop.beers(valid_days=30)
    sale = sell_bundle(**shop.asks(member), bundle=bundle, tenders=shop.in_cash(2018))
    draw_down(**shop.asks(member), asset=shop.beer, quantity=30)

    late = sheet_of(shop, contract_of(sale), MERCHANT, at=WORKDAY + 100 * DAY)

    assert late.total == 1419


def test_without_a_list_price_the_price_paid_stands_in_and_is_said(shop, manager, member):
    part = {"asset": shop.beer, "quantity": 10, "list_price": 0}
    sale = sell_bundle(
        **shop.asks(member), bundle=shop.bundle(5000, part), tenders=shop.in_cash(5000)
    )
    shop.beer.list_price = None
    redeem(**shop.asks(member), asset=shop.beer, quantity=2)
    Asset.objects.filter(pk=shop.beer.pk).update(list_price=None)
    contract = with_snapshot(contract_of(sale), components=[])

    kept = refund(shop, contract, MEMBER, manager)

    assert kept.refund == 4000
    assert kept.evidence["uncertain"] == ["list_assumed"]


def test_facts_and_evidence_take_few_queries_however_much_was_used(shop, member):
    contract = topped_up(shop, member, 50000, 50000, "pro_rata")
    for _time in range(8):
        spend(shop, member, 1000)
    contract = Contract.objects.select_related("store", "member", "payer").get(pk=contract.pk)

    with CaptureQueriesContext(connection) as seen:
        sheet = sheet_of(shop, contract, MERCHANT)
    with CaptureQueriesContext(connection) as looked:
        evidence = evidence_of(sheet)

    assert (len(seen), len(looked)) == (2, 5)
    assert [one.charged for one in evidence.deliveries] == [1000] * 8


def test_visits_before_the_sale_speak_against_a_changed_mind(shop, manager, member):
    bundle = {"bundle": shop.beers(), "tenders": shop.in_cash(2018)}
    sell_bundle(**shop.asks(member, at=WORKDAY - 30 * DAY), **bundle)
    contract = topped_up(shop, member, 50000, 0, "pro_rata")

    kept = refund(shop, contract, CHANGED_MIND, manager)

    assert kept.evidence["before"] == {
        "count": 1,
        "first": "2026-04-06",
        "last": "2026-04-06",
    }
    assert "visits_before" in kept.evidence["uncertain"]
    assert kept.due_date == date(2026, 5, 11)


def test_visits_of_who_it_was_handed_to_and_of_who_they_are_since_a_merge_count(shop, member):
    """Failed with the beneficiary and the payer of the sale alone: no visit since."""
    contract = topped_up(shop, member, 50000, 0, "pro_rata")
    taker, now = shop.member(), shop.member()
    asked = {"store": shop.store, "by": shop.clerk, "reason": "moves away"}
    handed = WORKDAY + timedelta(days=1)
    transfer_contract(
        **asked, request_id=uuid4(), at=handed, contract=contract, to_member=taker,
        noticed_at=handed,
    )  # fmt: skip
    for days, person in ((2, taker), (3, member)):
        check_in(
            request_id=uuid4(), member=person, store=shop.store, at=WORKDAY + timedelta(days=days),
            by=shop.clerk,
        )  # fmt: skip
    merge_members(
        **asked | {"reason": "twice"}, request_id=uuid4(), at=WORKDAY + timedelta(days=4),
        survivor=now, merged=taker,
    )  # fmt: skip

    found = evidence_of(sheet_of(shop, contract, MERCHANT, at=WORKDAY + timedelta(days=5)))

    assert [one.member for one in found.after.listed] == [str(member), str(now)]


def test_each_visit_around_the_sale_is_listed_up_to_a_hundred(shop, member):
    standard = {"member": member, "store": shop.store, "by": shop.clerk}
    for days in range(102, 0, -1):
        check_in(request_id=uuid4(), at=WORKDAY - timedelta(days=days), **standard)
    contract = topped_up(shop, member, 50000, 0, "pro_rata")
    after = WORKDAY + timedelta(days=1)
    check_in(request_id=uuid4(), at=after, **standard)

    found = evidence_of(sheet_of(shop, contract, MERCHANT, at=after + timedelta(hours=1)))

    before = found.before
    assert (before.count, len(before.listed), before.unlisted) == (102, 100, 2)
    assert before.listed[0].at == WORKDAY - timedelta(days=1)
    assert before.listed[0].store == shop.store.name
    assert [one.at for one in found.after.listed] == [after]
    assert found.after.unlisted == 0
