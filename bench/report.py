"""How measurements are told: one line of JSON a figure, each a ratio within the run."""

import json
import sys
from collections.abc import Iterable
from typing import Any


def tell(figures: Iterable[dict[str, Any]]) -> int:
    """Print the figures with their verdict; return 1 when a ratio is over its limit."""
    over = False
    for figure in figures:
        ok = figure["ratio"] <= figure["limit"]
        over = over or not ok
        sys.stdout.write(json.dumps(figure | {"ok": ok}) + "\n")
        sys.stdout.flush()
    return int(over)
