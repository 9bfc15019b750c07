"""The server is killed under four writing tills: what was acknowledged is there, once.

Run by `make test-faults`, for it takes minutes. A till notes the id of each request before it sends
it, as ours do. An answer it got is acknowledged; where the server died first it does not know,
and asks again with the same id when the server is back.

Proved by breaking the code: with balances of an answer read from the wallet instead of from the
movements a replay answered otherwise, and with draws posted under ids made on the way all but a few
of them were lost. The second test is the proof that a loss of the server's would be seen.
"""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import chain, cycle
from random import Random, SystemRandom
from threading import Barrier
from time import sleep
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import InterfaceError, OperationalError, connection

from common.errors import DomainError
from ledger.models import Movement, Txn
from ledger.operations.adjust import adjust
from ledger.operations.evidence import seal_up
from ledger.operations.posting import Answer
from ledger.operations.redeem import Redemption, redeem
from ledger.operations.reversal import undo
from ledger.queries.audit import differences
from ledger.queries.seals import prove_seals
from members.models import Member
from tests.faults.victim import Victim, victim
from tests.ledger.holding import NOON, Shop, member_holding, open_shop

WRITERS, MEMBERS = 4, 6
KILLS, MOST_KILLS = 24, 72
SEED = SystemRandom().getrandbits(32)

type Told = tuple[str, Any]
type Ask = Callable[[], Told]


@dataclass
class Note:
    """A request as the till keeps it: what it is, how to ask, and what the till was told."""

    kind: str
    id: UUID
    ask: Ask
    told: Told | None = None


@dataclass
class Till:
    """A writer: it sends a mix of gifts, draws and undos until its connection breaks."""

    shop: Shop
    members: list[Member]
    random: Random
    notes: list[Note] = field(default_factory=list)
    draws: list[UUID] = field(default_factory=list)

    def work(self, start: Barrier) -> None:
        """Send until the server is gone; the last note then has no answer."""
        try:
            with connection.cursor() as cursor:  # connected before the start
                cursor.execute("SELECT 1")
            start.wait(timeout=30)
            while True:
                self._send()
        except (OperationalError, InterfaceError):
            pass  # the server is gone
        finally:
            connection.close()

    def _send(self) -> None:
        note = self._note()
        self.notes.append(note)
        note.told = note.ask()
        if note.kind == "draw" and note.told[0] == "posted":
            self.draws.append(note.id)

    def _note(self) -> Note:
        request_id, member = uuid4(), self.random.choice(self.members)
        chance = self.random.random()
        if chance < 0.2 and self.draws:
            return Note("undo", request_id, self._undo(request_id, self.draws.pop()))
        if chance < 0.4:
            gift = self._gift(request_id, member, self.random.randint(1, 12))
            return Note("gift", request_id, gift)
        return Note("draw", request_id, self._draw(request_id, member, self.random.randint(1, 6)))

    def _gift(self, request_id: UUID, member: Member, amount: int) -> Ask:
        return lambda: told(
            adjust,
            request_id=request_id,
            member=member,
            asset=self.shop.beer,
            amount=amount,
            reason="fault test",
            store=self.shop.store,
            at=NOON,
            by=self.shop.clerk,
        )

    def _draw(self, request_id: UUID, member: Member, quantity: int) -> Ask:
        return lambda: told(
            redeem,
            request_id=request_id,
            member=member,
            asset=self.shop.beer,
            quantity=quantity,
            store=self.shop.store,
            at=NOON + timedelta(minutes=1),
            by=self.shop.clerk,
            note="fault test",
        )

    def _undo(self, request_id: UUID, txn_id: UUID) -> Ask:
        return lambda: told(
            undo,
            request_id=request_id,
            txn_id=txn_id,
            store=self.shop.store,
            at=NOON + timedelta(minutes=2),
            by=self.shop.clerk,
            reason="fault test",
        )


def told(operation: Callable[..., Answer | Redemption | None], **request: Any) -> Told:
    """All that a client learns: the movements, or the refusal."""
    try:
        answer = operation(**request)
    except DomainError as refusal:
        return refusal.code, refusal.as_dict()
    if isinstance(answer, Redemption):
        answer = answer.answer
    assert answer is not None
    return answer.outcome, answer.movements


