"""Members whom the other system had struck off do not come alive by being imported."""

from pathlib import Path

import pytest

from imports.operations import check_file, decide_all, run_batch
from imports.queries import report_of
from members.models import Member, Store
from tests.imports.sheets_made import NOW, checked, csv_file, said


@pytest.mark.parametrize(
    ("header", "gone", "lives"),
    [
        ("is_deleted", "1", "0"),
        ("deleted_at", "2024-05-01 10:00:00", ""),
        ("Deleted", "TRUE", "FALSE"),
        ("是否删除", "是", "否"),
        ("注销时间", "2024/5/1", "0000-00-00 00:00:00"),
        ("del_flag", "2", "0"),
        ("削除フラグ", "1", "0"),
    ],
)
def test_whom_a_column_says_to_be_deleted_is_counted_and_not_booked(
    tmp_path: Path, header: str, gone: str, lives: str
) -> None:
    rows = [
        ["姓名", "手机号", "余额", header],
        ["张三", "1380013800", "88.5", gone],
        ["李四", "13800138001", "10", lives],
    ]

    judged = checked(csv_file(tmp_path / "a.csv", rows))[2]

    assert said(judged) == [(2, "ignored", [("", "gone_there")])]
    assert [row.judged.values["name"] for row in judged if row.outcome == "right"] == ["李四"]


@pytest.mark.parametrize(
    ("name", "note", "outcome"),
    [
        ("张三（作废）", "", "flagged"),
        ("DELETED - Ann Lee", "", "flagged"),
        ("张三", "已注销", "flagged"),
        ("张三已作废", "", "flagged"),
        ("张三", "作废会员不退款", "right"),
        ("Ann Void", "", "right"),
    ],
)
def test_a_remark_that_strikes_somebody_off_waits(
    tmp_path: Path, name: str, note: str, outcome: str
) -> None:
    rows = [["姓名", "手机号", "备注"], [name, "13800138000", note]]

    judged = checked(csv_file(tmp_path / "a.csv", rows))[2]

    assert [row.outcome.value for row in judged] == [outcome]


@pytest.mark.django_db
def test_the_owner_decides_what_becomes_of_whom_a_remark_strikes_off(
    store: Store, tmp_path: Path
) -> None:
    rows = [["姓名", "手机号", ""], ["张三(作废)", "13800138000", ""], ["李四", "", "已注销"]]
    path = csv_file(tmp_path / "a.csv", rows)
    batch = check_file(path=path, file_name="a.csv", store=store, at=NOW, by=None)
    run_batch(batch=batch, at=NOW, by=None)
    before = [member.name for member in Member.objects.all()]

    decide_all(batch=batch, decision="new", code="said_gone")
    run_batch(batch=batch, at=NOW, by=None)

    assert before == []
    assert {member.name for member in Member.objects.all()} == {"张三(作废)", "李四"}
    assert report_of(batch)["flagged"] == []
