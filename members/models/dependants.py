"""The child or pet the shop cares for with the member."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models.people import Member
from members.rules.stages import LifeStage, life_stage


class Dependant(models.Model):
    """A child, an unborn child or a pet. As little as serves: a nickname and a day are enough."""

    class Kind(models.TextChoices):
        """Who it is."""

        CHILD = "child", _("child")
        PET = "pet", _("pet")
        OTHER = "other", _("other")

    member = models.ForeignKey(
        Member, models.PROTECT, related_name="dependants", verbose_name=_("member")
    )
    nickname = models.CharField(_("nickname"), max_length=60, blank=True)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.CHILD)
    birthday = models.DateField(_("birthday"), null=True, blank=True)
    due_date = models.DateField(_("due date"), null=True, blank=True)
    gender = models.CharField(_("gender"), max_length=1, choices=Member.Gender, blank=True)

    class Meta:
        verbose_name = _("dependant")
        verbose_name_plural = _("dependants")
        indexes = [models.Index(name="members_dependant_birthday", fields=["birthday"])]
        constraints = [
            models.CheckConstraint(
                name="members_dependant_kind_is_known",
                condition=Q(kind__in=["child", "pet", "other"]),
            ),
        ]

    def __str__(self) -> str:
        return self.nickname or str(self.get_kind_display())

    def stage_on(self, day: date) -> LifeStage | None:
        """The stage of a child's life on ``day``; ``None`` for pets and when no day is known."""
        if self.kind != self.Kind.CHILD:
            return None
        return life_stage(day, birthday=self.birthday, due_date=self.due_date)
