"""Random operations against the oracle: after each one the answers and the wallets are the same.

Every run draws new operations. A failure names its seed; ``REGULARS_SEED`` repeats the run and
``REGULARS_MODEL_OPS`` sets how long it is.
"""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from random import Random, randrange
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from psycopg import Cursor

from ledger.models import Asset, Contra, LotOrigin, Scope, TxnKind
from ledger.operations.posting import (
    Answer,
    Header,
    Leg,
    close,
    expire,
    give_back,
    grant,
    move,
    post,
    revoke,
    settle,
    share_of_money,
    take,
)
from ledger.operations.reversal import FINAL, HANDED_OVER
from ledger.queries.audit import counts, differences
from members.models import Member, Store
from tests.ledger.holding import NOON, Shop, as_superuser, contract_terms, open_shop
from tests.ledger.oracle import Oracle, Txn

OPERATIONS = int(os.environ.get("REGULARS_MODEL_OPS", "20000"))
EPOCH = 400  # operations on one cast of members; then the wallets are left as they are
CAST = 4
REFUSALS = {"not_enough", "already_used", "more_than_was_moved"}
REFUSALS |= {"contract_changed", "contract_settled"}
OUTCOMES = {"posted", "empty", "replayed", "conflict"} | REFUSALS

STATE = """
SELECT jsonb_build_object(
    'wallets', (SELECT jsonb_agg(jsonb_build_array(member_id, asset_id, balance, seq))
                FROM ledger_wallet WHERE member_id = ANY (%(members)s)),
    'lots', (SELECT jsonb_agg(jsonb_build_array(l.id, l.granted, l.remaining))
             FROM ledger_lot l JOIN ledger_wallet w ON w.id = l.wallet_id
             WHERE l.is_open AND w.member_id = ANY (%(members)s)),
    'values', (SELECT jsonb_agg(jsonb_build_array(list_value, charged_value, reverses_line)
                                ORDER BY line)
               FROM ledger_movement WHERE txn_id = %(txn)s))
"""

Operation = tuple[Header, list[Leg]]


