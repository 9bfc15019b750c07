"""Lists of cards, gift cards and tiers: what they make, change, leave out and ask about."""

from pathlib import Path
from typing import Any

import pytest

from imports.models import ImportBatch, ImportRow
from imports.operations import check_file, run_batch
from imports.queries import report_of
from imports.rules.choices import Choices
from imports.rules.discounts import discount_of
from imports.rules.findings import BadDiscount
from ledger.models import Contract, Lot, Wallet
from ledger.queries.audit import differences
from members.models import Card, Member, Store, Tier
from members.operations import add_card, enrol
from members.operations.cards import report_lost
from tests.imports.sheets_made import NOW, csv_file, xlsx_file

pytestmark = pytest.mark.django_db


def bring(store: Store, path: Path, rows: list[list[Any]], **options: Any) -> dict[str, Any]:
    """Write the rows to a file, import it, and answer the report; no row may be lost."""
    file = path / "list.xlsx" if options.pop("xlsx", False) else path / "list.csv"
    (xlsx_file if file.suffix == ".xlsx" else csv_file)(file, rows)
    batch = check_file(path=file, file_name=file.name, store=store, at=NOW, by=None, **options)
    foreseen = dict(batch.import_rows.values_list("number", "outcome"))
    run_batch(batch=batch, at=NOW, by=None)
    report = report_of(batch)
    assert dict(batch.import_rows.values_list("number", "outcome")) == foreseen
    assert differences() == []
    return report


def member(store: Store, name: str, phone: str | None = None) -> Member:
    return enrol(store=store, name=name, phone=phone, at=NOW, by=None)


def cards() -> dict[str, tuple[str, str]]:
    """Number → holder's name and state."""
    return {card.number: (card.member.name, card.status) for card in Card.objects.all()}


def test_cards_go_to_members_known_by_phone_name_or_number(store: Store, tmp_path: Path) -> None:
    zhang = member(store, "张三", "13800138000")
    member(store, "李四")
    wang = member(store, "王五")
    rows = [
        ["卡号", "会员编号", "姓名", "手机号", "卡状态", "发卡日期", "备注2"],
        ["0001", "", "张三", "138 0013 8000", "正常", "2024-05-01", "蓝色"],
        ["0002", "", "张三", "+8613800138000", "已挂失", "2025-05-01", ""],
        ["0003", "", "李四", "", "有效", "", ""],
        ["0004", wang.number, "", "", "换卡", "", ""],
        ["0005", "", "赵六", "13900139000", "正常", "", ""],
        ["0006", "", "", "", "正常", "", ""],
        ["0007", "", "", "", "库存", "", ""],
        ["0008", "", "钱七", "", "蓝", "", ""],
        ["", "", "孙八", "", "正常", "", ""],
    ]

    report = bring(store, tmp_path, rows)

    assert cards() == {
        "0001": ("张三", "active"),
        "0002": ("张三", "lost"),
        "0003": ("李四", "active"),
        "0004": ("王五", "replaced"),
        "0005": ("赵六", "active"),
        "0006": ("", "active"),
    }
    assert (report["kind"], report["rows"], report["created"]) == ("cards", 9, 2)
    assert (report["updated"], report["merged"], report["ignored_rows"]) == (3, 1, [8])
    assert [(one["row"], one["column"], one["code"]) for one in report["errors"]] == [
        (9, "卡状态", "unknown_status"),
        (10, "卡号", "card_number_missing"),
    ]
    issued = Card.objects.get(number="0001").issued_at
    assert store.business_date(issued).isoformat() == "2024-05-01"
    zhang.refresh_from_db()
    assert zhang.attributes == {"备注2": "蓝色"}
    assert Wallet.objects.count() == 0


def test_a_list_of_cards_comes_twice_and_changes_nothing(store: Store, tmp_path: Path) -> None:
    member(store, "李四")
    rows = [["卡号", "姓名", "卡状态"], ["0003", "李四", "正常"], ["0004", "李四", "挂失"]]
    bring(store, tmp_path, rows)

    again = bring(store, tmp_path, rows)

    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 2)
    assert cards() == {"0003": ("李四", "active"), "0004": ("李四", "lost")}


def test_a_card_reported_lost_here_is_not_freed_by_a_list(store: Store, tmp_path: Path) -> None:
    card = add_card(member=member(store, "李四"), number="0003", at=NOW)
    report_lost(card=card, at=NOW, by=None)

    bring(store, tmp_path, [["卡号", "姓名", "卡状态"], ["0003", "李四", "正常"]])

    assert cards() == {"0003": ("李四", "lost")}


def test_a_corrected_list_frees_the_card_it_had_blocked(store: Store, tmp_path: Path) -> None:
    head = ["Card number", "Cardholder", "Card status"]
    bring(store, tmp_path, [head, ["0003", "Ada Lark", "Lost"]])

    report = bring(store, tmp_path, [head, ["0003", "Ada Lark", "Valid"]])

    assert report["updated"] == 1
    assert cards() == {"0003": ("Ada Lark", "active")}


