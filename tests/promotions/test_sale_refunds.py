"""A bill is paid back once, to where it came from, and its parts add up to it."""

from typing import Any
from uuid import uuid4

import pytest
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.errors import DomainError
from ledger.models import (
    Movement,
    Sale,
    SaleRefund,
    SaleRefundLine,
    SaleRefundTender,
    TenderType,
    Txn,
)
from ledger.operations.payouts import CashPayoutAboveLimit
from ledger.operations.refusals import ReasonMissing, RequestReused, ReversalIsFinal
from ledger.operations.reversal import SalePaidBack, undo
from ledger.operations.rollups import refresh_everybody
from ledger.operations.sale_refunds import (
    Back,
    MoreThanCameBack,
    MoreThanIsLeft,
    NothingToRefund,
    OnlyMoneyIsLeft,
    PaidBack,
    RefundDoesNotAddUp,
    RefundElsewhere,
    SaleWasUndone,
    SettledAtRefundDesk,
    StoredValueGoesBack,
    UnknownLine,
    UnknownSale,
    refund_sale,
)
from ledger.operations.sales import ReferenceMissing, Tender
from ledger.queries.audit import differences
from ledger.queries.rollups import rollups_equal_raw
from members.models import Member
from promotions.operations import exchange, merge_members, sell, top_up
from tests.promotions.shops import WORKDAY, Shop, goods, held, lots, open_shop
from tests.promotions.test_rewards import bib, member_with_points

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


@pytest.fixture
def shop() -> Shop:
    return open_shop()


def asked(shop: Shop, sale: Sale, **more: Any) -> dict[str, Any]:
    standard = {
        "request_id": uuid4(),
        "sale_id": sale.pk,
        "store": shop.store,
        "at": WORKDAY,
        "by": shop.clerk,
        "reason": "Brought back",
    }
    return standard | more


def regular(shop: Shop, *, paid: int = 10_000, bonus: int = 10_000) -> Member:
    """A member who topped up, in a shop that gives a point for each yuan."""
    shop.points_rule()
    member = shop.member(phone="")
    offer = shop.top_up_offer(paid, bonus, code=f"offer-{shop.store.code}")
    top_up(**shop.asks(member, offer=offer, tenders=shop.in_cash(paid)))
    return member


def paid_both_ways(shop: Shop, member, *, value: int, cash: int, **terms: Any) -> Sale:
    tenders = [t for t in (*shop.in_value(value), *shop.in_cash(cash)) if t.amount]
    return sell(**shop.asks(member, lines=[goods(value + cash, **terms)], tenders=tenders))


def refused(error: type[DomainError], **request: Any) -> DomainError:
    """The refusal, after which nothing more is on record than before."""
    before = (Txn.objects.filter(outcome="posted").count(), SaleRefund.objects.count())
    spent = list(Sale.objects.order_by("pk").values_list("refunded_total"))

    with pytest.raises(error) as refusal:
        refund_sale(**request)

    after = (Txn.objects.filter(outcome="posted").count(), SaleRefund.objects.count())
    assert (before, spent) == (
        after,
        list(Sale.objects.order_by("pk").values_list("refunded_total")),
    )
    return refusal.value


def test_a_whole_bill_goes_back_to_its_lots_and_its_points_are_taken_back(shop):
    """The scar: buy, refund, keep the points."""
    member = regular(shop)
    before = lots(member, shop.money)
    sale = paid_both_ways(shop, member, value=12_000, cash=3_000)
    assert held(member, shop.points) == 130  # what bonus paid for earns nothing

    refund = refund_sale(**asked(shop, sale))

    assert refund.total == 15_000
    assert lots(member, shop.money) == before
    assert held(member, shop.points) == 0
    paid = refund.tenders.order_by("sale_tender__line").values_list("tender__code", "amount")
    assert list(paid) == [(shop.value.code, 12_000), ("cash", 3_000)]
    assert differences() == []


def test_buying_and_bringing_back_again_and_again_never_makes_points(shop):
    member = regular(shop)

    for _ in range(3):
        sale = paid_both_ways(shop, member, value=0, cash=9_900)
        for _part in range(3):
            refund_sale(**asked(shop, sale, lines=[Back(line=1, amount=3_300)]))

    assert held(member, shop.points) == 0
    assert held(member, shop.points.debt_asset) == 0
    assert differences() == []


