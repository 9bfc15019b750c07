"""What the shop does between two groups of a run or an undo loses, doubles and breaks nothing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile

from imports.models import ImportBatch
from imports.operations import (
    check_batch,
    queue_batch,
    receive_file,
    run,
    run_batch,
    undo_batch,
    undoing,
)
from imports.tasks import run_waiting_imports
from ledger.models import Contract, Lot, RefundCause, Sale, TenderType
from ledger.models.sales import LineKind
from ledger.operations.assets import ensure_tenders, stored_value_tender
from ledger.operations.day_close import close_day
from ledger.operations.sale_refunds import refund_sale
from ledger.operations.sales import Line, Tender
from ledger.queries.audit import differences
from ledger.queries.refunds import refund_sheet
from members.models import Member, Store, User
from members.operations import create_staff
from promotions.operations import refund_contract
from promotions.operations.sales import sell
from tests.imports.test_changed_since import merged
from tests.imports.test_interleaved import elsewhere
from tests.imports.undoing import HEAD, LATER, LI, WANG, ZHANG, brought

pytestmark = pytest.mark.django_db(transaction=True)
ROWS = [HEAD, ZHANG, LI, WANG]
WHOLE = 17_000 + 37


@pytest.fixture
def owner(store: Store, monkeypatch: pytest.MonkeyPatch) -> User:
    """Whoever sends the file; rows are booked and taken back one by one."""
    ensure_tenders(store)
    for module in (run, undoing):
        monkeypatch.setattr(module, "ROWS_AT_A_TIME", 1)
    return create_staff(username="mei", password="quiet-river-57", role=User.Role.OWNER)


def sent(store: Store, by: User | None) -> ImportBatch:
    """The list as somebody sends it, checked."""
    file = ContentFile("\n".join(",".join(row) for row in ROWS).encode(), name="list.csv")
    batch = receive_file(file=file, file_name="list.csv", store=store, at=LATER, by=by)
    return check_batch(batch=batch, at=LATER, by=by)


def held() -> int:
    return sum(Lot.objects.values_list("remaining", flat=True))


def zhang() -> Member:
    return Member.objects.get(name="张三")


def draw(store: Store, owner: User) -> Sale:
    """Zhang pays 30 out of stored value."""
    line = Line(kind=LineKind.PRODUCT, description="tea", list_value=3_000, charged_value=3_000)
    return sell(
        request_id=uuid4(),
        store=store,
        member=zhang(),
        lines=[line],
        tenders=[Tender(tender=stored_value_tender(store), amount=3_000)],
        at=LATER,
        by=owner,
    )


def pay_back(store: Store, owner: User) -> None:
    """The bill that Zhang paid before goes back whole."""
    said: dict[str, Any] = {"store": store, "at": LATER, "by": owner, "reason": "cold"}
    refund_sale(request_id=uuid4(), sale_id=Sale.objects.get().pk, **said)


def pay_out(store: Store, owner: User) -> None:
    """Zhang is paid out what was brought over."""
    contract, cause = Contract.objects.get(member=zhang()), RefundCause.MEMBER
    owed = refund_sheet(contract=contract, cause=cause, store=store, at=LATER).total
    said: dict[str, Any] = {"store": store, "at": LATER, "by": owner, "reason": "moves away"}
    cash = [Tender(tender=TenderType.objects.get(code="cash"), amount=owed)]
    refund_contract(request_id=uuid4(), contract=contract, cause=cause, payouts=cash, **said)


def close(store: Store, owner: User) -> None:
    day = store.business_date(LATER)
    close_day(request_id=uuid4(), store=store, day=day, counts=[], at=LATER, by=owner)


def withdraw_role(_store: Store, owner: User) -> None:
    User.objects.filter(pk=owner.pk).update(role=User.Role.CLERK, is_active=False)


def delete_file(_store: Store, _owner: User) -> None:
    upload = ImportBatch.objects.get().upload
    upload.storage.delete(upload.name)


def send_again(store: Store, _owner: User) -> None:
    run_batch(batch=sent(store, None), at=LATER, by=None)


type Event = Callable[[Store, User], Any]


def at_second(groups: list[int], event: Callable[[], Any]) -> Any:
    """Something that is called with each group, and has the event happen with the second."""

    def begun(*_args: Any) -> bool:
        groups.append(1)
        if len(groups) == 2:
            assert not isinstance(elsewhere(event), str), "refused"
        return False

    return begun


@pytest.mark.parametrize("event", [close, withdraw_role, delete_file, send_again])
def test_a_run_comes_to_its_end(
    event: Event, store: Store, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch, groups = queue_batch(batch=sent(store, owner)), list[int]()
    monkeypatch.setattr(run, "is_pause_asked", at_second(groups, lambda: event(store, owner)))

    assert run_waiting_imports() == 1

    batch.refresh_from_db()
    assert (batch.status, batch.rows_done, bool(batch.upload)) == ("done", 3, False)
    assert (Member.objects.count(), held(), differences()) == (3, WHOLE, [])


def merge(store: Store, _owner: User) -> None:
    merged(store)


# Who is left of those whose rows go last, and what they hold: what was used, or moved to them.
LEFT: dict[Event, tuple[int, int]] = {
    draw: (1, 9_000),
    pay_back: (1, 0),
    pay_out: (1, 0),
    merge: (1, 5_000),
    close: (0, 0),
    withdraw_role: (0, 0),
}


@pytest.mark.parametrize("event", LEFT)
def test_an_undo_leaves_who_was_served_meanwhile(
    event: Event, store: Store, owner: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch, groups = brought(store, tmp_path, ROWS), list[int]()
    if event is pay_back:
        draw(store, owner)
    monkeypatch.setattr(undoing, "is_pause_asked", at_second(groups, lambda: event(store, owner)))

    undone = undo_batch(batch=batch, at=LATER, by=owner)

    assert (undone.status, differences()) == ("undone", [])
    assert (Member.objects.findable().count(), held()) == LEFT[event]


def test_the_same_file_sent_while_it_is_undone_brings_what_is_gone_and_no_more(
    store: Store, owner: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch, groups = brought(store, tmp_path, ROWS), list[int]()
    again = at_second(groups, lambda: send_again(store, owner))
    monkeypatch.setattr(undoing, "is_pause_asked", again)

    undo_batch(batch=batch, at=LATER, by=owner)

    living = Member.objects.findable().values_list("name", flat=True)
    assert (list(living), held(), differences()) == (["王五"], 30, [])
