"""The member statement: all that happened in a period, and the sums that prove every balance.

Whoever holds the account book must be able to show it. A statement is of one member and all who
were merged into them, for the business dates [start, end). It is cut off at the movement that each
wallet had reached when it was begun: movements are numbered without a gap and never change, so
sums, rows and balances belong together however long reading them takes.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import reduce
from itertools import batched
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet, Sum

from ledger.models import (
    Asset,
    CoinPlay,
    Contract,
    Dispense,
    Lot,
    Merge,
    Movement,
    OverRide,
    Refund,
    Sale,
    SaleRefund,
    Seal,
    Txn,
    Visit,
    Wallet,
)
from ledger.queries.evidence import latest_seal
from ledger.queries.statement_entries import load
from ledger.queries.statement_parts import Entry, Key, Source
from members.models import IssuingEntity, Member, Store

CHUNK = 500
MERGED_DEEP = 10


@dataclass(frozen=True)
class AssetSum:
    """One asset over the period, in its smallest unit; ``given`` is positive.

    ``closing`` is worked out from the wallets, backwards, and not from the other figures, so that
    ``adds_up`` proves something.
    """

    asset: Asset
    opening: int
    received: int
    given: int
    closing: int

    @property
    def adds_up(self) -> bool:
        """Whether opening and what happened come to closing."""
        return self.opening + self.received - self.given == self.closing


@dataclass(frozen=True)
class ContractLine:
    """A contract with what was paid for it; ``left`` by asset label as it is now."""

    contract: Contract
    left: Sequence[tuple[Asset, int]]
    is_bought_for_another: bool
    refunds: Sequence[Refund]


@dataclass(frozen=True, kw_only=True)
class Statement:
    """What was kept of ``member`` for the business dates [``start``, ``end``).

    ``merged`` are the members who went into this one; their history is in it, marked. ``issuers``
    are those whose part of the account it is. ``keys`` name the entries in the order of time.
    """

    member: Member
    merged: Sequence[Member]
    issuers: Sequence[IssuingEntity]
    start: date
    end: date
    sums: Sequence[AssetSum]
    contracts: Sequence[ContractLine]
    seal: Seal | None
    keys: Sequence[Key] = field(repr=False)
    came_along: dict[tuple[Source, str], Member] = field(repr=False)
    cut: Q = field(repr=False)
    sealed: Sequence[tuple[int, int]] = field(repr=False)

    @property
    def adds_up(self) -> bool:
        """Whether every asset does."""
        return all(one.adds_up for one in self.sums)

    def page(self, number: int, size: int) -> list[Entry]:
        """Entries of one page, the first one being 1, in the order of time."""
        first = (number - 1) * size
        return self._load(self.keys[first : first + size])

    def entries(self) -> Iterator[Entry]:
        """All entries in the order of time, read by five hundred."""
        for keys in batched(self.keys, CHUNK):
            yield from self._load(keys)

    def _load(self, keys: Sequence[Key]) -> list[Entry]:
        return load(
            keys,
            moved=Movement.objects.filter(self.cut),
            came_along=self.came_along,
            member=self.member,
            seal_of=self.seal_of,
        )

    def seal_of(self, number: int) -> int | None:
        """The number of the seal that covers the transaction numbered so; None: none does yet."""
        at = bisect_left(self.sealed, (number, 0))
        return self.sealed[at][1] if at < len(self.sealed) else None


def statement(
    member: Member, start: date, end: date, issuers: Collection[int] | None = None
) -> Statement:
    """The statement of ``member`` for the business dates [``start``, ``end``).

    ``issuers`` are the issuing entities whose value, contracts and stores it tells of; all of them
    for None. An issuer answers for its own account and for nobody else's.

    About twenty queries, and a dozen for each page of entries, whatever happened. Where a member
    was merged away, ask for whom they became.
    """
    family = _family(member)
    told = IssuingEntity.objects.order_by("pk")
    if issuers is not None:
        told = told.filter(pk__in=issuers)
    wallets = list(
        Wallet.objects.filter(member__in=family, asset__entity__in=told).select_related("asset")
    )
    cut = _cut(wallets)
    merged = [one for one in family if one != member]
    of_issuers = {"store__entity__in": told}
    keys = _keys(family, cut, start, end, of_issuers)
    return Statement(
        member=member,
        merged=merged,
        issuers=list(told),
        start=start,
        end=end,
        sums=_sums(wallets, cut, start, end),
        contracts=_contracts(family, wallets, end, told),
        seal=latest_seal(),
        keys=keys,
        came_along=_came_along(merged),
        cut=cut,
        sealed=_sealed(keys),
    )


def is_known_in(member: Member, stores: QuerySet[Store]) -> bool:
    """Whether one of ``stores`` is the member's home, or one where they came or bought."""
    if stores.filter(pk=member.home_store_id).exists():
        return True
    family = _family(member)
    rows: list[QuerySet[Any]] = [
        Visit.objects.filter(member__in=family, store__in=stores),
        Sale.objects.filter(member__in=family, store__in=stores),
        Contract.objects.filter(member__in=family, store__in=stores),
    ]
    return any(found.exists() for found in rows)


