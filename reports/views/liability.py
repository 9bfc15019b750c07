"""The liability board: what is owed, how it changed, when it will be used, who clears with whom."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from common.money import format_minor
from ledger.models import Asset
from reports.queries.alarms import Alarms, alarms
from reports.queries.clearing import claims_of_entities, claims_of_stores, delivered_elsewhere
from reports.queries.figure import Question
from reports.queries.liability import (
    AGES,
    Held,
    definition_of,
    ended_unswept,
    held,
    row_of,
    summed,
)
from reports.queries.movement import Kept, Period, movement
from reports.queries.use_up import WINDOWS, Forecast, use_up
from reports.rules.value_lines import Line, Movement, Sum, total
from reports.rules.words import value_word
from reports.views.page import question_of, report_page, show
from reports.views.pictures import outlook_chart, stacked_bars, waterfall
from reports.views.prepaid import owed_tiles

MEASURES = ("amount", "cost")


@dataclass
class Aged:
    """A row of the board: what is owed of one part, in all and by age, with links to the lots."""

    title: str
    part: str
    asset: Asset
    currency: str
    sums: dict[int, Sum] = field(default_factory=lambda: defaultdict(Sum))
    link: str = ""

    @property
    def whole(self) -> Sum:
        """All ages together."""
        return total(self.sums.values())

    @property
    def amount(self) -> str:
        """As people read it."""
        return self.asset.show(self.whole.amount)

    @property
    def cost(self) -> str:
        """What was paid for it."""
        return format_minor(self.whole.cost, self.currency)

    @property
    def by_age(self) -> list[tuple[str, str, str]]:
        """Age, amount, and where the lots of that age are listed."""
        return [
            (age, self.asset.show(self.sums[place].amount), f"{self.link}&age={place}")
            if self.sums.get(place)
            else (age, "", "")
            for place, age in enumerate(AGES)
        ]


@require_safe
@report_page
def board(request: HttpRequest) -> HttpResponse:
    """What is owed now: as a whole by age, by issuing entity, by store; and what is wrong."""
    question = question_of(request)
    found = held(question)
    owed = summed(found)
    facts = {
        "definition": definition_of(question, owed),
        "tiles": [
            *owed_tiles([row_of(row) for row in owed]),
            *_deposits(question),
            *_unswept(question),
        ],
        "rows": _aged(request, found, lambda _one: ("", {})),
        "by_entity": _aged(request, found, lambda one: (one.asset.entity.name, {})),
        "by_store": _aged(request, found, lambda one: (one.store.name, {"store": one.store.code})),
        "ages": AGES,
        "chart": _ageing(found),
        "currency": _first_currency(found),
        "value_alarms": alarm_texts(alarms(question.scope, question.as_of, found)),
    }
    return show(request, "reports/stored_value.html", question, facts)


@require_safe
@report_page
def moved(request: HttpRequest) -> HttpResponse:
    """Opening, every line and closing of each asset and part; one of them as a waterfall."""
    question = question_of(request)
    period = period_of(question)
    found = movement(period, question.scope)
    assets = Asset.objects.in_bulk()
    cost = request.GET.get("measure") == "cost"
    lines = [line for line in Line if any(line in one.lines for one in found.values())]
    picked = _picked(request, list(found))
    facts = {
        "period": period,
        "last": period.end - timedelta(days=1),
        "lines": [value_word("line", line) for line in lines],
        "rows": [
            _equation(request, kept, one, assets[kept.asset_id], lines, cost=cost)
            for kept, one in found.items()
        ],
        "choices": [
            (f"{kept.asset_id}-{kept.part}", _title(assets[kept.asset_id], kept.part))
            for kept in found
        ],
        "picked": f"{picked.asset_id}-{picked.part}" if picked else "",
        "measure": "cost" if cost else "amount",
        "chart": _waterfall(found[picked], cost=cost) if picked else None,
        "chart_title": _title(assets[picked.asset_id], picked.part) if picked else "",
        "money": picked and (cost or assets[picked.asset_id].currency),
        "currency": picked.currency if picked else "",
    }
    return show(request, "reports/value_moved.html", question, facts)


@require_safe
@report_page
def clearing(request: HttpRequest) -> HttpResponse:
    """What stores delivered on each other's promises, and what each has to get."""
    question = question_of(request)
    period = period_of(question)
    pairs = delivered_elsewhere(period, question.scope)
    facts = {
        "period": period,
        "last": period.end - timedelta(days=1),
        "pairs": pairs,
        "by_store": claims_of_stores(pairs),
        "by_entity": claims_of_entities(pairs),
    }
    return show(request, "reports/clearing.html", question, facts)


