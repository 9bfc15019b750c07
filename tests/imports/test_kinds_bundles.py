"""Members with bundles and passes, however their units and last days are written."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from imports.operations import check_file, run_batch
from imports.queries import report_of
from imports.rules.aliases import recognise
from imports.rules.bundles import Lot as Left
from imports.rules.bundles import lots_in
from imports.rules.dates import DateStyle
from imports.rules.findings import BadBundle
from ledger.models import Lot, Wallet
from ledger.queries.audit import differences
from members.models import Member, Store, TierHolding
from tests.imports.sheets_made import NOW, checked, csv_file, xlsx_file

pytestmark = pytest.mark.django_db


def bring(store: Store, path: Path, rows: list[list[Any]]) -> dict[str, Any]:
    """Import the rows and answer the report; Σ lots = Σ accepted cells."""
    file = xlsx_file(path / "list.xlsx", rows)
    batch = check_file(path=file, file_name="list.xlsx", store=store, at=NOW, by=None)
    run_batch(batch=batch, at=NOW, by=None)
    report = report_of(batch)
    assert differences() == []
    granted = sum(Lot.objects.values_list("remaining", flat=True))
    money = sum(value for name, value in report["totals"].items() if name != "units")
    assert granted == money + sum(report["totals"]["units"].values())
    return report


def held() -> list[tuple[str, str, int, str | None]]:
    """Member, unit, what is left of a lot, and its last day."""
    lots = Lot.objects.select_related("wallet__member", "wallet__asset", "store")
    return sorted(
        (
            lot.wallet.member.name,
            lot.wallet.asset.name,
            lot.remaining,
            lot.expires_at and _last_day(lot).isoformat(),
        )
        for lot in lots.exclude(wallet__asset__kind__in=["money", "points"])
    )


def _last_day(lot: Lot) -> date:
    return date.fromordinal(lot.store.business_date(lot.expires_at).toordinal() - 1)


def test_each_bundle_in_columns_of_its_own(store: Store, tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        ["姓名", "手机号", "洗车剩余次数", "洗车到期日", "美容剩余次数", "月卡到期日", "积分"],
        ["张三", "13800138000", 7, "2027-01-01", 0, "", 5],
        ["李四", "13800138001", "3次", "", 2, "2027年2月28日", ""],
        ["王五", "13800138002", 2.5, "", "", "", ""],
        ["赵六", "13800138003", -1, "", "", "", ""],
    ]

    report = bring(store, tmp_path, rows)

    assert held() == [
        ("张三", "洗车", 7, "2027-01-01"),
        ("李四", "月卡", 1, "2027-02-28"),
        ("李四", "洗车", 3, None),
        ("李四", "美容", 2, None),
    ]
    assert report["totals"]["units"] == {"月卡": 1, "洗车": 10, "美容": 2}
    assert [(one["row"], one["code"]) for one in report["errors"]] == [
        (4, "fractional_unit"),
        (5, "negative_amount"),
    ]


def test_several_bundles_side_by_side(store: Store, tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        ["Name", "Phone", "Package 1", "Remaining 1", "Expires 1", "Package 2", "Remaining 2"],
        ["Ada", "13800138000", "Wash", 5, "2027-03-31", "Wax", 2],
        ["Bob", "13800138001", "Wash", "", "", "Wash", 4],
    ]

    bring(store, tmp_path, rows)

    assert held() == [
        ("Ada", "Wash", 5, "2027-03-31"),
        ("Ada", "Wax", 2, None),
        ("Bob", "Wash", 4, None),
    ]
    assert Member.objects.get(name="Bob").attributes == {"Package 1": "Wash"}


def test_one_bundle_a_row_and_the_balance_counted_once(store: Store, tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        ["会员卡号", "姓名", "手机号", "套餐名称", "剩余次数", "到期日", "余额"],
        ["C1", "张三", "13800138000", "洗车", 7, "2027-01-01", 100],
        ["C1", "张三", "13800138000", "洗车", 2, "2027-06-30", 100],
        ["C1", "张三", "13800138000", "美容", 3, "", 100],
        ["", "李四", "13800138001", "洗车", 1, "", 50],
        ["", "李四", "13800138001", "美容", 1, "", 50],
        ["C3", "王五", "13800138002", "洗车", 1, "", 0],
        ["C3", "王五", "13800138002", "洗车", 9, "", 0],
    ]

    report = bring(store, tmp_path, rows)

    assert held() == [
        ("张三", "洗车", 2, "2027-06-30"),
        ("张三", "洗车", 7, "2027-01-01"),
        ("张三", "美容", 3, None),
        ("李四", "洗车", 1, None),
        ("李四", "美容", 1, None),
        ("王五", "洗车", 1, None),
    ]
    assert report["totals"]["stored_value_principal"] == 15_000
    assert [(one["row"], one["code"]) for one in report["flagged"]] == [(8, "other_balance")]
    assert [(one["row"], one["code"]) for one in report["warnings"]] == [
        (3, "balance_repeated"),
        (4, "balance_repeated"),
        (6, "balance_repeated"),
    ]


def test_all_bundles_in_one_cell(store: Store, tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        ["姓名", "手机号", "套餐明细"],
        [
            "张三",
            "13800138000",
            "洗衣次数 剩余 7 到期 2027-01-01；干洗 3次；洗衣次数 剩余2 到期 2027-06-01",
        ],
        ["李四", "13800138001", "年卡 不限次 有效期至 2027-12-31"],
        ["王五", "13800138002", "洗衣 若干"],
    ]

    report = bring(store, tmp_path, rows)

    assert held() == [
        ("张三", "干洗", 3, None),
        ("张三", "洗衣次数", 2, "2027-06-01"),
        ("张三", "洗衣次数", 7, "2027-01-01"),
        ("李四", "年卡", 1, "2027-12-31"),
    ]
    assert [(one["row"], one["code"]) for one in report["errors"]] == [(4, "bad_bundle")]


def test_a_corrected_list_opens_the_difference_of_lots(store: Store, tmp_path: Path) -> None:
    head = ["姓名", "手机号", "套餐明细"]
    text = "洗车 {} 到期 2027-01-01；洗车 2 到期 2027-06-01"
    bring(store, tmp_path, [head, ["张三", "13800138000", text.format(7)]])

    report = bring(store, tmp_path, [head, ["张三", "13800138000", text.format(8)]])

    assert report["updated"] == 1
    assert held() == [
        ("张三", "洗车", 1, "2027-06-01"),
        ("张三", "洗车", 2, "2027-06-01"),
        ("张三", "洗车", 7, "2027-01-01"),
    ]


def test_what_has_ended_is_brought_over_as_that(store: Store, tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        ["姓名", "手机号", "次卡名称", "剩余次数", "到期日"],
        ["张三", "13800138000", "洗车", 7, "2020-01-01"],
    ]

    report = bring(store, tmp_path, rows)

    assert held() == [("张三", "洗车", 7, "2020-01-01")]
    assert [one["code"] for one in report["warnings"]] == ["ended_already"]
    assert Lot.objects.open_at(NOW).count() == 0


def test_a_tier_held_for_a_time_ends_on_its_day(store: Store, tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        ["姓名", "手机号", "会员等级", "会员到期日"],
        ["张三", "13800138000", "黑金会员", "2027-05-31"],
        ["李四", "13800138001", "黑金会员", "2020-05-31"],
        ["王五", "13800138002", "", "2027-05-31"],
    ]

    report = bring(store, tmp_path, rows)

    holding = TierHolding.objects.get()
    assert (holding.member.name, holding.tier.name) == ("张三", "黑金会员")
    assert holding.until == store.end_of(date(2027, 5, 31))
    li = Member.objects.get(name="李四")
    assert (li.tier, li.attributes) == (None, {"会员到期日": "2020-05-31", "会员等级": "黑金会员"})
    assert Member.objects.get(name="王五").attributes == {"会员到期日": "2027-05-31"}
    assert [(one["row"], one["code"]) for one in report["warnings"]] == [(3, "ended_already")]


def test_bonus_is_what_the_total_holds_beyond_the_principal(store: Store, tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        ["姓名", "手机号", "总余额", "本金"],
        ["张三", "13800138000", 1500, 500],
        ["李四", "13800138001", 300, 500],
    ]

    report = bring(store, tmp_path, rows)

    assert {lot.origin: lot.granted for lot in Lot.objects.all()} == {
        "paid": 50_000,
        "bonus": 100_000,
    }
    assert [(one["row"], one["code"]) for one in report["errors"]] == [(3, "balances_disagree")]
    assert Wallet.objects.get().balance == 150_000


@pytest.mark.parametrize(
    ("header", "field", "unit"),
    [
        ("洗车到期日", "unit_expires", "洗车"),
        ("月卡有效期至", "unit_expires", "月卡"),
        ("Haircut expires", "unit_expires", "haircut"),
        ("到期日2", "unit_expires", ""),
        ("剩余次数2", "units", ""),
        ("套餐1", "unit_name", ""),
        ("会员到期日", "tier_until", ""),
        ("Membership expiry date", "tier_until", ""),
    ],
)
def test_last_days_are_known_by_their_names(header: str, field: str, unit: str) -> None:
    match = recognise(header, "members")

    assert match is not None
    assert (match.field, match.unit) == (field, unit)


@pytest.mark.parametrize(
    "header", ["身份证到期日", "积分有效期", "优惠券到期时间", "Contract end date"]
)
def test_other_last_days_are_only_kept(header: str) -> None:
    match = recognise(header, "members")

    assert match is None or match.field not in {"unit_expires", "tier_until"}


@pytest.mark.parametrize(
    ("text", "lots"),
    [
        ("洗车5次", [Left("洗车", 5)]),
        ("剩余3次(洗车)", [Left("洗车", 3)]),
        ("5次已用", None),
        ("洗车10次已用4次", None),
        ("洗车：5次（有效期至2027年1月1日）", [Left("洗车", 5, "2027-01-01")]),
        ("洗车*5, 打蜡*2", [Left("洗车", 5), Left("打蜡", 2)]),
        ("洗车 剩5次/2027", None),
        ("Wash: unlimited until 2027-01-01", [Left("Wash", 1, "2027-01-01")]),
        ("年卡 到期 2027-01-01", [Left("年卡", 1, "2027-01-01")]),
        ("5", None),
        ("剩3次/共10次", [Left("units", 3)]),
        ("洗车剩3次（共10次）", [Left("洗车", 3)]),
        ("洗车 3/10", None),
        ("打蜡（10次，已用7次）", None),
    ],
)
def test_bundles_in_words(text: str, lots: list[Left] | None) -> None:
    if lots is None:
        with pytest.raises(BadBundle):
            lots_in(text, DateStyle())
    else:
        assert lots_in(text, DateStyle()) == lots


@pytest.mark.parametrize("header", ["剩余次数", "疗程剩余", "计次余额"])
def test_a_cell_of_counts_may_name_its_units(tmp_path: Path, header: str) -> None:
    rows = [["姓名", "手机", header], ["张三", "13800138001", "洗车:3次;打蜡 剩2次"]]

    _plan, _check, judged = checked(csv_file(tmp_path / "a.csv", rows))

    assert judged[0].judged.values["balances"]["units"] == {
        "洗车": {"count": 3},
        "打蜡": {"count": 2},
    }


def test_a_balance_in_another_currency_is_no_balance_of_the_store(tmp_path: Path) -> None:
    rows = [
        ["姓名", "手机号", "余额(USD)", "余额（人民币）"],
        ["张三", "13800138001", "100", "10"],
        ["李四", "13800138002", "5", "HK$50"],
        ["王五", "13800138003", "5", "¥30"],
    ]

    _plan, _check, found = checked(csv_file(tmp_path / "a.csv", rows))

    held = [row.judged.values["balances"]["stored_value_principal"] for row in found]
    errors = [one["code"] for row in found for one in row.judged.errors]
    assert (held, errors) == ([1_000, 0, 3_000], ["other_currency"])
    assert found[0].judged.values["attributes"] == {"余额(USD)": "100"}