@dataclass
class Run:
    """What the tills noted, and how often the server was killed."""

    server: Victim
    tills: list[Till]
    kills: Counter[str] = field(default_factory=Counter)

    @property
    def notes(self) -> Iterator[Note]:
        return chain.from_iterable(till.notes for till in self.tills)

    @property
    def acknowledged(self) -> list[Note]:
        return [note for note in self.notes if note.told]

    @property
    def unknown(self) -> list[Note]:
        return [note for note in self.notes if not note.told]

    def write_and_kill(self, kill: str, random: Random) -> None:
        """All tills write; after a moment the server is killed, comes back, and seals."""
        start = Barrier(WRITERS + 1)
        with ThreadPoolExecutor(WRITERS) as pool:
            works = [pool.submit(till.work, start) for till in self.tills]
            start.wait(timeout=30)
            sleep(random.uniform(0.2, 0.6))
            getattr(self.server, f"kill_{kill}")(random)
            for work in works:
                work.result(timeout=60)
        self.kills[kill] += 1
        self.server.restart()
        seal_up()

    def kept(self, notes: list[Note]) -> set[UUID]:
        """Those of ``notes`` that the ledger knows."""
        ids = [note.id for note in notes]
        return set(Txn.objects.filter(pk__in=ids).values_list("pk", flat=True))

    def lost(self) -> int:
        """How many acknowledged requests the ledger does not know."""
        return len(self.acknowledged) - len(self.kept(self.acknowledged))

    def posted(self) -> tuple[int, int]:
        """How many requests were answered as posted, and the sum of what they moved."""
        answers = [note.told[1] for note in self.acknowledged if note.told[0] == "posted"]
        return len(answers), sum(movement["amount"] for moved in answers for movement in moved)

    def tell(self, **found: int) -> None:
        """Print how it went."""
        figures = {
            "seed": SEED,
            "kills": dict(self.kills),
            "acknowledged": len(self.acknowledged),
            "unknown": len(self.unknown),
            **found,
        }
        sys.stdout.write(f"\n{json.dumps(figures)}\n")


def in_the_ledger() -> tuple[int, int]:
    """How many transactions moved something since the shop opened, and the sum of it."""
    moved = Movement.objects.exclude(txn__reason="").values_list("txn", "amount")
    return len({txn for txn, _ in moved}), sum(amount for _, amount in moved)


@pytest.fixture
def run(django_db_blocker: Any) -> Iterator[Run]:
    with django_db_blocker.unblock(), victim() as server:
        shop = open_shop()
        members = [member_holding(shop, beer=300) for _ in range(MEMBERS)]
        connection.close()
        tills = [Till(shop, members, Random(SEED + number)) for number in range(WRITERS)]
        yield Run(server, tills)


def test_nothing_acknowledged_is_lost_and_no_answer_changes(run: Run):
    """At least 24 kills, and more until one of them hit a commit that nobody was told of."""
    random = Random(SEED)
    for number, kill in enumerate(cycle(["postmaster", "backend", "everything"]), start=1):
        run.write_and_kill(kill, random)
        if number >= MOST_KILLS or (number >= KILLS and run.kept(run.unknown)):
            break
    acknowledged, unknown = run.acknowledged, run.unknown
    committed, lost = len(run.kept(unknown)), run.lost()
    run.tell(unknown_committed=committed, lost=lost)

    changed = [note.id for note in acknowledged if note.ask() != note.told]
    for note in unknown:
        note.told = note.ask()
    changed += [note.id for note in unknown if note.ask() != note.told]

    assert {note.told[0] for note in run.notes if note.told} <= {"posted", "not_enough"}
    assert (lost, len(changed)) == (0, 0), changed[:5]
    assert committed > 0, "blind: no kill hit a commit that nobody was told of"
    assert run.posted() == in_the_ledger()
    assert differences() == []
    assert prove_seals().flaws == []


def test_a_server_that_answers_before_the_disk_has_it_is_seen_to_lose(run: Run):
    """The same writers and kills with ``synchronous_commit`` off: the test above can see a loss."""
    random = Random(SEED)
    run.server.set("synchronous_commit", "off")
    lost = 0
    for kill in ["backend", "postmaster", "everything"] * 7:
        run.write_and_kill(kill, random)
        lost = run.lost()
        if lost:
            break

    run.tell(lost=lost)

    assert lost > 0