@require_safe
@report_page
def forecast(request: HttpRequest) -> HttpResponse:
    """When what is owed will be used if members go on as they did, and what will not."""
    question = question_of(request)
    found = use_up(question)
    known = [one for one in found if one.expected]
    largest = max(known, key=lambda one: (bool(one.asset.currency), one.amount), default=None)
    chosen = next((one for one in known if _key(one) == request.GET.get("show")), largest)
    facts = {
        "rows": [_expectation(one) for one in found],
        "choices": [(_key(one), _title(one.asset, one.part)) for one in known],
        "picked": _key(chosen) if chosen else "",
        "chart": outlook_chart(question.as_of, chosen) if chosen else None,
        "chart_title": _title(chosen.asset, chosen.part) if chosen else "",
        "chosen": chosen,
        "days": list(WINDOWS),
    }
    return show(request, "reports/use_up.html", question, facts)


def period_of(question: Question) -> Period:
    """The asked days, both included; the month so far unless told."""
    last = question.end or question.as_of
    return Period(question.start or last.replace(day=1), last + timedelta(days=1))


def alarm_texts(found: Alarms) -> list[dict[str, str]]:
    """Each alarm as a sentence with a way to what is behind it."""
    texts = []
    if found.over_limit:
        said = ngettext(
            "%(count)s card holds more than the limit of its kind.",
            "%(count)s cards hold more than the limit of their kind.",
            found.over_limit,
        )
        texts.append({"text": said % {"count": found.over_limit}, "page": "reports:over_limit"})
    if found.ends:
        said = ngettext(
            "%(count)s lot of principal has an end, although the policy forbids it.",
            "%(count)s lots of principal have an end, although the policy forbids it.",
            found.ends,
        )
        texts.append({"text": said % {"count": found.ends}, "page": "reports:principal_ends"})
    for one in found.short:
        said = _(
            "%(entity)s has to set aside %(needed)s for a principal of %(principal)s;"
            " %(set_aside)s is set aside."
        ) % {
            "entity": one.entity.name,
            "needed": format_minor(one.needed, one.currency),
            "principal": format_minor(one.principal, one.currency),
            "set_aside": format_minor(one.set_aside or 0, one.currency),
        }
        texts.append({"text": said, "page": "admin:ledger_reserve_changelist"})
    for store in found.without_policy:
        said = _("No policy is on record for the jurisdiction of %(store)s: nothing is checked.")
        texts.append(
            {"text": said % {"store": store.name}, "page": "admin:ledger_policy_changelist"}
        )
    return [text | {"href": reverse(text["page"])} for text in texts]


def _deposits(question: Question) -> list[dict[str, str]]:
    """What is set aside for deposits: still the members', and owed no less; one tile a currency."""
    day_after = question.as_of + timedelta(days=1)
    ever = movement(Period(date.min, day_after), question.scope)
    moneys = dict(Asset.objects.exclude(currency="").values_list("pk", "currency"))
    sums: dict[str, int] = defaultdict(int)
    for kept, one in ever.items():
        if kept.asset_id in moneys and Line.HELD in one.lines:
            sums[kept.currency] -= one.lines[Line.HELD].amount
    return [
        {
            "label": _("Held as deposits"),
            "value": format_minor(amount, currency),
            "note": _("taken or given back later, not counted above"),
            "class": "stat-wide",
        }
        for currency, amount in sums.items()
        if amount
    ]


def _unswept(question: Question) -> list[dict[str, str]]:
    """Stored value that has ended and still stands in balances; one tile a currency."""
    return [
        {
            "label": _("Ended, not booked yet"),
            "value": format_minor(amount, currency),
            "note": _("owed no more, not counted above; the nightly sweep books it"),
            "class": "stat-wide",
        }
        for currency, amount in ended_unswept(question)
    ]


