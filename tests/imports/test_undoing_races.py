"""Somebody who comes to the counter while their enrolment is being taken back is not lost.

Whoever comes first decides: what is on record keeps the member, and a member who is gone takes
nothing any more. The first failed with the members locked FOR NO KEY UPDATE by the undo, the
second without the lock of ``keep_open``.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import pytest
from django.db import connection, transaction

from imports.models import ImportBatch, ImportRow
from imports.operations import undo_batch
from ledger.models import CoinPlay, Dispense, Machine, Sale, TenderType, Visit
from ledger.models.sales import LineKind
from ledger.operations.assets import ensure_tenders
from ledger.operations.plays import Play, record_plays
from ledger.operations.rollups import mark_dirty
from ledger.operations.sales import Line, Tender, draft, write
from ledger.operations.visits import check_in
from members.models import Member, Store
from members.operations import MemberClosed
from tests.imports.sheets_made import open_store
from tests.imports.undoing import LATER, brought
from tests.ledger.racing import somebody_waits_for_us

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
HEAD = ["卡号", "姓名", "手机号"]
DISPENSES = [["日期", "会员", "应出币", "实出币"], ["2025-03-01 11:00", "K3", "100", "97"]]


@pytest.fixture
def store() -> Store:
    made = open_store()
    Machine.objects.create(store=made, code="M1", name="M1")
    ensure_tenders(made)
    return made


def come(member: Member, store: Store) -> None:
    check_in(request_id=uuid4(), member=member, store=store, at=LATER, by=None)


def buy(member: Member, store: Store) -> None:
    line = Line(kind=LineKind.PRODUCT, description="Skewers", list_value=3000, charged_value=3000)
    tender = Tender(tender=TenderType.objects.get(code="cash"), amount=3000)
    bill = draft(
        request_id=uuid4(),
        store=store,
        lines=[line],
        tenders=[tender],
        at=LATER,
        by=None,
        request={},
        member=member,
    )
    with transaction.atomic():
        write(bill)


def play(_member: Member, store: Store) -> None:
    one = Play(machine="M1", source_id="1", coins=2, at=LATER, card="K2")
    record_plays(store=store, batch="b", plays=[one], at=LATER, by=None)


def import_log(_member: Member, store: Store) -> None:
    with TemporaryDirectory() as folder:
        brought(store, Path(folder), DISPENSES, kind="dispenses", at=LATER)


ENTRIES: dict[str, Callable[[Member, Store], None]] = {
    "visit": come,
    "bill": buy,
    "play": play,
    "log": import_log,
}


def beside(work: Callable[[], None]) -> Callable[[], None]:
    """The work for a thread of its own, which closes its connection."""

    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    return run


def named(member: Member) -> int:
    """How many records name the member."""
    models = (Visit, Sale, CoinPlay, Dispense)
    return sum(model.objects.filter(member=member).count() for model in models)


def enrolled(store: Store, path: Path, entry: str) -> tuple[ImportBatch, Member]:
    """An import of one member, for one kind of entry."""
    number = list(ENTRIES).index(entry)
    row = [f"K{number}", f"客人{number}", f"1380013800{number}"]
    batch = brought(store, path, [HEAD, row])
    return batch, Member.objects.get(name=row[1])


def test_who_comes_first_stays(store: Store, tmp_path: Path) -> None:
    for entry, write_one in ENTRIES.items():
        batch, member = enrolled(store, tmp_path, entry)

        with ThreadPoolExecutor(1) as other:
            with transaction.atomic():
                write_one(member, store)
                undo = other.submit(beside(partial(undone, batch)))
                assert somebody_waits_for_us()
            undo.result(timeout=30)

        member.refresh_from_db()
        assert (entry, member.status, named(member) > 0) == (entry, "active", True)
        assert batch.import_rows.get().undone == ImportRow.Undone.LEFT


def test_who_is_gone_first_takes_nothing(store: Store, tmp_path: Path) -> None:
    refused = {}
    for entry, write_one in ENTRIES.items():
        batch, member = enrolled(store, tmp_path, entry)

        with ThreadPoolExecutor(1) as other:
            with transaction.atomic():
                undone(batch)
                later = other.submit(beside(partial(write_one, member, store)))
                assert somebody_waits_for_us()
            refused[entry] = type(later.exception(timeout=30))

        member.refresh_from_db()
        assert (entry, member.status, named(member)) == (entry, "erased", 0)

    none = type(None)
    assert refused == {"visit": MemberClosed, "bill": MemberClosed, "play": none, "log": none}
    # What a machine took is kept without a member.
    assert (Sale.objects.count(), CoinPlay.objects.count(), Dispense.objects.count()) == (0, 1, 1)


def test_a_check_in_that_was_given_up_for_a_lock_is_made_again(
    store: Store, tmp_path: Path
) -> None:
    """Whoever merges or withdraws members locks them before their marks, a visit after."""
    _batch, member = enrolled(store, tmp_path, "visit")

    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            Member.objects.select_for_update().get(pk=member.pk)
            later = other.submit(beside(partial(come, member, store)))
            assert somebody_waits_for_us()
            mark_dirty(member_ids=[member.pk], at=LATER)
        later.result(timeout=30)

    assert named(member) == 1


def undone(batch: ImportBatch) -> None:
    undo_batch(batch=batch, at=LATER, by=None)
