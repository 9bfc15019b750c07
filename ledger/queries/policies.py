"""Which rules hold in a store on a day, at what interest, and what one person may do there."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from common.days import lazy_day
from common.errors import DomainError
from ledger.models import InterestRate, Policy, RateKind, StoreLimits
from members.models import Store


class PolicyMissing(DomainError):
    """Nobody has said which rules hold."""

    code = "policy_missing"
    message = _(
        "No policy is on record for %(jurisdiction)s, the jurisdiction of %(store)s. "
        "An owner adds one under Policies, or gives the store another jurisdiction."
    )


class RateMissing(DomainError):
    """Interest cannot be worked out."""

    code = "rate_missing"
    message = _(
        "No %(kind)s is on record for %(day)s. "
        "An owner adds it under Interest rates, with the day from which it held."
    )


def policy_for(store: Store, day: date) -> Policy:
    """The policy of the store's jurisdiction in force on ``day``.

    A day before the first row has the first row: what was sold earlier is judged by it as well.
    A place without rows of its own has those of its country: CN for CN-Tianjin.

    Raises PolicyMissing.
    """
    code = store.jurisdiction
    for jurisdiction in dict.fromkeys((code, code.partition("-")[0])):
        rows = Policy.objects.filter(jurisdiction=jurisdiction)
        found = rows.begun_by(day).first() or rows.order_by("in_force_from").first()
        if found:
            policy: Policy = found
            return policy
    raise PolicyMissing(jurisdiction=code, store=store.name)


def rate_on(kind: RateKind, day: date) -> InterestRate:
    """The published rate of ``kind`` in force on ``day``.

    Raises RateMissing where none had begun: an unknown rate is never taken for zero.
    """
    found: InterestRate | None = InterestRate.objects.filter(kind=kind).begun_by(day).first()
    if found is None:
        raise RateMissing(kind=RateKind(kind).label, day=lazy_day(day))
    return found


def limits_of(store: Store) -> StoreLimits:
    """What one person may do in the store; the columns' defaults where nobody has said."""
    return StoreLimits.objects.filter(pk=store.pk).first() or StoreLimits(store=store)
