"""An import that is undone leaves the shop as it was, but for what was used since."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from imports.models import ImportBatch, ImportRow
from imports.operations import (
    alone,
    check_file,
    decide_row,
    queue_batch,
    queue_undo,
    run_batch,
    undo_batch,
)
from imports.operations.alone import BatchNotReady, BatchRunsAlready
from imports.operations.undoing import NothingBooked
from imports.operations.undoing_values import take_back_values
from imports.queries.pages import expected_of_undo
from imports.rules.findings import sentence
from imports.tasks import run_waiting_imports
from ledger.models import CoinPlay, Lot, Sale, TxnKind, Visit, Wallet
from ledger.operations.posting import Header, post_many, take
from ledger.operations.refusals import AlreadyUsed
from ledger.operations.visits import check_in
from members.models import Card, Consent, Member, Store, TierHolding
from members.operations import (
    add_card,
    define_attribute,
    enrol,
    give_consent,
    set_attribute,
    update_member,
    withdraw_consent,
)
from members.queries import search_members
from tests.imports.sheets_made import NOW, csv_file
from tests.imports.undoing import HEAD, LATER, LI, WANG, ZHANG, brought, state

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


def undone(batch: ImportBatch) -> dict[str, Any]:
    """Undo the batch; answers its report."""
    return undo_batch(batch=batch, at=LATER, by=None).undo_report


def left(batch: ImportBatch) -> dict[int, list[str]]:
    """The rows that were left, with the codes of the reasons, each of which makes a sentence."""
    rows = batch.import_rows.filter(undone=ImportRow.Undone.LEFT).order_by("number")
    assert all(sentence(why).endswith((".", "。")) for row in rows for why in row.undo_why)
    return {row.number: [why["code"] for why in row.undo_why] for row in rows}


def spend(name: str, kind: str, amount: int, store: Store) -> None:
    wallet = Wallet.objects.select_related("member", "asset").get(
        member__name=name, asset__kind=kind
    )
    header = Header(
        id=uuid4(), kind=TxnKind.SALE, request={}, store=store, at=NOW, by=None,
        member=wallet.member,
    )  # fmt: skip
    (answer,) = post_many(
        [(header, [take(member=wallet.member, asset=wallet.asset, amount=amount)])]
    )
    answer.or_raise()


def test_members_and_their_balances_go_as_if_they_had_never_come(
    store: Store, tmp_path: Path
) -> None:
    before = state()
    batch = brought(store, tmp_path, [HEAD, ZHANG, LI, WANG])

    report = undone(batch)

    assert state() == before
    assert (batch.status, report["rows"], report["taken_back"], report["left"]) == (
        "undone", 3, 3, 0,
    )  # fmt: skip
    assert report["values"] == {
        "taken_back": {"points": 37, "stored_value_bonus": 2_000, "stored_value_principal": 15_000},
        "left": {},
    }
    assert search_members("张三", [store]) == []
    assert not Card.objects.exists()
    assert not TierHolding.objects.exists()


def test_the_same_file_again_gives_the_same_state_as_the_first_time(
    store: Store, tmp_path: Path
) -> None:
    rows = [
        [*HEAD, "会员等级", "接收短信", "QQ"],
        [*ZHANG, "金卡", "是", "1"],
        [*LI, "", "否", "2"],
    ]
    batch = brought(store, tmp_path, rows)
    first = state()
    undone(batch)

    again = brought(store, tmp_path, rows, at=LATER)

    assert again.import_rows.filter(outcome="created").count() == 2
    assert state() == first


def test_undone_and_brought_again_many_times_it_is_always_the_same(
    store: Store, tmp_path: Path
) -> None:
    before, rows = state(), [HEAD, ZHANG, LI]
    for _round in range(3):
        batch = brought(store, tmp_path, rows)
        assert Lot.objects.filter(is_open=True).count() == 4

        undone(batch)
        assert state() == before


def test_undoing_twice_does_nothing(store: Store, tmp_path: Path) -> None:
    batch = brought(store, tmp_path, [HEAD, ZHANG, LI])
    spend("张三", "money", 500, store)
    first = undone(batch)
    seen = state()

    second = undone(batch)

    assert second == first
    assert state() == seen


def test_what_was_used_is_left_and_the_rest_goes(store: Store, tmp_path: Path) -> None:
    batch = brought(store, tmp_path, [HEAD, ZHANG, LI])
    spend("张三", "money", 500, store)

    report = undone(batch)

    assert left(batch) == {2: ["value_used_since", "member_holds_value"]}
    assert report["values"] == {
        "taken_back": {"points": 7, "stored_value_principal": 5_000},
        "left": {"stored_value_bonus": 2_000, "stored_value_principal": 10_000},
    }
    held = {lot.origin: lot.remaining for lot in Lot.objects.filter(is_open=True)}
    assert held == {"paid": 9_500, "bonus": 2_000}
    assert Member.objects.findable().get().name == "张三"


@pytest.mark.parametrize(
    ("met", "code"),
    [
        (lambda m, s: check_in(request_id=uuid4(), member=m, store=s, at=NOW, by=None),
         "member_came_since"),
        (lambda m, s: update_member(member=m, at=NOW, by=None, notes="likes tea"),
         "member_changed_since"),
        (lambda m, s: add_card(member=m, number="NEW", at=NOW), "member_changed_since"),
        (lambda m, s: give_consent(member=m, channel="sms", at=NOW, source="counter"),
         "member_changed_since"),
        (lambda m, s: enrol(store=s, at=NOW, by=None, name="友", referrer=m),
         "member_named_elsewhere"),
    ],
)  # fmt: skip
def test_a_member_somebody_met_stays_and_the_untouched_balance_goes(
    store: Store, tmp_path: Path, met: Any, code: str
) -> None:
    batch = brought(store, tmp_path, [HEAD, ZHANG, LI])
    met(Member.objects.get(name="张三"), store)

    report = undone(batch)

    assert left(batch) == {2: [code]}
    assert Member.objects.get(name="张三").status == "active"
    assert not Lot.objects.filter(is_open=True).exists()
    assert (report["taken_back"], report["left"]) == (1, 1)


def test_what_was_left_goes_when_it_is_free_and_the_import_is_undone_again(
    store: Store, tmp_path: Path
) -> None:
    before = state()
    people = brought(store, tmp_path, [HEAD, ZHANG])
    sales = brought(store, tmp_path, [SALES, ["A1", "2025-03-01 12:00", "C1", "羊肉串", "30"]])
    undone(people)
    assert left(people) == {2: ["imported_over_since"]}

    undone(sales)
    report = undone(people)

    assert (report["taken_back"], report["left"], report["values"]["left"]) == (1, 0, {})
    assert state() == before


WIDE = ["卡号", "姓名", "手机号", "邮箱", "生日", "会员等级", "开卡时间", "接收短信", "QQ", "余额"]


def known(store: Store) -> Member:
    """Somebody the shop knew before the list came."""
    return enrol(store=store, at=NOW, by=None, name="张三", phone="13800138000", notes="likes tea")


def test_somebody_known_before_is_as_they_were(store: Store, tmp_path: Path) -> None:
    withdraw_consent(member=known(store), channel="sms", at=NOW, source="counter")
    before = state()
    row = ["C1", "张三", "13800138000", "a@b.cn", "1990-08-15", "金卡", "", "是", "123", "80"]
    batch = brought(store, tmp_path, [WIDE, row])
    assert state() != before

    report = undone(batch)

    assert state() == before
    assert (report["taken_back"], report["left"]) == (1, 0)


def test_what_somebody_changed_since_stays_and_the_rest_goes_back(
    store: Store, tmp_path: Path
) -> None:
    member = known(store)
    add_card(member=member, number="C1", at=NOW)
    row = ["C1", "张三", "13800138000", "a@b.cn", "1990-08-15", "金卡", "", "是", "123", "", "挂失"]
    batch = brought(store, tmp_path, [[*WIDE, "卡状态"], row])
    update_member(member=member, at=NOW, by=None, email="own@b.cn")

    undone(batch)
    once = left(batch)
    undone(batch)

    member.refresh_from_db()
    assert once == left(batch) == {2: ["field_changed_since"]}
    assert (member.email, member.birth_year, member.attributes) == ("own@b.cn", None, {})
    assert (member.tier, Card.objects.get().status) == (None, "active")
    assert [line.state for line in Consent.objects.order_by("pk")] == ["given", "withdrawn"]


def test_a_corrected_list_goes_back_to_the_first_one(store: Store, tmp_path: Path) -> None:
    row = [
        "C1",
        "张三",
        "13800138000",
        "a@b.cn",
        "1990-08-15",
        "银卡",
        "2020-05-01",
        "是",
        "1",
        "80",
    ]
    other = [
        "C1",
        "张三丰",
        "13800138009",
        "c@b.cn",
        "1991-08-15",
        "金卡",
        "2020-05-02",
        "否",
        "2",
        "95",
    ]
    before = state()
    first = brought(store, tmp_path, [WIDE, row])
    seen = state()
    second = brought(store, tmp_path, [WIDE, other], at=LATER)
    assert state() != seen

    undone(second)
    assert left(second) == {}
    assert state() == seen

    undone(first)
    assert left(first) == {}
    assert state() == before


@pytest.mark.parametrize("amounts", [("70", "20", "7"), ("0", "0", "0"), ("130", "5", "9")])
def test_a_balance_that_was_lowered_is_opened_again(
    store: Store, tmp_path: Path, amounts: tuple[str, str, str]
) -> None:
    before = state()
    first = brought(store, tmp_path, [HEAD, ZHANG])
    seen = state()
    second = brought(store, tmp_path, [HEAD, [*ZHANG[:3], *amounts]])

    undone(second)
    assert state() == seen

    undone(first)
    assert state() == before


def test_what_would_go_back_is_known_before(store: Store, tmp_path: Path) -> None:
    """Asset by asset and less what stood; whoever came, was edited or got a card is counted."""
    brought(store, tmp_path, [HEAD, ZHANG, LI])
    people = [
        ["C4", "赵六", "13800138004", "0", "0", "5"],
        ["C5", "钱七", "13800138005", "9", "", ""],
    ]
    batch = brought(store, tmp_path, [HEAD, [*ZHANG[:3], "130", "20", "9"], LI, WANG, *people])
    spend("张三", "points", 8, store)
    spend("赵六", "points", 1, store)
    wang, _zhao, qian = Member.objects.order_by("pk")[2:]
    check_in(request_id=uuid4(), member=wang, store=store, at=NOW, by=None)
    add_card(member=qian, number="N5", at=NOW)

    foreseen = expected_of_undo(batch)
    report = undone(batch)

    sums = {one["part"]: (one["back"], one["left"]) for one in foreseen["sums"]}
    values = report["values"]
    assert sums == {
        "points": (30, 7),
        "stored_value_principal": (3_900, 0),
    }
    assert values["taken_back"] == {"points": 30, "stored_value_principal": 3_900}
    assert values["left"] == {"points": 7}
    assert (foreseen["rows"], foreseen["known"]) == (4, 3)


def test_an_import_that_another_one_went_over_waits_for_it(store: Store, tmp_path: Path) -> None:
    first = brought(store, tmp_path, [HEAD, ZHANG])
    brought(store, tmp_path, [HEAD, [*ZHANG[:3], "120", "20", "7"]])

    report = undone(first)

    assert left(first) == {2: ["imported_over_since"]}
    assert report["values"] == {
        "taken_back": {"points": 7},
        "left": {"stored_value_bonus": 2_000, "stored_value_principal": 10_000},
    }
    assert Wallet.objects.get(asset__kind="money").balance == 14_000


def test_what_lists_said_in_turn_goes_back_in_turn(store: Store, tmp_path: Path) -> None:
    known(store)
    before = state()
    head = [*HEAD[:3], "邮箱", "会员等级"]
    first, second, third = (
        brought(store, tmp_path, [head, [*ZHANG[:3], *said]])
        for said in (("a@b.cn", "金卡"), ("c@d.cn", "银卡"), ("a@b.cn", "金卡"))
    )

    undone(first)
    assert left(first) == {2: ["imported_over_since", "imported_over_since"]}

    for batch in (third, second, first):
        undone(batch)
        assert left(batch) == {}
    assert state() == before


def test_the_same_list_twice_is_undone_by_undoing_the_first(store: Store, tmp_path: Path) -> None:
    before = state()
    first = brought(store, tmp_path, [HEAD, ZHANG])
    second = brought(store, tmp_path, [HEAD, ZHANG])
    seen = state()

    nothing = undone(second)
    assert (nothing["rows"], state()) == (0, seen)

    undone(first)
    assert state() == before


def test_merged_rows_give_back_their_cards_and_balances(store: Store, tmp_path: Path) -> None:
    before = state()
    second = ["C9", "张三", "13800138000", "30", "0", "0"]
    batch = brought(store, tmp_path, [HEAD, ZHANG, second, ZHANG])

    report = undone(batch)

    assert (report["rows"], report["taken_back"]) == (3, 3)
    assert state() == before


def test_a_row_decided_later_goes_back_too(store: Store, tmp_path: Path) -> None:
    known(store)
    before = state()
    batch = brought(store, tmp_path, [HEAD, ["C1", "张叁", "13800138000", "100", "20", "7"], LI])
    decide_row(row=batch.import_rows.get(number=2), decision="merge")
    run_batch(batch=batch, at=LATER, by=None)
    assert Wallet.objects.get(asset__kind="points", member__name="张三").balance == 7

    undone(batch)

    assert state() == before


SALES = ["单号", "时间", "会员卡号", "商品", "实收金额"]
LOGS: dict[str, list[list[str]]] = {
    "sales": [
        SALES,
        ["A1", "2025-03-01 12:00", "C1", "羊肉串", "30"],
        ["A1", "2025-03-01 12:00", "C1", "啤酒", "12.5"],
        ["A2", "2025-03-01 13:00", "", "啤酒", "8"],
        ["A5", "2025-03-02 14:00", "C1", "储值卡充值", "500"],
    ],
    "visits": [["会员卡号", "到店时间"], ["C1", "2025-03-01 12:00"], ["C2", "2025-03-01 12:00"]],
    "coin_plays": [
        ["流水号", "时间", "机台", "投币数", "会员卡号"],
        ["1", "2025-03-01 12:00:01", "M01", "2", "C1"],
        ["2", "2025-03-01 12:00:09", "M01", "3", "C1"],
        ["2", "2025-03-01 12:00:09", "M01", "3", "C1"],
    ],
    "dispenses": [["日期", "会员", "应出币", "实出币"], ["2025-03-01 11:00", "C1", "100", "97"]],
}


@pytest.mark.parametrize("kind", sorted(LOGS))
def test_history_leaves_the_record_and_comes_again_alike(
    store: Store, tmp_path: Path, kind: str
) -> None:
    brought(store, tmp_path, [HEAD, ZHANG, LI])
    before = state()
    batch = brought(store, tmp_path, LOGS[kind], kind=kind)
    first = state()
    assert first != before

    report = undone(batch)

    assert (report["left"], left(batch)) == (0, {})
    assert state() == before

    brought(store, tmp_path, LOGS[kind], kind=kind)
    assert state() == first


def test_a_visit_that_two_logs_share_stays_till_both_are_gone(store: Store, tmp_path: Path) -> None:
    brought(store, tmp_path, [HEAD, ZHANG, LI])
    before = state()
    sales = brought(store, tmp_path, LOGS["sales"])
    plays = brought(store, tmp_path, LOGS["coin_plays"])

    undone(sales)
    assert Visit.objects.get().business_date.isoformat() == "2025-03-01"

    undone(plays)
    assert state() == before


def test_a_day_keeps_one_visit_of_a_list_while_another_log_knows_of_it(
    store: Store, tmp_path: Path
) -> None:
    brought(store, tmp_path, [HEAD, ZHANG, LI])
    before = state()
    visits = brought(store, tmp_path, [*LOGS["visits"], ["C1", "2025-03-01 18:00"]])
    plays = brought(store, tmp_path, LOGS["coin_plays"])

    undone(visits)
    assert Visit.objects.get().member.name == "张三"

    undone(plays)
    assert state() == before


@pytest.mark.parametrize("kind", ["visits", "sales"])
def test_who_was_checked_in_on_a_day_that_a_log_had_brought_was_there(
    store: Store, tmp_path: Path, kind: str
) -> None:
    brought(store, tmp_path, [HEAD, ZHANG])
    batch = brought(store, tmp_path, LOGS[kind], kind=kind)
    at, zhang = Visit.objects.earliest("at").at, Member.objects.get()
    check_in(request_id=uuid4(), member=zhang, store=store, at=at, by=None)

    undone(batch)

    visit = Visit.objects.get()
    assert (visit.member, visit.at, left(batch)) == (
        *(zhang, at),
        {2: ["entry_used_since"]} if kind == "visits" else {},
    )


@pytest.mark.parametrize(("kind", "days"), [("sales", 2), ("coin_plays", 1), ("dispenses", 1)])
def test_a_log_that_found_its_members_later_notes_their_days_and_forgets_them_again(
    store: Store, tmp_path: Path, kind: str, days: int
) -> None:
    brought(store, tmp_path, LOGS[kind], kind=kind)
    brought(store, tmp_path, [HEAD, ZHANG])
    before = state()
    again = brought(store, tmp_path, LOGS[kind], kind=kind)
    assert Visit.objects.count() == days

    undone(again)

    assert Sale.objects.filter(member__isnull=False).count() == 0
    assert state() == before


def test_an_entry_that_was_voided_since_stays_voided(store: Store, tmp_path: Path) -> None:
    batch = brought(store, tmp_path, LOGS["sales"])
    Sale.objects.filter(external_ref="A1").update(voided_at=NOW, void_reason="wrong table")

    report = undone(batch)

    assert left(batch) == {2: ["entry_used_since"], 3: ["entry_used_since"]}
    assert (report["taken_back"], Sale.objects.get().external_ref) == (2, "A1")


def test_history_keeps_the_members_it_speaks_of(store: Store, tmp_path: Path) -> None:
    people = brought(store, tmp_path, [HEAD, ZHANG, LI])
    brought(store, tmp_path, LOGS["coin_plays"])

    undone(people)

    assert left(people) == {2: ["imported_over_since"]}
    assert CoinPlay.objects.filter(member__name="张三").count() == 2
    assert not Lot.objects.filter(is_open=True).exists()


def test_an_undo_that_was_cut_off_goes_on_where_it_stopped(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imports.operations.undoing.ROWS_AT_A_TIME", 1)
    before = state()
    batch = brought(store, tmp_path, [HEAD, ZHANG, LI, WANG])
    with monkeypatch.context() as cut:
        cut.setattr("imports.operations.undoing.take_back_values", fails_at(2))
        with pytest.raises(KeyboardInterrupt):
            undone(batch)
    batch.refresh_from_db()
    assert (batch.status, batch.undo_report["taken_back"]) == ("undoing", 1)
    assert Member.objects.findable().count() == 2

    report = undone(batch)

    assert (report["taken_back"], report["values"]["taken_back"]["points"]) == (3, 37)
    assert state() == before


def fails_at(call: int) -> Any:
    calls = []

    def take_back(*args: Any) -> Any:
        calls.append(1)
        if len(calls) == call:
            raise KeyboardInterrupt
        return take_back_values(*args)

    return take_back


def test_one_row_that_cannot_go_keeps_no_other_from_going(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = brought(store, tmp_path, [HEAD, ZHANG, LI])

    def quicker(rows: Any, job: Any) -> Any:
        if any(row.number == 2 for row in rows):
            raise AlreadyUsed(short=1)
        return take_back_values(rows, job)

    monkeypatch.setattr("imports.operations.undoing.take_back_values", quicker)
    report = undone(batch)

    assert left(batch) == {2: ["could_not_go_back"]}
    assert (report["taken_back"], Member.objects.findable().get().name) == (1, "张三")


def test_nothing_is_undone_before_anything_is_booked(store: Store, tmp_path: Path) -> None:
    csv_file(tmp_path / "list.csv", [HEAD, ZHANG])
    batch = check_file(
        path=tmp_path / "list.csv", file_name="list.csv", store=store, at=NOW, by=None
    )

    with pytest.raises(NothingBooked):
        undo_batch(batch=batch, at=LATER, by=None)
    queue_batch(batch=batch)
    with pytest.raises(BatchNotReady):
        queue_undo(batch=batch, at=LATER, by=None)

    batch.refresh_from_db()
    assert (batch.status, batch.undo_report) == ("queued", {})


def test_what_is_undone_is_not_run_again(store: Store, tmp_path: Path) -> None:
    batch = brought(store, tmp_path, [HEAD, ZHANG])
    undone(batch)

    with pytest.raises(BatchNotReady):
        run_batch(batch=batch, at=LATER, by=None)

    assert Member.objects.findable().count() == 0


def test_nobody_runs_a_batch_while_it_is_being_undone(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alone, "PATIENCE", 0)
    batch = brought(store, tmp_path, [HEAD, ZHANG])
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(4711002, %s)", [batch.pk])

        with pytest.raises(BatchRunsAlready):
            undone(batch)
    finally:
        other.close()
    assert Member.objects.findable().count() == 1


def test_the_worker_undoes_what_waits(store: Store, tmp_path: Path) -> None:
    before = state()
    batch = brought(store, tmp_path, [HEAD, ZHANG])

    queue_undo(batch=batch, at=LATER, by=None)
    assert run_waiting_imports() == 1

    batch.refresh_from_db()
    assert batch.status == "undone"
    assert state() == before


def test_consent_is_silence_no_more_but_a_no(store: Store, tmp_path: Path) -> None:
    known(store)
    row = ["C1", "张三", "13800138000", "", "", "", "", "是", "", ""]
    batch = brought(store, tmp_path, [WIDE, row])

    undone(batch)

    assert [line.state for line in Consent.objects.order_by("pk")] == ["given", "withdrawn"]
    assert left(batch) == {}


def test_the_shops_own_attribute_that_was_answered_since_stays(
    store: Store, tmp_path: Path
) -> None:
    member = known(store)
    batch = brought(store, tmp_path, [["姓名", "手机号", "QQ"], ["张三", "13800138000", "1"]])
    define_attribute(key="QQ", name="QQ")
    set_attribute(member=member, key="QQ", value="2", at=NOW, by=None)

    undone(batch)

    member.refresh_from_db()
    assert left(batch) == {2: ["field_changed_since"]}
    assert member.attributes == {"QQ": "2"}


CARDS = ["卡号", "姓名", "手机号", "卡状态"]


def test_cards_brought_go_and_those_changed_are_what_they_were(
    store: Store, tmp_path: Path
) -> None:
    add_card(member=known(store), number="OLD", at=NOW)
    before = state()
    rows = [CARDS, ["OLD", "张三", "13800138000", "挂失"], ["N1", "张三", "13800138000", "正常"]]
    batch = brought(store, tmp_path, [*rows, ["N2", "李四", "13800138001", "挂失"]])
    cards = Card.objects.order_by("number").values_list("number", "status")
    assert list(cards) == [("N1", "active"), ("N2", "lost"), ("OLD", "lost")]

    undone(batch)

    assert left(batch) == {}
    assert state() == before
