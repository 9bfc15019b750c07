"""A manager lets a rule be set aside: a reason, and at a clerk's desk a user name and password."""

from django.http import HttpRequest, QueryDict

from counter.forms.reading import text_of
from ledger.operations.overrides import Permission
from members.models import Store, User
from members.operations.approvals import approve

APPROVERS = (User.Role.MANAGER, User.Role.OWNER)


def read_permission(
    typed: QueryDict, *, request: HttpRequest, store: Store, by: User, is_manager: bool
) -> Permission | None:
    """The permission typed into the panel; None where no reason was given.

    Raises ApprovalNeeded, OwnApproval, ApprovalRefused, ApproverMayNot.
    """
    reason = text_of(typed, "over_ride_reason", 200)
    if not reason:
        return None
    if is_manager:
        return Permission(approved_by=by, reason=reason)
    person = approve(
        username=typed.get("approver", ""),
        password=typed.get("approver_password", ""),
        request=request,
        roles=APPROVERS,
        store=store,
        requested_by=by,
    )
    return Permission(approved_by=person, reason=reason)