def test_points_spent_meanwhile_are_owed_and_no_reward_is_taken_twice(shop):
    """The scar: a refund takes the redeemed points a second time."""
    member = regular(shop)
    sale = paid_both_ways(shop, member, value=0, cash=30_000)
    exchange(**shop.asks(member, reward=bib(shop)))

    refund_sale(**asked(shop, sale, lines=[Back(line=1, amount=10_000)]))
    refund_sale(**asked(shop, sale))

    assert held(member, shop.points) == 0
    assert held(member, shop.points.debt_asset) == 200
    assert differences() == []


def test_points_that_paid_for_the_bill_come_back(shop):
    by_points = TenderType.objects.create(
        code="by-points", kind="stored_value", asset=shop.points, name="Points"
    )
    member = member_with_points(shop, 500)
    tenders = [Tender(tender=by_points, amount=300), *shop.in_cash(700)]
    sale = sell(**shop.asks(member, lines=[goods(1_000)], tenders=tenders))

    refund_sale(**asked(shop, sale, lines=[Back(line=1, amount=100)]))
    refund_sale(**asked(shop, sale))

    assert held(member, shop.points) == 500
    assert differences() == []


def test_pieces_are_worth_their_part_and_the_last_one_takes_the_rest(shop):
    sale = paid_both_ways(shop, None, value=0, cash=1_000, quantity=3)

    parts = [refund_sale(**asked(shop, sale, lines=[Back(line=1, quantity=1)])) for _ in range(3)]

    assert [part.total for part in parts] == [333, 333, 334]
    sale.refresh_from_db()
    assert sale.refunded_total == 1_000


def test_rounding_that_was_let_go_is_not_paid_back(shop):
    lines = [goods(333), goods(334), goods(336)]
    sale = sell(**shop.asks(lines=lines, tenders=shop.in_cash(1_000), rounding=-3))

    parts = [refund_sale(**asked(shop, sale, lines=[Back(line=n, quantity=1)])) for n in (1, 2, 3)]

    assert sum(part.total for part in parts) == 1_000
    assert sum(part.rounding for part in parts) == -3


def test_a_line_may_be_paid_back_in_money_alone(shop):
    sale = paid_both_ways(shop, None, value=0, cash=1_000, quantity=2)

    refund_sale(**asked(shop, sale, lines=[Back(line=1, amount=250)]))
    last = refund_sale(**asked(shop, sale, lines=[Back(line=1, quantity=2)]))

    assert last.total == 750


def test_what_was_paid_by_card_may_be_paid_back_in_cash(shop):
    card = TenderType.objects.get(code="bank-card")
    sale = sell(
        **shop.asks(lines=[goods(900)], tenders=[Tender(tender=card, amount=900, reference="A1")])
    )

    refund = refund_sale(
        **asked(shop, sale, payments=[PaidBack(line=1, amount=900, tender=shop.cash)])
    )

    assert [row.tender for row in refund.tenders.all()] == [shop.cash]


def test_the_same_request_again_gets_the_first_refund(shop):
    member = regular(shop)
    sale = paid_both_ways(shop, member, value=500, cash=500)
    request = asked(shop, sale, lines=[Back(line=1, amount=400)])

    first, again = refund_sale(**request), refund_sale(**request)

    assert first == again
    assert SaleRefund.objects.count() == 1
    assert refund_sale(**asked(shop, sale)).total == 600


def test_a_known_id_with_another_request_is_refused(shop):
    sale = paid_both_ways(shop, None, value=0, cash=1_000)
    request = asked(shop, sale, lines=[Back(line=1, amount=400)])
    refund_sale(**request)

    refused(RequestReused, **(request | {"lines": [Back(line=1, amount=401)]}))


def test_what_does_not_fit_the_bill_is_refused(shop):
    sale = paid_both_ways(shop, None, value=0, cash=1_000, quantity=2)

    def ask(**more: Any) -> dict[str, Any]:
        return asked(shop, sale, **more)

    refused(ReasonMissing, **ask(reason=" "))
    refused(UnknownSale, **ask(sale_id=uuid4()))
    refused(UnknownLine, **ask(lines=[Back(line=9, quantity=1)]))
    refused(MoreThanCameBack, **ask(lines=[Back(line=1, quantity=3)]))
    refused(MoreThanIsLeft, **ask(lines=[Back(line=1, amount=1_001)]))
    refused(NothingToRefund, **ask(lines=[]))
    refused(NothingToRefund, **ask(lines=[Back(line=1, amount=1), Back(line=1, amount=1)]))
    refused(RefundDoesNotAddUp, **ask(payments=[PaidBack(line=1, amount=999)]))
    refused(UnknownLine, **ask(payments=[PaidBack(line=2, amount=1_000)]))
    refused(RefundElsewhere, **ask(store=shop.branch("two")))
    refund_sale(**ask())
    refused(NothingToRefund, **ask())


