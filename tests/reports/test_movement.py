"""Opening, lines and closing of what is owed: any cut of any history closes, in amount and cost."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from uuid import uuid4

import pytest
from django.db import connection

from ledger.models import Contra, Lot, LotOrigin, Outcome, Txn, TxnKind
from ledger.operations.posting import close, expire, give_back, grant, move, revoke, take
from ledger.operations.value_days import sum_value
from ledger.queries.value_days import value_days_equal_raw
from members.models import Store
from reports.queries.movement import Kept, Period, movement
from reports.queries.scope import Scope, whole_scope
from reports.rules.value_lines import Line, Sum, part_of, total
from tests.ledger.holding import open_shop, sell_beers, spend, top_up
from tests.reports.selling import at

FIRST = date(2026, 3, 1)
DAYS = 12
FRESH = "fresh"  # one that no run has seen; workers must name it alike
SEEDS = [11, 2026, FRESH]

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


def branch_of(shop):
    fields = {f: getattr(shop.store, f) for f in ("entity", "country", "currency", "time_zone")}
    return Store.objects.create(code="branch", name="branch", language="en", **fields)


def seal():
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_seal_up(1000)")


def left_in_lots():
    """What every lot still holds: the truth that no equation may miss."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT lot.store_id, asset.id, asset.kind, lot.origin, lot.cost > 0, lot.remaining,"
            " ledger_cost_left(lot.granted, lot.cost, lot.remaining) FROM ledger_lot AS lot"
            " JOIN ledger_wallet AS wallet ON wallet.id = lot.wallet_id"
            " JOIN ledger_asset AS asset ON asset.id = wallet.asset_id AND asset.kind <> 'debt'"
        )
        left = defaultdict(Sum)
        for store, asset, kind, origin, is_paid, amount, cost in cursor.fetchall():
            part = part_of(kind, origin, is_paid=is_paid)
            left[store, Kept(asset, "CNY", part)] += Sum(amount, cost)
    return left


