"""The rows of a figure: dimensions, value, the numbers behind it, and how far to trust it."""

from collections.abc import Mapping
from typing import Any

from reports.rules.wilson import ENOUGH, wilson

type Row = dict[str, Any]

DIGITS = 6


def rate_row(
    dimensions: Mapping[str, Any],
    numerator: int,
    denominator: int,
    *,
    eligible: int | None = None,
) -> Row:
    """A rate with its Wilson interval; blank without a denominator.

    ``eligible`` is how many members (or bundles) were old enough, and the denominator unless told.
    ``small`` asks to show the rate in grey.

    >>> row = rate_row({"days": 7}, 439, 7248)
    >>> row["value"], row["low"], row["high"], row["small"]
    (0.060568, 0.055306, 0.066296, False)
    """
    eligible = denominator if eligible is None else eligible
    interval = wilson(numerator, denominator)
    return {
        **dimensions,
        "value": ratio(numerator, denominator),
        "numerator": numerator,
        "denominator": denominator,
        "low": round(interval[0], DIGITS) if interval else None,
        "high": round(interval[1], DIGITS) if interval else None,
        "eligible": eligible,
        "small": eligible < ENOUGH,
    }


def mean_row(
    dimensions: Mapping[str, Any], total: int, count: int, *, eligible: int | None = None
) -> Row:
    """A mean of ``total`` over ``count``: no share of anything, so without an interval.

    >>> mean_row({}, 1000, 4)["value"], mean_row({}, 0, 0)["value"]
    (250.0, None)
    """
    eligible = count if eligible is None else eligible
    row = blank_row(dimensions, total, count)
    return row | {
        "value": ratio(total, count),
        "eligible": eligible,
        "small": eligible < ENOUGH,
    }


def count_row(dimensions: Mapping[str, Any], count: int, whole: int | None = None) -> Row:
    """A number of members, and what share of ``whole`` they are when there is a whole.

    >>> row = count_row({"part": "new"}, 25, 100)
    >>> row["value"], row["share"]
    (25, 0.25)
    """
    row = rate_row(dimensions, count, whole) if whole else blank_row(dimensions, count, whole)
    return row | {"share": row["value"], "value": count, "eligible": whole}


def blank_row(dimensions: Mapping[str, Any], numerator: int | None, denominator: int | None) -> Row:
    """A cell nobody is old enough for: the numbers so far, and no value."""
    return {
        **dimensions,
        "value": None,
        "numerator": numerator,
        "denominator": denominator,
        "low": None,
        "high": None,
        "eligible": 0,
        "small": True,
    }


def ratio(numerator: int, denominator: int) -> float | None:
    """The quotient to six digits; none without a denominator."""
    return round(numerator / denominator, DIGITS) if denominator else None
