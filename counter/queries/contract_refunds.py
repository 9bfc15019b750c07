"""A member's contracts, and the arithmetic of a refund in words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.money import format_minor, format_units
from ledger.models import Asset, AssetKind, Contract, Lot, RateKind, Refund
from members.models import Member, Store

MOST = 50

UNCERTAIN = {
    "visits_before": gettext_lazy(
        "The member came before the sale. Who had the same goods or services before may not "
        "simply change their mind: look at the visits and decide."
    ),
    "list_assumed": gettext_lazy(
        "No list price is on record for part of it; the price paid stands in for it."
    ),
    "opening": gettext_lazy(
        "The contract was taken over from an older system. What was delivered before is not "
        "on record here."
    ),
    "bonus_paid": gettext_lazy(
        "Part of the price was paid with bonus, which is not paid back in money."
    ),
    "lapsed": gettext_lazy("Part of it expired or was taken by hand. It counts as not delivered."),
    "gifts": gettext_lazy("Gifts went along. Decide what is kept for each, if anything."),
    "age_unknown": gettext_lazy(
        "Nobody's age is on record. Ask for a proof of age and keep a note of it."
    ),
}


@dataclass(frozen=True, kw_only=True)
class Worded:
    """One line of the arithmetic for a reader: what it is, how it came about, its amount."""

    text: str
    formula: str
    amount: int


def contracts_of(member: Member, store: Store) -> Sequence[Contract]:
    """The member's contracts that ``store`` may pay back, newest first, at most fifty.

    Each has ``has_left`` and ``refund``, the refund that stands, if any.
    """
    lots = Lot.objects.filter(contract=OuterRef("pk"))
    # Asked beforehand: as a condition it would be tried on every contract there is.
    theirs = Lot.objects.filter(wallet__member=member).values_list("contract", flat=True)
    found = list(
        Contract.objects.filter(Q(pk__in=set(theirs)) | Q(member=member), entity=store.entity_id)
        .annotate(has_left=Exists(lots.filter(is_open=True)))
        .select_related("store")
        .order_by("-sold_at")[:MOST]
    )
    refunds: Iterable[Refund] = Refund.objects.filter(contract__in=found).standing()
    by_contract = {refund.contract_id: refund for refund in refunds}
    for contract in found:
        contract.refund = by_contract.get(contract.pk)  # type: ignore[attr-defined]
    return found


def worded(lines: Iterable[Mapping[str, Any]], contract: Contract) -> list[Worded]:
    """The lines of a reckoning, as kept with a refund, in the reader's language."""
    assets = {asset.code: asset for asset in Asset.objects.filter(entity=contract.entity_id)}
    return [_line(line, assets, contract.currency) for line in lines]


def _line(line: Mapping[str, Any], assets: Mapping[str, Asset], currency: str) -> Worded:
    asset, facts = assets.get(line["what"]), line["facts"]
    thing = asset.label if asset else line["what"]
    text, formula = {
        "paid": (_("Paid for the contract"), ""),
        "at_price_paid": (
            _("Delivered at the price paid: %(thing)s"),
            _("%(used)s used × %(money)s paid for it ÷ %(granted)s in all"),
        ),
        "at_list_price": (
            _("Delivered at the list price: %(thing)s"),
            _("%(used)s used, each at the price before any reduction"),
        ),
        "better_term": (
            _("Better for the member by the terms of the sale"),
            _("what was delivered counts at the price paid"),
        ),
        "principal_used": (
            _("Principal used or ended"),
            _("what was paid less what is left of it"),
        ),
        "decided": (_("Kept of the payment, as decided"), ""),
        "gift": (_("Kept for a gift: %(thing)s"), _("of a worth of %(worth)s")),
        "no_claim": (
            _("No claim against the member"),
            _("more was delivered than paid; the rest is not claimed"),
        ),
    }[line["code"]]
    shown = {"thing": thing} | {
        name: _amount(name, value, asset, currency) for name, value in facts.items()
    }
    return Worded(text=text % shown, formula=formula % shown, amount=line["amount"])


def _amount(name: str, value: int, asset: Asset | None, currency: str) -> str:
    """Money of a fact as money, units as units."""
    if name in {"money", "worth"} or (asset and asset.kind == AssetKind.MONEY):
        return format_minor(value, currency)
    return format_units(value, asset.scale if asset else 0)


def interest_in_words(interest: Mapping[str, Any] | None) -> str:
    """How the interest came about; empty without any."""
    if not interest:
        return ""
    day = parse_date(interest["in_force_from"])
    return _("%(kind)s of %(rate)s %% since %(day)s, %(days)s days of 365, without compounding") % {
        "kind": RateKind(interest["kind"]).label,
        "rate": format_units(interest["rate"], 2),
        "day": date_format(day, "DATE_FORMAT") if day else "",
        "days": interest["days"],
    }


def doubts(codes: Iterable[str]) -> list[Any]:
    """What is uncertain, in sentences."""
    return [UNCERTAIN[code] for code in codes]