@dataclass
class History:
    """Random operations in two stores, day by day, and what the lots held at each day's end."""

    random: Random
    shop: object = field(default_factory=open_shop)
    undoable: list = field(default_factory=list)
    left: dict = field(default_factory=dict)

    def __post_init__(self):
        self.stores = [self.shop.store, branch_of(self.shop)]
        self.members = [self.shop.member() for _ in range(3)]
        self.left[FIRST] = left_in_lots()

    def play(self):
        for number in range(DAYS):
            self.day = FIRST + timedelta(days=number)
            for _ in range(self.random.randrange(1, 7)):
                getattr(self, self.random.choice(self.VERBS))()
            if self.random.random() < 0.3:
                seal()
            if self.random.random() < 0.5:
                sum_value()
            self.left[self.day + timedelta(days=1)] = left_in_lots()

    VERBS = [
        "top_up",
        "beers",
        "points",
        "migrate",
        "spend",
        "spend",
        "spend",
        "hand_over",
        "refund",
        "hold",
        "undo",
        "sweep",
        "adjust",
    ]

    def where(self):
        """One of the stores, at noon of the day."""
        return {"store": self.random.choice(self.stores), "at": at(self.shop, self.day)}

    def post(self, *legs, kind, **given):
        answer = self.shop.post(*legs, kind=kind, **self.where(), **given)
        if answer.outcome == Outcome.POSTED and kind != TxnKind.REVERSE:
            self.undoable.append(answer.id)

    def top_up(self):
        amounts = {"paid": self.random.randrange(1, 999), "bonus": self.random.randrange(99)}
        self.undoable.append(
            top_up(self.shop, self.random.choice(self.members), **amounts, **self.where())
        )

    def beers(self):
        last = self.day + timedelta(days=self.random.randrange(4))
        count, price = self.random.randrange(1, 101), self.random.randrange(2018)
        given = self.where() | {"expires_at": self.shop.store.end_of(last)}
        self.undoable.append(
            sell_beers(self.shop, self.random.choice(self.members), count, price, **given)
        )

    def points(self):
        leg = {"origin": LotOrigin.EARNED, "contra": Contra.PROMOTION, "merge": True}
        self.post(self.grant(self.shop.points, 50, **leg), kind=TxnKind.EARN)

    def migrate(self):
        leg = {"origin": LotOrigin.OPENING, "contra": Contra.MIGRATION}
        cost = self.random.choice([0, 77])
        self.post(self.grant(self.shop.money, 100, cost=cost, **leg), kind=TxnKind.OPENING)

    def grant(self, asset, amount, **terms):
        return grant(member=self.random.choice(self.members), asset=asset, amount=amount, **terms)

    def take(self, amount, **terms):
        asset = self.random.choice([self.shop.money, self.shop.beer, self.shop.points])
        member = self.random.choice(self.members)
        return take(member=member, asset=asset, amount=amount, up_to=True, **terms)

    def spend(self):
        self.post(self.take(self.random.randrange(1, 150)), kind=TxnKind.REDEEM)

    def adjust(self):
        self.post(self.take(9, contra=Contra.GOODWILL), kind=TxnKind.ADJUST)

    def hold(self):
        self.post(self.take(40, contra=Contra.HOLD), kind=TxnKind.HOLD)

    def hand_over(self):
        giver, taker = self.random.sample(self.members, 2)
        self.post(move(member=giver, to_member=taker), kind=TxnKind.TRANSFER)

    def refund(self):
        lots = Lot.objects.filter(is_open=True, contract__isnull=False).select_related("contract")
        lot = lots.order_by("?").first()
        if lot is None:
            return
        left = Lot.objects.filter(contract=lot.contract_id, is_open=True)
        paid = {
            "member": lot.wallet.member,
            "asset": self.shop.money,
            "amount": self.random.randrange(1, 500),
            "contract": lot.contract_id,
        }
        self.post(
            close(contract=lot.contract_id, expects=dict(left.values_list("pk", "remaining"))),
            grant(**paid, cost=paid["amount"], origin=LotOrigin.PAID, contra=Contra.SETTLEMENT),
            take(**paid, contra=Contra.CASH_IN),
            kind=TxnKind.REFUND,
        )

    def undo(self):
        if self.undoable:
            known = self.random.choice(self.undoable)
            self.post(give_back(), revoke(), kind=TxnKind.REVERSE, reverses=known)

    def sweep(self):
        for member in self.members:
            self.post(expire(member_id=member.pk, asset_id=self.shop.beer.pk), kind=TxnKind.EXPIRE)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_cut_of_a_random_history_closes(seed):
    seed = Random().randrange(10**6) if seed == FRESH else seed
    history = History(Random(seed))
    history.play()

    assert value_days_equal_raw() == []
    scopes = [whole_scope()] + [Scope(stores=(s,), is_whole=False) for s in history.stores]
    for start, end in cuts(history.left):
        for scope in scopes:
            found = movement(Period(start, end), scope)
            assert openings(found) == of_stores(history.left[start], scope.ids), seed
            assert closings(found) == of_stores(history.left[end], scope.ids), seed


def cuts(days):
    return [(start, end) for start in days for end in days if start <= end]


def of_stores(left, stores):
    sums = defaultdict(Sum)
    for (store, kept), found in left.items():
        if store in stores:
            sums[kept] += found
    return {kept: found for kept, found in sums.items() if found}


def openings(found):
    return {kept: one.opening for kept, one in found.items() if one.opening}


def closings(found):
    return {kept: one.closing for kept, one in found.items() if one.closing}


def march(shop, part, *, asset=None, scope=None):
    found = movement(Period(FIRST, date(2026, 4, 1)), scope or whole_scope())
    return found[Kept((asset or shop.money).pk, "CNY", part)]


