"""What the shop does to people between two imports about them is no reason to make them twice."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from imports.models import ImportBatch
from imports.operations import check_file, run_batch, undo_batch
from imports.queries.pages import expected_of_undo
from imports.rules.choices import Choices
from ledger.models import Lot, Sale
from ledger.operations.merging import merge_members
from ledger.queries.audit import differences
from members.models import IssuingEntity, Member, Store
from members.operations import create_store, erase_member
from tests.imports.sheets_made import NOW, csv_file
from tests.imports.undoing import HEAD, LATER, LI, ZHANG, brought, state

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
BILLS = [
    ["单号", "日期", "手机号", "金额", "退款金额"],
    ["S1", "2026-03-01 11:00", ZHANG[2], "30", "0"],
    ["S2", "2026-03-02 11:00", LI[2], "40", "0"],
]
STATEMENT = [
    ["会员", "手机号", "流水", "日期", "类型", "金额", "余额"],
    ["张三", ZHANG[2], "1", "2026-03-01 11:00", "充值", "100", "100"],
    ["张三", ZHANG[2], "2", "2026-03-02 11:00", "消费", "-30", "70"],
]


def said(batch: ImportBatch) -> list[tuple[str, list[str]]]:
    """What became of each row, and why."""
    rows = batch.import_rows.order_by("number")
    return [(row.outcome, [why["code"] for why in [*row.why, *row.errors]]) for row in rows]


def held() -> int:
    return sum(Lot.objects.values_list("remaining", flat=True))


def merged(store: Store) -> Member:
    """Li, now one with Zhang."""
    zhang, li = Member.objects.get(name="张三"), Member.objects.get(name="李四")
    merge_members(
        request_id=uuid4(),
        survivor=zhang,
        merged=li,
        reason="one person",
        store=store,
        at=NOW,
        by=None,
    )
    return zhang


def test_who_was_erased_is_not_brought_back_by_their_list(store: Store, tmp_path: Path) -> None:
    brought(store, tmp_path, [HEAD, ZHANG, LI])
    erase_member(member=Member.objects.get(name="李四"), at=NOW, by=None)
    before = held()

    again = brought(store, tmp_path, [HEAD, ZHANG, ["C2", *LI[1:3], "80", "0", "0"]])

    assert said(again) == [("unchanged", []), ("ignored", ["erased_here"])]
    assert (Member.objects.findable().count(), held()) == (1, before)


def test_whose_import_was_undone_comes_again_though_another_list_named_them(
    store: Store, tmp_path: Path
) -> None:
    first = brought(store, tmp_path, [HEAD, LI])
    brought(store, tmp_path, [HEAD, LI])
    undo_batch(batch=first, at=LATER, by=None)

    assert said(brought(store, tmp_path, [HEAD, LI])) == [("created", [])]


def test_a_phone_of_somebody_merged_is_the_survivors(store: Store, tmp_path: Path) -> None:
    brought(store, tmp_path, [HEAD, [*ZHANG[:3], "0", "0", "0"], LI])
    merged(store)
    before = held()

    other = brought(
        store, tmp_path, [["会员编号", "姓名", "手机号", "余额"], ["M1", "张三", LI[2], "50"]]
    )

    assert said(other) == [("flagged", ["opened_before"])]
    assert (Member.objects.count(), held()) == (2, before)


def test_history_under_the_phone_of_somebody_merged_is_the_survivors(
    store: Store, tmp_path: Path
) -> None:
    brought(store, tmp_path, [HEAD, ZHANG, LI])
    survivor = merged(store)

    brought(store, tmp_path, BILLS, kind="sales")

    assert set(Sale.objects.values_list("member", flat=True)) == {survivor.pk}


def test_phones_that_two_known_people_exchanged_are_a_question_under_every_policy(
    store: Store, tmp_path: Path
) -> None:
    brought(store, tmp_path, [HEAD, ZHANG, LI])
    exchanged = [HEAD, [*ZHANG[:2], LI[2], *ZHANG[3:]], [*LI[:2], ZHANG[2], *LI[3:]]]

    batch = brought(store, tmp_path, exchanged, on_duplicate="merge")

    assert said(batch) == [("flagged", ["same_phone_as_member"])] * 2
    assert Member.objects.get(name="张三").phone == "+8613800138000"


def test_what_another_company_opened_is_no_question(store: Store, tmp_path: Path) -> None:
    other = create_store(
        code="two",
        name="二店",
        country="CN",
        currency="CNY",
        time_zone="Asia/Shanghai",
        language="zh-hans",
        entity=IssuingEntity.objects.create(code="two", name="Two"),
    )
    brought(store, tmp_path, [HEAD, ZHANG])
    before = state()

    batch = brought(other, tmp_path, [HEAD, ZHANG])
    owed = {lot.wallet.asset.entity_id: lot.remaining for lot in Lot.objects.filter(origin="paid")}
    undo_batch(batch=batch, at=LATER, by=None)

    assert said(batch) == [("updated", [])]
    assert owed == {store.entity_id: 10_000, other.entity_id: 10_000}
    assert state() == before


def bills() -> list[Any]:
    return list(
        Sale.objects.order_by("external_ref").values_list(
            "external_ref", "member__name", "total", "refunded_total", "visit__business_date"
        )
    )


def test_an_undo_takes_the_member_and_the_refund_off_a_bill_again(
    store: Store, tmp_path: Path
) -> None:
    brought(store, tmp_path, BILLS, kind="sales")
    brought(store, tmp_path, [HEAD, ZHANG])
    before = bills()
    refunded = [BILLS[0], [*BILLS[1][:4], "10"], BILLS[2]]

    batch = brought(store, tmp_path, refunded, kind="sales")
    between = bills()
    undo_batch(batch=batch, at=LATER, by=None)

    assert between[0][1:4] == ("张三", 3_000, 1_000)
    assert bills() == before
    assert differences() == []


def test_an_undo_leaves_the_member_on_a_line_whose_balance_alone_was_opened(
    store: Store, tmp_path: Path
) -> None:
    brought(store, tmp_path, [HEAD[:3], ZHANG[:3]])
    brought(store, tmp_path, STATEMENT, kind="statement")
    before = bills()
    csv_file(tmp_path / "list.csv", STATEMENT)
    batch = check_file(
        path=tmp_path / "list.csv",
        file_name="list.csv",
        store=store,
        at=NOW,
        by=None,
        kind="statement",
        choices=Choices(open_balance=True),
    )
    opened = run_batch(batch=batch, at=NOW, by=None)

    undo_batch(batch=opened, at=LATER, by=None)

    assert said(opened) == [("unchanged", []), ("updated", [])]
    assert (bills(), held()) == (before, 0)


def test_a_balance_lowered_to_nothing_goes_back_to_who_its_member_is_now(
    store: Store, tmp_path: Path
) -> None:
    brought(store, tmp_path, [HEAD, [*ZHANG[:3], "0", "0", "0"], LI])
    batch = brought(store, tmp_path, [HEAD, [*LI[:3], "0", "0", "0"]])
    survivor = merged(store)

    undo_batch(batch=batch, at=LATER, by=None)

    assert held() == sum(lot.remaining for lot in Lot.objects.filter(wallet__member=survivor))
    assert (held(), differences()) == (5_000, [])


def test_nothing_is_opened_again_for_somebody_erased(store: Store, tmp_path: Path) -> None:
    brought(store, tmp_path, [HEAD, LI])
    batch = brought(store, tmp_path, [HEAD, [*LI[:3], "0", "0", "0"]])
    erase_member(member=Member.objects.get(), at=NOW, by=None)

    report = undo_batch(batch=batch, at=LATER, by=None).undo_report

    assert (held(), report["left"], report["values"]["taken_back"]) == (0, 1, {})
    assert [why["code"] for why in batch.import_rows.get().undo_why] == ["member_closed_since"]


def test_lowering_many_balances_takes_as_few_queries_as_a_few(store: Store, tmp_path: Path) -> None:
    def lowered(count: int) -> int:
        rows = [[f"C{n}", f"客{n}", f"1380013{n:04}", "100", "20", "7"] for n in range(count)]
        brought(store, tmp_path, [HEAD, *rows])
        less = [[*row[:3], "60", "20", "7"] for row in rows]
        with CaptureQueriesContext(connection) as captured:
            batch = brought(store, tmp_path, [HEAD, *less])
        assert [outcome for outcome, _why in said(batch)] == ["updated"] * count
        with transaction.atomic(), CaptureQueriesContext(connection) as undone:
            undo_batch(batch=batch, at=LATER, by=None)
            transaction.set_rollback(True)
        return len(captured) + len(undone)

    assert lowered(9) <= lowered(3) + 2
    assert differences() == []


def test_what_an_undo_foresees_leaves_principal_and_bonus_together(
    store: Store, tmp_path: Path
) -> None:
    brought(store, tmp_path, [HEAD, ZHANG])
    lowered = brought(store, tmp_path, [HEAD, [*ZHANG[:4], "0", "7"]])
    brought(store, tmp_path, [HEAD, [*ZHANG[:3], "150", "0", "7"]])

    foreseen = {part["part"]: part["back"] for part in expected_of_undo(lowered)["sums"]}
    report = undo_batch(batch=lowered, at=LATER, by=None).undo_report

    assert foreseen == {"stored_value_bonus": 0}
    assert report["values"]["taken_back"].get("stored_value_bonus", 0) == 0
