"""Whatever happens between an import and its undo: nothing comes from nowhere, nothing used goes.

Runs and undos are cut off anywhere and go on; the shop lives on between check, run and undo.
``REGULARS_SEED`` repeats a run; each run has some seeds of its own.
"""

import os
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import UUID

import pytest
from django.db.models import F, Sum

from imports.models import ImportBatch, Opening
from imports.operations import check_file, run, run_batch, undo_batch, undoing
from imports.queries.pages import expected_of_undo
from ledger.models import Asset, Contra, Lot, LotOrigin, TxnKind, Visit, Wallet
from ledger.operations.merging import merge_members
from ledger.operations.posting import Header, grant, move, post_many, take
from ledger.operations.visits import check_in
from ledger.queries.audit import differences
from members.models import Card, Member, Store
from members.operations import add_card, erase_member, update_member
from members.operations.cards import report_lost
from tests.imports.sheets_made import NOW, csv_file, open_store
from tests.imports.undoing import LATER, brought

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
HEAD = ["卡号", "姓名", "手机号", "余额", "赠送余额", "积分", "游戏币", "剩余洗车次数"]
# One that no run has seen; the workers must name its test alike.
FRESH = "fresh"


@dataclass
class World:
    """A shop, its dice, and the batches so far."""

    store: Store
    dice: random.Random
    path: Path

    def uuid(self) -> UUID:
        return UUID(int=self.dice.getrandbits(128), version=4)

    def rows(self, people: int) -> list[list[str]]:
        """A list of so many people, each amount often nothing."""
        return [HEAD] + [
            [f"C{n}", f"客人{n}", f"1380013{n:04}", *(self.amount() for _column in HEAD[3:])]
            for n in range(people)
        ]

    def amount(self) -> str:
        return str(self.dice.choice((0, 0, 1, 7, 30, 100)))

    def header(self, kind: TxnKind, member: Member) -> Header:
        return Header(
            id=self.uuid(),
            kind=kind,
            request={},
            store=self.store,
            at=NOW,
            by=None,
            member=member,
        )

    def someone(self) -> Member:
        return self.dice.choice(list(Member.objects.findable().order_by("pk")))

    def live_through(self, events: int) -> None:
        """Let so many things happen at the counter."""
        for _event in range(events if Member.objects.findable().exists() else 0):
            self.dice.choice(
                (
                    *(self.spend, self.spend, self.grant, self.move, self.come, self.edit),
                    *(self.merge, self.erase, self.lose_card),
                )
            )()

    def spend(self) -> None:
        held = Wallet.objects.filter(balance__gt=0).select_related("member", "asset")
        if wallet := self.dice.choice([*held.order_by("pk"), None]):
            amount = self.dice.choice((1, wallet.balance))
            leg = take(member=wallet.member, asset=wallet.asset, amount=amount)
            post_many([(self.header(TxnKind.SALE, wallet.member), [leg])])

    def grant(self) -> None:
        member = self.someone()
        leg = grant(
            member=member,
            asset=self.dice.choice(list(Asset.objects.exclude(kind="debt").order_by("pk"))),
            amount=5,
            origin=LotOrigin.GOODWILL,
            contra=Contra.GOODWILL,
        )
        post_many([(self.header(TxnKind.ADJUST, member), [leg])])

    def move(self) -> None:
        one, other = self.someone(), self.someone()
        held = Wallet.objects.filter(member=one, balance__gt=0).exists()
        if one != other and held:
            header = self.header(TxnKind.TRANSFER, one)
            post_many([(header, [move(member=one, to_member=other)])])

    def come(self) -> None:
        check_in(request_id=self.uuid(), member=self.someone(), store=self.store, at=NOW, by=None)

    def edit(self) -> None:
        member = self.someone()
        if self.dice.random() < 0.5:
            update_member(member=member, at=NOW, by=None, notes=f"{self.dice.random()}")
        else:
            add_card(member=member, number=f"N{self.dice.random()}", at=NOW)

    def merge(self) -> None:
        one, other = self.someone(), self.someone()
        if one != other:
            merge_members(
                request_id=self.uuid(),
                survivor=one,
                merged=other,
                reason="one person",
                store=self.store,
                at=NOW,
                by=None,
            )

    def erase(self) -> None:
        empty = Member.objects.findable().exclude(wallets__balance__gt=0)
        if member := self.dice.choice([*empty.order_by("pk"), None]):
            erase_member(member=member, at=NOW, by=None)

    def lose_card(self) -> None:
        if card := self.dice.choice([*Card.objects.filter(status="active").order_by("pk"), None]):
            report_lost(card=card, at=NOW, by=None)

    def bring(self) -> ImportBatch:
        """Import a list, the shop living on before it runs; what it opens is what it says."""
        csv_file(self.path / "list.csv", self.rows(6))
        batch = check_file(
            path=self.path / "list.csv", file_name="list.csv", store=self.store, at=NOW, by=None
        )
        self.live_through(self.dice.randint(0, 2))
        before, stated = owed(), opened()

        self.cut_off(run, "_book", lambda: run_batch(batch=batch, at=NOW, by=None))

        assert differences() == []
        assert owed() - before == opened() - stated
        assert batch.import_rows.filter(is_settled=True).count() == batch.rows == 6
        return batch

    def cut_off(self, module: Any, step: str, work: Callable[[], Any]) -> Any:
        """Do the work two rows at a time, killed somewhere in a step of it, then to its end."""
        real, left = getattr(module, step), self.dice.randint(0, 4)

        def killed(*args: Any) -> Any:
            nonlocal left
            done = real(*args)
            left -= 1
            if not left:
                raise KeyboardInterrupt
            return done

        with patch.object(module, "ROWS_AT_A_TIME", 2), patch.object(module, step, killed):
            try:
                return work()
            except KeyboardInterrupt:
                return work()


