"""Bills add up, pay from the right lots, and happen once."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from ledger.models import Lot, LotOrigin, Movement, Sale, TenderType, Txn, TxnKind, Visit
from ledger.models.sales import LineKind
from ledger.operations.assets import ensure_tenders, points, stored_value, stored_value_tender
from ledger.operations.posting import Contra, Header, grant, post
from ledger.operations.refusals import NotEnough, RequestReused
from ledger.operations.sales import (
    AmountNegative,
    BillIsEmpty,
    Line,
    MemberMissing,
    ReferenceMissing,
    Tender,
    TenderNotInUse,
    TendersDoNotAddUp,
    ValueBuysNoStoredValue,
    record_sale,
)
from tests.members.factories import MemberFactory, StoreFactory

AT = datetime(2026, 5, 1, 12, tzinfo=UTC)  # 20:00 in Shanghai

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    store = StoreFactory()
    ensure_tenders(store)
    return store


@pytest.fixture
def member(store):
    return MemberFactory(store=store)


def cash(amount):
    return Tender(tender=TenderType.objects.get(code="cash"), amount=amount)


def skewers(charged=3000, listed=3600):
    return Line(
        kind=LineKind.PRODUCT,
        description="Skewers",
        list_value=listed,
        charged_value=charged,
        quantity=6,
    )


def holding(member, store, amount):
    """Give the member stored value that was paid for."""
    header = Header(
        id=uuid4(), kind=TxnKind.TOP_UP, request={}, store=store, at=AT, by=None, member=member
    )
    leg = grant(
        member=member,
        asset=stored_value(store),
        amount=amount,
        origin=LotOrigin.PAID,
        contra=Contra.CASH_IN,
        cost=amount,
    )
    post(header, [leg]).or_raise()


def sell(store, lines, tenders, **more):
    more = {"request_id": uuid4(), "at": AT, "by": None, "request": {"bill": 1}} | more
    return record_sale(store=store, lines=lines, tenders=tenders, **more)


def nothing_written():
    return not (Sale.objects.exists() or Visit.objects.exists())


def test_a_bill_keeps_lines_tenders_totals_and_its_business_day(store, member):
    late = datetime(2026, 5, 1, 18, tzinfo=UTC)  # 02:00 on 2 May in Shanghai, before the day cut

    sale = sell(store, [skewers()], [cash(3000)], member=member, at=late)

    assert (sale.total, sale.list_total, sale.goods_total) == (3000, 3600, 3000)
    assert sale.is_purchase
    assert sale.business_date.isoformat() == "2026-05-01"
    assert sale.visit.member == member
    assert [line.quantity for line in sale.lines.all()] == [6]
    assert [tender.amount for tender in sale.tenders.all()] == [3000]


def test_an_anonymous_sale_is_counted_and_notes_no_visit(store):
    sale = sell(store, [skewers()], [cash(3000)])

    assert sale.member is None
    assert not Visit.objects.exists()


def test_stored_value_and_cash_pay_together(store, member):
    holding(member, store, 2000)

    sale = sell(
        store,
        [skewers()],
        [Tender(tender=stored_value_tender(store), amount=2000), cash(1000)],
        member=member,
    )

    movement = Movement.objects.get(txn=sale.pk)
    assert (movement.amount, movement.charged_value, movement.list_value) == (-2000, 2000, 2400)
    assert member.wallets.get().balance == 0


def test_the_list_value_is_shared_over_tenders_to_the_cent(store, member):
    holding(member, store, 2000)
    paid_by = Tender(tender=stored_value_tender(store), amount=1000)

    sale = sell(store, [skewers(2000, 2001)], [paid_by, paid_by], member=member)

    assert sum(m.list_value for m in Movement.objects.filter(txn=sale.pk)) == 2001


def test_rounding_is_a_line_of_its_own(store):
    sale = sell(store, [skewers(3005)], [cash(3000)], rounding=-5)

    assert sale.total == 3000
    assert sale.lines.get(kind=LineKind.ROUNDING).charged_value == -5


def test_the_same_request_is_one_bill(store, member):
    request_id = uuid4()

    first = sell(store, [skewers()], [cash(3000)], member=member, request_id=request_id)
    again = sell(store, [skewers()], [cash(3000)], member=member, request_id=request_id)

    assert first == again
    assert Sale.objects.count() == 1


def test_another_bill_under_the_same_id_is_refused(store):
    request_id = uuid4()
    sell(store, [skewers()], [cash(3000)], request_id=request_id)

    with pytest.raises(RequestReused):
        sell(store, [skewers()], [cash(3000)], request_id=request_id, request={"bill": 2})

    assert Sale.objects.count() == 1


def test_a_refused_stored_value_payment_writes_no_bill_and_burns_the_id(store, member):
    holding(member, store, 500)
    tenders = [Tender(tender=stored_value_tender(store), amount=3000)]
    request_id = uuid4()

    with pytest.raises(NotEnough) as refused:
        sell(store, [skewers()], tenders, member=member, request_id=request_id)
    holding(member, store, 9000)
    with pytest.raises(NotEnough):
        sell(store, [skewers()], tenders, member=member, request_id=request_id)

    assert "¥30.00" in str(refused.value)
    assert nothing_written()
    assert Txn.objects.get(pk=request_id).outcome == "refused"


@pytest.mark.parametrize(
    ("lines", "tenders", "refusal"),
    [
        ([], [], BillIsEmpty),
        ([(3000, 3000)], [2999], TendersDoNotAddUp),
        ([(3000, 3000)], [1500, 1501], TendersDoNotAddUp),
        ([(-1, 0)], [], AmountNegative),
    ],
)
def test_a_bill_that_does_not_add_up_is_refused(store, lines, tenders, refusal):
    with pytest.raises(refusal):
        sell(
            store,
            [skewers(charged, listed) for charged, listed in lines],
            [cash(amount) for amount in tenders],
        )

    assert nothing_written()


def test_stored_value_never_buys_a_top_up(store, member):
    holding(member, store, 5000)
    line = Line(kind=LineKind.TOP_UP, description="Top-up", list_value=5000, charged_value=5000)

    with pytest.raises(ValueBuysNoStoredValue):
        sell(
            store,
            [line],
            [Tender(tender=stored_value_tender(store), amount=5000)],
            member=member,
        )

    assert nothing_written()


def test_stored_value_needs_a_member(store):
    with pytest.raises(MemberMissing):
        sell(store, [skewers()], [Tender(tender=stored_value_tender(store), amount=3000)])


def test_a_tender_may_ask_for_its_reference(store):
    TenderType.objects.filter(code="wechat").update(needs_reference=True)
    wechat = TenderType.objects.get(code="wechat")

    with pytest.raises(ReferenceMissing):
        sell(store, [skewers()], [Tender(tender=wechat, amount=3000, reference=" ")])
    sale = sell(store, [skewers()], [Tender(tender=wechat, amount=3000, reference="4200001")])

    assert sale.tenders.get().reference == "4200001"


def test_a_tender_out_of_use_is_refused(store):
    TenderType.objects.filter(code="cash").update(is_active=False)

    with pytest.raises(TenderNotInUse):
        sell(store, [skewers()], [cash(3000)])

    assert nothing_written()


def test_a_top_up_is_no_purchase_but_what_it_buys_is(store, member):
    leg = grant(
        member=member,
        asset=stored_value(store),
        amount=5000,
        origin=LotOrigin.PAID,
        contra=Contra.CASH_IN,
        cost=5000,
    )
    line = Line(kind=LineKind.TOP_UP, description="Top-up", list_value=5000, charged_value=5000)

    top_up = sell(store, [line], [cash(5000)], member=member, legs=[leg], kind=TxnKind.TOP_UP)
    goods = sell(
        store,
        [skewers()],
        [Tender(tender=stored_value_tender(store), amount=3000)],
        member=member,
        request={"bill": 2},
    )

    assert (top_up.is_purchase, top_up.goods_total) == (False, 0)
    assert (goods.is_purchase, goods.goods_total) == (True, 3000)


def test_points_earned_move_with_the_bill(store, member):
    leg = grant(
        member=member,
        asset=points(store.entity),
        amount=30,
        origin=LotOrigin.EARNED,
        contra=Contra.PROMOTION,
        merge=True,
    )

    first = sell(store, [skewers()], [cash(3000)], member=member, legs=[leg])
    sell(store, [skewers()], [cash(3000)], member=member, legs=[leg], request={"bill": 2})

    assert first.txn_id == first.pk
    assert (Lot.objects.get().granted, Lot.objects.get().remaining) == (60, 60)
