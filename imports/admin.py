"""Imports in the admin: the record of batches, and small tables in and out by spreadsheet.

Lists of members and logs go through the pages of this app; django-import-export handles the shop's
own short tables, with its limits guarded: few rows, any encoding, no workbook that bites.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import tablib
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from import_export.admin import ImportExportMixin
from import_export.formats.base_formats import CSV, XLSX, Format
from import_export.results import Result
from unfold.admin import ModelAdmin
from unfold.contrib.import_export.forms import ExportForm, ImportForm

from common.errors import DomainError
from imports.models import ImportBatch
from imports.operations.check import FileGone
from imports.resources import (
    MOST_ROWS,
    MachineResource,
    ProductResource,
    SmallResource,
    TagResource,
)
from imports.rules.cells import text_of
from imports.rules.reading import open_book
from ledger.admin.activity import MachineAdmin
from ledger.admin.catalogue import ProductAdmin
from ledger.models import Machine, Product
from members.admin.standing import TagAdmin
from members.admin_permissions import OwnStoreFilter, ReadOnlyMixin
from members.models import Tag


@admin.register(ImportBatch)
class ImportBatchAdmin(ReadOnlyMixin, ModelAdmin):
    """Which files came in, how they were understood, how far they got."""

    store_path = "store"
    list_display = ("file_name", "kind", "store", "status", "rows", "created_at", "created_by")
    list_filter = (OwnStoreFilter, "kind", "status")
    list_select_related = ("store", "created_by")
    search_fields = ("file_name", "sha256")


class GuardedMixin:
    """Reads any table this product can read, guarded as every import is."""

    def create_dataset(self, in_stream: Any, **kwargs: Any) -> tablib.Dataset:
        """The first sheet as a dataset. Raises ValidationError with a whole sentence."""
        data = in_stream if isinstance(in_stream, bytes) else in_stream.encode()
        with tempfile.NamedTemporaryFile(prefix="table-") as copy:
            copy.write(data)
            copy.flush()
            try:
                return _dataset(Path(copy.name))
            except DomainError as error:
                raise ValidationError(str(error), code=error.code) from error

    def get_read_mode(self) -> str:
        """Bytes: the encoding is told from them."""
        return "rb"

    def is_binary(self) -> bool:
        """Whether the framework must leave the bytes alone."""
        return True


def _dataset(path: Path) -> tablib.Dataset:
    dataset = tablib.Dataset()
    with open_book(path) as book:
        for row in book.sheets[0].rows():
            cells = [text_of(cell) for cell in row.cells]
            if len(dataset) == MOST_ROWS:
                # Each row of the preview asks the database several times.
                message = _("The table is too long: at most %(most)s rows can be imported here.")
                raise ValidationError(message, "too_long", {"most": MOST_ROWS})
            if dataset.headers is None:
                dataset.headers = cells
            else:
                width = len(dataset.headers)
                dataset.append((cells + [""] * width)[:width])
    return dataset


class GuardedCSV(GuardedMixin, CSV):
    """Delimited text in whatever encoding."""


class GuardedXLSX(GuardedMixin, XLSX):
    """A workbook, looked through before it is parsed."""


class SmallTableMixin(ImportExportMixin):
    """Import and export of a short table by those who may change it."""

    import_form_class = ImportForm
    export_form_class = ExportForm
    resource_classes: Sequence[type[SmallResource]] = ()
    # Of the ModelAdmin this is mixed into.
    opts: Any
    has_add_permission: Callable[[HttpRequest], bool]
    has_change_permission: Callable[[HttpRequest], bool]

    def get_import_formats(self) -> list[type[Format]]:
        """Text and workbooks, guarded."""
        return [GuardedCSV, GuardedXLSX]

    def get_export_formats(self) -> list[type[Format]]:
        """Text and workbooks."""
        return [CSV, XLSX]

    def add_data_read_fail_error_to_form(self, form: Form, e: Exception) -> None:
        """Say what is wrong with the file; the framework's sentence names the exception alone."""
        if isinstance(e, ValidationError):
            form.add_error("import_file", e)
        else:
            super().add_data_read_fail_error_to_form(form, e)

    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Say so when the table is gone that was to be confirmed: it is kept for one answer."""
        try:
            done: HttpResponse = super().process_import(request, **kwargs)
        except FileNotFoundError:
            messages.error(request, str(FileGone()))
            options = self.opts
            return redirect(f"admin:{options.app_label}_{options.model_name}_import")
        return done

    def process_result(self, result: Result, request: HttpRequest) -> HttpResponse:
        """Say so when the import was undone: its counts alone would claim that all went well."""
        if not result.has_errors():
            done: HttpResponse = super().process_result(result, request)
            return done
        reasons = [*result.base_errors, *(e for _row, found in result.row_errors() for e in found)]
        messages.error(
            request,
            _("Nothing was imported: %(why)s") % {"why": reasons[0].error if reasons else ""},
        )
        options = self.opts
        return HttpResponseRedirect(
            reverse(f"admin:{options.app_label}_{options.model_name}_changelist")
        )

    def has_import_permission(self, request: HttpRequest) -> bool:
        """Whoever adds and changes such records one by one."""
        return bool(self.has_add_permission(request) and self.has_change_permission(request))

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Whoever changes such records."""
        return bool(self.has_change_permission(request))


admin.site.unregister([Product, Tag, Machine])


@admin.register(Product)
class ProductTableAdmin(SmallTableMixin, ProductAdmin):
    """Products, in and out by spreadsheet."""

    resource_classes = [ProductResource]


@admin.register(Tag)
class TagTableAdmin(SmallTableMixin, TagAdmin):
    """Tags, in and out by spreadsheet."""

    resource_classes = [TagResource]


@admin.register(Machine)
class MachineTableAdmin(SmallTableMixin, MachineAdmin):
    """Machines, in and out by spreadsheet."""

    resource_classes = [MachineResource]

    def get_import_resource_kwargs(self, request: HttpRequest, **kwargs: Any) -> dict[str, Any]:
        """Only machines of the person's stores."""
        return {"user": request.user}

    def get_export_resource_kwargs(self, request: HttpRequest, **kwargs: Any) -> dict[str, Any]:
        """Only machines of the person's stores."""
        return {"user": request.user}