def test_a_refund_is_cash_out_and_the_rest_a_settlement():
    shop = open_shop()
    member, day = shop.member(), at(shop, FIRST)
    sold = top_up(shop, member, paid=50000, bonus=50000, at=day)
    spend(shop, member, shop.money, 40000, at=day)
    left = dict(Lot.objects.filter(contract=sold, is_open=True).values_list("pk", "remaining"))
    paid = {"member": member, "asset": shop.money, "amount": 30000, "contract": sold}
    refund = shop.post(
        close(contract=sold, expects=left),
        grant(**paid, cost=30000, origin=LotOrigin.PAID, contra=Contra.SETTLEMENT),
        take(**paid, contra=Contra.CASH_IN),
        kind=TxnKind.REFUND,
        at=day,
    )

    principal, bonus = march(shop, "principal"), march(shop, "bonus")

    assert refund.outcome == "posted"
    assert principal.lines == {
        Line.SOLD: Sum(50000, 50000),
        Line.DELIVERED: Sum(-40000, -40000),
        Line.REFUNDED: Sum(-30000, -30000),
        Line.SETTLEMENT: Sum(20000, 20000),
    }
    assert bonus.lines == {Line.GIVEN: Sum(50000, 0), Line.SETTLEMENT: Sum(-50000, 0)}
    assert principal.closing == bonus.closing == Sum()


def test_an_undone_refund_never_happened():
    shop = open_shop()
    member, day = shop.member(), at(shop, FIRST)
    sold = sell_beers(shop, member, 101, 2018, at=day)
    left = dict(Lot.objects.filter(contract=sold, is_open=True).values_list("pk", "remaining"))
    refund = shop.post(close(contract=sold, expects=left), kind=TxnKind.REFUND, at=day, id=uuid4())
    shop.post(give_back(), kind=TxnKind.REVERSE, reverses=refund.id, at=day)

    assert march(shop, "bundle", asset=shop.beer).lines == {Line.SOLD: Sum(101, 2018)}


def test_a_transfer_is_nothing_to_the_store_that_issued_it():
    shop = open_shop()
    giver, taker, day = shop.member(), shop.member(), at(shop, FIRST)
    sell_beers(shop, giver, 101, 2018, at=day)
    branch = branch_of(shop)
    shop.post(
        move(member=giver, to_member=taker), kind=TxnKind.TRANSFER, at=day, store=branch
    ).or_raise()
    spend(shop, taker, shop.beer, 1, at=day, store=branch)

    found = march(shop, "bundle", asset=shop.beer, scope=scope_of_store(shop.store))
    elsewhere = movement(Period(FIRST, date(2026, 4, 1)), scope_of_store(branch))

    assert found.lines == {Line.SOLD: Sum(101, 2018), Line.DELIVERED: Sum(-1, -19)}
    assert elsewhere == {}


def scope_of_store(store):
    return Scope(stores=(store,), is_whole=False)


def test_days_are_the_shops_and_the_end_is_not_in_the_period():
    shop = open_shop()
    member = shop.member()
    sell_beers(shop, member, 101, 2018, at=at(shop, FIRST))
    spend(shop, member, shop.beer, 5, at=at(shop, date(2026, 3, 31)))
    spend(shop, member, shop.beer, 6, at=at(shop, date(2026, 4, 1)))

    assert march(shop, "bundle", asset=shop.beer).closing.amount == 96


def test_the_sums_grow_with_the_seals_and_say_what_the_movements_say():
    shop = open_shop()
    member, day = shop.member(), at(shop, FIRST)
    sell_beers(shop, member, 101, 2018, at=day)
    before = march(shop, "bundle", asset=shop.beer)
    unsealed = sum_value()
    seal()
    sealed = sum_value()
    spend(shop, member, shop.beer, 5, at=day)

    assert unsealed == 0
    assert sealed == Txn.objects.order_by("-number")[1].number
    assert before.closing == Sum(101, 2018)
    assert march(shop, "bundle", asset=shop.beer).lines[Line.DELIVERED] == Sum(-5, -99)
    assert sum_value() == sealed
    assert value_days_equal_raw() == []
    assert total([Sum(1, 2), Sum(3, 4)]) == Sum(4, 6)


def test_a_false_sum_is_found():
    shop = open_shop()
    sell_beers(shop, shop.member(), 101, 2018, at=at(shop, FIRST))
    seal()
    sum_value()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_valueday SET amount = amount + 1")

    found = value_days_equal_raw()

    assert sorted((one.table, one.verdict) for one in found) == [
        ("valueday", "false"),
        ("valueday", "missing"),
    ]
