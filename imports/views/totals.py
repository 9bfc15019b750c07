"""Control totals: figures the owner types in, and the name under a difference."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from common.edges import roles_required
from imports.forms.told import SignForm, TotalsForm
from imports.models import ImportBatch
from imports.operations import sign_off, type_totals
from imports.queries.controls import controls_of, declarable
from imports.views.doors import READERS, WRITERS, batch_of, door, may_import, page_context, user_of


@door("GET", "POST", roles=READERS)
def totals(request: HttpRequest, pk: int) -> HttpResponse:
    """What the file must come to, said by its own totals row or by the owner; and what it does."""
    found = batch_of(request, pk)
    if request.method == "POST":
        return _typed(request, found)
    return _page(request, found, TotalsForm(batch=found, allowed=declarable(found)), SignForm())


@roles_required(*WRITERS)
def _typed(request: HttpRequest, found: ImportBatch) -> HttpResponse:
    form = TotalsForm(request.POST, batch=found, allowed=declarable(found))
    if not form.is_valid():
        return _page(request, found, form, SignForm(), 422)
    type_totals(batch=found, totals=form.totals)
    return redirect("imports:totals", found.pk)


@door("POST")
def sign(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept the differences by name, with a reason."""
    found = batch_of(request, pk)
    form = SignForm(request.POST)
    if not form.is_valid():
        typed = TotalsForm(batch=found, allowed=declarable(found))
        return _page(request, found, typed, form, 422)
    reason = form.cleaned_data["reason"]
    sign_off(batch=found, reason=reason, at=timezone.now(), by=user_of(request))
    return redirect("imports:batch", pk)


def _page(
    request: HttpRequest,
    found: ImportBatch,
    form: TotalsForm,
    sign_form: SignForm,
    status: int = 200,
) -> HttpResponse:
    controls = controls_of(found)
    context = page_context(request, found, "check") | {
        "form": form,
        "sign_form": sign_form,
        "control": controls,
        "differs": any(not control.holds for control in controls),
        "may_change": may_import(request) and found.status in ImportBatch.UNBOOKED,
    }
    return render(request, "imports/totals.html", context, status=status)
