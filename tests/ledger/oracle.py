"""What posting means, in plain Python and one operation at a time: the specification of the SQL.

It reads the same headers and legs and gives the same answers, but names a wallet by (member, asset)
and numbers lots in the order they were opened. It knows neither locks nor rounds: only the rules.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

Json = dict[str, Any]
OPS = {"move": "move_lots"}
NEVER = datetime.max.replace(tzinfo=UTC)
REVENUE, BREAKAGE, TRANSFER, DEBT, SETTLEMENT = 3, 4, 5, 8, 10
TERMS = ("origin", "priority", "expires_at", "scope", "cost", "contract")
OWED = {"contra": DEBT, "origin": "debt", "priority": 50, "cost": 0, "merge": True}
OWED |= dict.fromkeys(("contract", "scope", "granted_at", "expires_at"))
OWED |= {"available_from": "2000-01-01T00:00Z"}


class Refused(Exception):
    """A business refusal: its code, then its facts."""


@dataclass(eq=False)
class Lot:
    number: int
    wallet: tuple[int, int]
    leg: Json  # the grant that opened it
    start: datetime
    granted: int = 0
    remaining: int = 0

    @property
    def cost_left(self) -> int:
        return self.leg["cost"] - self.leg["cost"] * (self.granted - self.remaining) // self.granted


@dataclass(eq=False)
class Move:
    line: int
    lot: Lot
    amount: int
    contra: int
    cost: int
    balance: int
    listed: int | None
    charged: int
    undoes: int | None


@dataclass(eq=False)
class Txn:
    request: Any
    original: "Txn | None"
    refusal: Any = None
    moves: list[Move] = field(default_factory=list)
    grants: list[tuple[Lot, int]] = field(default_factory=list)
    reversals: list["Txn"] = field(default_factory=list)

    def undone(self, line: int) -> int:
        return sum(abs(m.amount) for r in self.reversals for m in r.moves if m.undoes == line)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def share(total: int | None, before: int, after: int, whole: int) -> int | None:
    """The part of ``total`` from before/whole to after/whole: floors that add up to the whole."""
    return None if total is None else total * after // whole - total * before // whole


class Oracle:
    def __init__(self, scopes: dict[int, Any], debt_of: dict[int, int]) -> None:
        self.scopes, self.debt_of = scopes, debt_of  # a debt's asset → the asset that is owed
        self.lots: defaultdict[tuple[int, int], list[Lot]] = defaultdict(list)
        self.seq: Counter[tuple[int, int]] = Counter()
        self.txns: dict[str, Txn] = {}
        self.ids: dict[Lot, int] = {}  # what the ledger calls a lot, where it has told
        self.opened = 0

    def balance(self, wallet: tuple[int, int]) -> int:
        return sum(lot.remaining for lot in self.lots[wallet])

    def post(self, header: Json, legs: list[Json]) -> tuple[str, Txn | None]:
        """The outcome, and the transaction that it speaks of."""
        request = (header["kind"], header["request"])
        if known := self.txns.get(header["id"]):
            return ("replayed", known) if known.request == request else ("conflict", None)
        txn = Txn(request, self.txns.get(header["reverses"]))
        if txn.original:
            txn.original.reversals.append(txn)
        try:
            for leg in legs:
                getattr(self, OPS.get(leg["op"], leg["op"]))(txn, leg, header)
        except Refused as refused:
            self.forget(txn)
            txn.refusal = refused.args
        if not txn.moves and not txn.refusal:
            return "empty", None
        self.txns[header["id"]] = txn
        return "refused" if txn.refusal else "posted", txn

    def move(self, txn: Txn, lot: Lot, amount: int, contra: int, *rest: int | None) -> None:
        """Change a lot; without a charged value the share of its cost is what was charged."""
        if amount:
            listed, charged, undoes = (*rest, None, None, None)[:3]
            before = lot.cost_left
            lot.remaining += amount
            self.seq[lot.wallet] += 1
            cost = lot.cost_left - before
            values = (listed, -cost if charged is None else charged, undoes)
            balance = self.balance(lot.wallet)
            txn.moves.append(Move(len(txn.moves) + 1, lot, amount, contra, cost, balance, *values))

    def forget(self, txn: Txn) -> None:
        for move in txn.moves:
            move.lot.remaining -= move.amount
            self.seq[move.lot.wallet] -= 1
        for lot, amount in txn.grants:
            lot.granted -= amount
            if not lot.granted:
                self.lots[lot.wallet].remove(lot)
                self.opened -= 1
        txn.moves = []

    def contract(self, txn: Txn, leg: Json, header: Json) -> None:
        """Written beside the value; moves none."""

    def grant(self, txn: Txn, leg: Json, header: Json) -> None:
        if part := leg.get("share"):
            money = part["money"] - sum(m.cost for m in txn.moves if m.contra == REVENUE)
            leg = leg | {part["fills"]: share(money, part["before"], part["after"], part["whole"])}
        if leg["amount"]:
            lot = self.mergeable(leg, header) or self.open(leg, header)
            lot.granted += leg["amount"]
            txn.grants.append((lot, leg["amount"]))
            self.move(txn, lot, leg["amount"], leg["contra"], None, 0)

    def mergeable(self, leg: Json, header: Json) -> Lot | None:
        """The newest open lot on the same terms, if the leg is free and may be merged."""
        start, now = moment(leg["available_from"] or header["at"]), moment(header["at"])
        free = leg["merge"] and not leg["cost"] and not leg["contract"]
        for lot in reversed(self.lots[leg["member"], leg["asset"]] if free else []):
            same = all(lot.leg[name] == leg[name] for name in TERMS)
            same = same and lot.leg["store"] == header["store"]
            if lot.remaining and same and (lot.start == start or max(lot.start, start) <= now):
                return lot
        return None

    def open(self, leg: Json, header: Json) -> Lot:
        wallet = (leg["member"], leg["asset"])
        if sum(lot.remaining > 0 for lot in self.lots[wallet]) >= 200:
            raise Refused("too_many_lots", {"limit": 200})
        self.opened += 1
        leg = leg | {"since": moment(leg["granted_at"] or header["at"])}
        leg |= {"end": moment(leg["expires_at"]) if leg["expires_at"] else NEVER}
        leg |= {"store": leg.get("store", header["store"])}
        start = moment(leg["available_from"] or header["at"])
        self.lots[wallet].append(Lot(self.opened, wallet, leg, start))
        return self.lots[wallet][-1]

    def take(self, txn: Txn, leg: Json, header: Json) -> int:
        """Draw on lots; returns how much they gave."""
        lots = self.lots[leg["member"], leg["asset"]]
        left, plan = leg["amount"], []
        held = [m.lot for m in txn.original.moves] if txn.original else []
        usable = [
            lot
            for lot in lots
            if (lot in held and lot.remaining if leg.get("held") else self.usable(lot, leg, header))
        ]
        for tier in self.tiers(usable):
            whole, upto = sum(lot.remaining for lot in tier), 0
            part = min(left, whole)
            left -= part
            for lot in tier:
                plan.append((lot, share(part, upto, upto + lot.remaining, whole)))
                upto += lot.remaining
        facts = {"asked": leg["amount"], "available": leg["amount"] - left, "asset": leg["asset"]}
        if left and not leg.get("up_to"):
            raise Refused("not_enough", facts)
        drawn = 0
        for lot, amount in plan:
            part = (drawn, drawn + amount, leg["amount"])
            values = (share(leg.get(name), *part) for name in ("list_value", "charged_value"))
            self.move(txn, lot, -amount, leg["contra"], *values)
            drawn += amount
        return drawn

    def usable(self, lot: Lot, leg: Json, header: Json) -> bool:
        ripe = lot.remaining > 0 and lot.start <= moment(header["at"]) < lot.leg["end"]
        wanted = leg.get("contract") in (None, lot.leg["contract"])
        scope, bought = self.scopes.get(lot.leg["scope"]), set(leg.get("categories", ()))
        return ripe and wanted and (scope is None or self.inside(scope, bought, header))

    def inside(self, scope: Any, bought: set[int], header: Json) -> bool:
        """Whether a restricted lot may pay here, today and for all that is bought."""
        here = not scope.store_ids or header["store"] in scope.store_ids
        today = not scope.day_kinds or header["day_kind"] in scope.day_kinds
        alike = not scope.category_ids or set() < bought <= set(scope.category_ids)
        return here and today and alike

    def tiers(self, live: list[Lot]) -> list[list[Lot]]:
        """Restricted lots first, then contract by contract, inside it by priority; equals share."""

        def turn(lot: Lot) -> tuple[Any, ...]:
            contract = lot.leg["contract"]
            peers = [p for p in live if p.leg["contract"] == contract] if contract else [lot]
            ends, since = min(p.leg["end"] for p in peers), min(p.leg["since"] for p in peers)
            name = (contract is None, contract or lot.number)
            return not lot.leg["scope"], ends, since, *name, lot.leg["priority"]

        ordered = sorted(live, key=lambda lot: (turn(lot), lot.number))
        return [list(tier) for _, tier in groupby(ordered, turn)]

    def give_back(self, txn: Txn, leg: Json, header: Json) -> None:
        for lot, amount, *rest in self.undoing(txn, leg, -1)[0]:
            self.move(txn, lot, amount, *rest)

    def revoke(self, txn: Txn, leg: Json, header: Json) -> None:
        plan, short = self.undoing(txn, leg, 1)
        if short and not leg.get("debt_asset"):
            raise Refused("already_used", {"short": short})
        if short:
            debt = {"member": leg["member"], "asset": leg["debt_asset"], "amount": short}
            self.grant(txn, debt | OWED, header)
        for lot, amount, *rest in plan:
            self.move(txn, lot, amount, *rest)

    def undoing(self, txn: Txn, leg: Json, sign: int) -> tuple[list[Any], int]:
        """The moves that undo lines of the original, newest first, and how much stays undone."""
        lines = [] if txn.original is None else txn.original.moves[::-1]
        lines = [
            m
            for m in lines
            if m.amount * sign > 0
            and leg["asset"] in (None, m.lot.wallet[1])
            and leg.get("lot") in (None, self.ids.get(m.lot))
        ]
        room = sum(abs(m.amount) - txn.original.undone(m.line) for m in lines)
        room -= self.owed(txn.original, leg["asset"]) if lines and sign > 0 else 0
        left = room if leg["amount"] is None else leg["amount"]
        if left > room:
            raise Refused("more_than_was_moved", {"asked": left, "available": room})
        plan, held = [], {m.lot: m.lot.remaining for m in lines}
        for m in lines:
            size, before = abs(m.amount), txn.original.undone(m.line)
            part = min(left, size - before, held[m.lot] if sign > 0 else size)
            held[m.lot] -= part
            left -= part
            undone = (before, before + part, size)
            listed, charged = share(m.listed, *undone), share(m.charged, *undone)
            listed = listed and -listed
            plan.append((m.lot, -sign * part, m.contra, listed, -charged, m.line))
        return plan, left

    def owed(self, original: Txn, asset: int | None) -> int:
        """What earlier revocations of the original turned into a debt."""
        moves = [m for r in original.reversals for m in r.moves if m.contra == DEBT]
        debts = [m for m in moves if m.amount > 0 and not m.undoes]
        return sum(m.amount for m in debts if asset in (None, self.debt_of[m.lot.wallet[1]]))

    def settle(self, txn: Txn, leg: Json, header: Json) -> None:
        debt = leg | {"asset": leg["debt_asset"]}
        most = min(leg["amount"], self.balance((debt["member"], debt["asset"])))
        paid = most and self.take(txn, leg | {"amount": most, "up_to": True}, header)
        if paid:
            self.take(txn, debt | {"amount": paid}, header)

    def expire(self, txn: Txn, leg: Json, header: Json) -> None:
        lots = self.lots[leg["member"], leg["asset"]]
        due = [lot for lot in lots if lot.remaining and lot.leg["end"] <= moment(header["at"])]
        for lot in sorted(due, key=lambda lot: (lot.leg["end"], lot.number)):
            self.move(txn, lot, -lot.remaining, BREAKAGE)

    def move_lots(self, txn: Txn, leg: Json, header: Json) -> None:
        """What is left of each lot goes into a new one on the same terms."""
        held = [w for w in self.lots if w[0] == leg["member"] and leg["asset"] in (None, w[1])]
        lots = [lot for w in held for lot in self.lots[w] if lot.remaining]
        lots = [lot for lot in lots if leg["contract"] in (None, lot.leg["contract"])]
        if leg["lots"] is not None:
            lots = [lot for lot in lots if self.ids[lot] in leg["lots"]]
        for lot in sorted(lots, key=lambda lot: lot.number):
            terms = lot.leg | {
                "member": leg["to_member"],
                "cost": lot.cost_left,
                "granted_at": lot.leg["since"].isoformat(),
                "available_from": leg.get("available_from") or lot.start.isoformat(),
                "expires_at": leg.get("expires_at", lot.leg["expires_at"]),
            }
            moved, amount = self.open(terms, header), lot.remaining
            moved.granted = amount
            txn.grants.append((moved, amount))
            self.move(txn, lot, -amount, TRANSFER, None, 0)
            self.move(txn, moved, amount, TRANSFER, None, 0)

    def close(self, txn: Txn, leg: Json, header: Json) -> None:
        """All of a contract goes against settlement: once, and as it was when it was reckoned."""
        lots = [one for lots in self.lots.values() for one in lots]
        lots = [lot for lot in lots if lot.leg["contract"] == leg["contract"]]
        if any(self.settled(known, leg["contract"]) for known in self.txns.values()):
            raise Refused("contract_settled", {})
        left = {str(self.ids[lot]): lot.remaining for lot in lots if lot.remaining}
        if left != leg["expects"]:
            raise Refused("contract_changed", {})
        for lot in sorted(lots, key=lambda lot: lot.number):
            self.move(txn, lot, -lot.remaining, SETTLEMENT, None, 0)

    def settled(self, txn: Txn, contract: str) -> bool:
        closing = [m for m in txn.moves if m.contra == SETTLEMENT and not m.undoes]
        undone = any(r.moves for r in txn.reversals)
        return not undone and any(m.lot.leg["contract"] == contract for m in closing)
