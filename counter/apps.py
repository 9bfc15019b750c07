"""Registers the counter app with Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CounterConfig(AppConfig):
    """The counter app."""

    name = "counter"
    verbose_name = _("Counter")
