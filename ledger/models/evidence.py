"""Evidence that history is what it was: sealed blocks in a chain, and what each check found.

A seal covers the transactions whose numbers lie in [``first_number``, ``last_number``] with their
movements and contracts, since form 2 with the lots, events, refunds and bills that go with them.
``rows_hash`` is over their digests, ``hash`` over the seal and the seal before it;
``docs/ledger.md`` says how anybody computes them again.

Only ``ledger_seal_up`` writes seals; the application's role may read them. A check run is written
once and stays.
"""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _


class Seal(models.Model):
    """One sealed block.

    ``form`` says which canonical form its rows were hashed in. ``numbers`` are the transactions'
    numbers and ``marks`` the first eight bytes of their digests: they name the row that differs,
    the hashes prove that one does.
    """

    number = models.BigIntegerField(_("number"), primary_key=True)
    form = models.SmallIntegerField(_("form"))
    sealed_at = models.DateTimeField(_("sealed at"))
    first_number = models.BigIntegerField(_("first transaction"))
    last_number = models.BigIntegerField(_("last transaction"))
    txns = models.IntegerField(_("transactions"))
    numbers = ArrayField(models.BigIntegerField())
    marks = models.BinaryField()
    rows_hash = models.BinaryField()
    previous_hash = models.BinaryField()
    hash = models.BinaryField()

    class Meta:
        verbose_name = _("seal")
        verbose_name_plural = _("seals")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(number__gte=1), name="ledger_seal_number_from_one"),
            models.CheckConstraint(
                condition=Q(first_number__gte=1, last_number__gte=F("first_number")),
                name="ledger_seal_bounds_in_order",
            ),
            models.CheckConstraint(condition=Q(txns__gte=1), name="ledger_seal_not_empty"),
            models.UniqueConstraint(fields=["last_number"], name="ledger_seal_last_number_once"),
        ]

    def __str__(self) -> str:
        return gettext("seal %(number)s") % {"number": self.number}


class CheckKind(models.TextChoices):
    AUDIT = "audit", _("audit of the balances")
    SEALS = "seals", _("check of the seals")


class CheckRun(models.Model):
    """What one check found, when: written when it is over, so a check that died left none.

    ``findings`` holds the first of ``differences``. ``seal`` and ``seal_hash`` are the newest seal
    that a check of the seals found sound: whoever writes the chain anew contradicts it.
    """

    kind = models.CharField(pgettext_lazy("check run", "check"), max_length=8, choices=CheckKind)
    started_at = models.DateTimeField(_("started at"))
    finished_at = models.DateTimeField(_("finished at"), db_default=Now())
    ok = models.BooleanField(_("sound"))
    differences = models.PositiveIntegerField(_("differences"))
    findings = models.JSONField(_("findings"), encoder=DjangoJSONEncoder)
    seal = models.BigIntegerField(_("newest seal"), null=True)
    seal_hash = models.BinaryField(null=True)

    class Meta:
        verbose_name = _("check run")
        verbose_name_plural = _("check runs")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ok=True, differences=0) | Q(ok=False, differences__gte=1),
                name="ledger_checkrun_sound_without_differences",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["kind", "-finished_at"], name="ledger_checkrun_latest"),
        ]

    def __str__(self) -> str:
        return gettext("check run %(id)s") % {"id": self.pk}