def _family(member: Member) -> list[Member]:
    """The member and whoever was merged into them, through several merges."""
    family, newest = [member], [member]
    for _step in range(MERGED_DEEP):
        newest = list(Member.objects.filter(merged_into__in=newest).order_by("pk"))
        if not newest:
            break
        family += newest
    return family


def _cut(wallets: Sequence[Wallet]) -> Q:
    """Movements up to where each wallet was when it was read."""
    if not wallets:
        return Q(wallet__in=[])
    return reduce(or_, (Q(wallet=one.pk, wallet_seq__lte=one.seq) for one in wallets))


def _sums(wallets: Sequence[Wallet], cut: Q, start: date, end: date) -> list[AssetSum]:
    within = Q(txn__business_date__gte=start, txn__business_date__lt=end)
    moved = {
        row["wallet__asset"]: row
        for row in Movement.objects.filter(cut)
        .values("wallet__asset")
        .annotate(
            before=Sum("amount", filter=Q(txn__business_date__lt=start), default=0),
            received=Sum("amount", filter=within & Q(amount__gt=0), default=0),
            given=Sum("amount", filter=within & Q(amount__lt=0), default=0),
            after=Sum("amount", filter=Q(txn__business_date__gte=end), default=0),
        )
    }
    assets = {wallet.asset_id: wallet.asset for wallet in wallets}
    return [
        AssetSum(
            asset=asset,
            opening=int(moved[pk]["before"]),
            received=int(moved[pk]["received"]),
            given=-int(moved[pk]["given"]),
            closing=sum(wallet.balance for wallet in wallets if wallet.asset_id == pk)
            - int(moved[pk]["after"]),
        )
        for pk, asset in sorted(assets.items())
        if pk in moved
    ]


def _keys(
    family: Sequence[Member], cut: Q, start: date, end: date, of_issuers: dict[str, Any]
) -> list[Key]:
    """What happened in the period, in the order of time; what is told by another entry is not."""
    days = {"business_date__gte": start, "business_date__lt": end}
    here: dict[str, Any] = {**days, **of_issuers}
    moved = Movement.objects.filter(cut).values("txn")
    keys = [
        Key(at, Source.TXN, number, pk)
        for at, number, pk in Txn.objects.filter(pk__in=moved, **days).values_list(
            "occurred_at", "number", "pk"
        )
    ]
    told = {key.id for key in keys}
    of_family: list[tuple[Source, QuerySet[Any], str]] = [
        (Source.SALE, Sale.objects.filter(member__in=family, **here), "pk"),
        (Source.SALE_REFUND, SaleRefund.objects.filter(sale__member__in=family, **here), "pk"),
        (Source.REFUND, Refund.objects.filter(member__in=family, **here), "pk"),
        (Source.VISIT, Visit.objects.filter(member__in=family, **here), "pk"),
        (Source.PLAY, CoinPlay.objects.filter(member__in=family, **here), "txn_id"),
        (Source.DISPENSE, Dispense.objects.filter(member__in=family, **here), "txn_id"),
    ]
    for source, rows, told_by in of_family:
        keys += [
            Key(at, source, number, pk)
            for number, (at, pk, other) in enumerate(
                rows.order_by("at", "pk").values_list("at", "pk", told_by)
            )
            if other not in told
        ]
    return sorted([*keys, *_over_rides(family, told, start, end, of_issuers)])


