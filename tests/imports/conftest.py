"""The shop that lists of every kind are brought to, and one of its members."""

import pytest

from members.models import Member, Store
from members.operations import add_card, create_store, enrol
from tests.imports.sheets_made import NOW


@pytest.fixture
def store() -> Store:
    return create_store(
        code="one",
        name="一店",
        country="CN",
        currency="CNY",
        time_zone="Asia/Shanghai",
        language="zh-hans",
    )


@pytest.fixture
def zhang(store: Store) -> Member:
    found = enrol(store=store, name="张三", phone="13800138000", at=NOW, by=None)
    add_card(member=found, number="C1", at=NOW)
    return found
