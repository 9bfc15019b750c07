"""Two tills at the same moment: what must happen once happens once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from common.errors import DomainError
from ledger.models import Lot
from promotions.operations import ensure_entitlement, take_in, top_up
from promotions.operations.services import FreeUsesGone
from promotions.operations.topups import OfferTakenBefore
from tests.promotions.shops import WORKDAY, held, open_shop
from tests.promotions.test_services import Menswear

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

TILLS = 4


def at_once(work):
    """Run ``work`` in several threads that start together; return results and refusals."""
    barrier = Barrier(TILLS)

    def one(_number):
        try:
            barrier.wait(timeout=10)
            return work()
        except DomainError as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(TILLS) as pool:
        return list(pool.map(one, range(TILLS)))


def test_an_offer_for_once_is_taken_once():
    shop = open_shop()
    member = shop.member()
    offer = shop.top_up_offer(50000, 10000, is_once_per_member=True)

    answers = at_once(lambda: top_up(**shop.asks(member), offer=offer, tenders=shop.in_cash(50000)))

    refused = [one for one in answers if isinstance(one, OfferTakenBefore)]
    assert len(refused) == TILLS - 1
    assert held(member, shop.money) == 60000


def test_a_month_is_granted_once():
    menswear = Menswear()
    member = menswear.member("gold")

    at_once(lambda: ensure_entitlement(programme=menswear.programme, member=member, at=WORKDAY))

    assert [lot.granted for lot in Lot.objects.of(member)] == [3]


def test_the_last_free_use_is_used_once():
    menswear = Menswear()
    member = menswear.member("regular")
    suit = menswear.suit_of(member)

    answers = at_once(
        lambda: take_in(
            **menswear.shop.asks(member),
            programme=menswear.programme,
            garment="suit",
            sale_line=suit,
        )
    )

    assert sum(isinstance(one, FreeUsesGone) for one in answers) == TILLS - 1
    assert menswear.programme.tickets.count() == 1


def test_one_request_sent_by_two_tills_is_one_top_up():
    shop = open_shop()
    member = shop.member()
    asked = shop.asks(member, offer=shop.top_up_offer(50000, 10000))

    answers = at_once(lambda: top_up(**asked, tenders=shop.in_cash(50000)))

    assert len(set(answers)) == 1
    assert held(member, shop.money) == 60000
