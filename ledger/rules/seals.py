"""What a seal proves: the formula of its hash, and which rows differ from those it sealed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

NOTHING_BEFORE = sha256(b"").digest()
MARK_BYTES = 8


def seal_hash(
    *,
    form: int,
    number: int,
    sealed_at: datetime,
    first_number: int,
    last_number: int,
    txns: int,
    rows_hash: bytes,
    previous_hash: bytes,
) -> bytes:
    """The hash of a seal, over all it proves and the hash of the seal before it.

    >>> seal_hash(
    ...     form=1, number=1, sealed_at=datetime(2026, 5, 11, 12, tzinfo=UTC), first_number=1,
    ...     last_number=3, txns=3, rows_hash=bytes(32), previous_hash=NOTHING_BEFORE,
    ... ).hex()[:16]
    '6dc7515d0f80e143'
    """
    moment = f"{sealed_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"
    bounds = (first_number, last_number, txns)
    parts = ("regulars seal", form, number, moment, *bounds, rows_hash.hex(), previous_hash.hex())
    return sha256("|".join(map(str, parts)).encode()).digest()


@dataclass(frozen=True)
class Altered:
    """Numbers of transactions that are not as they were sealed."""

    changed: Sequence[int]
    missing: Sequence[int]
    added: Sequence[int]


def marks_by_number(numbers: Sequence[int], marks: bytes) -> dict[int, bytes]:
    """The mark of each transaction; a mark that was cut off is empty.

    >>> marks_by_number([4, 7], b"aaaaaaaabbbb")
    {4: b'aaaaaaaa', 7: b'bbbb'}
    """
    starts = range(0, len(numbers) * MARK_BYTES, MARK_BYTES)
    return {
        number: bytes(marks[start : start + MARK_BYTES])
        for number, start in zip(numbers, starts, strict=True)
    }


def altered(*, sealed: Mapping[int, bytes], found: Mapping[int, bytes]) -> Altered:
    """Which transactions were changed, taken out or put in, by their marks.

    >>> altered(sealed={1: b"a", 2: b"b", 3: b"c"}, found={1: b"a", 2: b"x", 4: b"d"})
    Altered(changed=[2], missing=[3], added=[4])
    """
    return Altered(
        changed=sorted(n for n in sealed.keys() & found.keys() if sealed[n] != found[n]),
        missing=sorted(sealed.keys() - found.keys()),
        added=sorted(found.keys() - sealed.keys()),
    )
