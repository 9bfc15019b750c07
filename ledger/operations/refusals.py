"""Why the ledger says no.

One refusal a rule, formatted in the reader's language when it is read.
"""

from collections.abc import Callable
from typing import Any

from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from ledger.models import Asset

# Amounts in a refusal are formatted when it is read, in the reader's language.
shown: Callable[..., Any] = lazy(lambda show, *facts: show(*facts), str)


class AmountNotPositive(DomainError):
    code = "amount_not_positive"
    message = _("The amount must be greater than zero.")


class AmountTooLarge(DomainError):
    code = "amount_too_large"
    message = _("The amount is larger than one operation may move. Split it or check the figure.")


class NotEnough(DomainError):
    code = "not_enough"
    message = _(
        "%(asked)s asked, but only %(available)s can be used here today. "
        "Take less, pay the rest another way, or top up first."
    )


class AlreadyUsed(DomainError):
    code = "already_used"
    message = _(
        "Part of it has been used already, so it cannot be taken back whole. "
        "Undo the later uses first."
    )


class MoreThanWasMoved(DomainError):
    code = "more_than_was_moved"
    message = _(
        "Only %(available)s of it is left to undo, %(asked)s asked. Undo that much or less."
    )


class TooManyLots(DomainError):
    code = "too_many_lots"
    message = _(
        "This balance already has %(limit)s separate parts. Use some of it up before adding more."
    )


class ContractChanged(DomainError):
    code = "contract_changed"
    message = _(
        "Something of this contract was used or moved in the meantime. "
        "Open it again: the figures are worked out anew."
    )


class ContractSettled(DomainError):
    code = "contract_settled"
    message = _(
        "This contract was refunded and closed already. Its refund is on the member's page."
    )


class RequestReused(DomainError):
    code = "request_reused"
    message = _(
        "This request was already used for something else. Reload the page and enter it again."
    )


class NothingToPost(DomainError):
    code = "nothing_to_post"
    message = _("There is nothing to do: it was undone already or nothing is left.")


class ReversalIsFinal(DomainError):
    code = "reversal_is_final"
    message = _("An undo cannot be undone. Enter the operation again instead.")


class ReleaseTheDeposit(DomainError):
    code = "release_the_deposit"
    message = _("A deposit is not undone: release it, and all of it goes back to the member.")


class UndoTheMerge(DomainError):
    code = "undo_the_merge"
    message = _("Merged members are taken apart on the page of the member who stayed.")


class UnknownTxn(DomainError):
    code = "unknown_operation"
    message = _(
        "This operation is not on record. Check its number, or look in the member's history."
    )


class ReasonMissing(DomainError):
    code = "reason_missing"
    message = _("Say why: a reason is kept with every undo and adjustment.")


REFUSALS: dict[str, type[DomainError]] = {
    refusal.code: refusal
    for refusal in (
        NotEnough,
        AlreadyUsed,
        MoreThanWasMoved,
        TooManyLots,
        ContractChanged,
        ContractSettled,
    )
}


def refusal_of(stored: dict[str, Any]) -> DomainError:
    """The refusal that the ledger stored, ready to raise; its amounts read as the asset's own."""
    params = dict(stored["params"])
    asset = Asset.objects.filter(pk=params.pop("asset", None)).first()
    if asset:
        params |= {name: shown(asset.show, amount) for name, amount in params.items()}
    return REFUSALS[stored["code"]](**params)


def positive(amount: int) -> int:
    """Return ``amount`` or raise AmountNotPositive, AmountTooLarge."""
    if amount <= 0:
        raise AmountNotPositive
    if amount > 10**12:
        raise AmountTooLarge
    return amount
