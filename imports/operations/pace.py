"""How many rows are booked at once: fewer where they take long, for their locks last as long."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

# Seconds that a till may wait for a member of the rows at hand.
LONGEST = 1.0
FEWEST = 100


class Pace:
    """The number of rows in a group, ``most`` as long as they go fast."""

    def __init__(self, most: int) -> None:
        self.most = self.rows = most

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Book a group; the next one is half as long after a slow one, longer after a fast one."""
        begun = monotonic()
        yield
        took = monotonic() - begun
        if took > LONGEST:
            self.rows = max(min(FEWEST, self.most), self.rows // 2)
        elif took < LONGEST / 4:
            self.rows = min(self.most, self.rows * 2)
