"""What an import books, and what it leaves for somebody to decide."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from imports.models import ImportBatch, ImportRow, Opening
from imports.operations import alone, check_file, decide_row, run_batch
from imports.operations.alone import BatchRunsAlready
from imports.operations.check import PolicyUnknown
from imports.queries import report_of
from imports.rules.choices import Choices
from imports.rules.sheets import FileUnreadable
from ledger.models import CoinPlay, Contract, Dispense, Lot, Sale, Txn, TxnKind, Visit, Wallet
from ledger.operations.adjust import adjust
from ledger.operations.posting import Header, post_many, take
from ledger.queries.audit import differences
from members.models import Card, Consent, Member, MemberChange, Store, Tier
from members.operations import create_store, enrol, update_member
from tests.imports.sheets_made import NOW, csv_file

pytestmark = pytest.mark.django_db
HEAD = ["卡号", "姓名", "手机号", "余额", "赠送余额", "积分"]
ZHANG = ["C1", "张三", "13800138000", "100", "20", "7"]
LI = ["C2", "李四", "13800138001", "50", "0", "0"]


def bring(
    store: Store, path: Path, rows: list[list[str]], *, run: bool = True, **options: Any
) -> dict[str, Any]:
    """Write the rows to a file, import it, and answer the report."""
    csv_file(path / "list.csv", rows)
    batch = check_file(
        path=path / "list.csv", file_name="list.csv", store=store, at=NOW, by=None, **options
    )
    if run:
        run_batch(batch=batch, at=NOW, by=None)
    report = report_of(batch)
    settled = ("created", "updated", "unchanged", "merged")
    left_out = batch.import_rows.filter(outcome="ignored").count()
    errors = batch.import_rows.filter(outcome="error").count()
    assert report["rows"] == sum(report[name] for name in settled) + left_out + errors + len(
        report["flagged"]
    )
    return report


def audited() -> bool:
    """Whether every balance is proved by its history."""
    return differences() == []


def held(name: str) -> dict[str, int]:
    """What a member holds, by kind of asset."""
    wallets = Wallet.objects.filter(member__name=name).select_related("asset")
    return {wallet.asset.kind: wallet.balance for wallet in wallets}


def test_a_balance_becomes_a_contract_with_principal_paid_and_bonus_free(
    store: Store, tmp_path: Path
) -> None:
    bring(store, tmp_path, [HEAD, ZHANG])

    contract = Contract.objects.get()
    lots = {lot.origin: (lot.granted, lot.cost) for lot in Lot.objects.all()}
    assert (contract.kind, contract.paid, contract.bonus) == ("opening", 10_000, 2_000)
    assert lots == {"paid": (10_000, 10_000), "bonus": (2_000, 0), "opening": (7, 0)}
    assert held("张三") == {"money": 12_000, "points": 7}


def test_the_owner_may_call_the_balance_bonus(store: Store, tmp_path: Path) -> None:
    rows = [["姓名", "手机号", "余额"], ["张三", "13800138000", "100"]]

    report = bring(store, tmp_path, rows, choices=Choices(balance="bonus"))

    assert report["totals"]["stored_value_bonus"] == 10_000
    assert [(lot.origin, lot.cost) for lot in Lot.objects.all()] == [("bonus", 0)]


def test_a_member_is_made_whole(store: Store, tmp_path: Path) -> None:
    head = [
        "姓名",
        "手机号",
        "邮箱",
        "性别",
        "生日",
        "会员等级",
        "开卡时间",
        "接收短信",
        "QQ",
        "累计消费",
    ]
    row = [
        "张三",
        "13800138000",
        "A@b.cn",
        "女",
        "8月15日",
        "金卡",
        "2020-05-01",
        "是",
        "12345",
        "¥9000",
    ]

    bring(store, tmp_path, [head, row])

    member = Member.objects.get()
    assert (member.email, member.gender, member.joined_on.isoformat()) == (
        "a@b.cn",
        "F",
        "2020-05-01",
    )
    assert (member.birth_year, member.birth_month, member.birth_day) == (None, 8, 15)
    assert member.attributes == {"QQ": "12345", "累计消费": "¥9000"}
    assert (member.pinyin, member.home_store) == ("zhangsan", store)
    assert member.tier == Tier.objects.get(name="金卡")
    assert Consent.objects.get().state == "given"
    assert Wallet.objects.count() == 0


def test_tiers_that_are_new_stand_in_the_order_of_their_names(store: Store, tmp_path: Path) -> None:
    rows = [
        ["姓名", "会员等级"],
        ["甲", "钻石卡"],
        ["乙", "普通会员"],
        ["丙", "金卡"],
        ["丁", "银卡"],
    ]

    bring(store, tmp_path, rows)

    named = Tier.objects.order_by("rank").values_list("name", flat=True)
    assert list(named) == ["普通会员", "银卡", "金卡", "钻石卡"]


def test_units_left_become_lots_that_end(store: Store, tmp_path: Path) -> None:
    rows = [
        ["姓名", "手机号", "剩余洗车次数", "有效期至"],
        ["张三", "13800138000", "5", "2027-01-31"],
    ]

    report = bring(store, tmp_path, rows)

    lot = Lot.objects.select_related("wallet__asset").get()
    assert report["totals"]["units"] == {"洗车": 5}
    assert (lot.wallet.asset.name, lot.remaining) == ("洗车", 5)
    assert lot.expires_at == store.end_of(NOW.date().replace(year=2027, month=1, day=31))


def test_same_phone_and_name_are_one_member_whose_two_cards_add_up(
    store: Store, tmp_path: Path
) -> None:
    second = ["C9", "张三", "13800138000", "30", "0", "0"]

    report = bring(store, tmp_path, [HEAD, ZHANG, second])

    assert (report["created"], report["merged"]) == (1, 1)
    assert held("张三")["money"] == 15_000
    assert sorted(Card.objects.values_list("number", flat=True)) == ["C1", "C9"]


def test_the_very_same_row_twice_is_counted_once(store: Store, tmp_path: Path) -> None:
    report = bring(store, tmp_path, [HEAD, ZHANG, ZHANG])

    assert (report["created"], report["merged"], report["repeated_rows"]) == (1, 1, [3])
    assert report["totals"]["stored_value_principal"] == 10_000
    assert held("张三")["money"] == 12_000


def test_one_card_with_two_balances_waits(store: Store, tmp_path: Path) -> None:
    report = bring(store, tmp_path, [HEAD, ZHANG, [*ZHANG[:3], "999", "20", "7"]])

    assert [(one["row"], one["code"]) for one in report["flagged"]] == [(3, "other_balance")]
    assert held("张三")["money"] == 12_000


@pytest.mark.parametrize(
    ("policy", "counts", "money"),
    [("flag", (1, 0, 1), 12_000), ("merge", (1, 1, 0), 17_000), ("skip", (1, 0, 0), 12_000)],
)
def test_same_phone_under_another_name_goes_by_the_policy(
    store: Store, tmp_path: Path, policy: str, counts: tuple[int, int, int], money: int
) -> None:
    other = ["C2", "李四", "13800138000", "50", "0", "0"]

    report = bring(store, tmp_path, [HEAD, ZHANG, other], on_duplicate=policy)

    assert (report["created"], report["merged"], len(report["flagged"])) == counts
    assert held("张三")["money"] == money
    assert report["ignored_rows"] == ([3] if policy == "skip" else [])


def test_a_row_that_waits_is_booked_on_the_person_somebody_names(
    store: Store, tmp_path: Path
) -> None:
    other = ["C2", "李四", "13800138000", "50", "0", "0"]
    report = bring(store, tmp_path, [HEAD, ZHANG, other])
    batch = ImportBatch.objects.get(pk=report["batch"])

    decide_row(row=batch.import_rows.get(number=3), decision="merge")
    run_batch(batch=batch, at=NOW, by=None)

    assert report_of(batch)["flagged"] == []
    assert held("张三")["money"] == 17_000


def test_a_row_that_waits_may_be_left_out(store: Store, tmp_path: Path) -> None:
    other = ["C2", "李四", "13800138000", "50", "0", "0"]
    report = bring(store, tmp_path, [HEAD, ZHANG, other])
    batch = ImportBatch.objects.get(pk=report["batch"])

    decide_row(row=batch.import_rows.get(number=3), decision="skip")
    run_batch(batch=batch, at=NOW, by=None)

    assert report_of(batch)["ignored_rows"] == [3]
    assert held("张三")["money"] == 12_000


def test_somebody_already_enrolled_gets_the_balance_and_keeps_what_is_known(
    store: Store, tmp_path: Path
) -> None:
    member = enrol(
        store=store, at=NOW, by=None, name="张三", phone="13800138000", notes="likes tea"
    )

    report = bring(store, tmp_path, [[*HEAD, "备注", "邮箱"], [*ZHANG, "from the list", "a@b.cn"]])

    member.refresh_from_db()
    assert (report["created"], report["updated"]) == (0, 1)
    assert (member.notes, member.email) == ("likes tea", "a@b.cn")
    assert held("张三")["money"] == 12_000


def test_a_phone_somebody_else_has_waits_and_nothing_of_it_is_booked(
    store: Store, tmp_path: Path
) -> None:
    enrol(store=store, at=NOW, by=None, name="王五", phone="13800138000")

    report = bring(store, tmp_path, [HEAD, ZHANG, LI])

    assert [(one["row"], one["code"]) for one in report["flagged"]] == [(2, "same_phone_as_member")]
    assert report["totals"]["stored_value_principal"] == 5_000
    assert (Member.objects.count(), Card.objects.count(), Txn.objects.count()) == (2, 1, 1)


def test_a_corrected_file_changes_only_what_differs(store: Store, tmp_path: Path) -> None:
    bring(store, tmp_path, [HEAD, ZHANG, LI])
    member = Member.objects.get(name="李四")
    update_member(member=member, at=NOW, by=None, notes="seen at the counter", phone="13800138009")

    corrected = ["C1", "张三丰", "13800138000", "120", "20", "7"]
    report = bring(store, tmp_path, [HEAD, corrected, LI])

    member.refresh_from_db()
    assert (report["created"], report["updated"], report["unchanged"]) == (0, 1, 1)
    assert held("张三丰") == {"money": 14_000, "points": 7}
    assert (member.notes, member.phone) == ("seen at the counter", "+8613800138009")
    assert Txn.objects.filter(kind="reverse").count() == 0


def test_a_lower_balance_takes_back_and_opens_anew(store: Store, tmp_path: Path) -> None:
    bring(store, tmp_path, [HEAD, ZHANG])

    report = bring(store, tmp_path, [HEAD, [*ZHANG[:3], "70", "20", "7"]])

    assert report["updated"] == 1
    assert held("张三") == {"money": 9_000, "points": 7}
    assert Lot.objects.filter(origin="paid", is_open=True).get().cost == 7_000


def test_a_list_without_a_balance_takes_none_away(store: Store, tmp_path: Path) -> None:
    bring(store, tmp_path, [[*HEAD, "剩余洗车次数"], [*ZHANG, "5"]])

    bring(store, tmp_path, [["卡号", "姓名", "手机号", "生日"], [*ZHANG[:3], "1990-01-01"]])
    bring(store, tmp_path, [HEAD, [*ZHANG[:3], "", "", ""]])

    assert held("张三") == {"money": 12_000, "points": 7, "unit": 5}
    assert Txn.objects.filter(kind="reverse").count() == 0


@pytest.mark.parametrize(
    ("head", "cells", "left"),
    [
        (["积分"], ["3"], {"money": 12_000, "points": 3, "unit": 5}),
        (["余额"], ["70"], {"money": 9_000, "points": 7, "unit": 5}),
        (["剩余洗车次数"], ["0"], {"money": 12_000, "points": 7, "unit": 0}),
    ],
)
def test_a_balance_that_is_lowered_leaves_those_alone_that_are_not_stated(
    store: Store, tmp_path: Path, head: list[str], cells: list[str], left: dict[str, int]
) -> None:
    bring(store, tmp_path, [[*HEAD, "剩余洗车次数"], [*ZHANG, "5"]])

    bring(store, tmp_path, [[*HEAD[:3], *head], [*ZHANG[:3], *cells]])

    assert held("张三") == left
    assert audited()


def test_going_down_and_up_again_ends_where_the_file_says(store: Store, tmp_path: Path) -> None:
    for amount in ("100", "70", "100", "0", "30"):
        bring(store, tmp_path, [HEAD, [*ZHANG[:3], amount, "20", "7"]])

        assert held("张三")["money"] == int(amount) * 100 + 2_000
    assert audited()


def test_a_lower_balance_that_was_used_since_waits(store: Store, tmp_path: Path) -> None:
    bring(store, tmp_path, [HEAD, ZHANG])
    wallet = Wallet.objects.select_related("member", "asset").get(asset__kind="money")
    spend(wallet, store, 500)

    report = bring(store, tmp_path, [HEAD, ["C1", "张三丰", "13800138000", "70", "20", "7"]])

    assert [one["code"] for one in report["flagged"]] == ["balance_used_since"]
    assert held("张三") == {"money": 11_500, "points": 7}


def spend(wallet: Wallet, store: Store, amount: int) -> None:
    header = Header(
        id=uuid4(),
        kind=TxnKind.SALE,
        request={},
        store=store,
        at=NOW,
        by=None,
        member=wallet.member,
    )
    (answer,) = post_many(
        [(header, [take(member=wallet.member, asset=wallet.asset, amount=amount)])]
    )
    answer.or_raise()


def test_a_balance_from_a_second_system_waits(store: Store, tmp_path: Path) -> None:
    bring(store, tmp_path, [HEAD, ZHANG])

    report = bring(store, tmp_path, [["姓名", "手机号", "余额"], ["张三", "13800138000", "100"]])

    assert [one["code"] for one in report["flagged"]] == ["opened_before"]
    assert held("张三")["money"] == 12_000


def test_a_member_with_no_more_than_a_name_is_found_again(store: Store, tmp_path: Path) -> None:
    rows = [["姓名", "余额"], ["张三", "5"], ["李四", "6"], ["张三", "7"]]
    first = bring(store, tmp_path, rows)

    again = bring(store, tmp_path, rows)

    assert (first["created"], [one["code"] for one in first["flagged"]]) == (2, ["same_name_only"])
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 2)
    assert held("张三")["money"] == 500


def test_nobody_named_is_an_error(store: Store, tmp_path: Path) -> None:
    report = bring(store, tmp_path, [HEAD, ["", "", "", "5", "", ""]])

    assert [(error["row"], error["code"]) for error in report["errors"]] == [(2, "nobody_named")]
    assert Member.objects.count() == 0


@pytest.mark.parametrize(
    ("cells", "column", "code"),
    [
        (["C1", "张三", "13800138000", "5", "", "1.5"], "积分", "fractional_unit"),
        (["C1", "张三", "13800138000", "5", "-1", ""], "赠送余额", "negative_amount"),
        (["C1", "张三", "13800138000", "12.345", "", ""], "余额", "bad_amount"),
        (["C1", "张三", "1.38E+10", "5", "", ""], "手机号", "phone_lost_digits"),
        (["C1", "张三", "1380013800", "5", "", ""], "手机号", "bad_phone"),
    ],
)
def test_a_row_that_cannot_be_right_books_nothing(
    store: Store, tmp_path: Path, cells: list[str], column: str, code: str
) -> None:
    report = bring(store, tmp_path, [HEAD, cells])

    error = report["errors"][0]
    assert (error["row"], error["column"], error["code"]) == (2, column, code)
    assert error["message"].endswith(".")
    assert (Member.objects.count(), Wallet.objects.count()) == (0, 0)


def test_passwords_are_not_kept(store: Store, tmp_path: Path) -> None:
    bring(store, tmp_path, [["姓名", "支付密码"], ["张三", "s3cret-9"]])

    row = ImportRow.objects.get()
    assert "s3cret-9" not in f"{row.raw}{row.values}{Member.objects.get().attributes}"


def test_a_store_named_in_the_file_is_the_members_home(store: Store, tmp_path: Path) -> None:
    second = create_store(
        code="two",
        name="二店",
        country="CN",
        currency="CNY",
        time_zone="Asia/Shanghai",
        language="en",
        entity=store.entity,
    )

    bring(store, tmp_path, [["姓名", "开卡门店"], ["张三", "二店"], ["李四", "三店"]])

    assert Member.objects.get(name="张三").home_store == second
    assert Member.objects.get(name="李四").home_store == store
    assert Member.objects.get(name="李四").attributes == {"开卡门店": "三店"}


def test_one_bad_row_found_only_while_booking_takes_no_other_with_it(
    store: Store, tmp_path: Path
) -> None:
    csv_file(tmp_path / "list.csv", [HEAD, ZHANG, LI])
    batch = check_file(
        path=tmp_path / "list.csv", file_name="list.csv", store=store, at=NOW, by=None
    )
    # A rule of the database that the check does not know of.
    row = batch.import_rows.get(number=2)
    row.values["card"] = " C1 "
    row.save(update_fields=["values"])

    run_batch(batch=batch, at=NOW, by=None)

    report = report_of(batch)
    assert [(error["row"], error["code"]) for error in report["errors"]] == [(2, "row_failed")]
    assert (report["created"], held("李四")["money"]) == (1, 5_000)
    assert not Member.objects.filter(name="张三").exists()


def test_a_run_that_was_cut_off_goes_on_where_it_stopped(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imports.operations.run.ROWS_AT_A_TIME", 1)
    csv_file(tmp_path / "list.csv", [HEAD, ZHANG, LI, ["C3", "王五", "13800138002", "9", "", ""]])
    batch = check_file(
        path=tmp_path / "list.csv", file_name="list.csv", store=store, at=NOW, by=None
    )

    with monkeypatch.context() as cut:
        cut.setattr("imports.operations.run._plan_anew", fails_at(2))
        with pytest.raises(KeyboardInterrupt):
            run_batch(batch=batch, at=NOW, by=None)
    assert Member.objects.count() == 1

    run_batch(batch=batch, at=NOW, by=None)

    report = report_of(batch)
    assert (report["status"], report["created"]) == ("done", 3)
    assert sum(held(name)["money"] for name in ("张三", "李四", "王五")) == 17_900
    assert audited()


def fails_at(call: int) -> Any:
    calls = []

    def fail() -> None:
        calls.append(1)
        if len(calls) == call:
            raise KeyboardInterrupt

    return fail


def test_two_runners_never_book_one_batch(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alone, "PATIENCE", 0)
    csv_file(tmp_path / "list.csv", [HEAD, ZHANG])
    batch = check_file(
        path=tmp_path / "list.csv", file_name="list.csv", store=store, at=NOW, by=None
    )
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(4711002, %s)", [batch.pk])

        with pytest.raises(BatchRunsAlready):
            run_batch(batch=batch, at=NOW, by=None)
    finally:
        other.close()
    assert Member.objects.count() == 0


def test_an_unknown_policy_is_refused(store: Store, tmp_path: Path) -> None:
    with pytest.raises(PolicyUnknown):
        bring(store, tmp_path, [HEAD, ZHANG], on_duplicate="guess")

    assert ImportBatch.objects.count() == 0


SALES = ["单号", "时间", "会员卡号", "商品", "实收金额", "状态"]


def test_sales_become_bills_with_lines_and_move_no_balance(store: Store, tmp_path: Path) -> None:
    bring(store, tmp_path, [HEAD, ZHANG])
    rows = [
        SALES,
        ["A1", "2025-03-01 12:00", "C1", "羊肉串", "30", "已完成"],
        ["A1", "2025-03-01 12:00", "C1", "啤酒", "12.5", "已完成"],
        ["A2", "2025-03-01 13:00", "", "啤酒", "8", "已完成"],
        ["A3", "2025-03-02 13:00", "C9", "啤酒", "8", "已取消"],
        ["A4", "2025-03-02 13:00", "C1", "啤酒", "-8", "已退款"],
        ["A5", "2025-03-02 14:00", "C1", "储值卡充值", "500", "已完成"],
    ]

    report = bring(store, tmp_path, rows)

    bills = {s.external_ref: (s.total, s.goods_total, s.member_id) for s in Sale.objects.all()}
    zhang = Member.objects.get().pk
    assert bills == {
        "A1": (4_250, 4_250, zhang),
        "A2": (800, 800, None),
        "A5": (50_000, 0, zhang),
    }
    assert (report["kind"], report["created"], report["merged"]) == ("sales", 3, 1)
    assert report["ignored_rows"] == [5, 6]
    assert Sale.objects.get(external_ref="A1").lines.count() == 2
    assert Visit.objects.count() == 2
    assert held("张三")["money"] == 12_000


def test_history_that_comes_before_its_members_finds_them_later(
    store: Store, tmp_path: Path
) -> None:
    rows = [SALES, ["A1", "2025-03-01 12:00", "C1", "羊肉串", "30", "已完成"]]
    first = bring(store, tmp_path, rows)
    bring(store, tmp_path, [HEAD, ZHANG])

    again = bring(store, tmp_path, rows)

    assert (first["created"], first["unknown_members"]) == (1, ["C1"])
    assert (again["created"], again["updated"]) == (0, 1)
    assert Sale.objects.get().member == Member.objects.get()


def test_visits_need_a_member_and_walk_ins_are_counted(store: Store, tmp_path: Path) -> None:
    bring(store, tmp_path, [HEAD, ZHANG])

    report = bring(
        store,
        tmp_path,
        [
            ["会员卡号", "到店时间"],
            ["C1", "2025-03-01 12:00"],
            ["", "2025-03-01 13:00"],
            ["C7", "2025-03-01 14:00"],
        ],
    )

    assert report["created"] == 1
    assert (report["ignored_rows"], [one["row"] for one in report["flagged"]]) == ([3], [4])
    assert Visit.objects.get().source == "imported"


def test_plays_and_dispenses_are_logged_once_and_debit_nobody(store: Store, tmp_path: Path) -> None:
    coins = [["卡号", "姓名", "游戏币"], ["C1", "张三", "300"]]
    bring(store, tmp_path, coins)
    plays = [
        ["流水号", "时间", "机台", "投币数", "会员卡号"],
        ["1", "2025-03-01 12:00:01", "M01", "2", "C1"],
        ["2", "2025-03-01 12:00:09", "M01", "3", "C1"],
        ["2", "2025-03-01 12:00:09", "M01", "3", "C1"],
    ]
    dispenses = [["日期", "会员", "应出币", "实出币"], ["2025-03-01 11:00", "C1", "100", "97"]]

    first = bring(store, tmp_path, plays)
    bring(store, tmp_path, plays)
    paid = bring(store, tmp_path, dispenses)

    assert (first["created"], first["repeated_rows"], first["coins"]) == (2, [4], 5)
    assert (CoinPlay.objects.count(), Dispense.objects.count()) == (2, 1)
    assert paid["machine_faults"] == {"rows": [2], "coins": 3}
    assert held("张三") == {"coin": 300}


def test_an_entry_from_the_future_is_an_error(store: Store, tmp_path: Path) -> None:
    report = bring(
        store, tmp_path, [["卡号", "到店时间"], ["C1", "2031-01-01 10:00"]], kind="visits"
    )

    assert [error["code"] for error in report["errors"]] == ["bad_date"]


def test_what_was_adjusted_at_the_counter_stays_after_the_same_import_again(
    store: Store, tmp_path: Path, transactional_db: None
) -> None:
    bring(store, tmp_path, [HEAD, ZHANG])
    wallet = Wallet.objects.select_related("member", "asset").get(asset__kind="points")
    adjust(
        request_id=uuid4(),
        member=wallet.member,
        asset=wallet.asset,
        amount=5,
        reason="welcome",
        store=store,
        at=NOW,
        by=None,
    )

    report = bring(store, tmp_path, [HEAD, ZHANG])

    assert report["unchanged"] == 1
    assert held("张三")["points"] == 12
    assert Opening.objects.get(part="points").amount == 7
    assert MemberChange.objects.count() == 0


@pytest.mark.parametrize("word", ["NaN", "inf", "-", "#REF!", "N/A"])
@pytest.mark.parametrize("column", ["余额", "赠送余额", "积分", "游戏币"])
def test_a_word_for_an_amount_is_an_error_with_its_row_and_column(
    store: Store, tmp_path: Path, word: str, column: str
) -> None:
    head = [*HEAD, "游戏币"]
    row = [*ZHANG, "3"]
    row[head.index(column)] = word

    report = bring(store, tmp_path, [head, row, [*LI, "0"]])

    assert [(e["row"], e["column"], e["code"]) for e in report["errors"]] == [
        (2, column, "bad_amount")
    ]
    assert (report["created"], Member.objects.filter(name="张三").count()) == (1, 0)


def test_rows_with_errors_are_counted_not_what_is_wrong_with_them(
    store: Store, tmp_path: Path
) -> None:
    wrong = ["C1", "张三", "139", "NaN", "-", "7"]

    report = bring(store, tmp_path, [HEAD, wrong, LI])

    assert (report["error_rows"], len(report["errors"])) == (1, 3)


@pytest.mark.parametrize("text", ["hello world\nthis is a letter\n", "\x01\x02\x7fgarbage\x03 \n"])
def test_no_workbook_under_a_workbooks_name_cannot_be_read(
    store: Store, tmp_path: Path, text: str
) -> None:
    path = tmp_path / "list.xlsx"
    path.write_text(text)

    with pytest.raises(FileUnreadable):
        check_file(path=path, file_name="list.xlsx", store=store, at=NOW, by=None)

    assert ImportBatch.objects.count() == 0


def test_a_table_in_text_is_read_whatever_its_name(store: Store, tmp_path: Path) -> None:
    path = csv_file(tmp_path / "list.xlsx", [HEAD, ZHANG])

    batch = check_file(path=path, file_name="list.xlsx", store=store, at=NOW, by=None)

    assert (batch.kind, batch.rows) == ("members", 1)
