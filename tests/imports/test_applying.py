"""How an import is applied: what it writes, what it remembers, and that it may stop anywhere."""

from pathlib import Path
from typing import Any

import pytest

from imports.models import ImportRow
from imports.operations import check_file, run_batch
from members.models import Member, Store, Tier
from members.operations import create_store
from tests.imports.sheets_made import NOW, csv_file

pytestmark = pytest.mark.django_db
HEAD = ["卡号", "姓名", "手机号", "余额", "赠送余额", "积分"]
WIDE = ["卡号", "姓名", "手机号", "会员等级", "开卡时间", "接收短信", "生日", "QQ", "会员编号"]


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


def bring(store: Store, path: Path, rows: list[list[str]], **options: Any) -> list[ImportRow]:
    """Import the rows; answers them as they were kept."""
    csv_file(path / "list.csv", rows)
    batch = check_file(
        path=path / "list.csv", file_name="list.csv", store=store, at=NOW, by=None, **options
    )
    run_batch(batch=batch, at=NOW, by=None)
    return list(batch.import_rows.select_related("member").order_by("number"))


def test_a_row_that_makes_a_member_has_nothing_before_it(store: Store, tmp_path: Path) -> None:
    (row,) = bring(store, tmp_path, [HEAD, ["C1", "张三", "13800138000", "100", "20", "7"]])

    assert (row.outcome, row.before) == ("created", None)


def test_a_row_that_changes_a_member_keeps_what_was_there(store: Store, tmp_path: Path) -> None:
    row = ["C1", "张三", "13800138000", "银卡", "2020-05-01", "是", "1990-08-15", "12345", ""]
    bring(store, tmp_path, [WIDE, row])
    silver = Tier.objects.get(name="银卡")
    new = ["C1", "张三丰", "13800138000", "金卡", "2020-05-02", "否", "1990-08-16", "777", ""]

    (changed,) = bring(store, tmp_path, [WIDE, new])

    assert changed.outcome == "updated"
    assert changed.before == {
        "fields": {
            "name": "张三",
            "birth_day": 15,
            "pinyin": "zhangsan",
            "initials": "zs",
            "last_word": "san",
            "joined_on": "2020-05-01",
        },
        "attributes": {"QQ": "12345"},
        "external_ids": {},
        "tier": silver.pk,
        "cards_added": [],
        "consents_added": ["sms"],
    }


def test_a_row_of_somebody_known_by_phone_keeps_the_card_and_the_blanks(
    store: Store, tmp_path: Path
) -> None:
    bring(store, tmp_path, [["姓名", "手机号"], ["张三", "13800138000"]])

    (row,) = bring(
        store, tmp_path, [["卡号", "姓名", "手机号", "QQ"], ["C9", "张三", "13800138000", "5"]]
    )

    assert row.before == {
        "fields": {},
        "attributes": {"QQ": None},
        "external_ids": {},
        "cards_added": ["C9"],
        "consents_added": [],
    }
    assert Member.objects.get().attributes == {"QQ": "5"}


def test_a_row_that_changes_nothing_keeps_nothing(store: Store, tmp_path: Path) -> None:
    rows = [HEAD, ["C1", "张三", "13800138000", "100", "20", "7"]]
    bring(store, tmp_path, rows)

    (row,) = bring(store, tmp_path, rows)

    assert (row.outcome, row.before) == ("unchanged", None)
