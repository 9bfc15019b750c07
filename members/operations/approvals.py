"""Have a second person agree to what one may not do alone: their name and password, on the spot."""

from collections.abc import Collection

from django.contrib.auth import authenticate
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from common.edges import has_role
from common.errors import DomainError
from members.models import Store, User


class ApprovalNeeded(DomainError):
    """One person is not enough."""

    code = "approval_needed"
    message = _("This needs a second person. Let them enter their user name and password.")


class OwnApproval(DomainError):
    """Nobody agrees with themselves."""

    code = "own_approval"
    message = _("You cannot approve what you entered yourself. Ask another person.")


class ApprovalRefused(DomainError):
    """The name and password of nobody who works here."""

    code = "approval_refused"
    message = _("This user name and password do not belong together. Let them be entered again.")


class ApproverMayNot(DomainError):
    """A person, but not one with the right to agree."""

    code = "approver_may_not"
    message = _("%(person)s may not approve this here. Ask a manager of %(store)s or an owner.")


def approve(
    *,
    username: str,
    password: str,
    request: HttpRequest | None,
    roles: Collection[str],
    store: Store,
    requested_by: User,
) -> User:
    """Return the person who agrees: another one, with one of the ``roles``, working in ``store``.

    The password is tried as at the login, so that wrong ones are counted and lock out there too;
    ``request`` tells from which address. Nobody is logged in by it.

    Raises ApprovalNeeded, OwnApproval, ApprovalRefused, ApproverMayNot.
    """
    name = User.normalize_username(username.strip())
    if not name:
        raise ApprovalNeeded
    if name == requested_by.get_username():
        raise OwnApproval
    person = authenticate(request, username=name, password=password)
    if not isinstance(person, User):
        raise ApprovalRefused
    if person.pk == requested_by.pk:
        raise OwnApproval
    check_approver(person, roles=roles, store=store)
    return person


def check_approver(person: User, *, roles: Collection[str], store: Store) -> None:
    """Refuse a person without one of the ``roles`` or without the store.

    Raises ApproverMayNot.
    """
    works_here = person.visible_stores().filter(pk=store.pk).exists()
    if not (has_role(person, roles) and works_here):
        raise ApproverMayNot(person=str(person), store=store.name)
