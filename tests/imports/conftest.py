"""The shop that lists of every kind are brought to, and one of its members."""

import pytest

from members.models import Member, Store
from members.operations import add_card, enrol
from tests.imports.sheets_made import NOW, open_store


@pytest.fixture
def store() -> Store:
    return open_store()


@pytest.fixture
def zhang(store: Store) -> Member:
    found = enrol(store=store, name="张三", phone="13800138000", at=NOW, by=None)
    add_card(member=found, number="C1", at=NOW)
    return found