def _over_rides(
    family: Sequence[Member],
    told: set[UUID | int],
    start: date,
    end: date,
    of_issuers: dict[str, Any],
) -> Iterator[Key]:
    """Rules set aside for something that was then not posted; others stand with their entry."""
    rows = (
        OverRide.objects.filter(member__in=family, **of_issuers)
        .select_related("store")
        .order_by("at", "pk")
    )
    for number, one in enumerate(rows):
        if one.request_id not in told and start <= one.store.business_date(one.at) < end:
            yield Key(one.at, Source.OVER_RIDE, number, one.pk)


def _came_along(merged: Sequence[Member]) -> dict[tuple[Source, str], Member]:
    """Rows that named a merged member and name the one who stays since."""
    tables = {
        "ledger.Visit.member": Source.VISIT,
        "ledger.Sale.member": Source.SALE,
        "ledger.CoinPlay.member": Source.PLAY,
        "ledger.Dispense.member": Source.DISPENSE,
    }
    merges = Merge.objects.filter(merged__in=merged, undone_at__isnull=True)
    return {
        (source, str(pk)): merge.merged
        for merge in merges.select_related("merged").order_by("-at")
        for table, source in tables.items()
        for pk in merge.moved.get(table, ())
    }


def _contracts(
    family: Sequence[Member],
    wallets: Sequence[Wallet],
    end: date,
    issuers: QuerySet[IssuingEntity],
) -> list[ContractLine]:
    """Contracts they bought, were bought or were handed, sold before ``end``, oldest first."""
    lots = Lot.objects.filter(wallet__in=wallets, contract__isnull=False)
    ours = Q(member__in=family) | Q(payer__in=family) | Q(pk__in=lots.values("contract"))
    rows = Contract.objects.filter(ours, entity__in=issuers).select_related(
        "store", "entity", "member", "payer"
    )
    found = [
        one for one in rows.order_by("sold_at", "pk") if one.store.business_date(one.sold_at) < end
    ]
    left: dict[UUID | None, dict[int, int]] = {}
    sums = lots.values("contract", "wallet__asset").annotate(left=Sum("remaining"))
    for row in sums:
        left.setdefault(row["contract"], {})[row["wallet__asset"]] = int(row["left"])
    refunds: dict[UUID, list[Refund]] = {}
    for refund in Refund.objects.standing().filter(contract__in=found).order_by("at"):
        refunds.setdefault(refund.contract_id, []).append(refund)
    assets = {wallet.asset_id: wallet.asset for wallet in wallets}
    return [
        ContractLine(
            contract=one,
            left=[(assets[pk], much) for pk, much in sorted(left.get(one.pk, {}).items())],
            is_bought_for_another=one.pk not in left and one.member not in family,
            refunds=refunds.get(one.pk, []),
        )
        for one in found
    ]


def _sealed(keys: Sequence[Key]) -> list[tuple[int, int]]:
    """Last transaction and number of each seal that may cover one of the entries."""
    numbers = [key.rank for key in keys if key.source == Source.TXN]
    if not numbers:
        return []
    seals = Seal.objects.filter(last_number__gte=min(numbers), first_number__lte=max(numbers))
    return list(seals.order_by("last_number").values_list("last_number", "number"))
