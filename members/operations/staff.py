"""Let people in to work, and out again when they leave."""

from collections.abc import Collection, Iterable

from axes.utils import reset
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from common.constraints import broken_constraint
from common.errors import DomainError
from members.models import Store, User
from members.models.shops import Language


class UsernameTaken(DomainError):
    """Somebody has the name, perhaps one who left."""

    code = "username_taken"
    message = _("The user name %(username)s is taken. Names of people who left stay theirs.")


class BadUsername(DomainError):
    """The text cannot be a user name."""

    code = "bad_username"
    message = _("%(username)s cannot be a user name. Use letters, digits and @ . + - _ only.")


class UnknownRole(DomainError):
    """There is no such role."""

    code = "unknown_role"
    message = _("%(role)s is not a role. Choose one of %(roles)s.")


class StoreNeeded(DomainError):
    """A clerk or manager who works nowhere could do nothing."""

    code = "store_needed"
    message = _("A clerk or a manager works in at least one store. Say in which.")


class WeakPassword(DomainError):
    """The password is too easy to guess."""

    code = "weak_password"
    message = _("This password is not safe enough. %(reasons)s")


class LastOwner(DomainError):
    """Without an owner nobody could let anybody in again."""

    code = "last_owner"
    message = _("%(username)s is the last owner. Make somebody else an owner first.")


class NotYourself(DomainError):
    """Nobody shuts the door on themselves."""

    code = "not_yourself"
    message = _("You cannot deactivate yourself. Ask another owner.")


def create_staff(
    *,
    username: str,
    password: str,
    role: str,
    stores: Iterable[Store] = (),
    language: str = "",
    display_name: str = "",
    email: str = "",
) -> User:
    """Let somebody work with ``role`` (a User.Role) in ``stores``; owners and auditors need none.

    ``language`` is that of the first store when empty.
    Raises BadUsername, UsernameTaken, UnknownRole, StoreNeeded, WeakPassword.
    """
    works_in = list(stores)
    check_assignment(role, works_in)
    user = User(
        username=_username(username),
        role=role,
        email=email,
        display_name=display_name.strip(),
        language=language or (works_in[0].language if works_in else Language.ENGLISH),
        # Everybody may enter the admin; what they see there is a matter of role and stores.
        is_staff=True,
    )
    user.set_password(_strong(password, user))
    return _insert(user, works_in)


def _username(text: str) -> str:
    name = User.normalize_username(text.strip())
    try:
        UnicodeUsernameValidator()(name)
    except ValidationError:
        raise BadUsername(username=text) from None
    return name


def _strong(password: str, user: User) -> str:
    try:
        validate_password(password, user)
    except ValidationError as weak:
        raise WeakPassword(reasons=" ".join(weak.messages)) from None
    return password


def name_to_lock(typed: str) -> str:
    """The name that wrong passwords count for: one and the same however it is capitalised.

    The login finds people by ``UPPER(username)``, so each way to write a name would else be
    another six guesses.

    >>> name_to_lock(" Ada ") == name_to_lock("ADA")
    True
    """
    return typed.strip().upper()


def unlock_staff(*, user: User) -> int:
    """Forget the wrong passwords typed for somebody; how many places they were typed at."""
    forgotten: int = reset(username=name_to_lock(user.username))
    return forgotten


def _insert(user: User, works_in: list[Store]) -> User:
    try:
        with transaction.atomic():
            user.save(force_insert=True)
            user.stores.set(works_in)
    except IntegrityError as error:
        if broken_constraint(error) != "members_user_username_key":
            raise
        raise UsernameTaken(username=user.username) from error
    return user


@transaction.atomic
def assign_staff(*, user: User, role: str, stores: Iterable[Store]) -> User:
    """Give somebody another role or other stores; the last active owner stays one.

    Raises UnknownRole, StoreNeeded, LastOwner.
    """
    works_in = list(stores)
    check_assignment(role, works_in)
    if role != User.Role.OWNER:
        _refuse_last_owner(user)
    user.role = role
    user.save(update_fields=["role"])
    user.stores.set(works_in)
    return user


def check_assignment(role: str, stores: Collection[Store]) -> None:
    """Refuse a role nobody has, or a clerk or manager without a store.

    Raises UnknownRole, StoreNeeded.
    """
    if role not in User.Role.values:
        raise UnknownRole(role=role, roles=", ".join(User.Role.values))
    if role not in User.ROLES_OF_ALL_STORES and not stores:
        raise StoreNeeded


@transaction.atomic
def deactivate_staff(*, user: User, by: User | None) -> User:
    """Shut somebody out at once; their name stays on everything they did.

    Raises LastOwner, NotYourself.
    """
    if by is not None and by.pk == user.pk:
        raise NotYourself
    _refuse_last_owner(user)
    user.is_active = False
    user.save(update_fields=["is_active"])
    return user


def reactivate_staff(*, user: User) -> User:
    """Let somebody who left in again, with the role and stores they had."""
    user.is_active = True
    user.save(update_fields=["is_active"])
    return user


def _refuse_last_owner(user: User) -> None:
    # Locks every owner, so that two owners cannot remove each other at the same moment.
    owners = User.objects.filter(role=User.Role.OWNER, is_active=True).order_by("pk")
    active = list(owners.select_for_update(no_key=True).values_list("pk", flat=True))
    if active == [user.pk]:
        raise LastOwner(username=user.username)
