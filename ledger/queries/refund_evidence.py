"""What speaks for and against a refund: visits and deliveries around the sale, and what is open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Min, Q, Sum

from common.money import format_minor, format_units
from ledger.models import (
    Contra,
    Contract,
    ContractEvent,
    ContractKind,
    Movement,
    RefundCause,
    TxnKind,
    Visit,
)
from ledger.queries.refunds import RefundSheet
from members.models import Member

LOOK_BACK = timedelta(days=365)
MOST = 100


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One visit: when, where, and which member of the contract."""

    at: datetime
    store: str
    member: str


@dataclass(frozen=True, kw_only=True)
class Visits:
    """How often the members of a contract came in a period, first and last day.

    ``listed`` are the last hundred, newest first.
    """

    count: int
    first: date | None
    last: date | None
    listed: Sequence[Seen] = ()

    @property
    def unlisted(self) -> int:
        """How many more there are."""
        return self.count - len(self.listed)


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One operation that delivered something of the contract, or took it back (negative).

    ``shown`` is the amount for a reader, ``charged`` and ``listed`` are money.
    """

    at: datetime
    store: str
    operator: str
    kind: str
    amount: int
    shown: str
    charged: int
    listed: int | None

    @property
    def label(self) -> str:
        """The kind of operation in the reader's language."""
        return str(TxnKind(self.kind).label)


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What is on record, and the codes of what a person must weigh."""

    before: Visits
    after: Visits
    deliveries: Sequence[Delivery]
    age_at_sale: int | None
    uncertain: Sequence[str]

    def as_json(self) -> dict[str, Any]:
        """What the refund keeps; each delivery and each visit is on record by itself."""
        return {
            "before": _json(self.before),
            "after": _json(self.after),
            "deliveries": len(self.deliveries),
            "age_at_sale": self.age_at_sale,
            "uncertain": list(self.uncertain),
        }


def evidence_of(sheet: RefundSheet) -> Evidence:
    """What the record says around the sale: the year before it, and since; at most eight queries.

    Deliveries, and visits of each stretch, are the last hundred, newest first.
    """
    contract = sheet.contract
    sold = contract.store.business_date(contract.sold_at)
    visits = Visit.objects.completed().filter(member__in=_people(contract))
    before = Q(at__lt=contract.sold_at, business_date__gte=sold - LOOK_BACK)
    found = _visits(visits.filter(before))
    age = _age(contract.payer or contract.member, contract.member, sold)
    return Evidence(
        before=found,
        after=_visits(visits.filter(at__gt=contract.sold_at)),
        deliveries=_deliveries(contract),
        age_at_sale=age,
        uncertain=uncertainties(sheet, visits_before=found.count, age_at_sale=age),
    )


def _people(contract: Contract) -> set[int]:
    """Beneficiary, payer and whoever it was handed to, and who they are since a merge.

    A merge gives the visits to the member who stays.
    """
    handed = ContractEvent.objects.filter(contract=contract).standing().values_list("to_member")
    named = {contract.member_id, contract.payer_id, *(one for (one,) in handed)} - {None}
    merged = Member.objects.filter(pk__in=named, merged_into__isnull=False)
    return {*named, *merged.values_list("merged_into", flat=True)}


def uncertainties(sheet: RefundSheet, *, visits_before: int, age_at_sale: int | None) -> list[str]:
    """Codes of what the record cannot say, so that a person must; ``refund_words`` says them."""
    contract, facts = sheet.contract, sheet.facts
    found = {
        "visits_before": sheet.cause is RefundCause.COOLING_OFF and visits_before > 0,
        "list_assumed": facts.is_list_assumed,
        "opening": contract.kind == ContractKind.OPENING,
        "bonus_paid": contract.paid > facts.paid,
        "lapsed": facts.lapsed > 0,
        "gifts": bool(sheet.gifts),
        "age_unknown": sheet.cause is RefundCause.MINOR and age_at_sale is None,
    }
    return [code for code, holds in found.items() if holds]


def _visits(visits: Any) -> Visits:
    found = visits.aggregate(
        count=Count("pk"), first=Min("business_date"), last=Max("business_date")
    )
    rows = visits.select_related("store", "member").order_by("-at", "-pk") if found["count"] else ()
    listed = [Seen(at=row.at, store=row.store.name, member=str(row.member)) for row in rows[:MOST]]
    return Visits(**found, listed=listed)


def _age(payer: Member, beneficiary: Member, day: date) -> int | None:
    """The age of the younger of the two at the sale; None where neither is known."""
    ages = [age for age in (payer.age_on(day), beneficiary.age_on(day)) if age is not None]
    return min(ages, default=None)


def _deliveries(contract: Contract) -> list[Delivery]:
    rows = (
        Movement.objects.filter(lot__contract=contract, contra=Contra.REVENUE)
        .values(
            "txn__occurred_at",
            "txn__number",
            "txn__store__name",
            "txn__operator__username",
            "txn__kind",
            "wallet__asset__currency",
            "wallet__asset__scale",
        )
        .annotate(amount=Sum("amount"), charged=Sum("charged_value"), listed=Sum("list_value"))
        .order_by("-txn__number")
    )
    return [
        Delivery(
            at=row["txn__occurred_at"],
            store=row["txn__store__name"] or "",
            operator=row["txn__operator__username"] or "",
            kind=row["txn__kind"],
            amount=-int(row["amount"]),
            shown=_shown(row),
            charged=int(row["charged"] or 0),
            listed=None if row["listed"] is None else int(row["listed"]),
        )
        for row in rows[:MOST]
    ]


def _shown(row: Any) -> str:
    """What was delivered, as money or as units."""
    amount, currency = -int(row["amount"]), row["wallet__asset__currency"]
    if currency:
        return format_minor(amount, currency)
    return format_units(amount, row["wallet__asset__scale"])


def _json(visits: Visits) -> dict[str, Any]:
    days = {"first": visits.first, "last": visits.last}
    return {"count": visits.count} | {
        name: day.isoformat() if day else None for name, day in days.items()
    }
