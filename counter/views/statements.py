"""The member statement: on the screen page by page, as a PDF and as a file, whole.

Screen and file speak the reader's language. The PDF goes home with the member: it speaks the
language of their home store.
"""

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.http import content_disposition_header, urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from common.edges import answers_refusals, roles_required
from common.errors import DomainError
from common.guarding import guard
from common.pdf import as_pdf
from counter.forms.period import Period, read_period
from ledger.queries import statement_rows
from ledger.queries.statement import Statement, is_known_in, statement
from ledger.queries.statement_file import file_rows
from ledger.queries.statement_paper import headings, period_text, statement_document, who
from members.models import Member, Store, User
from members.operations.people import note_change
from members.queries import issuers_seen_by, member_numbered

PAGE = 50
READERS = (User.Role.CLERK, User.Role.MANAGER, User.Role.OWNER, User.Role.AUDITOR)


class MemberOfOtherStores(DomainError):
    """Nobody of the person's stores has to do with the member."""

    code = "member_of_other_stores"
    message = _(
        "This member has not been in any of your stores, so you cannot see their account. "
        "Ask their home store, %(store)s, or an owner."
    )


@dataclass(frozen=True)
class Account:
    """Whose account is read, by whom and when."""

    member: Member
    by: User
    at: datetime

    @property
    def today(self) -> date:
        """The last business date on which anything can have been booked by now."""
        stores: list[Store] = [self.member.home_store, *Store.objects.open()]
        return max(store.posting_date(self.at) for store in stores)


def of_an_account(*methods: str) -> Callable[[Callable[..., HttpResponse]], Any]:
    """Let in whoever works in one of the member's stores, owners and auditors."""

    def decorate(view: Callable[..., HttpResponse]) -> Any:
        @wraps(view)
        def guarded(request: HttpRequest, number: str, **kwargs: Any) -> HttpResponse:
            user = request.user
            if not isinstance(user, User):
                raise PermissionDenied
            member = member_numbered(number)
            if not (user.is_superuser or is_known_in(member, user.visible_stores())):
                error = MemberOfOtherStores(store=member.home_store.name)
                return render(request, "common/refused.html", {"error": error}, status=403)
            return view(request, Account(member, user, timezone.now()), **kwargs)

        answered: Any = require_http_methods(methods)(
            roles_required(*READERS)(answers_refusals(guarded))
        )
        answered.is_guarded = True
        return answered

    return decorate


@of_an_account("GET")
def screen(request: HttpRequest, account: Account) -> HttpResponse:
    """The statement of a period, its entries page by page."""
    period = read_period(request.GET, today=account.today)
    told = statement(account.member, period.first, period.end, issuers_seen_by(account.by))
    pages = max(1, -(-len(told.keys) // PAGE))
    page = _page_asked(request.GET.get("page", ""), pages)
    asked = {"from": period.first.isoformat(), "to": period.last.isoformat()}
    context = {
        "member": told.member,
        "told": told,
        "period": period,
        "period_text": period_text(told.start, told.end),
        "who": who(told, at=account.at, by=str(account.by)),
        "sum_headings": statement_rows.sum_headings(),
        "sums": statement_rows.sum_rows(told),
        "contract_headings": statement_rows.contract_headings(),
        "contracts": [
            (line.contract, statement_rows.contract_row(line)) for line in told.contracts
        ],
        "headings": headings(),
        "rows": [row for entry in told.page(page, PAGE) for row in statement_rows.rows_of(entry)],
        "seal_facts": statement_rows.seal_facts(told.seal, told.member.home_store),
        "seal_words": statement_rows.seal_words(told.seal),
        "may_serve": account.by.role != User.Role.AUDITOR or account.by.is_superuser,
        "kinds": [("pdf", "PDF"), ("csv", "CSV")],
        "page": page,
        "pages": pages,
        "previous_url": f"?{urlencode(asked | {'page': page - 1})}" if page > 1 else "",
        "next_url": f"?{urlencode(asked | {'page': page + 1})}" if page < pages else "",
    }
    return render(request, "counter/statement.html", context)


@of_an_account("POST")
def download(request: HttpRequest, account: Account, kind: str) -> HttpResponse:
    """The whole statement as ``kind`` "pdf" or "csv"; the member's record says who took it."""
    period = read_period(request.POST, today=account.today)
    told = statement(account.member, period.first, period.end, issuers_seen_by(account.by))
    made = _pdf(told, account) if kind == "pdf" else _csv(told)
    _note(account, kind, period)
    name = f"statement-{told.member.number}-{period.first}-{period.last}.{kind}"
    made["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return made


def _pdf(told: Statement, account: Account) -> HttpResponse:
    store = told.member.home_store
    with translation.override(store.language), timezone.override(store.zone):
        document = statement_document(told, at=account.at, by=str(account.by))
        return HttpResponse(as_pdf(document), content_type="application/pdf")


def _csv(told: Statement) -> HttpResponse:
    """Spreadsheet programs read UTF-8 as such only behind a byte order mark."""
    file = io.StringIO("\ufeff", newline="")
    file.seek(0, io.SEEK_END)
    csv.writer(file).writerows(_safe(row) for row in file_rows(told))
    return HttpResponse(file.getvalue(), content_type="text/csv; charset=utf-8")


def _safe(cells: Iterable[str]) -> list[str]:
    """Texts cannot run as formulas; a negative number stays a number."""
    return [cell if _is_number(cell) else guard(cell) for cell in cells]


def _is_number(cell: str) -> bool:
    whole, _point, part = cell.removeprefix("-").partition(".")
    return whole.isascii() and whole.isdigit() and (not part or part.isdigit())


def _note(account: Account, kind: str, period: Period) -> None:
    taken = {"statement": f"{kind} {period.first.isoformat()} {period.last.isoformat()}"}
    note_change(account.member, {}, taken, at=account.at, by=account.by)


def _page_asked(text: str, pages: int) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 1
    return min(max(number, 1), pages)
