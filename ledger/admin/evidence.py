"""Seals and the runs of the checks: for owners and auditors to read."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from ledger.models import CheckKind, CheckRun, Seal
from ledger.queries.audit import PROOFS
from ledger.queries.seals import Problem
from members.admin_permissions import ReadOnlyMixin
from members.models import User

TOLD = (User.Role.OWNER, User.Role.AUDITOR)


@admin.register(Seal)
class SealAdmin(ReadOnlyMixin, ModelAdmin):
    """The sealed blocks of history, the newest first."""

    view_roles = TOLD
    ordering = ("-number",)
    list_display = ("number", "sealed_at", "txns", "first_number", "last_number", "shown_hash")
    sortable_by = ()
    fields = (
        "number", "sealed_at", "txns", "first_number", "last_number", "form", "shown_rows_hash",
        "shown_previous", "shown_hash",
    )  # fmt: skip
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Seal]:
        """Without the lists that only a check reads."""
        return super().get_queryset(request).defer("numbers", "marks")

    @display(description=_("hash"))
    def shown_hash(self, seal: Seal) -> str:
        """The hash as it is printed on statements."""
        return bytes(seal.hash).hex()

    @display(description=_("hash of the seal before"))
    def shown_previous(self, seal: Seal) -> str:
        """The link of the chain."""
        return bytes(seal.previous_hash).hex()

    @display(description=_("hash of the transactions"))
    def shown_rows_hash(self, seal: Seal) -> str:
        """What the transactions hash to."""
        return bytes(seal.rows_hash).hex()


@admin.register(CheckRun)
class CheckRunAdmin(ReadOnlyMixin, ModelAdmin):
    """What audits and checks of the seals found, the newest first."""

    view_roles = TOLD
    list_display = ("shown_kind", "started_at", "finished_at", "shown_verdict", "differences")
    list_filter = (("kind", ChoicesDropdownFilter),)
    list_display_links = ("shown_kind",)
    sortable_by = ()
    fields = (
        "shown_kind", "started_at", "finished_at", "shown_result", "differences",
        "shown_findings", "seal",
    )  # fmt: skip
    readonly_fields = fields

    @display(description=_("check"))
    def shown_kind(self, run: CheckRun) -> str:
        """What was checked."""
        return run.get_kind_display()

    @display(description=_("result"), label={"sound": "success", "broken": "danger"})
    def shown_verdict(self, run: CheckRun) -> tuple[str, Any]:
        """The result in colour."""
        return ("sound", _("sound")) if run.ok else ("broken", _("differences found"))

    @display(description=_("result"))
    def shown_result(self, run: CheckRun) -> str:
        """The result in words."""
        return str(self.shown_verdict(run)[1])

    @display(description=_("findings"))
    def shown_findings(self, run: CheckRun) -> str:
        """The findings in words, the first rows of each behind them."""
        return "\n".join(_as_text(run.kind, finding) for finding in run.findings) or "—"


def _as_text(kind: str, finding: dict[str, Any]) -> str:
    rows = "\n".join(
        "  " + ", ".join(f"{name} {value}" for name, value in row.items())
        for row in finding["rows"]
    )
    return f"{_headline(kind, finding)} ({finding['count']})" + (f"\n{rows}" if rows else "")


def _headline(kind: str, finding: dict[str, Any]) -> str:
    if kind == CheckKind.AUDIT:
        rules = {proof.name: str(proof.rule) for proof in PROOFS}
        return rules.get(finding["proof"]) or str(finding["proof"])
    problem = str(Problem(finding["problem"]).label)
    if not finding["seal"]:
        return problem
    return gettext("Seal %(number)s: %(problem)s") % {
        "number": finding["seal"],
        "problem": problem,
    }
