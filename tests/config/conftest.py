"""Folders to run real servers in."""

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from config.embedded import places, server


@contextmanager
def folders():
    """Give a way to make folders; then stop the servers in them and remove all they left."""
    made = []

    def make(name="var", mode=0o755):
        top = Path(tempfile.mkdtemp(prefix="regulars-test-"))
        top.chmod(mode)
        var = top / name
        var.mkdir(parents=True)
        made.append((top, var))
        return var

    yield make
    for top, var in made:
        place = places.place_under(var)
        if place.data.exists():
            server.stop(var)
        for folder in (place.home, place.socket, top):
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def make_var():
    with folders() as make:
        yield make


@pytest.fixture(scope="module")
def make_var_for_all():
    """The same for servers that the tests of a module share."""
    with folders() as make:
        yield make
