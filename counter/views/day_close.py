"""The end of the day: a clerk counts the own till, a manager closes the store."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from common.edges import StoreNotYours, request_id
from common.errors import DomainError
from common.money import format_plain
from counter.forms.drawers import read_counted
from counter.forms.reading import text_of
from counter.queries.drawers import DaySheet, DrawerSheet, day_sheet, past_closes
from counter.rules.denominations import denominations
from counter.views.desk import Desk, at_the_counter
from counter.views.pages import show
from ledger.models import DayClose
from ledger.operations.day_close import close_day, count_till


@dataclass(frozen=True)
class DrawerForm:
    """A drawer's sheet and what was typed for it."""

    sheet: DrawerSheet
    opening: str
    counted: str
    note: str
    pieces: list[tuple[int, str, str]]

    @property
    def has_pieces(self) -> bool:
        """Whether notes and coins were typed."""
        return any(text for _value, _name, text in self.pieces)


@at_the_counter("GET")
def day(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The day as it stands: the own till, or for managers all of the store."""
    return _page(request, desk, QueryDict())


@at_the_counter("POST")
def count(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Keep what the clerk counted in the drawer of the till they stand at."""
    sheet = _sheet(desk).of(desk.till)
    try:
        entry = request_id(request)
        for drawer in sheet.drawers:
            counted = read_counted(request.POST, drawer, desk.store.currency)
            if counted:
                count_till(
                    request_id=entry, store=desk.store, counted=counted, at=desk.at, by=desk.user
                )
                messages.success(request, _("The count was kept. A manager closes the day."))
    except StoreNotYours:
        raise
    except DomainError as error:
        return _page(request, desk, request.POST, refusal=error)
    return HttpResponseRedirect(reverse("counter:day"))


@at_the_counter("POST")
def close(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Close the day of the store."""
    _managers_only(desk)
    sheet = _sheet(desk)
    try:
        entry = request_id(request)
        read = [read_counted(request.POST, one, desk.store.currency) for one in sheet.drawers]
        close_day(
            request_id=entry,
            store=desk.store,
            day=sheet.day,
            counts=[one for one in read if one],
            at=desk.at,
            by=desk.user,
        )
    except StoreNotYours:
        raise
    except DomainError as error:
        return _page(request, desk, request.POST, refusal=error)
    return HttpResponseRedirect(reverse("counter:day_closed", args=[entry]))


@at_the_counter("GET")
def closed(request: HttpRequest, desk: Desk, close_id: UUID) -> HttpResponse:
    """One close, to be printed on a roll of 80 mm or, ``paper=a4``, on a sheet."""
    _managers_only(desk)
    closes = DayClose.objects.select_related("store", "by")
    found = closes.filter(pk=close_id, store__in=desk.stores).first()
    if found is None:
        raise Http404
    figures = found.figures.select_related("till", "operator", "tender")
    ordered = list(figures.order_by("till__code", "operator__username", "what", "tender__position"))
    context = {
        "close": found,
        "tills": found.tills.select_related("till").order_by("till__code"),
        "money": [one for one in ordered if one.tender],
        "sold": [one for one in ordered if not one.tender],
        "is_sheet": request.GET.get("paper") == "a4",
    }
    # A paper of the store: in its language and its time.
    with translation.override(found.store.language), timezone.override(found.store.zone):
        return show(request, desk, "counter/day/closed.html", context)


def _managers_only(desk: Desk) -> None:
    if not desk.is_manager:
        raise PermissionDenied


def _sheet(desk: Desk) -> DaySheet:
    return day_sheet(desk.store, desk.store.business_date(desk.at), desk.tills)


def _page(
    request: HttpRequest, desk: Desk, typed: QueryDict, refusal: DomainError | None = None
) -> HttpResponse:
    sheet = _sheet(desk)
    if not desk.is_manager:
        sheet = sheet.of(desk.till)
    context: dict[str, Any] = {
        "sheet": sheet,
        "forms": [_form(one, typed, desk.store.currency) for one in sheet.drawers],
        "closes": past_closes(desk.store) if desk.is_manager else [],
        "refusal": refusal,
        "request_id": uuid4(),
    }
    return show(request, desk, "counter/day/day.html", context, 422 if refusal else 200)


def _form(sheet: DrawerSheet, typed: QueryDict, currency: str) -> DrawerForm:
    """What was typed, else what was counted last."""
    key, last = sheet.key, sheet.last
    kept = last.denominations if last else {}
    return DrawerForm(
        sheet=sheet,
        opening=text_of(typed, f"opening-{key}") or format_plain(sheet.began_with, currency),
        counted=text_of(typed, f"counted-{key}")
        or (format_plain(last.counted, currency) if last else ""),
        note=text_of(typed, f"note-{key}") or (last.note if last else ""),
        pieces=[
            (
                value,
                f"d-{key}-{value}",
                text_of(typed, f"d-{key}-{value}") or str(kept.get(str(value), "")),
            )
            for value in denominations(currency)
        ],
    )
