"""Words of a file the shop does not know: listed once, then picked, made or left."""

from pathlib import Path
from typing import Any

import pytest

from imports.models import ImportBatch
from imports.operations.check import check_file
from imports.operations.run import run_batch
from imports.operations.told import MayNotOpenStores
from imports.queries.values import unknown_values
from imports.rules.choices import Choices
from members.models import Member, Store, Tier
from tests.imports.sheets_made import NOW, csv_file
from tests.members.factories import StoreFactory, UserFactory

pytestmark = pytest.mark.django_db
ROWS = [
    ["姓名", "手机号", "会员等级", "所属门店", "性别"],
    ["张三", "13800138000", "VIP1", "南门店", "靓仔"],
    ["李四", "13800138001", "VIP1", "城西", "女"],
    ["王五", "13800138002", "金卡", "南门店", "神秘"],
]


@pytest.fixture
def store() -> Store:
    Tier.objects.get_or_create(code="gold", defaults={"name": "金卡", "rank": 901})
    return StoreFactory(
        code="west", name="城西", country="CN", currency="CNY", time_zone="Asia/Shanghai"
    )


def brought(store: Store, tmp_path: Path, values: Any = None, by: Any = None) -> ImportBatch:
    return check_file(
        path=csv_file(tmp_path / "a.csv", ROWS),
        file_name="a.csv",
        store=store,
        at=NOW,
        by=by,
        choices=Choices.from_json({"values": values or {}}),
    )


def test_lists_each_unknown_word_with_its_rows(store: Store, tmp_path: Path) -> None:
    batch = brought(store, tmp_path, {"tier": {"VIP1": "金卡"}})

    found = unknown_values(batch)

    said = {field: {w["value"]: w["rows"] for w in words} for field, words in found.items()}
    assert said == {
        "tier": {"VIP1": 2},
        "store": {"南门店": 2},
        "gender": {"靓仔": 1, "神秘": 1},
    }
    assert found["tier"][0]["told"] == {"action": "pick", "name": "金卡"}
    assert found["store"][0]["told"] is None
    assert {"value": "金卡", "label": "金卡"} in found["tier"][0]["suggestions"]
    assert found["store"][0]["suggestions"][0]["value"] == "城西"


def test_words_are_picked_made_and_left(store: Store, tmp_path: Path) -> None:
    values = {
        "tier": {"VIP1": "金卡"},
        "store": {"南门店": {"create": "South Gate"}},
        "gender": {"靓仔": "男", "神秘": None},
    }

    batch = brought(store, tmp_path, values)
    run_batch(batch=batch, at=NOW, by=None)

    people = {member.name: member for member in Member.objects.all()}
    assert {str(member.tier) for member in people.values()} == {"金卡"}
    assert people["张三"].home_store.name == "South Gate"
    assert people["张三"].home_store.entity == store.entity
    assert people["李四"].home_store == store
    assert (people["张三"].gender, people["王五"].gender) == ("M", "")
    assert people["王五"].attributes == {"性别": "神秘"}
    assert people["张三"].attributes == {}
    assert not Tier.objects.filter(name="VIP1").exists()


def test_a_word_that_is_left_gives_no_tier(store: Store, tmp_path: Path) -> None:
    batch = brought(store, tmp_path, {"tier": {"VIP1": None}})
    run_batch(batch=batch, at=NOW, by=None)

    member = Member.objects.get(name="张三")
    assert member.tier_id is None
    assert member.attributes["会员等级"] == "VIP1"


def test_only_who_works_everywhere_opens_a_store(store: Store, tmp_path: Path) -> None:
    manager = UserFactory(role="manager", stores=[store])
    values = {"store": {"南门店": {"create": "South Gate"}}}
    batch = brought(store, tmp_path, values, by=manager)

    with pytest.raises(MayNotOpenStores):
        run_batch(batch=batch, at=NOW, by=manager)

    assert Member.objects.count() == 0
    assert not Store.objects.filter(name="South Gate").exists()
