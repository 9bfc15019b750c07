"""How a bill is paid back in parts that add up to it exactly."""

from collections.abc import Sequence
from dataclasses import dataclass


def part_between(whole: int, before: int, after: int, of: int) -> int:
    """The part of ``whole`` that falls between ``before`` and ``after`` out of ``of``.

    By cumulative flooring, so that the parts of any sequence add up to the whole; 0 of nothing.

    >>> [part_between(100, n, n + 1, 3) for n in range(3)]
    [33, 33, 34]
    """
    return whole * after // of - whole * before // of if of else 0


@dataclass(frozen=True, kw_only=True)
class LineState:
    """A line as sold and as far as it came back; values in the currency's smallest unit."""

    charged: int
    quantity: int
    back_quantity: int = 0
    back_amount: int = 0

    @property
    def left_quantity(self) -> int:
        """Pieces that have not come back."""
        return self.quantity - self.back_quantity

    @property
    def left_amount(self) -> int:
        """Money that has not been paid back."""
        return self.charged - self.back_amount


def amount_for(line: LineState, quantity: int) -> int:
    """What ``quantity`` more pieces of the line are paid back with; the last piece takes the rest.

    >>> line = LineState(charged=100, quantity=3)
    >>> amount_for(line, 1), amount_for(line, 3)
    (33, 100)
    >>> amount_for(LineState(charged=100, quantity=3, back_quantity=2, back_amount=50), 1)
    50
    """
    after = line.back_quantity + quantity
    if after == line.quantity:
        return line.left_amount
    share = part_between(line.charged, line.back_quantity, after, line.quantity)
    return min(share, line.left_amount)


def proposed(total: int, payments: Sequence[tuple[bool, int]]) -> list[int]:
    """How ``total`` is spread over payments, each (is it stored value, what is left of it).

    Stored value first, since it costs the till nothing; then the others, the last one first.

    >>> proposed(500, [(False, 300), (True, 400), (False, 300)])
    [0, 400, 100]
    """
    order = sorted(range(len(payments)), key=lambda at: (not payments[at][0], -at))
    back = [0] * len(payments)
    for at in order:
        back[at] = min(total, payments[at][1])
        total -= back[at]
    return back
