"""What machines asked of us: one row for each id, so that asking twice gets the same answer."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models import Till


class ApiRequest(models.Model):
    """A request that writes, under the id its client made.

    ``answer`` is what was said, kept for ever and without personal data. It is empty while the
    request is being worked on, and stays so if the machine stopped in the middle: the verb is then
    run again, which is harmless, since every verb knows its own ids.
    """

    id = models.UUIDField(primary_key=True)
    till = models.ForeignKey(Till, models.PROTECT, db_index=False, verbose_name=_("till"))
    verb = models.CharField(_("operation"), max_length=20)
    body_hash = models.BinaryField()
    received_at = models.DateTimeField(_("received at"))
    is_refused = models.BooleanField(_("refused"), null=True)
    answer = models.JSONField(_("answer"), null=True)

    class Meta:
        verbose_name = _("request of a machine")
        verbose_name_plural = _("requests of machines")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="counter_apirequest_answered_whole",
                condition=Q(is_refused__isnull=True, answer__isnull=True)
                | Q(is_refused__isnull=False, answer__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.pk}"
