"""Things the shop names itself, shown in the reader's language when the shop typed both."""

from django.contrib import admin
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Named(models.Model):
    """Abstract: ``name`` as the shop typed it, and a Chinese one where it differs."""

    name = models.CharField(_("name"), max_length=120)
    name_zh = models.CharField(_("Chinese name"), max_length=120, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.label

    @property
    @admin.display(description=_("name"))
    def label(self) -> str:
        """The Chinese name for a Chinese reader when there is one, else the name."""
        chinese = (get_language() or "").startswith("zh")
        return self.name_zh if chinese and self.name_zh else self.name
