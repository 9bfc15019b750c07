"""Declared totals against what was accepted, and the name under a difference."""

from pathlib import Path
from typing import Any

import pytest

from imports.models import ImportBatch
from imports.operations.check import check_file
from imports.operations.totals import (
    DifferenceUnsigned,
    NothingToSign,
    ReasonMissing,
    TotalUnknown,
    TotalWrong,
    refuse_unsigned,
    sign_off,
    type_totals,
)
from imports.queries.controls import controls_of, declarable
from imports.queries.report import control_totals
from imports.rules.controls import FROM_FILE, TYPED, Control, LeftOuts, fingerprint_of
from members.models import Store
from tests.imports.sheets_made import NOW, csv_file
from tests.members.factories import StoreFactory, UserFactory

pytestmark = pytest.mark.django_db
HEADER = ["姓名", "手机号", "余额", "积分"]
ROWS = [
    ["张三", "13800138000", "100.50", "10"],
    ["李四", "13800138001", "200", "20"],
    ["王五", "13800138002", "-5", "30"],
]


@pytest.fixture
def store() -> Store:
    return StoreFactory(country="CN", currency="CNY", time_zone="Asia/Shanghai")


def brought(store: Store, tmp_path: Path, *totals: list[str], rows: Any = ROWS) -> ImportBatch:
    path = csv_file(tmp_path / "a.csv", [HEADER, *rows, *totals])
    return check_file(path=path, file_name="a.csv", store=store, at=NOW, by=None)


@pytest.mark.parametrize(
    ("what", "figures", "sums", "unread", "is_explained"),
    [
        ("points", (10, 12, 10), {}, (), True),
        ("points", (12, 12, 10), {}, (), True),
        ("points", (13, 12, 10), {}, (), False),
        ("points", (13, 12, 10), {}, (7,), True),
        ("points", (9, 12, 10), {}, (7,), False),
        ("points", (22, 30, 10), {"error": 5, "flagged": 7}, (), True),
        ("points", (23, 30, 10), {"error": 5, "flagged": 7}, (), False),
        # Footers count pages and people as well.
        ("rows", (13, 12, 10), {}, (), True),
    ],
)
def test_rows_that_are_listed_explain_a_difference_wholly_or_not_at_all(
    what: str, figures: Any, sums: Any, unread: Any, is_explained: Any
) -> None:
    control = Control(what, "", FROM_FILE, *figures, LeftOuts(sums=sums), unread)

    assert control.is_explained is is_explained


def test_a_number_of_rows_that_somebody_typed_explains_nothing() -> None:
    assert not Control("rows", "", TYPED, 13, 12, 10).is_explained


def test_a_signature_stands_for_the_differences_alone() -> None:
    holds, off = (Control("points", "积分", FROM_FILE, 12, 12, taken) for taken in (12, 10))

    assert fingerprint_of([holds, off]) == fingerprint_of([off]) != ""


def test_nothing_declared_is_nothing_to_sign(store: Store, tmp_path: Path) -> None:
    batch = brought(store, tmp_path)

    assert controls_of(batch) == []
    refuse_unsigned(batch)
    with pytest.raises(NothingToSign):
        sign_off(batch=batch, reason="so it is", at=NOW, by=None)


def test_a_file_total_short_of_an_error_row_waits_for_a_name(store: Store, tmp_path: Path) -> None:
    batch = brought(store, tmp_path, ["合计", "", "295.50", "60"])

    with pytest.raises(DifferenceUnsigned) as refusal:
        refuse_unsigned(batch)

    money, points = controls_of(batch)
    assert (money.declared, money.found, money.accepted) == (29550, 29550, 30050)
    assert (points.declared, points.accepted, points.difference) == (60, 30, 30)
    assert [(row.row, row.outcome, row.amount) for row in points.left_out.rows] == [
        (4, "error", 30)
    ]
    assert points.left_out.rows[0].codes == ("negative_amount",)
    assert [one["explained_by"] for one in control_totals(batch)] == [[4], [4]]
    assert "¥295.50" in str(refusal.value)


