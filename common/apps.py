"""Registers the common app with Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CommonConfig(AppConfig):
    """The common app."""

    name = "common"
    verbose_name = _("Common")