def _aged(request: HttpRequest, found: Iterable[Held], place: Any) -> list[Aged]:
    """The rows of one table of the board: one a place, asset and part."""
    rows: dict[Any, Aged] = {}
    for one in found:
        title, narrow = place(one)
        key = (title, one.asset.kind, one.asset.pk, one.currency, one.part != "principal", one.part)
        if key not in rows:
            rows[key] = Aged(title, value_word("part", one.part), one.asset, one.currency)
            rows[key].link = _lots_link(request, one, narrow)
        rows[key].sums[one.age] += Sum(one.amount, one.cost)
    return [rows[key] for key in sorted(rows)]


def _lots_link(request: HttpRequest, one: Held, narrow: dict[str, str]) -> str:
    kept = {name: request.GET[name] for name in ("store", "as_of") if request.GET.get(name)}
    asked = kept | narrow | {"asset": str(one.asset.pk), "part": one.part}
    return f"{reverse('reports:lots')}?{urlencode(asked)}"


def _first_currency(found: Iterable[Held]) -> str:
    return next((one.asset.currency for one in found if one.asset.currency), "")


def _ageing(found: Iterable[Held]) -> dict[str, Any]:
    """Stored value by age, principal and bonus stacked; one currency at a time."""
    rows = list(found)
    currency = _first_currency(rows)
    sums: dict[tuple[str, int], int] = defaultdict(int)
    for one in rows:
        if one.asset.currency == currency:
            sums[one.part, one.age] += one.amount
    return stacked_bars(
        AGES,
        {
            value_word("part", part): [sums[part, place] for place in range(len(AGES))]
            for part in ("principal", "bonus")
        },
    )


def _title(asset: Asset, part: str) -> str:
    return _("%(asset)s: %(part)s") % {"asset": asset.label, "part": value_word("part", part)}


def _picked(request: HttpRequest, kept: list[Kept]) -> Kept | None:
    asked = request.GET.get("show", "")
    named = [one for one in kept if f"{one.asset_id}-{one.part}" == asked]
    principal = [one for one in kept if one.part == "principal"]
    return next(iter(named + principal + kept), None)


def _equation(
    request: HttpRequest,
    kept: Kept,
    one: Movement,
    asset: Asset,
    lines: list[Line],
    *,
    cost: bool,
) -> dict[str, Any]:
    """A row of the table: each figure as text, the lines with a way to their movements."""

    def text(found: Sum) -> str:
        return format_minor(found.cost, kept.currency) if cost else asset.show(found.amount)

    asked = {
        name: request.GET[name]
        for name in ("store", "from", "to", "as_of")
        if request.GET.get(name)
    }
    asked |= {"asset": str(kept.asset_id), "part": kept.part}
    address = reverse("reports:movements")
    return {
        "asset": asset.label,
        "part": value_word("part", kept.part),
        "opening": text(one.opening),
        "lines": [
            (
                value_word("line", line),
                text(one.lines[line]) if line in one.lines else "",
                f"{address}?{urlencode(asked | {'line': line.value})}",
            )
            for line in lines
        ],
        "closing": text(one.closing),
    }


def _waterfall(one: Movement, *, cost: bool) -> dict[str, Any]:
    def size(found: Sum) -> int:
        return found.cost if cost else found.amount

    steps = [(value_word("line", line), size(found)) for line, found in one.lines.items()]
    return waterfall(size(one.opening), steps, first=_("opening"), last=_("closing"))


def _key(one: Forecast) -> str:
    return f"{one.asset.pk}-{one.part}"


def _expectation(one: Forecast) -> dict[str, Any]:
    """A row of the forecast: how soon, how much not, each with its range."""
    row = {"title": _title(one.asset, one.part), "amount": one.asset.show(one.amount)}
    if not (one.expected and one.slow and one.fast):
        return row
    breakage = sorted(outlook.breakage for outlook in (one.expected, one.slow, one.fast))
    left = sorted(outlook.left for outlook in (one.expected, one.slow, one.fast))
    return row | {
        "half": one.expected.months_until(1, 2),
        "most": one.expected.months_until(9, 10),
        "breakage": one.asset.show(one.expected.breakage),
        "breakage_low": one.asset.show(breakage[0]),
        "breakage_high": one.asset.show(breakage[-1]),
        "left": one.asset.show(one.expected.left),
        "left_low": one.asset.show(left[0]),
        "left_high": one.asset.show(left[-1]),
        "is_known": True,
    }
