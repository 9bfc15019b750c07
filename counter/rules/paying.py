"""How a bill is shared over the payments a clerk typed."""

from collections.abc import Sequence


def fill_the_rest(total: int, amounts: Sequence[int | None]) -> list[int]:
    """Amounts with the gaps filled: the first ``None`` takes what the others leave.

    Nothing is taken below zero, and a further ``None`` takes nothing.

    >>> fill_the_rest(5000, [2000, None]), fill_the_rest(5000, [None, None])
    ([2000, 3000], [5000, 0])
    """
    rest = max(0, total - sum(amount for amount in amounts if amount is not None))
    filled = []
    for amount in amounts:
        filled.append(rest if amount is None else amount)
        rest = 0 if amount is None else rest
    return filled


ROUNDING_STEPS = (10, 50, 100)


def rounding_steps(largest: int) -> tuple[int, ...]:
    """What a clerk may round down to where the store allows at most ``largest``.

    >>> rounding_steps(50), rounding_steps(0)
    ((10, 50), ())
    """
    return tuple(step for step in ROUNDING_STEPS if step <= largest)


def rounding_down(total: int, step: int) -> int:
    """What is let go, at most zero, so that ``total`` becomes a multiple of ``step``.

    >>> rounding_down(12837, 10), rounding_down(12837, 100), rounding_down(12837, 0)
    (-7, -37, 0)
    """
    return -(total % step) if step > 1 else 0
