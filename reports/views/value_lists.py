"""The lists behind the numbers of the liability board, page by page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from common.money import format_minor
from common.phones import mask_phone
from ledger.models import Asset, AssetKind, LotOrigin, TxnKind
from members.models import Member
from reports.queries.alarms import cards_over_limit, principal_that_ends
from reports.queries.behind import AGE_DAYS, lots_behind, movements_behind
from reports.queries.figure import Question
from reports.queries.liability import AGES
from reports.rules.value_lines import Line
from reports.rules.wording import day
from reports.rules.words import value_word
from reports.views.liability import period_of
from reports.views.page import question_of, report_page, show

PAID_PARTS: Mapping[str, str] = {
    AssetKind.MONEY: "principal",
    AssetKind.COIN: LotOrigin.PAID.value,
    AssetKind.UNIT: LotOrigin.BUNDLE.value,
    AssetKind.ENTITLEMENT: LotOrigin.ENTITLEMENT.value,
}


@dataclass(frozen=True)
class Cell:
    """One cell of a list: what it says, where it leads, whether it is a figure."""

    text: str
    href: str = ""
    is_number: bool = False


@require_safe
@report_page
def lots(request: HttpRequest) -> HttpResponse:
    """The lots that make up one number of what is owed."""
    question = question_of(request)
    asset = _asset(request)
    part = _part(request, asset)
    place = _age(request)
    found, following = lots_behind(
        question.scope,
        question.as_of,
        asset=asset.pk,
        part=part,
        age=place,
        after=request.GET.get("after", ""),
    )
    facts = {
        "title": _("What is owed: the lots behind it"),
        "said": (
            _("%(asset)s, %(part)s, on %(day)s.")
            if place is None
            else _("%(asset)s, %(part)s, %(age)s days old, on %(day)s.")
        )
        % {
            "asset": asset.label,
            "part": value_word("part", part),
            "age": place is not None and AGES[place],
            "day": day(question.as_of),
        },
        "headers": [
            _("Member"), _("Issued in"), _("Granted"), _("Ends"), _("Contract"), _("Left"),
            _("Paid for it"),
        ],
        "rows": [
            [
                _member(one.member),
                Cell(one.store.name),
                Cell(date_format(one.granted_at.astimezone(one.store.zone), "DATE_FORMAT")),
                Cell(
                    date_format(
                        one.expires_at.astimezone(one.store.zone) - timedelta(days=1), "DATE_FORMAT"
                    )
                    if one.expires_at
                    else _("never")
                ),
                _contract(one.contract_id),
                Cell(asset.show(one.amount), is_number=True),
                _amount(one.cost, asset.currency or one.store.currency),
            ]
            for one in found
        ],
        "next": following,
        "back": reverse("reports:stored_value"),
    }  # fmt: skip
    return _list(request, question, facts)


@require_safe
@report_page
def movements(request: HttpRequest) -> HttpResponse:
    """The movements that make up one line of the equation."""
    question = question_of(request)
    asset = _asset(request)
    part = _part(request, asset)
    period = period_of(question)
    asked = request.GET.get("line", Line.SOLD.value)
    if asked not in list(Line):
        raise Http404
    line = Line(asked)
    found, following = movements_behind(
        question.scope,
        period,
        asset=asset.pk,
        part=part,
        line=line,
        after=request.GET.get("after", ""),
    )
    facts = {
        "title": _("What moved: the transactions behind it"),
        "said": _("%(asset)s, %(part)s, %(line)s, from %(first)s to %(last)s.")
        % {
            "asset": asset.label,
            "part": value_word("part", part),
            "line": value_word("line", line),
            "first": day(period.start),
            "last": day(period.end - timedelta(days=1)),
        },
        "headers": [
            _("Day"), _("What"), _("Member"), _("Store"), _("Contract"), _("Amount"),
            _("Paid for it"),
        ],
        "rows": [
            [
                Cell(
                    date_format(one.business_date, "DATE_FORMAT"),
                    reverse("admin:ledger_txn_change", args=[one.txn_id]),
                ),
                Cell(str(TxnKind(one.kind).label)),
                _member(one.member),
                Cell(one.store.name if one.store else ""),
                _contract(one.contract_id),
                Cell(asset.show(one.amount), is_number=True),
                _amount(one.cost, asset.currency or (one.store.currency if one.store else "")),
            ]
            for one in found
        ],
        "next": following,
        "back": reverse("reports:value_moved"),
    }  # fmt: skip
    return _list(request, question, facts)


@require_safe
@report_page
def over_limit(request: HttpRequest) -> HttpResponse:
    """Cards that hold more than the policy of their home store lets them."""
    question = question_of(request)
    found, following = cards_over_limit(
        question.scope, question.as_of, request.GET.get("after", "")
    )
    facts = {
        "title": _("Cards over their limit"),
        "said": _(
            "As of now. The whole balance counts, bonus too. A card is unregistered where neither"
            " a name nor a phone is on file."
        ),
        "headers": [_("Member"), _("Phone"), _("Balance"), _("Limit"), _("Above it")],
        "rows": [
            [
                Cell(one.name or one.number, _member_page(one.member_id)),
                Cell(mask_phone(one.phone) if one.phone else "–"),
                _amount(one.balance, one.currency),
                _amount(one.limit, one.currency),
                _amount(one.balance - one.limit, one.currency),
            ]
            for one in found
        ],
        "next": following,
        "back": reverse("reports:stored_value"),
    }
    return _list(request, question, facts)


@require_safe
@report_page
def principal_ends(request: HttpRequest) -> HttpResponse:
    """Lots of principal with an end that the policy of their store forbids."""
    question = question_of(request)
    found, following = principal_that_ends(
        question.scope, question.as_of, request.GET.get("after", "")
    )
    facts = {
        "title": _("Principal with an end"),
        "said": _("As of now. What was paid must not expire here, or not so soon."),
        "headers": [_("Member"), _("Phone"), _("Ends"), _("Left")],
        "rows": [
            [
                Cell(one.name or one.number, _member_page(one.member_id)),
                Cell(mask_phone(one.phone) if one.phone else "–"),
                Cell(date_format(one.expires_at, "DATE_FORMAT")),
                _amount(one.remaining, one.currency),
            ]
            for one in found
        ],
        "next": following,
        "back": reverse("reports:stored_value"),
    }
    return _list(request, question, facts)


def _list(request: HttpRequest, question: Question, facts: dict[str, Any]) -> HttpResponse:
    """The page: each cell knows its heading, for narrow screens."""
    headers = facts["headers"]
    rows = [list(zip(headers, cells, strict=True)) for cells in facts["rows"]]
    return show(request, "reports/value_list.html", question, facts | {"rows": rows})


def _asset(request: HttpRequest) -> Asset:
    """The asset of the address, the first one where it names none."""
    text = request.GET.get("asset", "")
    if not text and (first := Asset.objects.exclude(kind=AssetKind.DEBT).order_by("pk").first()):
        return first
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0
    return get_object_or_404(Asset, pk=number)


def _part(request: HttpRequest, asset: Asset) -> str:
    """The part of the address, what is paid for where it names none."""
    return request.GET.get("part", "")[:12] or PAID_PARTS.get(asset.kind, LotOrigin.EARNED.value)


def _age(request: HttpRequest) -> int | None:
    text = request.GET.get("age", "")
    return int(text) if text in {str(place) for place in range(len(AGE_DAYS))} else None


def _member(member: Member) -> Cell:
    return Cell(str(member), _member_page(member.pk))


def _member_page(key: int) -> str:
    return reverse("admin:members_member_change", args=[key])


def _contract(key: UUID | None) -> Cell:
    if key is None:
        return Cell("–")
    return Cell(str(key)[:8], reverse("admin:ledger_contract_change", args=[key]))


def _amount(amount: int, currency: str) -> Cell:
    return Cell(format_minor(amount, currency) if currency else str(amount), is_number=True)
