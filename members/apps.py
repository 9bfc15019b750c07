"""Registers the members app with Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MembersConfig(AppConfig):
    """The members app."""

    name = "members"
    verbose_name = _("Members")
