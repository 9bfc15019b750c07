"""F6: ring up goods, for a member or for somebody nobody knows."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views import View

from common.edges import StoreNotYours, is_htmx, request_id
from common.errors import DomainError
from counter.forms.bill import (
    BillRow,
    UnknownProduct,
    bill_total,
    free_amount,
    read_lines,
    typed_rows,
    with_product,
)
from counter.forms.payments import PaymentForm, payment_form, read_tenders, without_stored_value
from counter.forms.reading import text_of
from counter.operations.open_prices import open_products
from counter.operations.tenders import tenders_at
from counter.queries.joining import Goods, Joining, joining_saves
from counter.queries.offers import categories, products_coded, products_like
from counter.rules.paying import rounding_down, rounding_steps
from counter.views.desk import Desk
from counter.views.drawing import value_at_hand
from counter.views.home import home_page
from counter.views.pages import go, home_url, member_url, panel_facts, show
from counter.views.sheet import member_page
from ledger.models import Product
from ledger.operations.proving import stored_value_in
from members.models import Member
from members.operations.proofs import send_code
from members.queries import member_numbered
from promotions.operations import sell

TEMPLATE = "counter/panels/sale.html"


@dataclass(frozen=True)
class Draft:
    """The bill as it stands: its rows, what the box could mean, and what to type next."""

    rows: Sequence[BillRow]
    matches: Sequence[Product] = ()
    item: str = ""
    is_ready_to_pay: bool = False


class SaleView(View):
    """GET shows an empty bill; POST changes the draft (``do=draft``) or books it."""

    def get(self, request: HttpRequest, desk: Desk, number: str = "") -> HttpResponse:
        """Show an empty bill."""
        return self._show(request, desk, _member(number), QueryDict(), Draft(rows=[]))

    def post(self, request: HttpRequest, desk: Desk, number: str = "") -> HttpResponse:
        """Change the bill or book it; a refusal shows it again."""
        member, typed = _member(number), request.POST
        draft = Draft(rows=[])
        try:
            rows = typed_rows(typed)
            draft = Draft(rows=rows, item=text_of(typed, "item"))
            if typed.get("do") == "code" and member:
                send_code(member=member, store=desk.store, at=desk.at, by=desk.user)
                keep = typed.get("request_id", "")
                return self._show(request, desk, member, typed, draft, keep=keep)
            if typed.get("do") != "book":
                draft = changed(rows, typed, desk, member)
                keep = typed.get("request_id", "")
                return self._show(request, desk, member, typed, draft, keep=keep)
            entry = request_id(request)
            _book(rows, typed, desk, member, entry)
        except StoreNotYours:
            raise
        except DomainError as error:
            return self._show(request, desk, member, typed, draft, refusal=error)
        return go(request, member_url(member, entry) if member else home_url(entry))

    def _show(
        self,
        request: HttpRequest,
        desk: Desk,
        member: Member | None,
        typed: QueryDict,
        draft: Draft,
        *,
        refusal: DomainError | None = None,
        keep: str = "",
    ) -> HttpResponse:
        currency = desk.store.currency
        before = bill_total(draft.rows, currency)
        rounding = rounding_down(before, _step(desk, typed))
        facts = panel_facts(sale_url(member), refusal, keep) | {
            "member": member,
            "typed": typed,
            "draft": draft,
            "rows": [(row, row.shown(currency)) for row in draft.rows],
            "categories": categories(),
            "let_go": -rounding,
            "steps": [(step, str(step)) for step in rounding_steps(desk.store.rounding_step)],
            "payment": _payment(desk, typed, member, before + rounding),
            "joining": _joining(draft.rows, desk, member),
        }
        status = 422 if refusal else 200
        if is_htmx(request):
            return show(request, desk, TEMPLATE, facts, status)
        facts["panel"] = TEMPLATE
        if member is None:
            return home_page(request, desk, facts, status)
        return member_page(request, desk, member, facts, status)


def sale_url(member: Member | None) -> str:
    """Where the member's bill, or an anonymous one, is sent."""
    if member is None:
        return reverse("counter:anonymous_sale")
    return reverse("counter:sale", args=[member.number])


