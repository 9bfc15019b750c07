"""Compute the seals again, note it and say which block and rows differ; exit code 1 if any does."""

import json
from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ledger.operations.evidence import SealCheck, check_seals
from ledger.queries.seals import Flaw


def known_seal(text: str) -> tuple[int, bytes]:
    """The seal that ``NUMBER:HASH`` names.

    >>> known_seal("7:" + "ab" * 32)[0]
    7
    """
    number, _colon, digest = text.partition(":")
    try:
        known = int(number), bytes.fromhex(digest)
    except ValueError:
        known = 0, b""
    if known[0] < 1 or len(known[1]) != 32:
        raise ArgumentTypeError("write a seal as NUMBER:HASH, the hash in 64 hexadecimal digits")
    return known


def from_number(text: str) -> int:
    """The number of the first seal to check.

    >>> from_number("12")
    12
    """
    if not (text.isascii() and text.isdigit() and 1 <= int(text) < 2**63):
        raise ArgumentTypeError("seals are numbered from 1")
    return int(text)


class Command(BaseCommand):
    help = "Compute the seals of history again; exit code 1 on any difference."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take where to begin, what is known from elsewhere, and the form of the answer."""
        parser.add_argument(
            "--from", dest="since", type=from_number, default=1, metavar="N",
            help="The first seal to check; those before it are taken as they are.",
        )  # fmt: skip
        parser.add_argument(
            "--expect", type=known_seal, action="append", default=[], metavar="NUMBER:HASH",
            help="A seal as it is printed on a statement or in a log; may be given repeatedly.",
        )  # fmt: skip
        parser.add_argument("--json", action="store_true", help="Answer with one JSON object.")

    def handle(self, *_arguments: Any, **options: Any) -> None:
        """Check, tell, and exit with 1 on a difference."""
        done = check_seals(
            at=timezone.now(), since=options["since"], expected=dict(options["expect"])
        )
        if options["json"]:
            self.stdout.write(_as_json(done))
        else:
            self._report(done)
        if done.differences:
            raise SystemExit(1)

    def _report(self, done: SealCheck) -> None:
        proof = done.proof
        for flaw in proof.flaws:
            self.stdout.write(self.style.ERROR(_headline(flaw)))
            for row in flaw.rows:
                self.stdout.write("  " + "  ".join(str(value) for value in row.values()))
            if flaw.count > len(flaw.rows) > 0:
                self.stdout.write("  " + _("… and %d more") % (flaw.count - len(flaw.rows)))
        total = done.differences
        verdict = ngettext("%d difference", "%d differences", total) % total
        self.stdout.write(f"{verdict} (seals {proof.seals}; txn {proof.txns})")
        if proof.newest:
            digest = bytes(proof.newest.hash).hex()
            self.stdout.write(f"{proof.newest.number}:{digest}")


def _headline(flaw: Flaw) -> str:
    if flaw.seal == 0:
        return f"{flaw.problem.value}  {flaw.problem.label}"
    return f"{_('seal %(number)s') % {'number': flaw.seal}}  {flaw.problem.label}"


def _as_json(done: SealCheck) -> str:
    proof = done.proof
    flaws = [
        {"seal": f.seal, "problem": f.problem.value, "count": f.count, "rows": f.rows}
        for f in proof.flaws
    ]
    newest = proof.newest
    answer = {
        "differences": done.differences,
        "first_bad_seal": next((f.seal for f in proof.flaws if f.seal), None),
        "seals": proof.seals,
        "txns": proof.txns,
        "newest": newest and {"number": newest.number, "hash": bytes(newest.hash).hex()},
        "flaws": flaws,
    }
    return json.dumps(answer, cls=DjangoJSONEncoder, ensure_ascii=False)
