"""Saved mappings: kept from an import, used for another, renamed, edited, forgotten."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from common.edges import roles_required
from imports.forms.columns import MappingForm, RememberForm
from imports.models import SavedMapping
from imports.operations import apply_mapping, delete_mapping, edit_mapping, remember_mapping
from imports.queries.mappings import mappings_for
from imports.views.doors import (
    READERS,
    after_check,
    batch_of,
    door,
    may_import,
    user_of,
)


@require_GET
@roles_required(*READERS)
def mappings(request: HttpRequest) -> HttpResponse:
    """The mappings the person may use."""
    context = {
        "mappings": mappings_for(user_of(request)),
        "may_import": may_import(request),
    }
    return render(request, "imports/mappings.html", context)


def _mapping_of(request: HttpRequest, pk: int) -> SavedMapping:
    """A mapping the person may use; else 404."""
    usable = [mapping.pk for mapping in mappings_for(user_of(request))]
    return get_object_or_404(SavedMapping.objects.filter(pk__in=usable), pk=pk)


@door("GET", "POST")
def mapping(request: HttpRequest, mapping: int) -> HttpResponse:
    """One mapping: its name, whom it is for, what each column means, how its days are read."""
    found = _mapping_of(request, mapping)
    form = MappingForm(request.POST or None, mapping=found)
    if request.method == "POST" and form.is_valid():
        edit_mapping(
            mapping=found,
            by=user_of(request),
            name=form.cleaned_data["name"],
            is_shared=form.cleaned_data["is_shared"],
            choices=found.choices | form.choices(),
        )
        return redirect("imports:mappings")
    status = 422 if request.method == "POST" else 200
    context = {"mapping": found, "form": form}
    return render(request, "imports/mapping.html", context, status=status)


@door("POST")
def forget(request: HttpRequest, mapping: int) -> HttpResponse:
    """Forget a mapping; imports that used it keep what they chose."""
    delete_mapping(mapping=_mapping_of(request, mapping), by=user_of(request))
    return redirect("imports:mappings")


@door("POST")
def remember(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep how the file of an import was understood under a name."""
    found = batch_of(request, pk)
    form = RememberForm(request.POST)
    if form.is_valid():
        remember_mapping(batch=found, at=timezone.now(), by=user_of(request), **form.cleaned_data)
        messages.success(request, _("Kept. The next file with these columns is read by it."))
    return redirect("imports:batch", pk)


@door("POST")
def use(request: HttpRequest, pk: int) -> HttpResponse:
    """Understand the file of an import by a saved mapping."""
    found = batch_of(request, pk)
    usable = {str(one.pk): one for one in mappings_for(user_of(request), found.store)}
    chosen = usable.get(request.POST.get("mapping", ""))
    if chosen is None:
        return redirect("imports:columns", pk)
    apply_mapping(batch=found, mapping=chosen, at=timezone.now())
    return after_check(found, request)