def test_value_is_never_paid_out_nor_money_turned_into_value(shop):
    member = regular(shop)
    sale = paid_both_ways(shop, member, value=600, cash=400)

    def ask(first: TenderType | None, second: TenderType | None) -> dict[str, Any]:
        paid = [
            PaidBack(line=1, amount=600, tender=first),
            PaidBack(line=2, amount=400, tender=second),
        ]
        return asked(shop, sale, payments=paid)

    refused(StoredValueGoesBack, **ask(shop.cash, None))
    refused(StoredValueGoesBack, **ask(None, shop.value))


def test_a_way_that_needs_a_reference_needs_one_when_it_pays_back(shop):
    card = TenderType.objects.create(
        code="terminal", kind="card", name="Terminal", needs_reference=True
    )
    sale = paid_both_ways(shop, None, value=0, cash=1_000)
    paid = PaidBack(line=1, amount=1_000, tender=card)

    refused(ReferenceMissing, **asked(shop, sale, payments=[paid]))


def test_what_is_used_over_time_goes_to_the_refund_desk(shop):
    member = shop.member()
    offer = shop.top_up_offer(50_000, 0)
    sale = top_up(**shop.asks(member, offer=offer, tenders=shop.in_cash(50_000)))

    refused(SettledAtRefundDesk, **asked(shop, sale))


def test_a_bill_is_undone_or_paid_back_but_not_both(shop):
    member = regular(shop)
    undone = paid_both_ways(shop, member, value=500, cash=500)
    back = paid_both_ways(shop, member, value=500, cash=500)
    where = {"store": shop.store, "at": WORKDAY, "by": shop.clerk, "reason": "Mistyped"}
    undo(request_id=uuid4(), txn_id=undone.pk, **where)
    refund = refund_sale(**asked(shop, back, lines=[Back(line=1, amount=1)]))

    refused(SaleWasUndone, **asked(shop, undone))
    with pytest.raises(SalePaidBack):
        undo(request_id=uuid4(), txn_id=back.pk, **where)
    with pytest.raises(ReversalIsFinal):
        undo(request_id=uuid4(), txn_id=refund.txn_id, **where)
    assert not Sale.objects.get(pk=back.pk).voided_at


def test_an_anonymous_bill_without_value_cannot_be_undone_once_paid_back(shop):
    sale = paid_both_ways(shop, None, value=0, cash=1_000)
    refund_sale(**asked(shop, sale, lines=[Back(line=1, amount=1)]))

    with pytest.raises(SalePaidBack):
        undo(
            request_id=uuid4(),
            txn_id=sale.pk,
            store=shop.store,
            at=WORKDAY,
            by=shop.clerk,
            reason="Mistyped",
        )


def test_cash_above_the_limit_is_for_managers_and_cannot_be_split(shop):
    shop.store.cash_refund_limit = 500
    shop.store.save()
    sale = paid_both_ways(shop, None, value=0, cash=1_000)
    refund_sale(**asked(shop, sale, lines=[Back(line=1, amount=300)]))

    error = refused(CashPayoutAboveLimit, **asked(shop, sale, lines=[Back(line=1, amount=201)]))
    shop.clerk.role = "manager"
    refund = refund_sale(**asked(shop, sale))

    assert "5.01" in str(error)
    assert refund.total == 700


def test_a_bill_paid_back_is_no_purchase_and_a_part_of_it_lowers_spend(shop):
    member = regular(shop)
    whole = paid_both_ways(shop, member, value=0, cash=1_000)
    part = paid_both_ways(shop, member, value=0, cash=2_000)
    refresh_everybody(at=WORKDAY)
    assert (member.facts.orders, member.facts.spend) == (2, 3_000)

    refund_sale(**asked(shop, whole))
    refund_sale(**asked(shop, part, lines=[Back(line=1, amount=300)]))
    refresh_everybody(at=WORKDAY)

    member.facts.refresh_from_db()
    assert (member.facts.orders, member.facts.spend) == (1, 1_700)
    assert rollups_equal_raw() == []


