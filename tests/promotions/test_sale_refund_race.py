"""Sixteen tills pay one bill back in random parts at the same moment: exactly it, and no more."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connection
from django.db.models import Sum

from ledger.models import Sale, SaleRefund, SaleRefundTender
from ledger.operations.sale_refunds import (
    Back,
    MoreThanCameBack,
    MoreThanIsLeft,
    NothingToRefund,
    refund_sale,
)
from ledger.queries.audit import differences
from promotions.operations import sell, top_up
from tests.promotions.shops import WORKDAY, Shop, goods, held, lots, open_shop

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

TILLS = 16
TOTAL = 20_000
EVERY_REFUSAL = (MoreThanCameBack, MoreThanIsLeft, NothingToRefund)


def bill(shop: Shop) -> Sale:
    """Two lines, paid half by stored value and half in cash, earning points."""
    shop.points_rule()
    member = shop.member()
    offer = shop.top_up_offer(15_000, 5_000)
    top_up(**shop.asks(member, offer=offer, tenders=shop.in_cash(15_000)))
    tenders = [*shop.in_value(10_000), *shop.in_cash(10_000)]
    lines = [goods(7_001, quantity=7), goods(12_999)]
    return sell(**shop.asks(member, lines=lines, tenders=tenders))


def parts(random: Random) -> Iterator[Back]:
    """Pieces and amounts of both lines, more of them than the bill has."""
    for _ in range(12):
        yield random.choice(
            [
                Back(line=1, quantity=random.randint(1, 2)),
                Back(line=1, amount=random.randint(1, 900)),
                Back(line=2, amount=random.randint(1, 2_500)),
            ]
        )


def test_sixteen_tills_pay_back_exactly_the_bill():
    """Failed with the bill read without its lock: the CHECK on the refunded total, or more than
    was moved, stopped the second of two that had both seen room for their part.
    """
    shop = open_shop()
    sale = bill(shop)
    seed = uuid4().int
    barrier = Barrier(TILLS)

    def till(number: int) -> tuple[int, int, int]:
        """What this till paid back, how often, and how often it was refused."""
        random = Random(seed + number)
        paid, done, refused = 0, 0, 0
        try:
            with connection.cursor() as cursor:  # connected before the start
                cursor.execute("SELECT 1")
            barrier.wait(timeout=60)
            for back in parts(random):
                try:
                    refund = refund_sale(
                        request_id=uuid4(),
                        sale_id=sale.pk,
                        store=shop.store,
                        at=WORKDAY,
                        by=shop.clerk,
                        reason="Brought back",
                        lines=[back],
                    )
                except EVERY_REFUSAL:
                    refused += 1
                else:
                    paid, done = paid + refund.total, done + 1
        finally:
            connection.close()
        return paid, done, refused

    with ThreadPoolExecutor(TILLS) as pool:
        told = list(pool.map(till, range(TILLS)))

    sale.refresh_from_db()
    acknowledged = sum(paid for paid, _done, _refused in told)
    assert acknowledged == sale.refunded_total
    assert sum(done for _paid, done, _refused in told) == SaleRefund.objects.count() > 1
    assert sum(refused for _paid, _done, refused in told) > 0
    if sale.refunded_total < TOTAL:
        refund_sale(
            request_id=uuid4(),
            sale_id=sale.pk,
            store=shop.store,
            at=WORKDAY,
            by=shop.clerk,
            reason="The rest",
        )
    by_tender = SaleRefundTender.objects.values_list("sale_tender__line")
    assert dict(by_tender.annotate(Sum("amount"))) == {1: 10_000, 2: 10_000}
    assert lots(sale.member, shop.money) == [("paid", 15_000, 15_000), ("bonus", 5_000, 0)]
    assert held(sale.member, shop.points) == 0
    assert differences() == []
