"""Turn the codes of a request into rows, and what the member typed into a proof."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Model, QuerySet

from counter.api.base import Order
from ledger.api.errors import ScopeMissing, UnknownReference
from ledger.models import Product, TenderType
from ledger.models.sales import LineKind
from ledger.operations.proving import Debits, value_to_prove
from ledger.operations.sale_refunds import PaidBack
from ledger.operations.sales import Line, Tender
from members.models import Member, Store, TillKey
from members.operations.proofs import Shown, needs_proof, prove_debit
from members.queries import member_numbered


def need_scope(order: Order, scope: TillKey.Scope) -> None:
    """Raise ScopeMissing unless the key has ``scope``."""
    if not order.key.allows(scope):
        raise ScopeMissing(scope=scope.value)


def prove(order: Order, debits: Debits) -> None:
    """Ask for the member's PIN or code where the store does; no till answers for a member."""
    if order.store.pin_above is None or not debits:
        return
    value = value_to_prove(
        request_id=order.id,
        member=member_of(order),
        store=order.store,
        debits=debits,
        at=order.at,
    )
    if not needs_proof(store=order.store, value=value):
        return
    prove_debit(
        request_id=order.id,
        member=member_of(order),
        store=order.store,
        value=value,
        shown=Shown(code=order.said.get("code", ""), pin=order.said.get("pin", "")),
        at=order.at,
        by=None,
    )


def member_of(order: Order) -> Member:
    """The member the order names. Raises UnknownMember."""
    return member_numbered(order.said["member"])


def named[M: Model](field: str, code: str, rows: QuerySet[M]) -> M:
    """The row with this code. Raises UnknownReference."""
    found = rows.filter(code=code).first()
    if found is None:
        raise UnknownReference(field=field, value=code)
    return found


def tenders_of(order: Order) -> list[Tender]:
    """The payments of the order. Raises UnknownReference."""
    said: Sequence[dict[str, Any]] = order.said["tenders"]
    codes = {one["tender"] for one in said}
    kinds = {kind.code: kind for kind in TenderType.objects.filter(code__in=codes)}
    for code in sorted(codes - kinds.keys()):
        raise UnknownReference(field="tender", value=code)
    return [
        Tender(tender=kinds[one["tender"]], amount=one["amount"], reference=one["reference"])
        for one in said
    ]


def paid_back(said: dict[str, Any]) -> PaidBack:
    """So much of one payment, by its own way or another. Raises UnknownReference."""
    code = said.get("tender")
    return PaidBack(
        line=said["line"],
        amount=said["amount"],
        tender=named("tender", code, TenderType.objects.all()) if code else None,
        reference=said["reference"],
    )


def line_of(said: dict[str, Any], store: Store) -> Line:
    """One line of a bill; without a list value the product's. Raises UnknownReference."""
    code = said.get("product")
    product = _product(code, store) if code else None
    listed = product.list_price * said["quantity"] if product else said["charged_value"]
    return Line(
        kind=LineKind(said["kind"]),
        product=product,
        description=said.get("description") or (product.label if product else ""),
        quantity=said["quantity"],
        list_value=said.get("list_value", listed),
        charged_value=said["charged_value"],
    )


def _product(code: str, store: Store) -> Product:
    here = Product.objects.filter(currency=store.currency, is_active=True)
    return named("product", code, here.filter(store=None) | here.filter(store=store))
