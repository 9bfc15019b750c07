"""Shades of a heat map: one of eleven, by decile of the value's place between none and all."""


def shade(value: float | None, *, whole: float = 1.0) -> str:
    """The style class for ``value`` of ``whole``: h0 to h10, or h-none for a blank cell.

    >>> [shade(value) for value in (None, 0.0, 0.04, 0.149, 1.0)]
    ['h-none', 'h0', 'h1', 'h1', 'h10']
    """
    if value is None:
        return "h-none"
    if value <= 0 or whole <= 0:
        return "h0"
    # The least that is not nothing must not look like nothing.
    return f"h{max(1, min(10, int(10 * value / whole)))}"