@pytest.fixture
def shop(tmp_path: Path) -> Any:
    def opened(seed: int | str) -> World:
        if seed == FRESH:
            seed = int(os.environ.get("REGULARS_SEED") or random.SystemRandom().randrange(10**6))
        print("seed", seed)  # noqa: T201 - shown where the test fails
        store = open_store()
        return World(store, random.Random(seed), tmp_path)

    return opened


def lots() -> dict[int, tuple[int, int]]:
    return {lot: (granted, left) for lot, granted, left in
            Lot.objects.values_list("pk", "granted", "remaining")}  # fmt: skip


def owed() -> int:
    return Lot.objects.aggregate(left=Sum("remaining"))["left"] or 0


def opened() -> int:
    return Opening.objects.aggregate(stated=Sum("amount"))["stated"] or 0


def check_undo(batch: ImportBatch, world: World) -> None:
    """Undo the batch, and see that only what was untouched moved, as the report says."""
    already = sum((batch.undo_report or {}).get("values", {}).get("taken_back", {}).values())
    before, total = lots(), owed()
    foreseen = sum(part["back"] for part in expected_of_undo(batch)["sums"])

    undone = world.cut_off(
        undoing, "take_back_values", lambda: undo_batch(batch=batch, at=LATER, by=None)
    )

    report, after = undone.undo_report, lots()
    assert differences() == []
    for lot, (granted, left) in before.items():
        assert after[lot][1] in {left, 0}, "a lot goes whole or stays"
        assert after[lot][1] == left or left == granted, "what was used stays"
    taken = sum(report["values"]["taken_back"].values()) - already
    assert owed() == total - taken
    assert foreseen == taken
    assert report["rows"] == report["taken_back"] + report["left"]
    # Who asked to be forgotten keeps the request that enrolled them.
    closed = Member.objects.filter(status="erased", request_id=None)
    assert not Wallet.objects.filter(member__in=closed, balance__gt=0).exists()
    assert not Visit.objects.filter(member__in=closed).exists()
    assert not Wallet.objects.filter(member__status="merged", balance__gt=0).exists()


@pytest.mark.parametrize("seed", [1, 2, FRESH])
def test_no_use_in_between_makes_or_loses_value(shop: Any, seed: int | str) -> None:
    world = shop(seed)
    batches = []
    for _round in range(world.dice.randint(1, 3)):
        batches.append(world.bring())
        world.live_through(world.dice.randint(0, 4))
    world.dice.shuffle(batches)

    for batch in batches:
        check_undo(batch, world)
        world.live_through(world.dice.randint(0, 1))
    for batch in batches:
        check_undo(batch, world)

    check_undo(world.bring(), world)


@pytest.mark.parametrize("seed", [1, 583808, FRESH])
def test_with_no_use_in_between_everything_goes(shop: Any, seed: int | str) -> None:
    world = shop(seed)
    batches = [brought(world.store, world.path, world.rows(6)) for _round in range(4)]

    for batch in reversed(batches):
        check_undo(batch, world)

    assert (owed(), Member.objects.findable().count()) == (0, 0)
    assert not Lot.objects.filter(remaining__gt=0).exclude(remaining=F("granted")).exists()
