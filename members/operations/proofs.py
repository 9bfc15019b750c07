"""A debit above the store's limit needs the member: their PIN, a code, or a manager's word for it.

Edges that debit stored value or units ask ``prove_debit`` before they call the operation.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import randbelow
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.utils import translation
from django.utils.functional import lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from common.money import format_minor
from members.models import DebitProof, Member, OneTimeCode, Store, User
from members.operations.people import lock_open_member
from members.operations.pins import MOST_TRIES, check_pin
from members.operations.texts import leave_text

GOOD_FOR = timedelta(minutes=5)
BETWEEN_CODES = timedelta(seconds=30)
CODES_AN_HOUR = 5
OVERRIDERS = {User.Role.MANAGER, User.Role.OWNER}
lazy_amount: Any = lazy(format_minor, str)


class ProofNeeded(DomainError):
    """The value is above the limit and nobody showed anything."""

    code = "proof_needed"
    asks_proof = can_be_over_ridden = True
    message = _(
        "Above %(limit)s, the debits of half an hour together, the member types their PIN or a "
        "code sent to their phone. A manager may answer for it with a reason."
    )


class WrongCode(DomainError):
    """No such code, or it is over."""

    code = "wrong_code"
    asks_proof = can_be_over_ridden = True
    message = _("This code is wrong, used or over. A code is good for 5 minutes; send a new one.")


class CodeTooSoon(DomainError):
    """Codes are sent in a row."""

    code = "code_too_soon"
    asks_proof = can_be_over_ridden = True
    message = _("A code was sent just now, or too many in the last hour. Wait a little.")


class NotYoursToOverride(DomainError):
    """Only managers answer for a member."""

    code = "not_yours_to_override"
    asks_proof = can_be_over_ridden = True
    message = _("Only a manager or an owner may answer for a member, with a reason.")


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What was shown at the edge; the first that is there counts: code, PIN, a manager's reason.

    ``approved_by`` is the manager who answers for the member with the ``reason``.
    """

    code: str = ""
    pin: str = ""
    reason: str = ""
    approved_by: User | None = None


def needs_proof(*, store: Store, value: int) -> bool:
    """Whether debiting ``value`` (smallest unit of the store's currency) needs the member's proof.

    Exactly the limit does not.
    """
    return store.pin_above is not None and value > store.pin_above


def prove_debit(
    *,
    request_id: UUID,
    member: Member,
    store: Store,
    value: int,
    shown: Shown,
    at: datetime,
    by: User | None,
) -> DebitProof | None:
    """Note how the member's will was shown; None where ``value`` needs no proof.

    Call it outside a transaction, before the operation of the same ``request_id``: a code is used
    up and a wrong try counted even when the operation is refused. A request proven once needs no
    second proof for as much.

    Raises ProofNeeded, WrongCode, NoPin, WrongPin, PinLocked, NotYoursToOverride.
    """
    if not needs_proof(store=store, value=value):
        return None
    before = DebitProof.objects.filter(request_id=request_id, member=member, value__gte=value)
    if known := before.first():
        return known
    way = _way(member, store, shown, at)
    is_override = way == DebitProof.Way.OVERRIDE
    proof, _made = DebitProof.objects.update_or_create(
        request_id=request_id,
        defaults={
            "member": member,
            "store": store,
            "value": value,
            "way": way,
            "reason": shown.reason.strip() if is_override else "",
            "at": at,
            "by": shown.approved_by if is_override else by,
        },
    )
    return proof


def _way(member: Member, store: Store, shown: Shown, at: datetime) -> str:
    if shown.code:
        _use_code(member, shown.code, at)
        return DebitProof.Way.CODE
    if shown.pin:
        check_pin(member=member, pin=shown.pin, at=at)
        return DebitProof.Way.PIN
    if shown.reason.strip():
        answers = shown.approved_by
        if answers is None or not (answers.is_superuser or answers.role in OVERRIDERS):
            raise NotYoursToOverride
        return DebitProof.Way.OVERRIDE
    raise ProofNeeded(limit=lazy_amount(store.pin_above, store.currency))


@transaction.atomic
def send_code(*, member: Member, store: Store, at: datetime, by: User | None) -> OneTimeCode:
    """Send six digits to the member's phone, good once and for five minutes; earlier ones end.

    The message is in the store's language. Raises MemberClosed, CodeTooSoon, NoGateway, NoPhone.
    """
    member = lock_open_member(member)
    sent = OneTimeCode.objects.filter(member=member)
    if (
        sent.filter(sent_at__gt=at - BETWEEN_CODES).exists()
        or sent.filter(sent_at__gt=at - timedelta(hours=1)).count() >= CODES_AN_HOUR
    ):
        raise CodeTooSoon
    digits = f"{randbelow(10**6):06}"
    with translation.override(store.language):
        text = gettext("%(store)s: your code is %(code)s. Tell it only to the person at the till.")
        words = text % {"store": store.name, "code": digits}
    leave_text(member=member, text=words, at=at, expires_at=at + GOOD_FOR)
    sent.live_at(at).update(expires_at=at)
    return OneTimeCode.objects.create(
        member=member,
        hash=make_password(digits),
        sent_at=at,
        expires_at=at + GOOD_FOR,
        asked_by=by,
    )


def _use_code(member: Member, code: str, at: datetime) -> None:
    """Use a code up. Raises WrongCode; after five wrong tries the code is over."""
    with transaction.atomic(durable=True):
        live = OneTimeCode.objects.live_at(at).filter(member=member, failures__lt=MOST_TRIES)
        found = live.select_for_update(no_key=True).order_by("-pk").first()
        is_right = found is not None and check_password(code.strip(), found.hash)
        if found and is_right:
            found.used_at = at
            found.save(update_fields=["used_at"])
        elif found:
            found.failures += 1
            found.save(update_fields=["failures"])
    if not is_right:
        raise WrongCode
