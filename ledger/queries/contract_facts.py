"""What was paid for a contract, what it promised, and what was delivered of it, from its movements.

All lots count that ever belonged to the contract, whoever held them and wherever they were moved.
Paid is the money in what was granted: what bonus paid for costs nothing and is not paid back.
One statement reads it all, so that the figures belong to one moment.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Case, F, Q, Sum, When
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from ledger.models import AssetKind, Contra, Contract, ContractKind, Movement, TxnKind
from ledger.rules.refunds import Share

GRANTING = (Contra.CASH_IN, Contra.PROMOTION, Contra.GOODWILL, Contra.MIGRATION)
# Stored value that bought another contract was delivered at its price: that contract stands by
# itself, and its list value is not yet delivered.
CONVERSIONS = (TxnKind.SELL_BUNDLE, TxnKind.SELL_COINS, TxnKind.SELL_TIER, TxnKind.TOP_UP)

_GRANTED = Q(contra__in=GRANTING) & (
    Q(amount__gt=0, reverses_line__isnull=True) | Q(amount__lt=0, reverses_line__isnull=False)
)
_USED = Q(contra=Contra.REVENUE)
_LISTED = Case(
    When(
        Q(txn__kind__in=CONVERSIONS) | Q(txn__reverses__kind__in=CONVERSIONS),
        then=F("charged_value"),
    ),
    default=F("list_value"),
)
_LAPSED = Q(contra=Contra.BREAKAGE) | Q(contra=Contra.GOODWILL, amount__lt=0)


class ResumeFirst(DomainError):
    """Days that stand still cannot be counted."""

    code = "resume_first"
    message = _(
        "This membership is paused without an end, so its days cannot be counted. Resume it first."
    )


@dataclass(frozen=True, kw_only=True)
class ContractFacts:
    """The figures a refund rests on, in the currency's smallest unit.

    ``open_lots`` maps each lot to what is left in it; ``principal_left`` is what is still paid for
    in those that have not ended. ``lapsed`` counts units that expired or were taken by hand: they
    were not delivered. ``is_list_assumed``: a list price is missing and the price paid stands in.
    """

    paid: int
    shares: tuple[Share, ...]
    principal_left: int
    open_lots: Mapping[int, int]
    lapsed: int
    is_list_assumed: bool

    @property
    def anything_delivered(self) -> bool:
        """Whether the member had any of it."""
        return any(share.used > 0 for share in self.shares)


def contract_facts(contract: Contract, at: datetime, *, ended: date | None = None) -> ContractFacts:
    """What ``contract`` comes to at ``at``; one query, however much was used.

    Of a paid membership the days before ``ended``, today unless told, were delivered. Raises
    ResumeFirst.
    """
    rows = list(_rows(contract))
    if contract.kind == ContractKind.PAID_TIER:
        return _by_time(contract, rows, ended or contract.store.business_date(at))
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(_group(row), []).append(row)
    shares = [_share(contract, group) for group in groups.values()]
    promised = tuple(share for share, _assumed in shares if share.granted > 0)
    ends = [row for row in rows if not (row["lot__expires_at"] and row["lot__expires_at"] <= at)]
    return ContractFacts(
        paid=sum(share.money for share in promised),
        shares=promised,
        principal_left=sum(int(row["cost_left"]) for row in ends if row["left"] > 0),
        open_lots={row["lot"]: int(row["left"]) for row in rows if row["left"] > 0},
        lapsed=-sum(int(row["lapsed"] or 0) for row in rows),
        is_list_assumed=any(assumed for _share, assumed in shares),
    )


def _by_time(contract: Contract, rows: list[Any], ended: date) -> ContractFacts:
    """Nobody draws days: they pass, at the price of the whole divided by all of them."""
    granted = sum(int(row["granted"] or 0) for row in rows)
    money = sum(int(row["money"] or 0) for row in rows)
    still = [row for row in rows if row["left"] > 0]
    used = granted - sum(_days_left(contract, row, ended) for row in still)
    listed = contract.list_value * used // granted if granted else 0
    share = Share(
        what=rows[0]["wallet__asset__code"] if rows else "",
        money=money,
        granted=granted,
        used=used,
        listed=listed,
    )
    return ContractFacts(
        paid=money,
        shares=(share,) if granted else (),
        principal_left=money - share.at_price_paid,
        open_lots={row["lot"]: int(row["left"]) for row in still},
        lapsed=0,
        is_list_assumed=False,
    )


def _days_left(contract: Contract, row: Mapping[str, Any], ended: date) -> int:
    """The days of a lot from ``ended`` on; all of them where it begins later."""
    store, ends = contract.store, row["lot__expires_at"]
    if ends is None:
        raise ResumeFirst
    begins = max(ended, store.business_date(row["lot__available_from"]))
    return min(int(row["left"]), max(0, (store.business_date(ends) - begins).days))


def _rows(contract: Contract) -> Iterable[Any]:
    """One row for each lot: what is left, what was granted and for how much, what was used."""
    return (
        Movement.objects.filter(lot__contract=contract)
        .order_by()
        .values(
            "lot",
            "lot__available_from",
            "lot__expires_at",
            "lot__scope",
            "wallet__asset",
            "wallet__asset__kind",
            "wallet__asset__code",
            "wallet__asset__list_price",
        )
        .annotate(
            left=Sum("amount"),
            cost_left=Sum("cost"),
            granted=Sum("amount", filter=_GRANTED),
            money=Sum("cost", filter=_GRANTED),
            used=Sum("amount", filter=_USED),
            listed=Sum(_LISTED, filter=_USED),
            unlisted=Sum("amount", filter=_USED & Q(list_value__isnull=True)),
            lapsed=Sum("amount", filter=_LAPSED),
        )
        .order_by("lot")
    )


def _group(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """Principal and bonus are one promise; units with rules of their own are each their own."""
    pooled = row["wallet__asset__kind"] in {AssetKind.MONEY, AssetKind.COIN}
    return (row["wallet__asset"], None if pooled else row["lot__scope"])


def _share(contract: Contract, rows: list[dict[str, Any]]) -> tuple[Share, bool]:
    """The share of one kind of thing, and whether its list price had to be assumed."""

    def total(name: str) -> int:
        return sum(int(row[name] or 0) for row in rows)

    money, granted, unlisted = total("money"), total("granted"), -total("unlisted")
    price = _list_price(contract, rows[0])
    is_assumed = price is None and unlisted > 0
    each, units = price or (money, max(1, granted))
    share = Share(
        what=rows[0]["wallet__asset__code"],
        money=money,
        granted=granted,
        used=-total("used"),
        listed=total("listed") + unlisted * each // units,
    )
    return share, is_assumed


def _list_price(contract: Contract, row: Mapping[str, Any]) -> tuple[int, int] | None:
    """List price of so many units, by the terms at the sale; None where nothing says it."""
    terms = contract.snapshot
    if row["wallet__asset__kind"] == AssetKind.MONEY:
        return 1, 1
    if row["wallet__asset__kind"] == AssetKind.COIN and terms.get("coins"):
        return terms["price"], terms["coins"]
    code = row["wallet__asset__code"]
    prices = [one["list_price"] for one in terms.get("components", ()) if one["asset"] == code]
    if prices:
        return min(prices), 1
    price = row["wallet__asset__list_price"]
    return None if price is None else (price, 1)
