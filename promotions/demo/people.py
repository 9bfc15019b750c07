"""Members who behave like people: few come often, many seldom, most stop some day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import exp
from random import Random

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜"
GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂英华玉萍红玲建国志海晨雪梅欣怡宇轩浩然子涵佳琪思雨"
)
CHANNELS = ("walk-in", "friend", "wechat", "platform", "event")
CHANNEL_WEIGHTS = (40, 20, 20, 15, 5)


@dataclass(frozen=True)
class Habits:
    """How a kind of shop is visited: visits a month, weights of weekdays and months, hours."""

    visits_a_month: float
    stays: float  # the chance to come again after a visit
    weekdays: tuple[int, ...]
    months: tuple[int, ...]
    hours: tuple[int, ...]


HABITS = {
    "bbq": Habits(
        2.2, 0.90, (8, 8, 9, 11, 20, 24, 18), (6, 5, 7, 9, 11, 13, 14, 14, 11, 9, 7, 6), (18, 22)
    ),
    "menswear": Habits(
        0.9, 0.86, (9, 9, 9, 10, 14, 26, 23), (11, 7, 8, 8, 8, 7, 6, 7, 9, 11, 12, 12), (11, 20)
    ),
    "baby": Habits(
        1.5, 0.92, (12, 12, 12, 12, 14, 20, 18), (8, 8, 9, 9, 9, 10, 8, 8, 9, 8, 12, 10), (10, 18)
    ),
    "arcade": Habits(
        1.8, 0.87, (7, 7, 8, 9, 17, 28, 24), (10, 14, 7, 7, 8, 9, 15, 15, 7, 9, 6, 7), (13, 22)
    ),
}


def names(rng: Random) -> str:
    """A Chinese name."""
    return rng.choice(SURNAMES) + "".join(rng.sample(GIVEN, rng.choice((1, 2, 2))))


def phone(number: int) -> str:
    """A Chinese mobile number made of the member's running number."""
    return f"199{number:08d}"


def joining_days(rng: Random, first: date, last: date, count: int) -> list[date]:
    """When members joined: more of them as the shop grows."""
    span = (last - first).days
    return sorted(first + timedelta(days=int(span * rng.random() ** 0.7)) for _ in range(count))


def visits(rng: Random, habits: Habits, joined: date, last: date) -> Iterator[datetime]:
    """The moments one member comes, from the day they joined on, in China's time.

    Each has a rate of their own, log-normal around the shop's mean, and after every visit some
    never come again.
    """
    rate = habits.visits_a_month / 30.4 * exp(rng.gauss(-0.5, 1.0))
    stays = min(0.985, habits.stays * (0.9 + 0.16 * rng.random()))
    day = joined
    while day <= last:
        yield _moment(rng, habits, day)
        if rng.random() > stays:
            return
        day = _next_day(rng, habits, day, rate)


def _next_day(rng: Random, habits: Habits, day: date, rate: float) -> date:
    day += timedelta(days=max(1, round(rng.expovariate(rate))))
    for _ in range(6):  # move to a day people like better
        liked = habits.weekdays[day.weekday()] * habits.months[day.month - 1]
        if rng.random() < liked / (max(habits.weekdays) * max(habits.months)) + 0.15:
            break
        day += timedelta(days=1)
    return day


def _moment(rng: Random, habits: Habits, day: date) -> datetime:
    start, end = habits.hours
    minute = start * 60 + int((end - start) * 60 * rng.betavariate(2.2, 2.0))
    local = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minute)
    return local - timedelta(hours=8)
