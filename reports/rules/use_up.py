"""When what is owed will be used, if members go on as they did: rates by age, carried forward.

Of the lots granted in one month, some part is used in the month of grant, another part in the
month after, and so on. The rate of an age is what was used at that age in the months looked at ÷
what was there to be used. Today's lots age month by month under these rates until they end; what is
left then is breakage. Whole numbers throughout: estimates are rounded down to the smallest unit.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

HORIZON = 24  # months looked ahead
# Ages in months that share a rate: the first months differ, later ones hardly.
AGES = (0, 1, 2, 3, 6, 12)


@dataclass(frozen=True)
class Month:
    """Of the lots of one age in one past month: what was there, and what of it was used."""

    month: int
    age: int
    there: int
    used: int


@dataclass(frozen=True)
class Rest:
    """What is left of lots granted in a month that end in a month (None: never)."""

    granted_month: int
    last_month: int | None
    amount: int


@dataclass(frozen=True)
class Rates:
    """Used and there by age class, and how far single months strayed: (part, whole) each."""

    by_age: Mapping[int, tuple[int, int]]
    slowest: tuple[int, int]
    fastest: tuple[int, int]

    def of(self, age: int, pace: tuple[int, int] = (1, 1)) -> tuple[int, int]:
        """The rate of lots of this age at a pace, at most everything.

        Of an age nobody has seen yet it is that of the next younger one.

        >>> Rates({0: (1, 4)}, (1, 1), (3, 1)).of(0, (3, 1))
        (3, 4)
        """
        known = [one for one in self.by_age if one <= age_class(age)]
        used, there = self.by_age[max(known)] if known else (0, 1)
        used, there = used * pace[0], there * pace[1]
        return min(used, there), there


@dataclass(frozen=True)
class Outlook:
    """Expected use in each coming month, what ends unused, and what is still there at the end."""

    used: Sequence[int]
    ends: Sequence[int]
    left: int

    @property
    def breakage(self) -> int:
        """What ends unused within the horizon."""
        return sum(self.ends)

    def months_until(self, part: int, whole: int) -> int | None:
        """In how many months that part of all expected to go has gone; None beyond the horizon."""
        wanted, gone = sum(self.used) + self.breakage + self.left, 0
        for number, (used, ends) in enumerate(zip(self.used, self.ends, strict=True), start=1):
            gone += used + ends
            if wanted and gone * whole >= wanted * part:
                return number
        return None


def age_class(months: int) -> int:
    """The first age of those that share a rate.

    >>> [age_class(months) for months in (0, 2, 4, 30)]
    [0, 2, 3, 12]
    """
    return max(age for age in AGES if age <= max(months, 0))


def rates_of(months: Iterable[Month]) -> Rates | None:
    """The rates of all months together and the pace of the slowest and the fastest of them.

    None where nothing was there to be used, or fewer than three months were looked at.
    """
    seen = list(months)
    sums: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for one in seen:
        sums[age_class(one.age)][0] += max(one.used, 0)
        sums[age_class(one.age)][1] += one.there
    by_age = {age: (used, there) for age, (used, there) in sums.items() if there > 0}
    if not by_age or len({one.month for one in seen}) < 3:
        return None
    paces = _paces(seen, Rates(by_age, (1, 1), (1, 1)))
    order = sorted(paces, key=lambda pace: pace[0] * 10**9 // pace[1])
    return Rates(by_age, order[0], order[-1])


def _paces(seen: Iterable[Month], rates: Rates) -> list[tuple[int, int]]:
    """Of each month what was used ÷ what the common rates would have had used."""
    actual: dict[int, int] = defaultdict(int)
    expected: dict[int, int] = defaultdict(int)
    for one in seen:
        used, there = rates.of(one.age)
        actual[one.month] += max(one.used, 0)
        expected[one.month] += max(one.there, 0) * used // there
    return [(actual[month], expected[month]) for month in actual if expected[month]] or [(1, 1)]


def outlook(rests: Iterable[Rest], rates: Rates, *, now: int, pace: tuple[int, int]) -> Outlook:
    """Carry what is left forward from month ``now``, the last one seen, at a pace.

    >>> rates = Rates({0: (1, 2)}, (1, 1), (1, 1))
    >>> found = outlook([Rest(10, 12, 100)], rates, now=10, pace=(1, 1))
    >>> found.used[:3], found.breakage, found.left
    ([50, 25, 0], 25, 0)
    """
    used, ends, left = [0] * HORIZON, [0] * HORIZON, 0
    for rest in rests:
        amount = rest.amount
        for step in range(HORIZON):
            month = now + 1 + step
            if rest.last_month is not None and month > rest.last_month:
                ends[max(0, step - 1)] += amount
                amount = 0
                break
            part, whole = rates.of(month - rest.granted_month, pace)
            goes = amount * part // whole
            used[step] += goes
            amount -= goes
        left += amount
    return Outlook(used, ends, left)
