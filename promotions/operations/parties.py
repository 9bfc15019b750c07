"""Who is party to a prepaid sale: who pays, who presented the card, the guardian of a minor."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from common.money import lazy_minor
from ledger.operations.overrides import Permission, over_ride
from ledger.queries.policies import policy_for
from ledger.queries.posted import was_posted
from members.models import Member, Store, User
from promotions.queries.offers import policy_of


class ChildCannotBuy(DomainError):
    """A purchase by a small child is void."""

    code = "child_cannot_buy"
    can_be_over_ridden = True
    message = _(
        "By the birthday on file this member is %(age)s, and a purchase below %(limit)s is void. "
        "Let a guardian buy for them and enter the guardian's name; a manager can over-ride this "
        "with a reason, or correct the birthday."
    )


class GuardianMissing(DomainError):
    """A minor may not spend so much alone."""

    code = "guardian_missing"
    can_be_over_ridden = True
    message = _(
        "By the birthday on file this member is %(age)s, and a minor prepays at most %(limit)s "
        "alone. Ask a guardian and enter their name; a manager can over-ride this with a reason, "
        "or correct the birthday."
    )


@dataclass(frozen=True, kw_only=True)
class Parties:
    """The people of a sale besides the member who is to have the value.

    ``guardian`` is the name of the guardian who agreed to it at the desk; ``permission`` lets a
    manager set that rule aside.
    """

    payer: Member | None = None
    presented_by: str = ""
    guardian: str = ""
    permission: Permission | None = None

    def kept(self, at: datetime) -> dict[str, Any]:
        """What the contract keeps of them, in plain JSON."""
        kept: dict[str, Any] = {}
        if self.presented_by.strip():
            kept["presented_by"] = self.presented_by.strip()
        if self.guardian.strip():
            kept["guardian"] = {"name": self.guardian.strip(), "consent_at": at.isoformat()}
        return kept


THE_MEMBER_ALONE = Parties()


def check_guardian(
    parties: Parties,
    *,
    member: Member,
    price: int,
    request_id: UUID,
    store: Store,
    at: datetime,
    by: User | None,
) -> None:
    """Raise unless the member is of age or the price small, or a guardian or a manager agreed.

    The ages are those of the jurisdiction's policy; a member whose year of birth is not on file
    passes. A retry of what was posted passes too.

    Raises ChildCannotBuy, GuardianMissing, ReasonMissing, OverRideNotAllowed, PolicyMissing.
    """
    refusal = _refusal(member, price, store, at)
    if refusal is None or parties.guardian.strip() or was_posted(request_id):
        return
    if parties.permission is None:
        raise refusal
    over_ride(
        parties.permission,
        rule=refusal.code,
        request_id=request_id,
        member=member,
        store=store,
        at=at,
        by=by,
    )


def _refusal(member: Member, price: int, store: Store, at: datetime) -> DomainError | None:
    day = store.business_date(at)
    age = member.age_on(day)
    if age is None:
        return None
    policy = policy_for(store, day)
    if policy.minor_void_below is not None and age < policy.minor_void_below:
        return ChildCannotBuy(age=age, limit=policy.minor_void_below)
    alone = policy_of(store.entity).minors_pay_up_to
    if policy.minor_below is not None and age < policy.minor_below and price > alone:
        return GuardianMissing(age=age, limit=lazy_minor(alone, store.currency))
    return None
