"""Mappings saved under a name, and who may use and change them."""

from pathlib import Path

import pytest

from imports.models import ImportBatch, SavedMapping
from imports.operations.check import check_file
from imports.operations.mappings import (
    MappingNameMissing,
    MappingNameTaken,
    MappingNotYours,
    MayNotShare,
    apply_mapping,
    delete_mapping,
    edit_mapping,
    remember_mapping,
)
from imports.queries.mappings import mappings_for, suggest_mapping
from imports.rules.choices import Choices, MappingWrong, signature_of
from members.models import Store, User
from tests.imports.sheets_made import NOW, csv_file
from tests.members.factories import StoreFactory, UserFactory

pytestmark = pytest.mark.django_db
HEADER = ["会员", "号码", "储备"]
CHOICES = {"columns": {"会员": "name", "号码": "phone", "储备": "stored_value"}}


@pytest.fixture
def store() -> Store:
    return StoreFactory(country="CN", currency="CNY", time_zone="Asia/Shanghai")


def brought(store: Store, tmp_path: Path, choices: Choices | None = None) -> ImportBatch:
    path = csv_file(tmp_path / "a.csv", [HEADER, ["张三", "13800138000", "5"]])
    return check_file(
        path=path,
        file_name="a.csv",
        store=store,
        at=NOW,
        by=None,
        kind="members",
        choices=choices or Choices.from_json(CHOICES),
    )


def suggested(batch: ImportBatch, user: User) -> SavedMapping | None:
    return suggest_mapping(signature=batch.plan["signature"], store=batch.store, user=user)


def test_the_next_file_with_the_same_header_finds_its_mapping(store: Store, tmp_path: Path) -> None:
    owner = UserFactory(role="owner")
    mapping = remember_mapping(
        batch=brought(store, tmp_path), name=" 旧  系统 ", is_shared=False, at=NOW, by=owner
    )

    again = brought(store, tmp_path, Choices(balance="bonus"))

    assert mapping.name == "旧 系统"
    assert mapping.signature == signature_of(HEADER)
    assert mapping.choices["columns"] == CHOICES["columns"]
    assert suggested(again, owner) == mapping
    assert again.mapping == mapping


def test_a_mapping_is_applied_to_a_batch(store: Store, tmp_path: Path) -> None:
    mapping = remember_mapping(
        batch=brought(store, tmp_path), name="a", is_shared=False, at=NOW, by=None
    )
    batch = brought(store, tmp_path, Choices(encoding="utf-8"))

    apply_mapping(batch=batch, mapping=mapping, at=NOW)

    batch.refresh_from_db()
    assert batch.mapping == mapping
    assert batch.choices["columns"]["储备"] == "stored_value"
    assert batch.choices["encoding"] == "utf-8"


def test_another_store_uses_only_what_is_shared(store: Store, tmp_path: Path) -> None:
    other = StoreFactory(country="CN", currency="CNY", time_zone="Asia/Shanghai")
    manager = UserFactory(role="manager", stores=[other])
    owner = UserFactory(role="owner")
    mapping = remember_mapping(
        batch=brought(store, tmp_path), name="a", is_shared=False, at=NOW, by=owner
    )
    batch = brought(other, tmp_path)

    assert mappings_for(manager) == []
    assert suggested(batch, manager) is None

    edit_mapping(mapping=mapping, is_shared=True, by=owner)

    assert mappings_for(manager) == [mapping]
    assert suggested(batch, manager) == mapping


def test_a_manager_changes_neither_shared_nor_foreign_mappings(
    store: Store, tmp_path: Path
) -> None:
    manager = UserFactory(role="manager", stores=[store])
    foreign = UserFactory(role="manager", stores=[StoreFactory()])
    batch = brought(store, tmp_path)
    mapping = remember_mapping(batch=batch, name="a", is_shared=False, at=NOW, by=manager)

    with pytest.raises(MayNotShare):
        edit_mapping(mapping=mapping, is_shared=True, by=manager)
    with pytest.raises(MayNotShare):
        remember_mapping(batch=batch, name="b", is_shared=True, at=NOW, by=manager)
    with pytest.raises(MappingNotYours):
        delete_mapping(mapping=mapping, by=foreign)

    mapping.refresh_from_db()
    assert not mapping.is_shared
    assert SavedMapping.objects.count() == 1