def test_what_a_merged_member_gets_back_goes_on_to_who_they_are_now(shop):
    """Failed when the member now on the bill was asked, whom the merge had made the survivor."""
    member, now = regular(shop), shop.member()
    sale = paid_both_ways(shop, member, value=1_000, cash=0)
    merge_members(**shop.asks(), survivor=now, merged=member, reason="the same person")

    refund_sale(**asked(shop, sale))

    assert held(now, shop.money) == 20_000
    assert held(member, shop.money) == 0
    assert differences() == []


def test_when_all_pieces_are_back_the_refusal_says_that_money_is_left(shop):
    """Failed with the refusal for pieces alone: 0 can still come back, not 1."""
    sale = paid_both_ways(shop, shop.member(), value=0, cash=4_400, quantity=3)
    refund_sale(**asked(shop, sale, lines=[Back(line=1, quantity=3, amount=2_933)]))

    refusal = refused(OnlyMoneyIsLeft, **asked(shop, sale, lines=[Back(line=1, quantity=1)]))

    assert "CN¥14.67 of its price is left" in str(refusal)
    rest = refund_sale(**asked(shop, sale, lines=[Back(line=1, amount=1_467)]))
    assert rest.total == 1_467


@given(data=st.data())
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_parts_of_any_sequence_add_up_to_the_bill(data):
    """Lines, payments, lots and points, whatever the parts, in whatever order.

    Failed with each part floored on its own instead of cumulatively: points were left over.
    """
    shop = open_shop(f"shop-{uuid4().hex[:8]}")
    member = regular(shop, paid=data.draw(st.integers(1, 9_999)), bonus=7_001)
    at_hand = held(member, shop.money)
    sizes = st.integers(1, 4_000)
    lines = [
        goods(data.draw(sizes), quantity=data.draw(st.integers(1, 5)))
        for _ in range(data.draw(st.integers(1, 3)))
    ]
    let_go = data.draw(st.integers(0, 9))
    total = max(1, sum(line.charged_value for line in lines) - let_go)
    rounding = total - sum(line.charged_value for line in lines)
    value = data.draw(st.integers(0, min(total, at_hand)))
    tenders = [t for t in (*shop.in_value(value), *shop.in_cash(total - value)) if t.amount]
    before = lots(member, shop.money)
    sale = sell(**shop.asks(member, lines=lines, tenders=tenders, rounding=rounding))
    earned = held(member, shop.points)

    for _ in range(data.draw(st.integers(0, 6))):
        number = data.draw(st.integers(1, len(lines)))
        back = data.draw(
            st.one_of(
                st.builds(Back, line=st.just(number), quantity=st.integers(1, 5)),
                st.builds(Back, line=st.just(number), amount=st.integers(1, 2_000)),
            )
        )
        try:
            refund_sale(**asked(shop, sale, lines=[back]))
        except (MoreThanCameBack, MoreThanIsLeft, NothingToRefund):
            continue
        sale.refresh_from_db()
        left = earned - earned * sale.refunded_total // total
        assert held(member, shop.points) == left
    if sale.refunded_total < total:
        refund_sale(**asked(shop, sale))

    sale.refresh_from_db()
    assert sale.refunded_total == total
    assert lots(member, shop.money) == before
    assert held(member, shop.points) == 0
    assert held(member, shop.points.debt_asset) == 0
    by_line = SaleRefundLine.objects.filter(refund__sale=sale).values_list("sale_line__line")
    assert dict(by_line.annotate(Sum("amount"))) == {
        number: line.charged_value for number, line in enumerate(lines, start=1)
    }
    by_tender = SaleRefundTender.objects.filter(refund__sale=sale).values_list("sale_tender__line")
    assert dict(by_tender.annotate(Sum("amount"))) == {
        number: tender.amount for number, tender in enumerate(tenders, start=1)
    }
    assert sum(Movement.objects.filter(txn=sale.pk).values_list("amount", flat=True)) == -sum(
        Movement.objects.filter(txn__reverses=sale.pk).values_list("amount", flat=True)
    )
    assert differences() == []
