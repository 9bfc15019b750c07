"""Whether so much cash may leave the drawer: the store's limit, and who may go beyond it.

Every verb that pays somebody back asks here before it writes: refunds of sales, and refunds of
contracts.
"""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from common.money import lazy_minor
from ledger.models import TenderType
from ledger.models.catalogue import TenderKind
from members.models import Store, User

MANAGING = frozenset({User.Role.MANAGER, User.Role.OWNER})


class CashPayoutAboveLimit(DomainError):
    """More cash than a clerk may pay out."""

    code = "cash_payout_above_limit"
    message = _(
        "%(amount)s in cash is above this store's limit of %(limit)s. "
        "Pay it back another way, or let a manager do it."
    )


def check_cash_payout(
    *,
    store: Store,
    payouts: Iterable[tuple[TenderType, int]],
    by: User | None,
    before: int = 0,
    approved_by: User | None = None,
) -> None:
    """Raise CashPayoutAboveLimit where the cash among ``payouts`` is above the store's limit.

    Amounts are in the currency's smallest unit. ``before`` is cash paid out for the same thing
    earlier, so that a payout cannot be split to slip under the limit. A manager or an owner, as
    ``by`` or as ``approved_by``, may go beyond it; a till without a person may not. Call it before
    writing, with everything that is paid out at once.
    """
    cash = sum(amount for tender, amount in payouts if tender.kind == TenderKind.CASH)
    limit = store.cash_refund_limit
    if not cash or limit is None or cash + before <= limit:
        return
    if not (_manages(by) or _manages(approved_by)):
        raise CashPayoutAboveLimit(
            amount=lazy_minor(cash + before, store.currency),
            limit=lazy_minor(limit, store.currency),
        )


def _manages(user: User | None) -> bool:
    return user is not None and (user.is_superuser or user.role in MANAGING)