def test_a_name_that_two_members_have_is_a_question(store: Store, tmp_path: Path) -> None:
    member(store, "李四")
    member(store, "李四")

    report = bring(store, tmp_path, [["卡号", "姓名", "卡状态"], ["0003", "李四", "正常"]])

    assert [found["code"] for found in report["flagged"]] == ["several_of_that_name"]
    assert cards() == {}


def test_two_cards_of_one_unknown_member_number_are_one_member(
    store: Store, tmp_path: Path
) -> None:
    rows = [
        ["Card number", "Member number", "Card status"],
        ["A1", "M-77", "active"],
        ["A2", "M-77", "blocked"],
    ]

    bring(store, tmp_path, rows)

    assert Member.objects.get().external_ids == {"Member number": "M-77"}
    assert {number: status for number, (_name, status) in cards().items()} == {
        "A1": "active",
        "A2": "lost",
    }


def test_the_owner_says_what_a_word_of_the_shop_means(store: Store, tmp_path: Path) -> None:
    rows = [["卡号", "姓名", "卡状态"], ["0003", "李四", "蓝"]]

    bring(store, tmp_path, rows, choices=Choices(values={"card_status": {"蓝": "挂失"}}))

    assert cards() == {"0003": ("李四", "lost")}


GIFTS = ["礼品卡号", "面值", "余额", "状态", "有效期至", "购买人", "购买人电话"]


def test_a_gift_card_belongs_to_whoever_shows_it(store: Store, tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        ["礼品卡清单"],
        GIFTS,
        ["000812", 500, "￥320.50", "部分使用", "2027-06-30", "陈女士", "13800138000"],
        ["000813", 500, 500, "未使用", "", "", ""],
        ["000814", 200, 0, "已使用", "", "", ""],
        ["000815", 200, 200, "库存", "", "", ""],
        ["000816", 200, 80, "作废", "", "", ""],
        ["000817", 200, "待查", "正常", "", "", ""],
        ["000818", 200, -5, "正常", "", "", ""],
        ["合计", 2000, 1095.5, "", "", "", ""],
    ]

    report = bring(store, tmp_path, rows, xlsx=True)

    bearers = {
        card.number: (card.member.name, card.member.phone, card.status)
        for card in Card.objects.all()
    }
    lots = {
        lot.wallet.member.cards.get().number: (lot.origin, lot.granted, lot.cost, lot.expires_at)
        for lot in Lot.objects.all()
    }
    assert bearers == dict.fromkeys(("000812", "000813", "000814"), ("", None, "active"))
    assert lots["000812"][:3] == ("paid", 32_050, 32_050)
    assert lots["000812"][3].isoformat() == "2027-06-30T20:00:00+00:00"
    assert lots["000813"] == ("paid", 50_000, 50_000, None)
    assert set(lots) == {"000812", "000813"}
    assert {contract.kind for contract in Contract.objects.all()} == {"opening"}
    assert (report["kind"], report["created"]) == ("gift_cards", 3)
    assert report["totals"]["stored_value_principal"] == 82_050
    assert report["ignored_rows"] == [6, 7, 10]
    assert [(one["row"], one["code"]) for one in report["errors"]] == [
        (8, "bad_amount"),
        (9, "negative_amount"),
    ]
    kept = Card.objects.get(number="000812").member.attributes
    assert kept == {"面值": "500", "购买人": "陈女士", "购买人电话": "13800138000"}


def test_gift_cards_in_english_with_one_column_of_value(store: Store, tmp_path: Path) -> None:
    rows = [
        ["Gift Card Number", "Value", "Expiry date"],
        ["GC-01", "$50.00", "31/12/2027"],
        ["GC-01", "$50.00", "31/12/2027"],
        ["GC-02", "25", ""],
        ["GC-02", "30", ""],
    ]

    report = bring(store, tmp_path, rows)

    assert (report["kind"], report["created"], report["repeated_rows"]) == ("gift_cards", 2, [3])
    assert [found["code"] for found in report["flagged"]] == ["other_balance"]
    assert report["totals"]["stored_value_principal"] == 7_500


def test_gift_cards_come_again_and_only_what_differs_is_opened(
    store: Store, tmp_path: Path
) -> None:
    head = ["Gift card number", "Balance"]
    bring(store, tmp_path, [head, ["GC-01", "50"], ["GC-02", "25"]])

    report = bring(store, tmp_path, [head, ["GC-01", "50"], ["GC-02", "40"]])

    assert (report["unchanged"], report["updated"]) == (1, 1)
    assert sorted(Wallet.objects.values_list("balance", flat=True)) == [4_000, 5_000]


def tiers() -> list[tuple[Any, ...]]:
    """Every tier from the lowest on."""
    names = ("name", "rank", "discount_percent", "min_spend", "min_points", "window_months")
    return list(Tier.objects.lowest_first().values_list(*names))


