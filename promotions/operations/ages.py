"""Keep from minors what they may not have: beer, and coins outside the statutory holidays."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from ledger.models import AgeRule, Asset, ProductCategory
from ledger.operations.overrides import Permission, over_ride
from ledger.queries.posted import was_posted
from members.models import Member, Store, User
from members.queries.scope import is_statutory_holiday_in
from promotions.queries.ages import majority_in


class NotForMinors(DomainError):
    """The member is too young for it."""

    code = "not_for_minors"
    can_be_over_ridden = True
    message = _(
        "%(thing)s is for adults only, and by the birthday on file this member is %(age)s. "
        "A manager can over-ride this with a reason, or correct the birthday."
    )


class NotForMinorsToday(DomainError):
    """Minors may have it on statutory holidays, and today is none."""

    code = "not_for_minors_today"
    can_be_over_ridden = True
    message = _(
        "Minors may use %(thing)s on statutory holidays only, and today is none. "
        "By the birthday on file this member is %(age)s. A manager can over-ride this with a "
        "reason, or correct the birthday."
    )


def check_age(
    member: Member,
    things: Iterable[Asset | ProductCategory],
    *,
    request_id: UUID,
    store: Store,
    at: datetime,
    by: User | None,
    permission: Permission | None = None,
) -> None:
    """Raise the refusal that keeps a minor from one of ``things``, unless it is over-ridden.

    The age is that of the store's business day. A member whose year of birth is not on file passes:
    the member's sheet tells the clerk to ask. A retry of what was posted passes too.

    Raises NotForMinors, NotForMinorsToday, HolidayCalendarMissing, ReasonMissing,
    OverRideNotAllowed.
    """
    day = store.business_date(at)
    age = member.age_on(day)
    bound = [thing for thing in things if thing.age_rule]
    if age is None or not bound or age >= majority_in(store, day):
        return
    refusals = [refusal for thing in bound if (refusal := _refusal(thing, age, store, day))]
    if not refusals or was_posted(request_id):
        return
    if permission is None:
        raise refusals[0]
    for rule in sorted({refusal.code for refusal in refusals}):
        over_ride(
            permission,
            rule=rule,
            request_id=request_id,
            member=member,
            store=store,
            at=at,
            by=by,
        )


def _refusal(
    thing: Asset | ProductCategory, age: int, store: Store, day: date
) -> DomainError | None:
    if thing.age_rule == AgeRule.ADULTS:
        return NotForMinors(thing=thing.label, age=age)
    if thing.age_rule == AgeRule.HOLIDAYS and not is_statutory_holiday_in(store, day):
        return NotForMinorsToday(thing=thing.label, age=age)
    return None
