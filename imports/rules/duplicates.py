"""Tells who in a list is the same person, and what the import's policy makes of it.

Same phone and same name are one member. Same phone and another name wait for somebody to decide,
unless the owner said beforehand: merge them, or let the first one win.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from sys import intern
from typing import Any

from common.errors import DomainError
from imports.rules import findings
from imports.rules.cells import name_key
from imports.rules.findings import Finding
from imports.rules.row_readers import Judged

# Two people may well share a name or an e-mail address; a phone and a card are one person's alone.
MAY_BE_NEW = frozenset(
    {"same_name_only", "same_name_as_member", "same_email_other_name", "same_email_as_member"}
    | {"said_gone"}
)


def may_be_new(why: Sequence[Finding]) -> bool:
    """Whether a row that waits for these reasons may be a person of its own.

    >>> may_be_new([{"code": "same_name_only"}]), may_be_new([{"code": "same_card"}])
    (True, False)
    """
    return bool(why) and all(found["code"] in MAY_BE_NEW for found in why)


class OnDuplicate(StrEnum):
    """What becomes of a row that may be a person of an earlier row."""

    FLAG = "flag"
    MERGE = "merge"
    SKIP = "skip"


class Outcome(StrEnum):
    """What a row is, as far as the file alone can tell."""

    RIGHT = "right"
    MERGED = "merged"
    FLAGGED = "flagged"
    IGNORED = "ignored"
    ERROR = "error"


@dataclass(slots=True)
class Verdict:
    """What becomes of a row; ``other`` is the earlier row it belongs to or collides with."""

    outcome: Outcome
    other: int | None = None
    found: list[Finding] = field(default_factory=list)
    # A row that says again what another one said: its amounts are not added.
    is_repeated: bool = False


PLAIN = json.JSONEncoder(sort_keys=True, ensure_ascii=False, default=str)
ACCOUNT = ("stored_value_principal", "stored_value_bonus", "points", "coins")
# Rows of cards that nobody can own, and of people who are no members any more.
LEFT_OUT = {
    "unissued": findings.CardNotIssued(),
    "void": findings.CardVoid(),
    "gone": findings.GoneThere(),
}


@dataclass(slots=True)
class _Seen:
    row: int
    name: str
    phone: str
    card: str
    balances: bytes
    # Money, points and coins; and the lots of units, which may fill several rows.
    account: bytes
    lots: frozenset[str]
    # Whether it states any of money, points and coins.
    states_account: bool
    # The row it is a further line of.
    below: int | None


def fingerprint(value: Any) -> bytes:
    """Sixteen bytes that stand for a value of plain JSON."""
    return hashlib.blake2b(PLAIN.encode(value).encode(), digest_size=16).digest()


class Register:
    """The people of a file met so far, by all they may be known by."""

    def __init__(self, policy: OnDuplicate) -> None:
        self.policy = policy
        self.rows: dict[bytes, int] = {}
        # What → how it reads → who; one table for each, for a large file fills them.
        self.by: dict[str, dict[str, _Seen]] = defaultdict(dict)
        self.firsts: dict[int, _Seen] = {}

    def settle(self, judged: Judged) -> Verdict:
        """Say what becomes of the next right row, and remember its person."""
        values = judged.values
        if refusal := LEFT_OUT.get(values.get("left_out", "")):
            return Verdict(Outcome.IGNORED, found=[findings.finding(refusal)])
        if text := judged.values.get("said_gone"):
            return Verdict(Outcome.FLAGGED, found=[findings.finding(findings.SaidGone(text=text))])
        whole = fingerprint(values)
        if whole in self.rows:
            return self._repeated(self.rows[whole])
        self.rows[whole] = judged.number
        lots = _lots(values)
        seen = _Seen(
            judged.number,
            # Many people share a name: it is kept once.
            intern(name_key(values.get("name", ""))),
            values.get("phone", ""),
            values.get("card", ""),
            fingerprint(values.get("balances")),
            fingerprint(_account(values)) if lots else b"",
            lots,
            bool(values.get("stated")),
            judged.below,
        )
        verdict = self._against_earlier(seen, values)
        if verdict.outcome == Outcome.MERGED and not verdict.is_repeated:
            self._count_account_once(judged, verdict)
        if verdict.outcome in {Outcome.RIGHT, Outcome.MERGED}:
            self._remember(seen, values, verdict)
        return verdict

    def _against_earlier(self, seen: _Seen, values: dict[str, Any]) -> Verdict:
        if first := self.by["phone"].get(seen.phone):
            return self._same_phone(seen, first)
        if first := self.by["card"].get(seen.card):
            return self._same_card(seen, first)
        if first := self.by["member"].get(values.get("member_number", "")):
            return self._same_person(seen, first)
        if not seen.phone and (first := self._numbered(values)) and _is_named(seen, first):
            # Two cards of one member, or two accounts.
            return self._same_person(seen, first)
        told_apart = seen.phone or seen.card
        return Verdict(Outcome.RIGHT) if told_apart else self._without_phone(seen, values)

    def _without_phone(self, seen: _Seen, values: dict[str, Any]) -> Verdict:
        """Somebody known by another system's number, an e-mail, or nothing but a name."""
        external, email = values["external_ids"], values.get("email", "")
        if first := self._numbered(values):
            return self._same_person(seen, first)
        if first := self.by["email"].get(email):
            if _same_name(seen, first):
                return self._same_person(seen, first)
            return self._doubtful(findings.SameEmail(other=first.row), first)
        first = None if email or external else self.by["name"].get(seen.name)
        if first is not None and first.row == seen.below:
            return self._same_person(seen, first)
        if first is not None:
            return self._doubtful(findings.SameNameOnly(other=first.row), first)
        return Verdict(Outcome.RIGHT)

    def _numbered(self, values: dict[str, Any]) -> _Seen | None:
        """Whoever has the number of another system that these values say."""
        numbers = values["external_ids"].items()
        met = (self.by[f"id:{system}"].get(number) for system, number in numbers)
        return next(filter(None, met), None)

    def _same_phone(self, seen: _Seen, first: _Seen) -> Verdict:
        if not _same_name(seen, first):
            return self._doubtful(findings.SamePhone(other=first.row), first)
        return self._same_person(seen, first)

    def _same_card(self, seen: _Seen, first: _Seen) -> Verdict:
        phones_agree = not (seen.phone and first.phone)
        if _same_name(seen, first) and phones_agree:
            return self._same_person(seen, first)
        return self._doubtful(findings.SameCard(other=first.row), first)

    def _same_person(self, seen: _Seen, first: _Seen) -> Verdict:
        """One member in two rows: two cards add up, one card listed twice does not."""
        same_account = bool(seen.card) and seen.card == first.card
        # A row that says nothing of money beside its units does not speak against another one.
        is_silent = not seen.states_account
        other_units = (
            bool(seen.lots and (first.lots or is_silent))
            and not seen.lots & first.lots
            and (is_silent or seen.account == first.account)
        )
        if same_account and seen.balances != first.balances and not other_units:
            return self._doubtful(findings.OtherBalance(other=first.row), first)
        if self.policy == OnDuplicate.SKIP:
            return Verdict(Outcome.IGNORED, first.row)
        repeats = same_account and seen.balances == first.balances
        return Verdict(Outcome.MERGED, first.row, is_repeated=repeats)

    def _count_account_once(self, judged: Judged, verdict: Verdict) -> None:
        """Bundles fill a row each; the money, points and coins beside them are the same in all."""
        first = self.firsts.get(verdict.other or 0)
        balances = judged.values.get("balances", {})
        account = _account(judged.values)
        if first is None or not (balances.get("units") and first.lots and any(account)):
            return
        own_card = judged.values.get("card", "")
        if fingerprint(account) != first.account or (own_card and own_card != first.card):
            return
        for name in ACCOUNT:
            balances[name] = 0
        judged.values["stated"] = []
        for index in judged.of_account:
            judged.amounts.pop(index, None)
        refusal = findings.BalanceRepeated(other=verdict.other)
        judged.warnings.append(findings.finding(refusal))

    def _doubtful(self, refusal: DomainError, first: _Seen) -> Verdict:
        found = [findings.finding(refusal)]
        outcome = {
            OnDuplicate.FLAG: Outcome.FLAGGED,
            OnDuplicate.MERGE: Outcome.MERGED,
            OnDuplicate.SKIP: Outcome.IGNORED,
        }[self.policy]
        return Verdict(outcome, first.row, found)

    def _repeated(self, other: int) -> Verdict:
        outcome = Outcome.IGNORED if self.policy == OnDuplicate.SKIP else Outcome.MERGED
        found = [findings.finding(findings.RepeatedRow(other=other))]
        return Verdict(outcome, other, found, is_repeated=True)

    def _remember(self, seen: _Seen, values: dict[str, Any], verdict: Verdict) -> None:
        if verdict.other is not None:
            # Whoever meets this row later has met the first row of the same person.
            seen.row = verdict.other
        if seen.lots:
            self.firsts.setdefault(seen.row, seen)
        keys = [("phone", seen.phone), ("card", seen.card), ("email", values.get("email", ""))]
        keys += [(f"id:{system}", number) for system, number in values["external_ids"].items()]
        keys += [("member", values.get("member_number", "")), ("name", seen.name)]
        for what, text in keys:
            if text:
                self.by[what].setdefault(text, seen)


