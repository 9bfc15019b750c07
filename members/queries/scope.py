"""Which stores a person may see, and who answers for a store."""

from collections.abc import Mapping
from datetime import date

from common.calendars import is_rest_day, is_statutory_holiday
from members.models import CalendarDay, Store, User
from members.models.shops import StoreQuerySet


def stores_of(user: User) -> StoreQuerySet:
    """Stores whose records the user may see: all for owners and auditors, none for leavers."""
    return Store.objects.visible_to(user)


def house_currency() -> str:
    """The one currency of all stores; empty where there are none or several."""
    found = list(Store.objects.order_by().values_list("currency", flat=True).distinct()[:2])
    return found[0] if len(found) == 1 else ""


def issuers_seen_by(user: User) -> frozenset[int]:
    """Ids of the issuing entities whose records of value the user may see.

    Members are everybody's; what they hold of one issuer is no business of another.
    """
    return frozenset(stores_of(user).values_list("entity", flat=True))


def rest_day_overrides(country: str) -> Mapping[date, bool]:
    """Days the owner laid down for a country: day → is it a day of rest."""
    return CalendarDay.objects.overrides(country)


def is_rest_day_in(store: Store, day: date) -> bool:
    """Whether the business day is a day of rest where the store is.

    Raises HolidayCalendarMissing.
    """
    return is_rest_day(day, store.country, rest_day_overrides(store.country))


def is_statutory_holiday_in(store: Store, day: date) -> bool:
    """Whether the law makes ``day`` a holiday in the store's country; weekends are none.

    Raises HolidayCalendarMissing.
    """
    return is_statutory_holiday(day, store.country, rest_day_overrides(store.country))
