"""What two members have, side by side, before they are made one; and who went into whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from ledger.models import Asset, Contract, Hold, Merge, Movement, Sale, Visit, Wallet
from ledger.models.kinds import Contra, TxnKind
from ledger.rules.merging import FIELDS, LABELS, differing, shown_value
from members.models import Card, Dependant, Member


@dataclass(frozen=True)
class Difference:
    """A field in which the two differ; ``goes`` is the value of the one who goes."""

    field: str
    label: Any
    stays: str
    goes: str


@dataclass(frozen=True)
class Side:
    """What one of the two has."""

    member: Member
    balances: Sequence[tuple[Asset, int]]
    contracts: int
    visits: int
    sales: int
    deposits: int
    dependants: int
    cards: Sequence[str]


@dataclass(frozen=True)
class MergePreview:
    """Both sides, and what somebody has to choose."""

    survivor: Side
    merged: Side
    differences: Sequence[Difference]


def merge_preview(*, survivor: Member, merged: Member) -> MergePreview:
    """What would come together; a fixed number of queries, however long the histories are."""
    return MergePreview(
        survivor=_side(survivor),
        merged=_side(merged),
        differences=_differences(survivor, merged),
    )


def _side(member: Member) -> Side:
    wallets = Wallet.objects.filter(member=member, balance__gt=0).select_related("asset")
    cards = Card.objects.filter(member=member, status=Card.Status.ACTIVE).order_by("pk")
    held = Contract.objects.filter(lots__wallet__member=member, lots__is_open=True)
    return Side(
        member=member,
        balances=[(wallet.asset, wallet.balance) for wallet in wallets.order_by("asset_id")],
        contracts=held.distinct().count(),
        visits=Visit.objects.completed().filter(member=member).count(),
        sales=Sale.objects.completed().filter(member=member).count(),
        deposits=Hold.objects.open().filter(member=member).count(),
        dependants=Dependant.objects.filter(member=member).count(),
        cards=list(cards.values_list("number", flat=True)[:20]),
    )


def _differences(survivor: Member, merged: Member) -> list[Difference]:
    stays, goes = columns_of(survivor), columns_of(merged)
    found = [
        Difference(field, LABELS[field], shown_value(stays, field), shown_value(goes, field))
        for field in differing(stays, goes)
    ]
    if survivor.tier and merged.tier and survivor.tier_id != merged.tier_id:
        found.append(Difference("tier", LABELS["tier"], survivor.tier.label, merged.tier.label))
    return found


def columns_of(member: Member) -> dict[str, Any]:
    """The columns a choice may carry over, by name."""
    return {name: getattr(member, name) for names in FIELDS.values() for name in names}


def standing_merges(member: Member) -> list[Merge]:
    """Merges into the member that can still be taken back, latest first."""
    found = Merge.objects.filter(survivor=member, undone_at__isnull=True)
    return list(found.select_related("merged", "by").order_by("-at", "-pk"))


def used_since(merge: Merge, most: int = 3) -> list[Movement]:
    """What the survivor did with value that came by the merge, earliest first."""
    came = Movement.objects.filter(txn=merge.pk, amount__gt=0, contra=Contra.TRANSFER)
    later = Movement.objects.filter(lot__in=came.values("lot")).exclude(txn=merge.pk)
    later = later.filter(~Q(txn__kind=TxnKind.REVERSE)).select_related("txn")
    first: dict[Any, Movement] = {}
    for movement in later.order_by("txn__number", "line")[: most * 10]:
        first.setdefault(movement.txn_id, movement)
    return list(first.values())[:most]
