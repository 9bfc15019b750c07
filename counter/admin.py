"""Records in the admin lead to the counter, and their undo keeps the counter's rule."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from common.edges import has_role
from common.money import format_minor
from counter.operations.undo import undo_at_counter
from counter.queries.contract_refunds import interest_in_words, worded
from ledger.admin.settlements import RefundAdmin
from ledger.models import Refund
from members.admin_permissions import MANAGERS, dialog_action, operator_of
from members.models import Member
from promotions.admin.members import MemberPageAdmin
from promotions.forms.dialogs import UndoForm

admin.site.unregister(Member)
admin.site.unregister(Refund)


@admin.register(Member)
class MemberAtTheCounterAdmin(MemberPageAdmin):
    """The dialogs take one payment; bills and garments in our care are a click away."""

    actions_detail = (
        "open_at_the_counter",
        "ring_up",
        "statement",
        *(
            one | {"items": [*one["items"], "refund_a_contract"]}
            if isinstance(one, dict) and "undo" in one["items"]
            else one
            for one in MemberPageAdmin.actions_detail
        ),
    )

    # These only lead elsewhere, so they may run on GET.
    @action(description=_("Open at the counter"), permissions=["trade"], icon="point_of_sale")
    def open_at_the_counter(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Go to the member's sheet."""
        return self._to(request, object_id, "counter:member")

    @action(description=_("Sale"), permissions=["trade"], icon="shopping_bag")
    def ring_up(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Go to the sheet with an empty bill on it."""
        return self._to(request, object_id, "counter:sale")

    @action(description=_("Refund a contract"), permissions=["trade"], icon="currency_exchange")
    def refund_a_contract(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Go to the member's contracts, each with its way to the refund desk."""
        return self._to(request, object_id, "counter:contracts")

    @action(description=_("Statement"), permissions=["view_member"], icon="receipt_long")
    def statement(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Go to all that was kept of the member."""
        return self._to(request, object_id, "counter:statement")

    def has_view_member_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may see the record, auditors too."""
        return self.has_view_permission(request) and self.reaches(request, obj)

    def _to(self, request: HttpRequest, object_id: str, page: str) -> HttpResponse:
        member: Member | None = self.get_object(request, object_id)
        if member is None:
            raise Http404
        return HttpResponseRedirect(reverse(page, args=[member.number]))

    @dialog_action(
        _("Undo"),
        may="trade",
        title=_("Undo an operation"),
        form=UndoForm,
        done=_("It was undone."),
    )
    def undo(self, request: HttpRequest, form: UndoForm, member: Member) -> None:
        """Undo one of the latest operations; a clerk only what the store booked today."""
        said: dict[str, Any] = form.cleaned_data
        undo_at_counter(
            request_id=said["request_id"],
            entry=form.txn_id,
            store=said["store"],
            at=timezone.now(),
            by=operator_of(request),
            reason=said["reason"],
        )


@admin.register(Refund)
class RefundAtTheCounterAdmin(RefundAdmin):
    """With the arithmetic in the words of the desk, and its note."""

    fields = (*RefundAdmin.fields, "shown_arithmetic")
    readonly_fields = fields
    actions_detail = ("note",)

    # It only leads elsewhere, so it may run on GET.
    @action(description=_("Refund note"), permissions=["note"], icon="print")
    def note(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Go to the note, to be printed and signed."""
        refund: Refund | None = self.get_object(request, object_id)
        if refund is None:
            raise Http404
        return HttpResponseRedirect(reverse("counter:refund_note", args=[refund.pk]))

    def has_note_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever reads refunds and works at a counter."""
        return has_role(request.user, MANAGERS) and self.reaches(request, obj)

    @display(description=_("arithmetic"))
    def shown_arithmetic(self, refund: Refund) -> SafeString:
        """Line by line with its formula, as it was decided."""
        kept = refund.arithmetic
        rows = [
            (format_minor(line.amount, refund.currency), line.text, line.formula)
            for line in worded(kept["lines"], refund.contract)
        ]
        lines = format_html_join("", "{} · {} {}<br>", rows)
        return format_html("{}{}", lines, interest_in_words(kept["interest"]))
