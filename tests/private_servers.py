"""Real servers of a test's own, each in a folder that goes away with it."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from config.embedded import places, server


@contextmanager
def folders() -> Iterator[Callable[..., Path]]:
    """Give a way to make folders; then stop the servers in them and remove all they left."""
    made = []

    def make(name: str = "var", mode: int = 0o755) -> Path:
        top = Path(tempfile.mkdtemp(prefix="regulars-test-"))
        top.chmod(mode)
        var = top / name
        var.mkdir(parents=True)
        made.append((top, var))
        return var

    try:
        yield make
    finally:
        for top, var in made:
            place = places.place_under(var)
            if place.data.exists():
                server.stop(var)
            for folder in (place.home, place.socket, top):
                shutil.rmtree(folder, ignore_errors=True)