def test_many_rows_left_out_are_summed_up_and_the_first_of_them_named(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imports.queries.controls.SHOWN_ROWS", 2)
    wrong = [[f"老{n}", f"1380013801{n}", "-5", "30"] for n in range(5)]
    batch = brought(store, tmp_path, rows=[*ROWS[:2], *wrong])
    type_totals(batch=batch, totals={"points": 180, "rows": 7})

    points, rows = controls_of(batch)

    assert [row.row for row in points.left_out.rows] == [4, 5]
    assert (points.left_out.sums, rows.left_out.sums) == ({"error": 150}, {"error": 5})
    assert points.is_explained
    assert rows.is_explained


def test_where_nobody_is_there_to_sign_what_rows_explain_passes(
    store: Store, tmp_path: Path
) -> None:
    explained = brought(store, tmp_path, ["合计", "", "295.50", "60"])
    unexplained = brought(store, tmp_path, ["合计", "", "295.50", "61"])

    refuse_unsigned(explained, explained_is_enough=True)
    with pytest.raises(DifferenceUnsigned):
        refuse_unsigned(unexplained, explained_is_enough=True)


def test_a_signed_difference_is_booked_and_another_one_is_not(store: Store, tmp_path: Path) -> None:
    batch = brought(store, tmp_path, ["合计", "", "295.50", "60"])
    owner = UserFactory(role="owner")

    sign_off(batch=batch, reason=" The old till rounds. ", at=NOW, by=owner)

    refuse_unsigned(batch)
    batch.refresh_from_db()
    assert (batch.signed_by, batch.signed_at) == (owner, NOW)
    assert batch.sign_reason == "The old till rounds."

    type_totals(batch=batch, totals={"members": 4})

    assert batch.signed_by is None
    with pytest.raises(DifferenceUnsigned):
        refuse_unsigned(batch)


def test_signing_wants_a_reason(store: Store, tmp_path: Path) -> None:
    batch = brought(store, tmp_path, ["合计", "", "1", "60"])

    with pytest.raises(ReasonMissing):
        sign_off(batch=batch, reason="  ", at=NOW, by=None)

    batch.refresh_from_db()
    assert batch.signed_at is None


def test_typed_figures_are_held_against_each_kind_of_value(store: Store, tmp_path: Path) -> None:
    batch = brought(store, tmp_path)

    type_totals(
        batch=batch,
        totals={"rows": 3, "members": 3, "stored_value_principal": 30050, "points": 30},
    )

    shown = {one.what: (one.declared, one.found, one.accepted) for one in controls_of(batch)}
    assert shown == {
        "rows": (3, 3, 2),
        "members": (3, 3, 2),
        "stored_value_principal": (30050, 30050, 30050),
        "points": (30, 60, 30),
    }
    assert [one.what for one in controls_of(batch) if not one.holds] == ["rows", "members"]


def test_a_figure_may_be_taken_back(store: Store, tmp_path: Path) -> None:
    batch = brought(store, tmp_path)
    type_totals(batch=batch, totals={"rows": 9, "points": 30})

    type_totals(batch=batch, totals={"rows": None})

    assert batch.typed_totals == {"points": 30}
    refuse_unsigned(batch)


def test_only_what_the_file_holds_can_be_declared(store: Store, tmp_path: Path) -> None:
    batch = brought(store, tmp_path)

    with pytest.raises(TotalUnknown):
        type_totals(batch=batch, totals={"turnover": 3})
    with pytest.raises(TotalWrong):
        type_totals(batch=batch, totals={"rows": -3})

    batch.refresh_from_db()
    assert batch.typed_totals == {}
    assert declarable(batch) == [
        *("rows", "members", "stored_value_principal", "stored_value_bonus", "points", "coins")
    ]


def people(count: int) -> list[list[str]]:
    return [[f"张{i}", f"1380013800{i}", "10", "1"] for i in range(count)]


@pytest.mark.parametrize(
    ("totals", "declared"),
    [
        ([(2, "小计", "20"), (4, "小计", "20")], 4_000),
        ([(2, "本页合计", "20"), (4, "本页合计", "20"), (4, "总计", "40")], 4_000),
        ([(2, "合计", "20"), (4, "合计", "20")], 4_000),
        ([(2, "合计", "20"), (4, "合计", "40")], 4_000),
        ([(4, "合计", "41")], 4_100),
        ([(4, "合计", "")], None),
        ([(2, "小计", "20")], None),
    ],
)
def test_totals_of_pages_are_added_up(
    store: Store, tmp_path: Path, totals: list[tuple[int, str, str]], declared: int | None
) -> None:
    rows = people(4)
    for below, word, amount in reversed(totals):
        rows.insert(below, [word, "", amount, ""])

    batch = brought(store, tmp_path, rows=rows)

    assert batch.rows == 4
    assert [one.declared for one in controls_of(batch)] == ([declared] if declared else [])


def test_a_slipped_row_explains_what_is_missing(store: Store, tmp_path: Path) -> None:
    rows = [*people(5), ["李四", "13800138009", "1,200", "5"]]

    batch = brought(store, tmp_path, ["合计", "", "1250", "10"], rows=rows)

    money, _points = controls_of(batch)
    assert (money.declared, money.found, money.unread) == (125_000, 5_000, (7,))
    assert money.is_explained


def test_the_number_of_rows_in_the_footer_is_held_against_the_rows(
    store: Store, tmp_path: Path
) -> None:
    batch = brought(store, tmp_path, ["共 5 条记录"], rows=people(4))

    (rows,) = controls_of(batch)
    assert (rows.what, rows.declared, rows.found, rows.accepted) == ("rows", 5, 4, 4)
    with pytest.raises(DifferenceUnsigned):
        refuse_unsigned(batch)


def test_amounts_beyond_all_measure_are_errors(store: Store, tmp_path: Path) -> None:
    rows = [["张三", "13800138000", "99999999999999999999", "1"], *people(2)]

    batch = brought(store, tmp_path, rows=rows)

    row = batch.import_rows.get(number=2)
    assert (row.outcome, row.errors[0]["code"]) == ("error", "bad_amount")


def test_a_total_that_cannot_be_one_is_told(store: Store, tmp_path: Path) -> None:
    batch = brought(store, tmp_path, ["合计", "", "300.50", "60.5"], rows=ROWS[:2])

    [note] = [note for note in batch.plan["notes"] if note["code"] == "sum_unread"]
    assert note["params"] == {"row": 4, "text": "60.5", "column": "积分"}
    assert [control.declared for control in controls_of(batch)] == [30050]
