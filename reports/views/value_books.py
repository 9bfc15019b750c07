"""The accountant's file of value: what moved each day, with totals at its end."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ledger.models import Asset, Contra, LotOrigin
from reports.queries.revenue import Booked, Totals, booked
from reports.rules.words import value_word
from reports.views.files import table_file
from reports.views.liability import period_of
from reports.views.page import question_of, report_page


@require_safe
@report_page
def books_file(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Day, store, asset, origin and contra with amount and cost; the totals stand at the end."""
    question = question_of(request)
    period = period_of(question)
    last = period.end - timedelta(days=1)
    name = f"value-{period.start.isoformat()}-{last.isoformat()}.{kind}"
    return table_file(_books(booked(period, question.scope)), name=name, kind=kind)


def _books(rows: Iterator[Booked]) -> Iterator[list[Any]]:
    """The header, the rows, and what they add up to: nobody adds up amounts of several assets."""
    yield [
        _("Business date"), _("Store"), _("Issued in"), _("Issuing entity"), _("Asset"), _("Part"),
        _("Origin"), _("Contra"), _("Line"), _("Amount"), _("Unit"), _("Cost"), _("Currency"),
    ]  # fmt: skip
    totals, assets = Totals.none(), {}
    for row in rows:
        totals.add(row)
        assets[row.asset.pk] = row.asset
        yield [
            row.day.isoformat(),
            row.store.code,
            row.issued.code,
            row.asset.entity.code,
            row.asset.code,
            row.part,
            str(LotOrigin(row.origin).label),
            str(Contra(row.contra).label),
            value_word("line", row.line),
            *_figures(row.asset, row.moved.amount, row.moved.cost, row.kept.currency),
        ]
    for kept, found in sorted(totals.sums.items()):
        asset = assets[kept.asset_id]
        figures = _figures(asset, found.amount, found.cost, kept.currency)
        yield [_("Total"), "", "", asset.entity.code, asset.code, kept.part, "", "", "", *figures]
    yield [_("Rows"), totals.rows]


def _figures(asset: Asset, amount: int, cost: int, currency: str) -> list[Any]:
    """Exact decimals: a spreadsheet adds them up to the very totals."""
    decimals = get_currency_precision(asset.currency) if asset.currency else asset.scale
    return [
        Decimal(amount).scaleb(-decimals),
        asset.currency or asset.code,
        Decimal(cost).scaleb(-get_currency_precision(currency)),
        currency,
    ]
