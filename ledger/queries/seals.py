"""Prove the seals: every block is computed again from its rows, and every link of the chain.

A chain that was written anew from some block on is sound in itself. It contradicts the seals that
earlier checks noted, and the hashes that people hold on paper (``expected``).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, models
from django.utils.translation import gettext_lazy as _

from ledger.models import CheckKind, CheckRun, Seal, Txn
from ledger.rules.seals import NOTHING_BEFORE, altered, marks_by_number, seal_hash

SHOWN = 20

STRAYS = """
SELECT kind, txn_id, line FROM (
    SELECT 'movement' AS kind, txn_id, line FROM ledger_movement
    UNION ALL SELECT 'contract', txn_id, NULL FROM ledger_contract
    UNION ALL SELECT 'event', txn_id, NULL FROM ledger_contractevent
    UNION ALL SELECT 'refund', txn_id, NULL FROM ledger_refund
    UNION ALL SELECT 'bill', txn_id, NULL FROM ledger_sale WHERE txn_id IS NOT NULL
    UNION ALL SELECT 'refund of a bill', txn_id, NULL FROM ledger_salerefund
        WHERE txn_id IS NOT NULL) row
WHERE NOT EXISTS (SELECT FROM ledger_txn t WHERE t.id = row.txn_id)
ORDER BY txn_id, kind, line
"""


class Problem(models.TextChoices):
    """What can be wrong with a seal."""

    MISSING = "missing", _("the seal is missing")
    CHAIN = "chain", _("the seal does not follow the one before it")
    SEAL = "seal", _("the seal itself was changed")
    ROWS = "rows", _("transactions are not as they were sealed")
    NOTED = "noted", _("the seal is not the one that an earlier check noted")
    EXPECTED = "expected", _("the seal does not have the expected hash")
    STRAY = "stray", _("rows belong to no transaction")


@dataclass(frozen=True)
class Flaw:
    """One problem of one seal: how many rows it concerns, and the first of them.

    ``seal`` is its number, 0 for rows that are in no seal.
    """

    problem: Problem
    seal: int
    count: int = 1
    rows: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Proof:
    """What was looked at and what is wrong with it, in the order of the seals."""

    flaws: list[Flaw]
    seals: int
    txns: int
    newest: Seal | None


def prove_seals(*, since: int = 1, expected: Mapping[int, bytes] | None = None) -> Proof:
    """Compute all seals from number ``since`` on again; no flaw says history is as it was sealed.

    ``expected`` are hashes by seal number that somebody holds outside the database. On a ledger in
    use call it in ``ledger.queries.audit.snapshot``.
    """
    flaws: list[Flaw] = []
    hashes: dict[int, bytes] = {}
    txns, newest = 0, None
    before = Seal.objects.filter(number=since - 1).first()
    for seal in Seal.objects.filter(number__gte=since).order_by("number").iterator(chunk_size=20):
        flaws += [*_of_the_chain(seal, newest or before, since), *_of_the_rows(seal)]
        hashes[seal.number] = bytes(seal.hash)
        txns, newest = txns + seal.txns, seal
    flaws += _of_what_is_known(hashes, since, expected or {})
    flaws += _strays()
    return Proof(sorted(flaws, key=lambda flaw: flaw.seal), len(hashes), txns, newest)


def _of_the_chain(seal: Seal, before: Seal | None, since: int) -> Iterator[Flaw]:
    follows = before.number + 1 if before else since
    if seal.number > follows:
        yield Flaw(Problem.MISSING, follows, seal.number - follows)
    elif before is None and seal.number > 1:
        yield Flaw(Problem.MISSING, seal.number - 1)
    elif not _follows(seal, before):
        yield Flaw(Problem.CHAIN, seal.number)
    if bytes(seal.hash) != _own_hash(seal):
        yield Flaw(Problem.SEAL, seal.number)


def _follows(seal: Seal, before: Seal | None) -> bool:
    """Whether the bounds and the hash of the seal before are continued."""
    ended, previous = (before.last_number, before.hash) if before else (0, NOTHING_BEFORE)
    return seal.first_number == ended + 1 and bytes(seal.previous_hash) == bytes(previous)


def _own_hash(seal: Seal) -> bytes:
    return seal_hash(
        form=seal.form,
        number=seal.number,
        sealed_at=seal.sealed_at,
        first_number=seal.first_number,
        last_number=seal.last_number,
        txns=seal.txns,
        rows_hash=bytes(seal.rows_hash),
        previous_hash=bytes(seal.previous_hash),
    )


def _of_the_rows(seal: Seal) -> Iterator[Flaw]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT txns, numbers, marks, rows_hash FROM ledger_block(%s, %s, %s::smallint)",
            [seal.first_number, seal.last_number, seal.form],
        )
        txns, numbers, marks, rows_hash = cursor.fetchone()
    is_as_sealed = (txns, bytes(rows_hash)) == (seal.txns, bytes(seal.rows_hash))
    if is_as_sealed and (numbers, bytes(marks)) == (seal.numbers, bytes(seal.marks)):
        return
    if is_as_sealed:  # only the list that names rows was touched
        yield Flaw(Problem.SEAL, seal.number)
        return
    sealed = marks_by_number(seal.numbers, bytes(seal.marks))
    differing = altered(sealed=sealed, found=marks_by_number(numbers, bytes(marks)))
    rows = [
        {"what": what, "number": number}
        for what in ("changed", "missing", "added")
        for number in getattr(differing, what)
    ]
    yield Flaw(Problem.ROWS, seal.number, max(1, len(rows)), _named(rows[:SHOWN]))


def _named(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with the ids of the transactions that are still there."""
    ids = dict(
        Txn.objects.filter(number__in=[r["number"] for r in rows]).values_list("number", "pk")
    )
    return [row | {"txn": ids.get(row["number"])} for row in rows]


def _of_what_is_known(
    hashes: Mapping[int, bytes], since: int, expected: Mapping[int, bytes]
) -> Iterator[Flaw]:
    """Seals that are not those which earlier checks or people hold."""
    noted: dict[int, set[bytes]] = defaultdict(set)
    runs = CheckRun.objects.filter(kind=CheckKind.SEALS, seal__gte=since)
    for number, known in runs.values_list("seal", "seal_hash").distinct():
        if number is not None and known is not None:
            noted[number].add(bytes(known))
    for number in sorted(noted):
        if number in hashes and noted[number] != {hashes[number]}:
            yield Flaw(Problem.NOTED, number)
    highest, last = max(noted, default=0), max(hashes, default=since - 1)
    if highest > last:
        yield Flaw(Problem.MISSING, last + 1, highest - last)
    for number, known in sorted(expected.items()):
        if hashes.get(number) != known:
            yield Flaw(Problem.EXPECTED, number)


def _strays() -> Iterator[Flaw]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) OVER (), s.* FROM ({STRAYS}) s LIMIT {SHOWN}")  # noqa: S608
        found = cursor.fetchall()
    if found:
        rows = [{"what": kind, "txn": txn, "line": line} for _all, kind, txn, line in found]
        yield Flaw(Problem.STRAY, 0, found[0][0], rows)