def test_a_table_of_tiers_makes_and_changes_tiers(store: Store, tmp_path: Path) -> None:
    Tier.objects.all().delete()
    Tier.objects.create(code="gold", name="金卡", rank=1, discount_percent=3)
    rows = [
        ["等级名称", "级别", "折扣", "升级金额", "统计周期", "权益"],
        ["普通会员", "1", "无折扣", "0", "", ""],
        ["银卡", "2", "9.5折", "满1000元", "近一年", "生日礼"],
        ["金卡", "3", "九折", "5000元及以上", "12个月", ""],
        ["钻石卡", "4", "85", "2万", "12", ""],
        ["黑卡", "5", "八八八折", "", "", ""],
        ["", "6", "8折", "", "", ""],
    ]

    report = bring(store, tmp_path, rows)

    assert tiers() == [
        ("普通会员", 1, 0, 0, None, 12),
        ("银卡", 2, 5, 100_000, None, 12),
        ("金卡", 3, 10, 500_000, None, 12),
        ("钻石卡", 4, 15, 2_000_000, None, 12),
    ]
    assert (report["kind"], report["created"], report["updated"]) == ("tiers", 3, 1)
    assert [(one["row"], one["column"], one["code"]) for one in report["errors"]] == [
        (6, "折扣", "bad_discount"),
        (7, "等级名称", "tier_name_missing"),
    ]
    row = ImportRow.objects.get(number=4)
    assert row.before == {
        "tier": Tier.objects.get(code="gold").pk,
        "fields": {"discount_percent": 3, "min_spend": None, "rank": 1},
    }
    assert ImportRow.objects.get(number=3).raw["权益"] == "生日礼"


def test_tiers_counted_from_the_best_one_are_turned_round(store: Store, tmp_path: Path) -> None:
    Tier.objects.all().delete()
    rows = [
        ["Tier", "Rank", "Discount", "Minimum spend"],
        ["Platinum", "1", "10%", "$1000"],
        ["Gold", "2", "5% off", "500"],
        ["Basic", "3", "", "0"],
    ]

    bring(store, tmp_path, rows)

    assert [row[:4] for row in tiers()] == [
        ("Basic", 1, 0, 0),
        ("Gold", 2, 5, 50_000),
        ("Platinum", 3, 10, 100_000),
    ]


def test_tiers_without_ranks_stand_in_the_order_of_their_thresholds(
    store: Store, tmp_path: Path
) -> None:
    Tier.objects.all().delete()
    rows = [
        ["会员等级", "所需积分"],
        ["丙", "900"],
        ["甲", "100-499"],
        ["乙", "≥500"],
        ["乙", "600"],
    ]

    report = bring(store, tmp_path, rows)

    assert [(row[0], row[1], row[4]) for row in tiers()] == [
        ("甲", 1, 100),
        ("乙", 2, 500),
        ("丙", 3, 900),
    ]
    assert [(one["row"], one["code"]) for one in report["flagged"]] == [(5, "same_tier")]


def test_a_rank_somebody_else_has_is_not_taken_away(store: Store, tmp_path: Path) -> None:
    Tier.objects.all().delete()
    Tier.objects.create(code="staff", name="Staff", rank=2)

    bring(store, tmp_path, [["Tier", "Rank", "Discount"], ["A", "1", "5"], ["B", "2", "8"]])

    assert [row[:3] for row in tiers()] == [("A", 1, 5), ("Staff", 2, 0), ("B", 3, 8)]
    row = ImportRow.objects.get(number=3)
    assert [found["code"] for found in row.why] == ["rank_taken"]


def test_tiers_come_twice_and_change_nothing(store: Store, tmp_path: Path) -> None:
    rows = [["Tier", "Rank", "Discount"], ["Aaa", "41", "0.95"], ["Bbb", "42", "90"]]
    bring(store, tmp_path, rows)

    again = bring(store, tmp_path, rows)

    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 2)
    assert ImportBatch.objects.count() == 2


@pytest.mark.parametrize(
    ("cell", "header", "percent"),
    [
        ("9.5折", "折扣", 5),
        ("9.5 折", "折扣", 5),
        ("95折", "折扣", 5),
        ("九五折", "折扣", 5),
        ("8折", "折扣", 20),
        (0.95, "折扣", 5),
        (95, "折扣", 5),
        (9.5, "折扣", 5),
        (10, "折扣", 0),
        (1, "折扣", 0),
        (0, "折扣", 0),
        ("95%", "折扣", 5),
        ("不打折", "折扣", 0),
        ("", "折扣", None),
        ("5%", "Discount", 5),
        (0.05, "Discount", 5),
        (0.1, "Percent off", 10),
        (60, "Percent off", 60),
        ("15% off", "Discount", 15),
        ("less 15 %", "Discount", 15),
    ],
)
def test_discounts_in_every_writing(cell: Any, header: str, percent: int | None) -> None:
    assert discount_of(cell, header) == percent


@pytest.mark.parametrize("cell", ["9.85折", "120", "-5000", "看情况", "0.955", "5 off 3"])
def test_a_discount_that_is_no_whole_percent_is_refused(cell: str) -> None:
    with pytest.raises(BadDiscount):
        discount_of(cell, "折扣")
