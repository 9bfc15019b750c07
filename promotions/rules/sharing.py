"""Share an amount over parts so that the parts add up to it exactly."""

from collections.abc import Sequence
from itertools import accumulate, pairwise


def share_bounds(weights: Sequence[int]) -> list[tuple[int, int]]:
    """Where each part begins and ends on the way from 0 to the sum of ``weights``.

    Weights are not negative; when all are zero the parts are equal.

    >>> share_bounds([3, 2])
    [(0, 3), (3, 5)]
    """
    if not any(weights):
        weights = [1] * len(weights)
    return list(pairwise([0, *accumulate(weights)]))


def share_by_weight(total: int, weights: Sequence[int]) -> list[int]:
    """``total`` by ``weights``, floored cumulatively: no cent is lost or made.

    >>> share_by_weight(100, [1, 1, 1])
    [33, 33, 34]
    """
    bounds = share_bounds(weights)
    whole = bounds[-1][1]
    return [total * after // whole - total * before // whole for before, after in bounds]
