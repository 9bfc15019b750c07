"""How far a rate may be trusted: the Wilson score interval."""

from math import sqrt

Z_95 = 1.959963984540054  # two-sided 95 % point of the normal distribution
ENOUGH = 30  # below this many eligible members a rate is shown in grey


def wilson(numerator: int, denominator: int, z: float = Z_95) -> tuple[float, float] | None:
    """The interval [low, high] around ``numerator / denominator``; none without a denominator.

    Wilson 1927. Unlike the plain normal interval it stays inside [0, 1] and is honest at the ends.

    >>> [round(end, 6) for end in wilson(30, 100)]
    [0.218949, 0.395849]
    >>> [round(end, 6) for end in wilson(0, 10)]
    [0.0, 0.277533]
    >>> wilson(0, 0) is None
    True
    """
    if denominator == 0:
        return None
    rate, square = numerator / denominator, z * z
    middle = rate + square / (2 * denominator)
    reach = z * sqrt(rate * (1 - rate) / denominator + square / (4 * denominator * denominator))
    scale = 1 + square / denominator
    return max(0.0, (middle - reach) / scale), min(1.0, (middle + reach) / scale)