class Trade:
    """Makes up operations, and keeps what it needs to refer to earlier ones."""

    def __init__(self, shop: Shop, other_store: Store, oracle: Oracle, random: Random) -> None:
        self.shop, self.oracle, self.random = shop, oracle, random
        self.stores = [shop.store, other_store]
        self.scopes = list(Scope.objects.order_by("pk"))
        self.assets = [shop.money, shop.points, shop.beer]
        self.verbs: dict[Callable[[], Operation], int] = {
            self.grant_free: 14,
            self.sell: 14,
            self.take: 26,
            self.take_twice: 4,
            self.buy_with_value: 5,
            self.earn: 6,
            self.transfer: 2,
            self.hand_over: 3,
            self.retime: 3,
            self.refund: 4,
            self.hold: 4,
            self.resolve: 5,
            self.expire: 5,
            self.give_back: 9,
            self.revoke: 8,
            self.undo: 4,
            self.undo_hand_over: 2,
        }

    def begin(self, members: Sequence[Member]) -> None:
        """Trade with a new cast from a new year's noon on."""
        self.members, self.at = members, NOON
        self.sent: list[Operation] = []
        self.undoable: list[Operation] = []
        self.undone: UUID | None = None

    def next(self) -> Operation:
        pause = self.random.choices(["none", "minutes", "hours", "till midnight"], [60, 30, 9, 1])[
            0
        ]
        if pause == "till midnight":  # the very moment at which lots end
            self.at = self.midnight() + timedelta(days=1)
        else:
            self.at += {"none": 0, "minutes": 1, "hours": 100}[pause] * timedelta(minutes=7)
        if self.sent and self.random.random() < 0.08:
            return self.again(*self.random.choice(self.sent))
        (verb,) = self.random.choices(list(self.verbs), self.verbs.values())
        operation = verb()
        self.sent.append(operation)
        if operation[0].kind not in FINAL | HANDED_OVER:
            self.undoable.append(operation)
        return operation

    def again(self, header: Header, legs: list[Leg]) -> Operation:
        """An earlier request at a later time, in one case of three with another body."""
        fields = vars(header) | {"at": self.at}
        if self.random.random() < 0.33:
            fields["request"] = {"changed": self.random.random()}
        return Header(**fields), legs

    def header(self, kind: TxnKind, **given: Any) -> Header:
        """Somewhere, now or (from a slow till) a little earlier."""
        late = timedelta(minutes=self.random.choice([0, 0, 0, 20]))
        return self.shop.header(
            kind,
            id=UUID(int=self.random.getrandbits(128), version=4),
            store=self.random.choice(self.stores),
            at=self.at - late,
            **given,
        )

    def terms(self) -> dict[str, Any]:
        """When and for what a lot may be used: few values, so that lots often tie."""
        pick = self.random.choice
        days = pick([None, None, 1, 3, 9])
        return {
            "priority": pick([40, 50, 50, 60]),
            "scope": pick([None, None, None, *self.scopes]),
            "available_from": pick([None, None, None, self.at + timedelta(hours=1)]),
            "expires_at": days and self.midnight() + timedelta(days=days),
            "granted_at": pick([None, None, self.midnight()]),
        }

    def midnight(self) -> datetime:
        return self.at.replace(hour=0, minute=0)

    def holder(self) -> tuple[Member, Asset]:
        return self.random.choice(self.members), self.random.choice(self.assets)

    def amount_for(self, member: Member, asset: Asset) -> int:
        held = self.oracle.balance((member.pk, asset.pk))
        return self.random.choice(
            [1, 7, max(1, held), held + 1] + [self.random.randint(1, held // 3 + 1)] * 3
        )

    def grant_free(self) -> Operation:
        member, asset = self.holder()
        leg = grant(
            member=member,
            asset=asset,
            amount=self.random.choice([1, 10, 100, 997]),
            origin=self.random.choice([LotOrigin.GOODWILL, LotOrigin.EARNED]),
            contra=Contra.GOODWILL,
            merge=self.random.random() < 0.4,
            **self.terms(),
        )
        twice = leg["merge"] and self.random.random() < 0.3
        return self.header(TxnKind.ADJUST), [leg, leg] if twice else [leg]

    def sell(self) -> Operation:
        """A contract with up to three lots, which often tie in priority."""
        member, asset = self.holder()
        header, terms = self.header(TxnKind.TOP_UP), self.terms()
        legs, paid = [], 0
        for _ in range(self.random.randint(1, 3)):
            amount = self.random.choice([3, 101, 1000])
            cost = self.random.choice([0, amount, self.random.randint(0, amount)])
            paid += cost
            terms |= {"priority": self.random.choice([50, 50, 60])}
            legs.append(
                grant(
                    member=member,
                    asset=asset,
                    amount=amount,
                    cost=cost,
                    origin=LotOrigin.PAID if cost else LotOrigin.BONUS,
                    contra=Contra.CASH_IN,
                    contract=header.id,
                    **terms,
                )
            )
        return header, [contract_terms(self.shop, header, member, paid), *legs]

    def taking(self, member: Member, asset: Asset) -> Leg:
        amount = self.amount_for(member, asset)
        return take(
            member=member,
            asset=asset,
            amount=amount,
            list_value=self.random.choice([None, amount * 8, 5]),
            charged_value=self.random.choice([None, None, amount]),
            categories=self.random.choice([[], [1], [1, 2], [3]]),
            contract=self.random.choice([None] * 9 + [self.some_contract()]),
            up_to=self.random.random() < 0.2,
        )

    def some_contract(self) -> UUID | None:
        sold = [header.id for header, _ in self.sent if header.kind == TxnKind.TOP_UP]
        return self.random.choice(sold) if sold else None

    def take(self) -> Operation:
        return self.header(TxnKind.REDEEM), [self.taking(*self.holder())]

    def take_twice(self) -> Operation:
        member, asset = self.holder()
        legs = [self.taking(member, asset), self.taking(member, self.random.choice(self.assets))]
        return self.header(TxnKind.SALE), legs

    def buy_with_value(self) -> Operation:
        """Beers paid from stored value: they cost what had been paid for it."""
        member, header = self.random.choice(self.members), self.header(TxnKind.SELL_BUNDLE)
        price = self.amount_for(member, self.shop.money)
        lot = grant(
            member=member,
            asset=self.shop.beer,
            amount=self.random.choice([3, 10]),
            origin=LotOrigin.BUNDLE,
            contra=Contra.CASH_IN,
            contract=header.id,
        )
        return header, [
            take(member=member, asset=self.shop.money, amount=price, charged_value=price),
            contract_terms(self.shop, header, member, price),
            share_of_money(lot, fills="cost", money=0, before=0, after=1, whole=1),
        ]

    def earn(self) -> Operation:
        """Points for money, of which a debt is paid first."""
        member = self.random.choice(self.members)
        earned = grant(
            member=member,
            asset=self.shop.points,
            amount=0,
            origin=LotOrigin.EARNED,
            contra=Contra.PROMOTION,
            merge=self.random.random() < 0.5,
        )
        money = self.random.choice([0, 50, 777])
        gift = take(
            member=member,
            asset=self.shop.money,
            amount=1 + self.amount_for(member, self.shop.money) // 9,
            contra=self.random.choice([Contra.REVENUE, Contra.GOODWILL]),
            up_to=True,
        )
        return self.header(TxnKind.EARN), [
            gift,
            share_of_money(earned, fills="amount", money=money, before=0, after=1, whole=5),
            settle(
                member=member,
                asset=self.shop.points,
                debt_asset=self.shop.owed_points,
                amount=self.random.choice([5, 1000]),
            ),
        ]

    def transfer(self) -> Operation:
        giver, taker = self.random.sample(self.members, 2)
        asset = self.random.choice(self.assets)
        amount = self.amount_for(giver, asset)
        return self.header(TxnKind.TRANSFER), [
            take(member=giver, asset=asset, amount=amount, contra=Contra.TRANSFER),
            grant(
                member=taker,
                asset=asset,
                amount=amount,
                origin=LotOrigin.GOODWILL,
                contra=Contra.TRANSFER,
            ),
        ]

    def hand_over(self) -> Operation:
        """A contract, a balance or all that one member has goes to another one."""
        giver, taker = self.random.sample(self.members, 2)
        narrowed: dict[str, Any] = self.random.choice(
            [{}, {"asset": self.random.choice(self.assets)}, {"contract": self.some_contract()}]
        )
        return self.header(TxnKind.TRANSFER), [move(member=giver, to_member=taker, **narrowed)]

    def retime(self) -> Operation:
        """Some lots of one balance get another time; ended ones can live again."""
        member, asset = self.holder()
        lots = [lot for lot in self.oracle.lots[member.pk, asset.pk] if lot.remaining]
        ids = [self.oracle.ids[lot] for lot in lots if self.random.random() < 0.5]
        times = {"expires_at": self.random.choice([None, self.midnight() + timedelta(days=5)])}
        if self.random.random() < 0.3:
            times["available_from"] = self.at + timedelta(hours=2)
        return self.header(TxnKind.RETIME), [
            move(member=member, to_member=member, asset=asset, lots=ids, **times)
        ]

    def refund(self) -> Operation:
        """Close a contract and pay some of it out; now and then it has changed since."""
        header, contract = self.header(TxnKind.REFUND), self.some_contract()
        if contract is None:
            return self.expire()
        lots = [lot for held in self.oracle.lots.values() for lot in held if lot.remaining]
        lots = [lot for lot in lots if lot.leg["contract"] == str(contract)]
        expects = {self.oracle.ids[lot]: lot.remaining for lot in lots}
        if self.random.random() < 0.15:
            expects |= {key: left + 1 for key, left in list(expects.items())[:1]} or {1: 1}
        paid = {
            "member": self.random.choice(self.members),
            "asset": self.shop.money,
            "amount": self.random.randint(1, 900),
            "contract": contract,
        }
        settled = grant(
            **paid, origin=LotOrigin.PAID, contra=Contra.SETTLEMENT, cost=paid["amount"]
        )
        closing = close(contract=contract, expects=expects)
        return header, [closing, settled, take(**paid, contra=Contra.CASH_IN)]

    def hold(self) -> Operation:
        """Set a deposit aside."""
        member, asset = self.holder()
        held = {"member": member, "asset": asset, "amount": self.amount_for(member, asset)}
        return self.header(TxnKind.HOLD, member=member), [take(**held, contra=Contra.HOLD)]

    def resolve(self) -> Operation:
        """Release a deposit, or take some of it from the very lots, ended or not."""
        sent = [operation for operation in self.sent[-80:] if operation[0].kind == TxnKind.HOLD]
        if not sent:
            return self.hold()
        header, (leg,) = self.random.choice(sent)
        known = self.oracle.txns.get(str(header.id))
        if known is None or known.refusal:
            return self.hold()
        if self.random.random() < 0.4:
            return self.header(TxnKind.RELEASE, reverses=header.id), [give_back()]
        asset = next(asset for asset in self.assets if asset.pk == leg["asset"])
        amount = self.random.randint(1, leg["amount"])
        taken = take(member=header.member, asset=asset, amount=amount, held=True)
        return self.header(TxnKind.CAPTURE, reverses=header.id), [give_back(), taken]

    def expire(self) -> Operation:
        member, asset = self.holder()
        return self.header(TxnKind.EXPIRE), [expire(member_id=member.pk, asset_id=asset.pk)]

    def reversing(self) -> tuple[Header, Txn | None]:
        """A reversal of some earlier operation, which may have been refused or undone already."""
        if not self.undoable:
            return self.header(TxnKind.REVERSE), None
        if self.random.random() < 0.5 or not self.undone:
            self.undone = self.random.choice(self.undoable[-60:])[0].id
        original = self.undone  # often the same again
        known = self.oracle.txns.get(str(original))
        if known is None:  # it was empty and left nothing to refer to
            return self.header(TxnKind.REVERSE), None
        return self.header(TxnKind.REVERSE, reverses=original), known

    def part_of(self, txn: Txn | None, sign: int) -> int | None:
        size = sum(abs(m.amount) for m in txn.moves if m.amount * sign > 0) if txn else 0
        return self.random.choice(
            [None, None, max(1, size), size + 1] + [self.random.randint(1, size // 2 + 1)] * 3
        )

    def give_back(self) -> Operation:
        header, txn = self.reversing()
        asset = self.random.choice([None, None, None, *self.assets])
        return header, [give_back(asset=asset, amount=self.part_of(txn, -1))]

    def revoke(self) -> Operation:
        header, txn = self.reversing()
        points = bool(txn and txn.moves and txn.moves[0].lot.wallet[1] == self.shop.points.pk)
        leg = revoke(
            member=self.random.choice(self.members),
            asset=self.shop.points if points else self.random.choice([None, None, self.shop.money]),
            amount=self.part_of(txn, 1),
            debt_asset=self.shop.owed_points if points else None,
        )
        return header, [leg]

    def undo(self) -> Operation:
        """All of it, as the counter does."""
        header, _txn = self.reversing()
        member = self.random.choice(self.members)
        points = revoke(member=member, asset=self.shop.points, debt_asset=self.shop.owed_points)
        rest = [revoke(asset=asset) for asset in (self.shop.money, self.shop.beer)]
        return header, [give_back(), points, *rest]

    def undo_hand_over(self) -> Operation:
        """Both sides at once or not at all: what was handed over and is used stays."""
        handed = [header.id for header, _ in self.sent[-60:] if header.kind in HANDED_OVER]
        original = self.random.choice(handed) if handed else None
        known = self.oracle.txns.get(str(original))
        reverses = original if known and not known.refusal else None
        return self.header(TxnKind.REVERSE, reverses=reverses), [give_back(), revoke()]


class Witness:
    """Compares what the ledger did with what the oracle says it does."""

    def __init__(self, oracle: Oracle) -> None:
        self.oracle = oracle
        self.numbers: dict[int, int] = {}  # the ledger's id of a lot → the oracle's number
        self.ids = {}  # and back
        self.seen: dict[str, int] = {}

    def check(self, operation: Operation, members: Sequence[Member]) -> None:
        header, legs = operation
        sent = header.as_json()
        answer = post(header, legs)
        outcome, txn = self.oracle.post(sent, legs)
        label = txn.refusal[0] if txn and outcome == "refused" else outcome
        self.seen[label] = self.seen.get(label, 0) + 1
        assert self.told(answer) == self.expected(outcome, txn)
        for made in txn.moves if txn else []:
            self.oracle.ids[made.lot] = self.ids[made.lot.number]
        wallets, lots, values = self.state(header, [member.pk for member in members])
        assert wallets == self.wallets(members)
        assert lots == self.lots(members)
        if outcome == "posted":
            assert values == [[m.listed, m.charged, m.undoes] for m in txn.moves]

    def told(self, answer: Answer) -> tuple[Any, ...]:
        moves = []
        for m in answer.movements:
            number = self.numbers.setdefault(m["lot"], len(self.numbers) + 1)
            self.ids[number] = m["lot"]
            moves.append((m["line"], number, m["amount"], m["contra"], m["cost"], m["balance"]))
        refusal = answer.refusal and (answer.refusal["code"], answer.refusal["params"])
        return answer.outcome, answer.replayed, refusal, moves

    def expected(self, outcome: str, txn: Txn | None) -> tuple[Any, ...]:
        if txn is None:
            return outcome, False, None, []
        moves = [(m.line, m.lot.number, m.amount, m.contra, m.cost, m.balance) for m in txn.moves]
        first = "refused" if txn.refusal else "posted"
        return first, outcome == "replayed", txn.refusal, moves

    def state(self, header: Header, members: list[int]) -> Iterator[Any]:
        with Cursor(connection.connection) as cursor:  # planned once, unlike Django's own
            cursor.execute(STATE, {"members": members, "txn": header.id}, prepare=True)
            found = json.loads(cursor.fetchone()[0])
        yield {(w[0], w[1]): (w[2], w[3]) for w in found["wallets"] or [] if w[3]}
        yield {self.numbers[lot[0]]: (lot[1], lot[2]) for lot in found["lots"] or []}
        yield found["values"]

    def wallets(self, members: Sequence[Member]) -> dict[Any, Any]:
        ids = {member.pk for member in members}
        seqs = self.oracle.seq.items()
        return {w: (self.oracle.balance(w), seq) for w, seq in seqs if seq and w[0] in ids}

    def lots(self, members: Sequence[Member]) -> dict[int, tuple[int, int]]:
        ids = {member.pk for member in members}
        held = [lot for w, lots in self.oracle.lots.items() if w[0] in ids for lot in lots]
        return {lot.number: (lot.granted, lot.remaining) for lot in held if lot.remaining}


def open_trade(random: Random) -> tuple[Trade, Witness]:
    shop = open_shop()
    fields = {f: getattr(shop.store, f) for f in ("entity", "country", "currency", "time_zone")}
    other = Store.objects.create(code="other", name="other", language="en", **fields)
    for stores, days, categories in (
        ([shop.store.pk], [], []),
        ([], ["restday"], []),
        ([], ["workday"], []),
        ([], [], [1, 2]),
        ([other.pk], ["workday", "restday"], [1]),
    ):
        Scope.objects.create(store_ids=stores, day_kinds=days, category_ids=categories)
    oracle = Oracle(Scope.objects.in_bulk(), {shop.owed_points.pk: shop.points.pk})
    return Trade(shop, other, oracle, random), Witness(oracle)


def begin_epoch(trade: Trade) -> list[Member]:
    """A new cast; the planner is told how the tables have grown, as autovacuum would in time."""
    members = [trade.shop.member() for _ in range(CAST)]
    trade.begin(members)
    trade.oracle.lots.clear()
    trade.oracle.seq.clear()
    with as_superuser() as cursor:
        cursor.execute("ANALYZE ledger_wallet, ledger_lot, ledger_txn, ledger_movement")
    return members


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_random_operations_do_what_the_oracle_says():
    seed = int(os.environ.get("REGULARS_SEED") or randrange(10**9))
    print(f"REGULARS_SEED={seed}")  # noqa: T201
    trade, witness = open_trade(Random(seed))
    with connection.cursor() as cursor:  # whether a commit outlives a crash is not asked here
        cursor.execute("SET synchronous_commit = off")

    for number in range(OPERATIONS):
        if number % EPOCH == 0:
            members = begin_epoch(trade)
        operation = trade.next()
        try:
            witness.check(operation, members)
        except Exception as error:
            error.add_note(f"REGULARS_SEED={seed}, operation {number}: {operation}")
            raise

    print(witness.seen, counts())  # noqa: T201
    assert differences() == []
    if OPERATIONS >= 2_000:
        assert set(witness.seen) == OUTCOMES