def test_a_mapping_is_renamed_changed_and_forgotten(store: Store, tmp_path: Path) -> None:
    batch = brought(store, tmp_path)
    mapping = remember_mapping(batch=batch, name="a", is_shared=False, at=NOW, by=None)
    remember_mapping(batch=batch, name="b", is_shared=False, at=NOW, by=None)

    with pytest.raises(MappingNameTaken):
        edit_mapping(mapping=mapping, name="b", by=None)
    with pytest.raises(MappingNameMissing):
        edit_mapping(mapping=mapping, name=" ", by=None)
    with pytest.raises(MappingWrong):
        edit_mapping(mapping=mapping, choices={"columns": {"x": "nothing"}}, by=None)
    edited = edit_mapping(mapping=mapping, name="c", choices={"columns": {"x": "name"}}, by=None)

    assert (edited.name, edited.choices["columns"]) == ("c", {"x": "name"})

    delete_mapping(mapping=mapping, by=None)

    assert [one.name for one in mappings_for(None)] == ["b"]


def test_the_same_name_again_replaces_the_mapping(store: Store, tmp_path: Path) -> None:
    batch = brought(store, tmp_path)

    first = remember_mapping(batch=batch, name="a", is_shared=False, at=NOW, by=None)
    again = remember_mapping(batch=batch, name="a", is_shared=False, at=NOW, by=None)

    assert first == again


@pytest.mark.parametrize(
    "data",
    [
        [],
        {"colums": {}},
        {"columns": {"a": "nonsense"}},
        {"columns": ["a"]},
        {"header_row": "4"},
        {"header_row": 0},
        {"balance": "both"},
        {"values": {"tier": {"VIP": 3}}},
        {"values": {"tier": {"VIP": {"make": "x"}}}},
        {"values": ["tier"]},
        {"dates": {"生日": "dym"}},
        {"marks": {"余额": ";"}},
        {"scales": {"余额": "-1"}},
        {"scales": {"余额": "x"}},
    ],
)
def test_a_mapping_file_that_is_wrong_is_refused(data: object) -> None:
    with pytest.raises(MappingWrong):
        Choices.from_json(data)


def test_a_header_nobody_could_read_is_read_by_its_mapping(store: Store, tmp_path: Path) -> None:
    rows = [["甲", "乙", "丙"], ["张三", "13800138000", "5"]]
    path = csv_file(tmp_path / "odd.csv", rows)
    said = {"columns": {"甲": "name", "乙": "phone", "丙": "stored_value"}}
    facts = {"file_name": "odd.csv", "store": store, "at": NOW, "by": None}
    first = check_file(path=path, kind="members", choices=Choices.from_json(said), **facts)
    mapping = remember_mapping(batch=first, name="odd", is_shared=False, at=NOW, by=None)

    again = check_file(path=path, **facts)

    assert (again.kind, again.mapping) == ("members", mapping)
    row = again.import_rows.get()
    assert row.values["name"] == "张三"
    assert row.values["balances"]["stored_value_principal"] == 500


def test_what_is_said_about_the_file_itself_goes_before_its_mapping(
    store: Store, tmp_path: Path
) -> None:
    remember_mapping(batch=brought(store, tmp_path), name="a", is_shared=False, at=NOW, by=None)

    batch = brought(store, tmp_path, Choices.from_json({"columns": {"储备": None}}))

    assert batch.mapping is None
    assert batch.import_rows.get().values["balances"]["stored_value_principal"] == 0


def test_a_mapping_that_names_its_header_row_is_found_by_that_row(
    store: Store, tmp_path: Path
) -> None:
    rows = [["姓名", "电话", "等级"], ["说明", "说明", "说明"], ["甲", "乙", "丙"]]
    path = csv_file(tmp_path / "odd.csv", [*rows, ["张三", "13800138000", "5"]])
    said = {"header_row": 3, "columns": {"甲": "name", "乙": "phone", "丙": "stored_value"}}
    facts = {"file_name": "odd.csv", "store": store, "at": NOW, "by": None}
    first = check_file(path=path, kind="members", choices=Choices.from_json(said), **facts)
    mapping = remember_mapping(batch=first, name="odd", is_shared=False, at=NOW, by=None)

    again = check_file(path=path, **facts)

    assert again.mapping == mapping
    assert again.plan["header_row"] == 3
    assert [row.values["name"] for row in again.import_rows.all()] == ["张三"]
