"""The stages of a small child's life, which say what the family needs next."""

from datetime import date

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.days import add_months


class LifeStage(TextChoices):
    """Half-open by age: a stage begins on the day it names."""

    PREGNANT = "pregnant", _("expecting")
    UNDER_6_MONTHS = "m0_6", _("0 to 6 months")
    UNDER_1_YEAR = "m6_12", _("6 to 12 months")
    UNDER_2_YEARS = "y1_2", _("1 to 2 years")
    UNDER_3_YEARS = "y2_3", _("2 to 3 years")
    FROM_3_YEARS = "y3", _("3 years and older")


LAST_MONTH_OF_STAGE = (
    (6, LifeStage.UNDER_6_MONTHS),
    (12, LifeStage.UNDER_1_YEAR),
    (24, LifeStage.UNDER_2_YEARS),
    (36, LifeStage.UNDER_3_YEARS),
)


def life_stage(
    day: date, *, birthday: date | None = None, due_date: date | None = None
) -> LifeStage | None:
    """The stage on ``day``; ``None`` when nothing is known of the child yet.

    Without a birthday the due date stands in for it once it has passed: the child is born, nobody
    has written down when.

    >>> life_stage(date(2026, 7, 15), birthday=date(2026, 1, 15)).value
    'm6_12'
    >>> life_stage(date(2026, 1, 14), due_date=date(2026, 1, 15)).value
    'pregnant'
    """
    born = birthday or due_date
    if born is None:
        return None
    if day < born:
        return LifeStage.PREGNANT
    for months, stage in LAST_MONTH_OF_STAGE:
        if day < add_months(born, months):
            return stage
    return LifeStage.FROM_3_YEARS