def _account(values: dict[str, Any]) -> list[int]:
    return [values.get("balances", {}).get(name, 0) for name in ACCOUNT]


def _lots(values: dict[str, Any]) -> frozenset[str]:
    """Which units a row holds, each with its last days."""
    units = values.get("balances", {}).get("units", {})
    return frozenset(
        f"{name}|{held.get('expires')}|{held.get('lots')}" for name, held in units.items()
    )


def _is_named(seen: _Seen, first: _Seen) -> bool:
    return bool(seen.name) and seen.name == first.name


def _same_name(seen: _Seen, first: _Seen) -> bool:
    return not seen.name or not first.name or seen.name == first.name


class Tiers:
    """The tiers of a table met so far: a second row of the same name is a question."""

    def __init__(self) -> None:
        self.names: dict[str, tuple[int, bytes]] = {}

    def settle(self, judged: Judged) -> Verdict:
        """Say what becomes of the next right tier."""
        whole = fingerprint(judged.values)
        first, said = self.names.setdefault(name_key(judged.values["name"]), (judged.number, whole))
        if first == judged.number:
            return Verdict(Outcome.RIGHT)
        if said == whole:
            found = [findings.finding(findings.RepeatedRow(other=first))]
            return Verdict(Outcome.IGNORED, first, found, is_repeated=True)
        return Verdict(Outcome.FLAGGED, first, [findings.finding(findings.SameTier(other=first))])
