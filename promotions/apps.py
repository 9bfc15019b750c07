"""Registers the promotions app with Django."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PromotionsConfig(AppConfig):
    """The promotions app."""

    name = "promotions"
    verbose_name = _("Promotions")
    # What the application may still change of rows that are history (``ledger.roles``).
    changes_in: ClassVar[Mapping[str, Sequence[str]]] = {
        "promotions_exchange": ("member_id",),
        "promotions_serviceticketevent": (),
    }
