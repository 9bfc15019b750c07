"""Terms: the owner writes versions; what looks void is saved only after a warning was answered."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from ledger.models import Terms
from ledger.operations.terms import write_terms
from ledger.rules.void_clauses import CLAUSES, Finding, void_clauses
from members.admin_permissions import OWNERS, READERS, RoleAdminMixin, operator_of

WARNINGS = {clause.code: clause.why for clause in CLAUSES}


class TermsForm(forms.ModelForm):
    """A version; when it looks void, its code has to be typed and a reason given."""

    confirmation = forms.CharField(
        label=_("save in spite of the warnings"),
        required=False,
        max_length=40,
        help_text=_("Type the code of the terms again. Only needed after a warning."),
        widget=UnfoldAdminTextInputWidget(),
    )
    reason = forms.CharField(
        label=_("why the clauses are to stay"),
        required=False,
        max_length=200,
        widget=UnfoldAdminTextInputWidget(),
    )

    def clean(self) -> dict[str, Any]:
        """Show every finding, until both the code is typed and a reason given."""
        cleaned: dict[str, Any] = super().clean() or {}
        texts = (cleaned.get("text_en", ""), cleaned.get("text_zh", ""))
        if not any(text.strip() for text in texts):
            self.add_error("text_en", _("Write the terms in English, in Chinese, or in both."))
        found = void_clauses(*texts)
        typed = cleaned.get("confirmation", "").strip()
        confirmed = typed == cleaned.get("code") and cleaned.get("reason", "").strip()
        if found and not confirmed:
            self.add_error(None, [_warning(finding) for finding in found])
            self.add_error(
                "confirmation",
                _("Mend the clauses above, or type the code of the terms and give a reason."),
            )
        return cleaned


def _warning(finding: Finding) -> forms.ValidationError:
    message = _("“%(words)s”: %(why)s %(way_out)s")
    params = {
        "words": finding.words,
        "why": finding.clause.why,
        "way_out": finding.clause.way_out,
    }
    return forms.ValidationError(message, code=finding.clause.code, params=params)


@admin.register(Terms)
class TermsAdmin(RoleAdminMixin, ModelAdmin):
    """What members agree to, version by version; a version is read and never changed."""

    view_roles = READERS
    add_roles = OWNERS
    form = TermsForm
    ordering = ("code", "-in_force_from", "-pk")
    list_display = ("code", "version", "in_force_from", "shown_warnings", "created_by")
    list_select_related = ("created_by",)
    search_fields = ("code", "version")
    readonly_fields = ("shown_warnings", "accepted_reason", "created_by", "created_at")

    def get_fieldsets(self, request: HttpRequest, obj: Terms | None = None) -> Any:
        """The form for a new version; what was answered beside one that is kept."""
        head = (("entity", "code"), ("version", "in_force_from"))
        said = (None, {"fields": (*head, "text_en", "text_zh")})
        if obj is None:
            return (said, (_("If there are warnings"), {"fields": ("confirmation", "reason")}))
        return (said, (_("On record"), {"fields": self.readonly_fields}))

    def get_readonly_fields(
        self, request: HttpRequest, obj: Terms | None = None
    ) -> tuple[str, ...]:
        """Only what is kept beside the text."""
        return self.readonly_fields if obj else ()

    def save_model(self, request: HttpRequest, obj: Terms, form: Any, change: bool) -> None:  # noqa: FBT001
        """Write the version by its verb."""
        written = write_terms(
            entity=obj.entity,
            code=obj.code,
            version=obj.version,
            in_force_from=obj.in_force_from,
            text_en=obj.text_en,
            text_zh=obj.text_zh,
            at=timezone.now(),
            by=operator_of(request),
            accepted_reason=form.cleaned_data["reason"],
        )
        obj.pk = written.pk

    @display(description=_("warnings when it was saved"))
    def shown_warnings(self, terms: Terms) -> str:
        """Why each clause that was found does not bind."""
        if not terms.warnings:
            return "–"
        sentences = ((str(WARNINGS.get(code, code)),) for code in terms.warnings)
        return format_html("{}", format_html_join("\n", "{}<br>", sentences))
