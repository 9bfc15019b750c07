"""The notes and coins of a currency, the largest first, in its smallest unit."""

DENOMINATIONS: dict[str, tuple[int, ...]] = {
    "CNY": (10000, 5000, 2000, 1000, 500, 100, 50, 10),
    "EUR": (20000, 10000, 5000, 2000, 1000, 500, 200, 100, 50, 20, 10, 5, 2, 1),
    "USD": (10000, 5000, 2000, 1000, 500, 100, 25, 10, 5, 1),
}


def denominations(currency: str) -> tuple[int, ...]:
    """What may lie in a drawer; nothing where the currency is counted as a sum only.

    >>> denominations("CNY")[0], denominations("JPY")
    (10000, ())
    """
    return DENOMINATIONS.get(currency, ())


def counted_from(pieces: dict[int, int]) -> int:
    """What so many pieces of each denomination come to.

    >>> counted_from({10000: 2, 50: 3})
    20150
    """
    return sum(value * count for value, count in pieces.items())
