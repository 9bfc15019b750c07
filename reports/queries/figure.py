"""What a figure is: a question in, a definition with its rows out, under a lasting key."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from reports.queries.scope import Scope
from reports.rules.periods import Granularity
from reports.rules.rows import Row
from reports.rules.windows import parse_windows


class OptionNotOffered(DomainError):
    """The figure knows the option, but not this value of it."""

    code = "option_not_offered"
    message = _("%(figure)s has no %(option)s “%(value)s”. Choose one of: %(offered)s.")


class FigureUnknown(DomainError):
    """No figure has this key."""

    code = "figure_unknown"
    message = _("There is no figure “%(key)s”. The figures are: %(offered)s.")


class Event(StrEnum):
    """What counts as coming back."""

    VISIT = "visit"
    PURCHASE = "purchase"


class Source(StrEnum):
    """Where the numbers come from."""

    ROLLUPS = "rollups"
    LEDGER = "ledger"


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked of a figure. Days are business dates, ``start`` and ``end`` included.

    ``as_of`` is the last day that has been seen; nothing after it is read. An empty option leaves
    the choice to the figure.
    """

    as_of: date
    scope: Scope
    start: date | None = None
    end: date | None = None
    kind: str = ""
    days: str = ""
    granularity: str = ""
    measure: str = ""
    event: str = ""
    offer: str = ""
    partial: bool = False

    @property
    def last(self) -> date:
        """The last day asked for that has been seen."""
        return min(self.end or self.as_of, self.as_of)

    def choose(self, option: str, offered: Sequence[str], figure: str = "") -> str:
        """The option's value, the first of ``offered`` when left out. Raises OptionNotOffered."""
        value: str = getattr(self, option)
        if value and value not in offered:
            raise OptionNotOffered(
                figure=figure or _("This figure"),
                option=option,
                value=value,
                offered=", ".join(offered),
            )
        return value or offered[0]

    def cut(self, *offered: Granularity) -> Granularity:
        """How time is cut. Raises OptionNotOffered."""
        return Granularity(self.choose("granularity", offered))

    def counted(self, default: Event) -> Event:
        """What counts as coming back. Raises OptionNotOffered."""
        others = [event for event in Event if event != default]
        return Event(self.choose("event", [default, *others]))

    def windows(self, default: str) -> list[tuple[int | None, int]]:
        """The windows of days asked for. Raises BadWindow."""
        return parse_windows(self.days or default)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A figure's rows, the sentence to show beside them, and the days they really cover."""

    definition: str
    rows: list[Row]
    start: date | None
    end: date
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One entry of the registry."""

    key: str
    name: Promise
    formula: Promise
    dimensions: tuple[str, ...]
    source: Source
    answer: Callable[[Question], Answer]


REGISTERED: dict[str, Figure] = {}


def figure(
    *,
    key: str,
    name: Promise,
    formula: Promise,
    dimensions: tuple[str, ...],
    source: Source = Source.ROLLUPS,
) -> Callable[[Callable[[Question], Answer]], Callable[[Question], Answer]]:
    """Enter the decorated function into the registry under ``key``."""

    def register(answer: Callable[[Question], Answer]) -> Callable[[Question], Answer]:
        if key in REGISTERED:
            raise ValueError(f"two figures are called {key}")
        REGISTERED[key] = Figure(
            key=key, name=name, formula=formula, dimensions=dimensions, source=source, answer=answer
        )
        return answer

    return register
