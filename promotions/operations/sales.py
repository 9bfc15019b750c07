"""Ring up goods: the bill, and the points it earns, in one transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from common.money import lazy_minor
from ledger.models import Contra, LotOrigin, Sale, TxnKind
from ledger.models.sales import LineKind, SaleSource
from ledger.operations.overrides import Permission
from ledger.operations.posting import Leg, grant, settle, share_of_money
from ledger.operations.sales import Line, Tender, record_sale
from members.models import Member, Store, Till, User
from promotions.models import PointsRule
from promotions.operations.ages import check_age
from promotions.operations.checks import check_member, check_tenders, sold_before
from promotions.operations.prepaid import asked, money_in
from promotions.queries.points import earning_of, excluded_categories, points_rule
from promotions.rules.points import (
    Charged,
    available_on,
    last_valid_day,
    points_for_sale,
    points_part,
)

GOODS = {LineKind.PRODUCT, LineKind.SERVICE}


class NotGoods(DomainError):
    """What grants value has a verb of its own."""

    code = "not_goods"
    message = _("A %(kind)s is sold on its own, not as a line among goods. Take it off this bill.")


class RoundingAboveLimit(DomainError):
    """More is let go than the store allows."""

    code = "rounding_above_limit"
    message = _(
        "Less than %(limit)s of a bill may be let go in this store, not %(asked)s. Round by less."
    )


def sell(
    *,
    request_id: UUID,
    store: Store,
    lines: Sequence[Line],
    tenders: Sequence[Tender],
    at: datetime,
    by: User | None,
    member: Member | None = None,
    till: Till | None = None,
    rounding: int = 0,
    source: SaleSource = SaleSource.COUNTER,
    external_ref: str = "",
    invoice_number: str = "",
    tax_amount: int | None = None,
    permission: Permission | None = None,
) -> Sale:
    """Record a bill of goods and grant what it earns; an anonymous bill earns nothing.

    Points are earned on the money in the bill: what tenders other than stored value bring and what
    had been paid for the stored value drawn, not on bonus. Points owed are settled first. A
    repeated ``request_id`` returns the first sale. ``permission`` over-rides the guard of minors.

    Raises NotGoods, RoundingAboveLimit, MemberMayNotTrade, NotHonouredHere, and what ``check_age``
    and ``record_sale`` raise.
    """
    _check_bill(lines, rounding, store)
    check_tenders(tenders, store)
    legs: list[Leg] = []
    if member and not sold_before(request_id):
        check_member(member)
        check_age(
            member,
            [line.product.category for line in lines if line.product and line.product.category],
            request_id=request_id,
            store=store,
            at=at,
            by=by,
            permission=permission,
        )
        legs = _earned(member, store, lines, tenders, rounding, at=at)
    return record_sale(
        request_id=request_id,
        store=store,
        lines=lines,
        tenders=tenders,
        at=at,
        by=by,
        member=member,
        till=till,
        kind=TxnKind.SALE,
        legs=legs,
        request=_request(member, store, lines, tenders)
        | {"rounding": rounding, "external_ref": external_ref},
        source=source,
        rounding=rounding,
        external_ref=external_ref,
        invoice_number=invoice_number,
        tax_amount=tax_amount,
    )


def _request(
    member: Member | None,
    store: Store,
    lines: Sequence[Line],
    tenders: Sequence[Tender],
) -> dict[str, Any]:
    """What the client asked for, so that a retry is told from another bill under the same id."""
    return {
        "member": member.pk if member else None,
        "store": store.pk,
        "lines": [_asked_line(line) for line in lines],
        "tenders": asked(tenders),
    }


def _check_bill(lines: Sequence[Line], rounding: int, store: Store) -> None:
    for line in lines:
        if line.kind not in GOODS:
            raise NotGoods(kind=LineKind(line.kind).label)
    if rounding and abs(rounding) >= store.rounding_step:
        raise RoundingAboveLimit(
            limit=lazy_minor(store.rounding_step, store.currency),
            asked=lazy_minor(abs(rounding), store.currency),
        )


def _asked_line(line: Line) -> list[Any]:
    product = line.product.pk if line.product else None
    return [
        line.kind,
        product,
        line.description,
        line.quantity,
        line.list_value,
        line.charged_value,
    ]


def _earned(
    member: Member,
    store: Store,
    lines: Sequence[Line],
    tenders: Sequence[Tender],
    rounding: int,
    *,
    at: datetime,
) -> list[Leg]:
    """The legs that grant points and settle a debt of them; none where nothing can be earned."""
    rule = points_rule(store, store.business_date(at))
    if rule is None:
        return []
    excluded = excluded_categories(rule)
    charged = [Charged(value=line.charged_value, earns=_earns(line, excluded)) for line in lines]
    total = sum(line.charged_value for line in lines) + rounding
    earning = earning_of(rule, member.tier_id)
    # All of it paid with money is the most it can earn; how much was bonus the ledger finds out.
    most = points_for_sale(earning, charged, total=total, money=total)
    if most <= 0:
        return []
    part, whole = points_part(earning, charged, total)
    points = share_of_money(
        _points(rule, member, store, most, at=at),
        fills="amount",
        money=money_in(tenders),
        before=0,
        after=part,
        whole=whole,
    )
    debt = getattr(rule.asset, "debt_asset", None)
    if debt is None:
        return [points]
    return [points, settle(member=member, asset=rule.asset, debt_asset=debt, amount=most)]


def _earns(line: Line, excluded: set[int]) -> bool:
    category = line.product.category_id if line.product else None
    return line.kind == LineKind.PRODUCT and category not in excluded


def _points(rule: PointsRule, member: Member, store: Store, amount: int, *, at: datetime) -> Leg:
    """Points earned now; those of one day and one month's end grow one lot."""
    day = store.business_date(at)
    last = last_valid_day(day, rule.expiry_months)
    opens, _end = store.day_bounds(available_on(day, rule.return_window_days))
    return grant(
        member=member,
        asset=rule.asset,
        amount=amount,
        origin=LotOrigin.EARNED,
        contra=Contra.PROMOTION,
        available_from=opens if rule.return_window_days else None,
        expires_at=store.end_of(last) if last else None,
        merge=True,
    )
