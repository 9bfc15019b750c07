"""Registers the exports app with Django."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ExportsConfig(AppConfig):
    """The exports app."""

    name = "exports"
    verbose_name = _("Exports")
    # What the application may still change of rows that are evidence (``ledger.roles``).
    changes_in: ClassVar[Mapping[str, Sequence[str]]] = {
        "exports_export": (
            *("status", "started_at", "finished_at", "ends_at"),
            *("file", "rows", "bytes", "sha256"),
        ),
        "exports_download": (),
        "exports_restoration": (),
    }
