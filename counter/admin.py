"""The member's record leads to the counter, and its undo keeps the counter's rule."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from counter.operations.undo import undo_at_counter
from members.admin_permissions import does, operator_of
from members.models import Member
from promotions.admin.members import MemberPageAdmin
from promotions.forms.dialogs import UndoForm

admin.site.unregister(Member)


@admin.register(Member)
class MemberAtTheCounterAdmin(MemberPageAdmin):
    """The dialogs take one payment; bills and garments in our care are a click away."""

    actions_detail = (
        "open_at_the_counter",
        "ring_up",
        "statement",
        *MemberPageAdmin.actions_detail,
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

    @action(
        description=_("Undo"),
        permissions=["trade"],
        dialog={
            "title": _("Undo an operation"),
            "form_class": UndoForm,
            "form_submit_text": _("Undo"),
        },
    )
    @does(_("It was undone."))
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
