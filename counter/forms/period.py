"""The days a person asks for, both ends included; the last three years where nothing is said."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from common.days import add_months
from common.errors import DomainError
from counter.forms.reading import text_of

USUAL_MONTHS = 36
FIRST_YEAR, LAST_YEAR = 1950, 2200


class NotADay(DomainError):
    """The text names no day a shop has books of."""

    code = "not_a_day"
    message = _("%(text)s is not a day. Write it like 2026-05-01.")


class PeriodBackwards(DomainError):
    """The last day lies before the first one."""

    code = "period_backwards"
    message = _("The last day lies before the first one. Exchange the two days.")


@dataclass(frozen=True)
class Period:
    """Business dates, ``first`` and ``last`` included."""

    first: date
    last: date

    @property
    def end(self) -> date:
        """The day after the last one."""
        return self.last + timedelta(days=1)


def read_period(data: Mapping[str, Any], *, today: date) -> Period:
    """What ``from`` and ``to`` say; an empty one is three years ago, or ``today``.

    Raises NotADay, PeriodBackwards.
    """
    last = _day(data, "to") or today
    first = _day(data, "from") or add_months(min(last, today), -USUAL_MONTHS)
    if last < first:
        raise PeriodBackwards
    return Period(first, last)


def _day(data: Mapping[str, Any], name: str) -> date | None:
    text = text_of(data, name, 40)
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise NotADay(text=text) from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise NotADay(text=text)
    return day
