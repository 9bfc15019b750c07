"""Whom of those an import made somebody has met since: then they are regulars, whatever the import.

Any record that names a member counts, of tables yet to come too, but for those that only repeat
what the import itself wrote.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

from django.apps import apps
from django.db.models import Exists, F, Model, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.expressions import RawSQL
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce, NullIf

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
    Movement,
    Refund,
    Sale,
    Txn,
    TxnKind,
    Visit,
    Wallet,
)
from members.models import Card, Consent, Member, MemberChange, MemberTag, TierHolding
from promotions.models import ServiceTicket

SOURCE = "import"
MADE = """
SELECT member_id FROM imports_importrow
WHERE batch_id = %s AND is_settled AND outcome = 'created' AND undone = '' AND member_id IS NOT NULL
"""
# Derived from others, or asked about below.
LOOKED_AT_APART: tuple[type[Model], ...] = (
    *(MemberDay, MemberMonth, MemberFacts, DirtyMember, Opening, ImportRow),
    *(Wallet, Txn, Contract, MemberChange, Card, Consent, MemberTag, TierHolding),
)
BUSINESS: tuple[type[Model], ...] = (
    *(Visit, Sale, CoinPlay, Dispense, Hold, Refund, ServiceTicket),
)

type Members = RawSQL
type Reasons = dict[int, dict[str, Any]]


def those(ids: Iterable[int]) -> Members:
    """Members by their ids, to be asked about."""
    return RawSQL("SELECT unnest(%s::bigint[])", [list(ids)])


def made_by(batch: ImportBatch) -> Members:
    """All members whom the batch made and no undo has looked at yet, to be asked about."""
    return RawSQL(MADE, [batch.pk])  # noqa: S611 - constant


def met_since(members: Members, batch: ImportBatch) -> Reasons:
    """One reason for each member (by id) who is more by now than the batch made them."""
    found: Reasons = {}
    for kind, ids, params in _asked(members, batch):
        for member in ids:
            found.setdefault(member, reason(kind, **params))
    return found


def count_met_since(members: Members, batch: ImportBatch) -> int:
    """How many of the members stay whatever becomes of the value they hold."""
    asked = _asked(members, batch)
    # Nearly all of them hold what the batch opened, most of which goes back.
    others = (ids for kind, ids, _params in asked if kind is not left_standing.MemberHoldsValue)
    return len(set[int]().union(*others))


def _asked(
    members: Members, batch: ImportBatch
) -> Iterator[tuple[type[Any], Iterable[int], dict[str, Any]]]:
    closed = Member.objects.filter(pk__in=members).exclude(status__in=Member.LIVING)
    yield left_standing.MemberClosedSince, closed.values_list("pk", flat=True), {}
    for other, ids in _other_imports(members, batch).items():
        yield left_standing.ImportedOverSince, ids, {"batch": other}
    for model, column in _naming_tables():
        is_business = model in BUSINESS
        kind = left_standing.MemberCameSince if is_business else left_standing.MemberNamedElsewhere
        yield kind, _named(model, column, members), {}
    yield left_standing.MemberHoldsValue, _holding(members), {}
    yield left_standing.MemberCameSince, _traded(members), {}
    yield left_standing.MemberChangedSince, _changed(members, batch), {}


def _other_imports(members: Members, batch: ImportBatch) -> dict[int, list[int]]:
    """Members whom another import booked something on that still stands, by import."""
    rows = ImportRow.objects.filter(
        member__in=members, is_settled=True, outcome__in=ImportRow.CHANGING
    )
    rows = rows.exclude(batch=batch).exclude(undone=ImportRow.Undone.UNDONE)
    found: dict[int, list[int]] = {}
    for other, member in rows.order_by("batch").values_list("batch", "member").distinct():
        found.setdefault(other, []).append(member)
    return found


@cache
def _naming_tables() -> list[tuple[type[Model], str]]:
    """Every table with a column that names a member, but those looked at apart."""
    columns = [
        (model, column)
        for model in apps.get_models()
        for column in model._meta.concrete_fields  # noqa: SLF001 - documented
        if column.related_model is Member
    ]
    return [(model, column.name) for model, column in columns if model not in LOOKED_AT_APART]


def _named(model: type[Model], column: str, members: Members) -> Iterable[int]:
    rows = model._default_manager.filter(**{f"{column}__in": members})  # noqa: SLF001
    return rows.values_list(column, flat=True).distinct()


def _holding(members: Members) -> Iterable[int]:
    wallets = Wallet.objects.filter(member__in=members, balance__gt=0)
    return wallets.values_list("member", flat=True).distinct()


def _traded(members: Members) -> set[int]:
    """Members with movements or contracts other than of opening balances and their undoing."""
    own = Q(txn__kind=TxnKind.OPENING) | Q(
        txn__kind=TxnKind.REVERSE, txn__reverses__kind=TxnKind.OPENING
    )
    moved = Movement.objects.filter(wallet__member__in=members).exclude(own)
    sold = Contract.objects.exclude(kind=ContractKind.OPENING)
    paid_for_another = sold.exclude(payer=F("member"))
    return {
        *moved.values_list("wallet__member", flat=True).distinct(),
        *sold.filter(member__in=members).values_list("member", flat=True),
        *paid_for_another.filter(payer__in=members).values_list("payer", flat=True),
    }


def _changed(members: Members, batch: ImportBatch) -> set[int]:
    """Members whose fields, cards, consents, tags or tiers are no longer what imports made them."""
    rows = ImportRow.objects.filter(Q(batch=batch) | Q(undone=ImportRow.Undone.UNDONE))
    spoken = Consent.objects.filter(member__in=members).exclude(source=SOURCE)
    held = TierHolding.objects.filter(member__in=members)
    moved = held.exclude(source=TierHolding.Source.IMPORT, tier=F("member__tier"))
    # Those of the list were pinned when it made them.
    pinned = MemberTag.objects.filter(member__in=members).exclude(tagged_at=F("member__created_at"))
    return {
        *pinned.values_list("member", flat=True),
        *_other_cards(members, rows).values_list("member", flat=True),
        *spoken.values_list("member", flat=True),
        *moved.values_list("member", flat=True),
        *_edited(members, rows),
    }


def _other_cards(members: Members, rows: QuerySet[ImportRow]) -> QuerySet[Card]:
    """Cards that no row brought, or that are in another state than a row says."""
    empty, active = Value("", TextField()), Value(Card.Status.ACTIVE.value, TextField())
    state = Coalesce(NullIf(KT("values__card_status"), empty), active)
    said = rows.alias(card=KT("values__card"), state=state).filter(
        member=OuterRef("member"), card=OuterRef("number"), state=OuterRef("status")
    )
    return Card.objects.filter(~Exists(said), member__in=members)


def status_brought(row: ImportRow) -> str:
    """The state a row gives its card."""
    return str(row.values.get("card_status") or Card.Status.ACTIVE)


def _edited(members: Members, rows: QuerySet[ImportRow]) -> set[int]:
    """Members with a change on record that no import made."""
    changes = list(
        MemberChange.objects.filter(member__in=members).exclude(after__has_key="import_undone")
    )
    images: dict[int, list[dict[str, Any]]] = {}
    noted = rows.filter(member__in=those(change.member_id for change in changes))
    for member, before in noted.exclude(before=None).values_list("member", "before"):
        images.setdefault(member, []).append(before or {})
    return {
        change.member_id
        for change in changes
        if not _made_by_import(change, images.get(change.member_id, []))
    }


def _made_by_import(change: MemberChange, images: Sequence[dict[str, Any]]) -> bool:
    if "card" in change.before:
        card = (change.before["card"], change.before["status"])
        return any(card in image.get("cards", {}).items() for image in images)
    fields = {name: old for name, old in change.before.items() if name != "external_ids"}
    return any(
        fields.items() <= image.get("fields", {}).items()
        and ("external_ids" not in change.before or image.get("external_ids"))
        for image in images
    )
