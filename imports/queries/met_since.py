"""Whom of those an import made somebody has met since: then they are regulars, whatever the import.

Any record that names a member counts, of tables yet to come too, but for those that only repeat
what the import itself wrote.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from django.apps import apps
from django.db.models import F, Model, Q

from imports.models import ImportBatch, ImportRow, Opening
from imports.rules import left_standing
from imports.rules.left_standing import reason
from ledger.models import (
    CoinPlay,
    Contract,
    ContractKind,
    DirtyMember,
    Dispense,
    Hold,
    MemberDay,
    MemberFacts,
    MemberMonth,
    Outcome,
    Refund,
    Sale,
    Txn,
    TxnKind,
    Visit,
    Wallet,
)
from members.models import Card, Consent, Member, MemberChange, TierHolding
from promotions.models import ServiceTicket

SOURCE = "import"
# Derived from others, or asked about below.
LOOKED_AT_APART: tuple[type[Model], ...] = (
    *(MemberDay, MemberMonth, MemberFacts, DirtyMember, Opening, ImportRow),
    *(Wallet, Txn, Contract, MemberChange, Card, Consent, TierHolding),
)
BUSINESS: tuple[type[Model], ...] = (
    *(Visit, Sale, CoinPlay, Dispense, Hold, Refund, ServiceTicket),
)

type Reasons = dict[int, dict[str, Any]]


def met_since(members: Collection[int], batch: ImportBatch) -> Reasons:
    """One reason for each member (by id) who is more by now than the batch made them."""
    found: Reasons = {}
    for kind, ids, params in _asked(members, batch):
        for member in ids:
            found.setdefault(member, reason(kind, **params))
    return found


def _asked(
    members: Collection[int], batch: ImportBatch
) -> Iterator[tuple[type[Any], Collection[int], dict[str, Any]]]:
    closed = Member.objects.filter(pk__in=members).exclude(status__in=Member.LIVING)
    yield left_standing.MemberClosedSince, list(closed.values_list("pk", flat=True)), {}
    for other, ids in _other_imports(members, batch).items():
        yield left_standing.ImportedOverSince, ids, {"batch": other}
    for model, column in _naming_tables():
        is_business = model in BUSINESS
        kind = left_standing.MemberCameSince if is_business else left_standing.MemberNamedElsewhere
        yield kind, _named(model, column, members), {}
    yield left_standing.MemberHoldsValue, _holding(members), {}
    yield left_standing.MemberCameSince, _traded(members), {}
    yield left_standing.MemberChangedSince, _changed(members, batch), {}


def _other_imports(members: Collection[int], batch: ImportBatch) -> dict[int, list[int]]:
    """Members whom another import booked something on that still stands, by import."""
    rows = ImportRow.objects.filter(
        member__in=members, is_settled=True, outcome__in=ImportRow.CHANGING
    )
    rows = rows.exclude(batch=batch).exclude(undone=ImportRow.Undone.UNDONE)
    found: dict[int, list[int]] = {}
    for other, member in rows.order_by("batch").values_list("batch", "member").distinct():
        found.setdefault(other, []).append(member)
    return found


def _naming_tables() -> list[tuple[type[Model], str]]:
    """Every table with a column that names a member, but those looked at apart."""
    columns = [
        (model, column)
        for model in apps.get_models()
        for column in model._meta.concrete_fields  # noqa: SLF001 - documented
        if column.related_model is Member
    ]
    return [(model, column.name) for model, column in columns if model not in LOOKED_AT_APART]


def _named(model: type[Model], column: str, members: Collection[int]) -> list[int]:
    rows = model._default_manager.filter(**{f"{column}__in": members})  # noqa: SLF001
    return list(rows.values_list(column, flat=True).distinct())


def _holding(members: Collection[int]) -> list[int]:
    wallets = Wallet.objects.filter(member__in=members, balance__gt=0)
    return list(wallets.values_list("member", flat=True).distinct())


def _traded(members: Collection[int]) -> set[int]:
    """Members with operations or contracts other than opening balances and their undoing."""
    own = Q(kind=TxnKind.OPENING) | Q(kind=TxnKind.REVERSE, reverses__kind=TxnKind.OPENING)
    txns = Txn.objects.filter(member__in=members, outcome=Outcome.POSTED).exclude(own)
    sold = Contract.objects.exclude(kind=ContractKind.OPENING)
    return {
        *txns.values_list("member", flat=True).distinct(),
        *sold.filter(member__in=members).values_list("member", flat=True),
        *sold.filter(payer__in=members).values_list("payer", flat=True),
    }


def _changed(members: Collection[int], batch: ImportBatch) -> set[int]:
    """Members whose fields, cards, consents or tiers are no longer what imports made them."""
    rows = list(
        ImportRow.objects.filter(member__in=members).filter(
            Q(batch=batch) | Q(undone=ImportRow.Undone.UNDONE)
        )
    )
    spoken = Consent.objects.filter(member__in=members).exclude(source=SOURCE)
    held = TierHolding.objects.filter(member__in=members)
    moved = held.exclude(source=TierHolding.Source.IMPORT) | held.exclude(tier=F("member__tier"))
    return {
        *_with_other_cards(members, rows),
        *spoken.values_list("member", flat=True),
        *moved.values_list("member", flat=True),
        *_edited(members, rows),
    }


def _with_other_cards(members: Collection[int], rows: Sequence[ImportRow]) -> set[int]:
    """Members with a card that no row brought, or one in another state than a row says."""
    brought = {(row.values["card"], status_brought(row)) for row in rows if "card" in row.values}
    cards = Card.objects.filter(member__in=members)
    return {card.member_id for card in cards if (card.number, card.status) not in brought}


def status_brought(row: ImportRow) -> str:
    """The state a row gives its card."""
    return str(row.values.get("card_status") or Card.Status.ACTIVE)


def _edited(members: Collection[int], rows: Sequence[ImportRow]) -> set[int]:
    """Members with a change on record that no import made."""
    images: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        if row.before and row.member_id:
            images.setdefault(row.member_id, []).append(row.before)
    changes = MemberChange.objects.filter(member__in=members)
    return {
        change.member_id
        for change in changes
        if not _made_by_import(change, images.get(change.member_id, []))
    }


def _made_by_import(change: MemberChange, images: Sequence[dict[str, Any]]) -> bool:
    if "import_undone" in change.after:
        return True
    if "card" in change.before:
        card = (change.before["card"], change.before["status"])
        return any(card in image.get("cards", {}).items() for image in images)
    fields = {name: old for name, old in change.before.items() if name != "external_ids"}
    return any(
        fields.items() <= image.get("fields", {}).items()
        and ("external_ids" not in change.before or image.get("external_ids"))
        for image in images
    )
