"""Prove every balance from history and say what differs; exit code 1 when anything does."""

import json
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ledger.operations.evidence import audit
from ledger.queries.audit import PROOFS, SHOWN, Finding


class Command(BaseCommand):
    help = "Prove balances, contracts and bills from history; exit code 1 on any difference."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="Answer with one JSON object.")

    def handle(self, *_arguments: Any, **options: Any) -> None:
        done = audit(at=timezone.now())
        findings, seen = done.findings, done.seen
        if options["json"]:
            self.stdout.write(_as_json(findings, seen))
        else:
            self._report(findings, seen)
        if findings:
            raise SystemExit(1)

    def _report(self, findings: Sequence[Finding], seen: dict[str, int]) -> None:
        for finding in findings:
            self.stdout.write(self.style.ERROR(f"{finding.proof.name}  {finding.proof.rule}"))
            for line in _table(finding.rows):
                self.stdout.write("  " + line)
            if finding.count > SHOWN:
                self.stdout.write("  " + _("… and %d more") % (finding.count - SHOWN))
        total = sum(finding.count for finding in findings)
        looked_at = ", ".join(f"{name} {count}" for name, count in seen.items())
        verdict = ngettext("%d difference", "%d differences", total) % total
        self.stdout.write(f"{verdict} ({len(PROOFS)} proofs; {looked_at})")


def _as_json(findings: Sequence[Finding], seen: dict[str, int]) -> str:
    found = [
        {"proof": f.proof.name, "rule": str(f.proof.rule), "count": f.count, "rows": f.rows}
        for f in findings
    ]
    total = sum(f.count for f in findings)
    answer = {"differences": total, "proofs": len(PROOFS), "rows": seen, "findings": found}
    return json.dumps(answer, cls=DjangoJSONEncoder, ensure_ascii=False)


def _table(rows: Sequence[dict[str, Any]]) -> list[str]:
    cells = [list(rows[0]), *([str(value) for value in row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    ]
