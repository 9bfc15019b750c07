"""Folders to run real servers in."""

import pytest

from tests.private_servers import folders


@pytest.fixture
def make_var():
    with folders() as make:
        yield make


@pytest.fixture(scope="module")
def make_var_for_all():
    """The same for servers that the tests of a module share."""
    with folders() as make:
        yield make
