"""What members paid for ahead of time: bundles, stored value, top-up offers."""

from collections import Counter
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from common.money import format_minor
from ledger.models import Asset, ContractKind
from reports.queries.bundles import ALL_ASSETS, CLOSED
from reports.queries.liability import ALL_STORES
from reports.queries.registry import ask
from reports.queries.topups import PARTS
from reports.rules.rows import Row
from reports.rules.wording import percent
from reports.views.page import question_of, report_page, show
from reports.views.pictures import stacked_bars

ALL_AGES = "all"


@dataclass(frozen=True)
class Fate:
    """What became of one offer's units; the rates speak of closed bundles."""

    title: str
    asset: str
    sold: int
    used: int
    left: int
    lapsed: int
    bundles: int
    closed: int
    utilisation: str
    breakage: str
    is_small: bool
    lapsed_money: str
    attached: str


@require_safe
@report_page
def bundles(request: HttpRequest) -> HttpResponse:
    """Units sold, used, left and expired by offer, and what was bought beside a draw-down."""
    question = question_of(request)
    used, lost, beside = (ask(key, question) for key in ("utilisation", "breakage", "attached"))
    fates = _fates(used["rows"], lost["rows"], beside["rows"])
    facts = {
        "figures": [used, lost, beside],
        "fates": fates,
        "chart": stacked_bars(
            [fate.title for fate in fates if not fate.asset],
            {
                _("used"): [fate.used for fate in fates if not fate.asset],
                _("left"): [fate.left for fate in fates if not fate.asset],
                _("expired unused"): [fate.lapsed for fate in fates if not fate.asset],
            },
        ),
        "kinds": [
            (kind.value, kind.label)
            for kind in (ContractKind.BUNDLE, ContractKind.COIN_PACK, ContractKind.TOP_UP)
        ],
    }
    return show(request, "reports/bundles.html", question, facts)


@require_safe
@report_page
def top_ups(request: HttpRequest) -> HttpResponse:
    """Effective retention of each top-up offer, and what became of those who took it."""
    question = question_of(request)
    told = ask("topup_retention", question)
    offers: dict[tuple[str, str], dict[str, Row]] = {}
    for row in told["rows"]:
        offers.setdefault((row["offer"], row["title"]), {})[row["part"]] = row
    names = {
        "topped_up_again": _("topped up again"),
        "comes": _("has credit and comes"),
        "silent": _("has credit, stays away"),
        "gone": _("spent it and left"),
    }
    facts = {
        "figure": told,
        "offers": [
            {
                "title": title or code,
                "effective": rate_text(parts["effective"]),
                "is_small": parts["effective"]["small"],
                "observed": parts["effective"]["denominator"],
                "parts": [parts[part]["value"] for part in PARTS],
                "pending": parts["pending"]["value"],
            }
            for (code, title), parts in offers.items()
        ],
        "names": names.values(),
        "chart": stacked_bars(
            [title or code for code, title in offers],
            {
                name: [parts[part]["value"] for parts in offers.values()]
                for part, name in names.items()
            },
        ),
    }
    return show(request, "reports/top_ups.html", question, facts)


def owed_tiles(rows: list[Row]) -> list[dict[str, str]]:
    """Principal and bonus of stored value, one tile each and currency; nothing owed is a zero."""
    labels = {"principal": _("Owed: principal"), "bonus": _("Owed: bonus")}
    notes = {"principal": _("paid in advance"), "bonus": _("given on top")}
    owed = [
        row
        for row in rows
        if row["is_money"] and row["store"] == ALL_STORES and row["age"] == ALL_AGES
    ]
    currencies = sorted({row["currency"] for row in owed})
    found = {(row["currency"], row["part"]): row["value"] for row in owed}
    return [
        {
            "label": labels[part],
            "value": format_minor(found.get((currency, part), 0), currency),
            "note": notes[part],
            "class": "stat-wide",
        }
        for currency in currencies
        for part in labels
    ]


def _fates(used: list[Row], lost: list[Row], beside: list[Row]) -> list[Fate]:
    attached = {row["offer"]: row for row in beside}
    losses = {(row["offer"], row["asset"], row["measure"]): row for row in lost}
    labels = {asset.code: asset.label for asset in Asset.objects.all()}
    states: dict[tuple[str, str, str], dict[str, Row]] = {}
    for row in used:
        states.setdefault((row["offer"], row["title"], row["asset"]), {})[row["state"]] = row
    parts = Counter(offer for offer, _title, _asset in states)
    return [
        _fate(
            title or offer,
            "" if asset == ALL_ASSETS else labels.get(asset, asset),
            by_state,
            units=losses.get((offer, asset, "units")),
            money=losses.get((offer, asset, "money")),
            attached=attached.get(offer) if asset == ALL_ASSETS else None,
        )
        for (offer, title, asset), by_state in states.items()
        # The only unit of an offer needs no line beside the offer's own.
        if asset == ALL_ASSETS or parts[offer] > 2
    ]


def _fate(
    title: str,
    asset: str,
    by_state: dict[str, Row],
    *,
    units: Row | None,
    money: Row | None,
    attached: Row | None,
) -> Fate:
    closed = by_state.get(CLOSED)
    rows = by_state.values()
    return Fate(
        title=title,
        asset=asset,
        sold=sum(row["denominator"] for row in rows),
        used=sum(row["numerator"] for row in rows),
        left=sum(row["left"] for row in rows),
        lapsed=sum(row["lapsed"] for row in rows),
        bundles=sum(row["eligible"] for row in rows),
        closed=closed["eligible"] if closed else 0,
        utilisation=rate_text(closed),
        breakage=rate_text(units),
        is_small=bool(closed and closed["small"]),
        lapsed_money=format_minor(money["numerator"], money["currency"]) if money else "",
        attached=format_minor(round(attached["value"]), attached["currency"]) if attached else "",
    )


def rate_text(row: Row | None) -> str:
    """A rate with the range it lies in; empty where there is none."""
    if row is None or row["value"] is None:
        return ""
    return _("%(rate)s (%(low)s to %(high)s)") % {
        "rate": percent(row["value"]),
        "low": percent(row["low"], 0),
        "high": percent(row["high"], 0),
    }