def _step(desk: Desk, typed: QueryDict) -> int:
    """What the bill is rounded down to: one of the store's steps, or not at all."""
    steps = {str(step): step for step in rounding_steps(desk.store.rounding_step)}
    return steps.get(typed.get("round", ""), 0)


def _member(number: str) -> Member | None:
    return member_numbered(number) if number else None


def _payment(desk: Desk, typed: QueryDict, member: Member | None, total: int) -> PaymentForm:
    choices = tenders_at(desk.store)
    if member is None:
        choices = without_stored_value(choices)
    return payment_form(
        typed,
        store=desk.store,
        choices=choices,
        total=total,
        value_at_hand=value_at_hand(desk, member) if member else None,
    )


def _joining(rows: Sequence[BillRow], desk: Desk, member: Member | None) -> Joining | None:
    """What joining now would take off the bill; nothing for who is not on record."""
    if member is None or not rows:
        return None
    products = products_coded([row.code for row in rows if row.code])
    goods = [
        Goods(products[row.code].list_price, int(row.quantity), charged)
        for row in rows
        if row.code in products and (charged := row.shown(desk.store.currency))
    ]
    return joining_saves(member=member, store=desk.store, at=desk.at, goods=goods)


def changed(rows: list[BillRow], typed: QueryDict, desk: Desk, member: Member | None) -> Draft:
    """The bill after one step: a row taken out, a product picked, or the box read.

    Raises UnknownProduct, NegativeAmount.
    """
    if removed := typed.get("remove", ""):
        return Draft(rows=[row for index, row in enumerate(rows) if str(index) != removed])
    if code := typed.get("pick", ""):
        found = products_like(code, desk.store)[:1]
        return Draft(rows=_with(rows, found[0], desk, member) if found else rows)
    item = text_of(typed, "item")
    if not item:
        # Enter in the empty box is done adding; a changed quantity only counts anew.
        return Draft(rows=rows, is_ready_to_pay=bool(rows) and "enter" in typed)
    return _added(rows, item, typed, desk, member)


def _added(
    rows: list[BillRow], item: str, typed: QueryDict, desk: Desk, member: Member | None
) -> Draft:
    found = products_like(item, desk.store)
    if len(found) == 1:
        return Draft(rows=_with(rows, found[0], desk, member))
    if found:
        return Draft(rows=rows, matches=found, item=item)
    chosen = typed.get("category", "")
    category = next((one for one in categories() if one.code == chosen), None)
    row = free_amount(item, category, desk.store.currency)
    if row is None:
        raise UnknownProduct(text=item)
    return Draft(rows=[*rows, row])


def _with(
    rows: list[BillRow], product: Product, desk: Desk, member: Member | None
) -> list[BillRow]:
    tier = member.tier if member else None
    percent = tier.discount_percent if tier else 0
    return with_product(rows, product, currency=desk.store.currency, percent_off=percent)


def _book(
    rows: list[BillRow], typed: QueryDict, desk: Desk, member: Member | None, entry: UUID
) -> None:
    products = products_coded([row.code for row in rows if row.code])
    by_category = open_products((row.category for row in rows), desk.store)
    # The bill is the store's paper, whatever the clerk reads.
    with translation.override(desk.store.language):
        lines = read_lines(
            rows,
            store=desk.store,
            products=products,
            open_products=by_category,
            nameless=_("Goods"),
        )
    before = sum(line.charged_value for line in lines)
    rounding = rounding_down(before, _step(desk, typed))
    payment = _payment(desk, typed, member, before + rounding)
    tenders = read_tenders(payment)
    if member:
        desk.prove(member, typed, entry, debits=stored_value_in(tenders))
    sell(
        request_id=entry,
        member=member,
        lines=lines,
        tenders=tenders,
        rounding=rounding,
        invoice_number=text_of(typed, "invoice", 60),
        permission=desk.permission(typed),
        **desk.header,
    )
