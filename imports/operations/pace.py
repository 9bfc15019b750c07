"""How rows are booked so that tills need not wait: a few at once, by index, on one processor."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from django.db import connection

# Seconds that a till may wait for a member of the rows at hand.
LONGEST = 1.0
FEWEST = 100

# A statement is about some hundred rows, and statistics are of before these came: whole tables
# would be read for each group, which makes the work quadratic.
PLANNED = ("max_parallel_workers_per_gather = 0", "enable_seqscan = off", "enable_mergejoin = off")


@contextmanager
def tills_first() -> Iterator[None]:
    """Keep the server from reading whole tables, and from doing it on cores that tills need."""
    with connection.cursor() as cursor:
        for setting in PLANNED:
            cursor.execute(f"SET {setting}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            for setting in PLANNED:
                cursor.execute(f"RESET {setting.partition(' ')[0]}")


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
