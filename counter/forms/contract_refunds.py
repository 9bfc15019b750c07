"""What was chosen and decided about the refund of a contract, as typed."""

from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from common.money import parse_minor
from ledger.models import Contract, RefundCause
from ledger.operations.refunds import REFUNDERS
from ledger.queries.refunds import Decisions, gifts_of
from ledger.rules.refunds import Basis
from members.models import Store, User
from members.operations.approvals import approve


class DayNotReadable(DomainError):
    """The text is no day."""

    code = "day_not_readable"
    message = _("%(text)s is not a day. Choose one in the calendar.")


BASES = (
    (Basis.PRICE_PAID, _("at the price that was paid for it")),
    (Basis.LIST_PRICE, _("at the list price, without reductions")),
)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The cause, the day the contract ended, and what the rules leave to the manager."""

    cause: RefundCause
    terminated_on: date | None
    decisions: Decisions


def read_choice(typed: QueryDict, contract: Contract) -> Choice | None:
    """What was chosen; None before a cause is.

    Raises DayNotReadable and what ``parse_minor`` raises.
    """
    cause = typed.get("cause", "")
    if cause not in RefundCause.values:
        return None
    basis = typed.get("basis", "")
    kept = typed.get("kept", "").strip()
    gifts = [
        typed.get(f"gift-{number}", "").strip() for number, _gift in enumerate(gifts_of(contract))
    ]
    read = [parse_minor(text, contract.currency) if text else 0 for text in gifts]
    return Choice(
        cause=RefundCause(cause),
        terminated_on=_day(typed.get("terminated_on", "")),
        decisions=Decisions(
            basis=Basis(basis) if basis in {one for one, _text in BASES} else None,
            kept=parse_minor(kept, contract.currency) if kept else None,
            gifts=tuple(read),
        ),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise DayNotReadable(text=text[:20]) from None


def read_approver(typed: QueryDict, *, request: HttpRequest, store: Store, by: User) -> User | None:
    """The second person, where one entered name and password.

    Raises OwnApproval, ApprovalRefused, ApproverMayNot.
    """
    if not typed.get("approver", "").strip():
        return None
    return approve(
        username=typed.get("approver", ""),
        password=typed.get("approver_password", ""),
        request=request,
        roles=REFUNDERS,
        store=store,
        requested_by=by,
    )
