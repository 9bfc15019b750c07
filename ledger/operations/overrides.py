"""Set a rule aside for one request, on the record."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from ledger.models import OverRide
from ledger.operations.refusals import ReasonMissing
from members.models import Member, Store, User


class OverRideNotAllowed(DomainError):
    """It takes a manager of the store."""

    code = "over_ride_not_allowed"
    message = _(
        "Only a manager of this store or an owner may over-ride this rule. Ask one of them."
    )


@dataclass(frozen=True, kw_only=True)
class Permission:
    """Who lets a rule be set aside, and why."""

    approved_by: User
    reason: str


def over_ride(
    permission: Permission,
    *,
    rule: str,
    request_id: UUID,
    member: Member,
    store: Store,
    at: datetime,
    by: User | None,
) -> OverRide:
    """Keep the over-ride of ``rule`` for the request about to be carried out; once for a retry.

    Raises ReasonMissing, OverRideNotAllowed.
    """
    if not permission.reason.strip():
        raise ReasonMissing
    if not _may_approve(permission.approved_by, store):
        raise OverRideNotAllowed
    kept, _made = OverRide.objects.get_or_create(
        request_id=request_id,
        rule=rule,
        defaults={
            "member": member,
            "store": store,
            "asked_by": by,
            "approved_by": permission.approved_by,
            "reason": permission.reason.strip(),
            "at": at,
        },
    )
    return kept


def _may_approve(user: User, store: Store) -> bool:
    in_charge = user.is_superuser or user.role in {User.Role.MANAGER, User.Role.OWNER}
    return in_charge and user.visible_stores().filter(pk=store.pk).exists()
