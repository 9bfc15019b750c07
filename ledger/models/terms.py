"""What a member agrees to, in versions that are never changed: another wording is another version.

A contract keeps the version and the text it was sold under; a later version changes nothing in it.
"""

from datetime import date
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from members.models import IssuingEntity, User
from members.models.shops import code_validator


class TermsQuerySet(models.QuerySet["Terms"]):
    """Words about terms."""

    def begun_by(self, day: date) -> Self:
        """Versions in force on ``day`` or replaced before it, the latest first."""
        return self.filter(in_force_from__lte=day).order_by("-in_force_from", "-pk")

    def newest(self) -> Self:
        """Of each text the version that was written last."""
        return self.filter(
            pk__in=Terms.objects.order_by("entity", "code", "-in_force_from", "-pk")
            .distinct("entity", "code")
            .values("pk")
        )


class Terms(models.Model):
    """One version of one text of an issuing entity.

    ``warnings`` are the codes of void clauses that were found when it was saved, and
    ``accepted_reason`` why it was saved all the same.
    """

    entity = models.ForeignKey(
        IssuingEntity, models.PROTECT, related_name="terms", verbose_name=_("issuing entity")
    )
    code = models.CharField(_("code"), max_length=40, validators=[code_validator])
    version = models.CharField(_("version"), max_length=40)
    text_en = models.TextField(_("text in English"), blank=True)
    text_zh = models.TextField(_("text in Chinese"), blank=True)
    in_force_from = models.DateField(_("in force from"))
    created_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("written by"),
    )
    created_at = models.DateTimeField(_("written at"), editable=False)
    warnings = models.JSONField(_("warnings when it was saved"), default=list, editable=False)
    accepted_reason = models.CharField(
        _("why it was saved all the same"), max_length=200, blank=True, editable=False
    )

    objects = TermsQuerySet.as_manager()

    class Meta:
        verbose_name = _("terms")
        verbose_name_plural = _("terms")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["entity", "code", "version"], name="ledger_terms_version_once"
            ),
            models.CheckConstraint(
                condition=~Q(text_en="", text_zh=""), name="ledger_terms_say_something"
            ),
            models.CheckConstraint(
                condition=Q(warnings=[]) | ~Q(accepted_reason=""),
                name="ledger_terms_warnings_were_answered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} · {self.version}"

    def snapshot(self) -> dict[str, Any]:
        """What a contract keeps of it."""
        texts = {"en": self.text_en, "zh-hans": self.text_zh}
        return {"code": self.code, "version": self.version, "texts": texts}


def text_for_reader(texts: dict[str, str]) -> str:
    """The text in the reader's language, else in the other one."""
    asked = "zh-hans" if (get_language() or "").startswith("zh") else "en"
    return texts.get(asked) or next((text for text in texts.values() if text), "")
