"""What a clerk should know about the member in front of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from common.days import lazy_day
from common.lunar import next_lunar_birthday
from ledger.models import Asset, MemberFacts, Visit
from members.models import Dependant, Member, Store
from promotions.models import ServiceTicket
from promotions.queries.ages import majority_in
from promotions.queries.holdings import Held
from promotions.rules.birthdays import next_birthday
from promotions.rules.rhythm import is_lapsed, is_overdue
from promotions.rules.tickets import TicketState

BIRTHDAY_DAYS = 7
EXPIRING_DAYS = 30


class AlertCode(StrEnum):
    """What an alert is about."""

    BLOCKED = "blocked"
    MINOR = "minor"
    DEBT = "debt"
    TICKET_READY = "ticket_ready"
    EXPIRING = "expiring"
    BIRTHDAY = "birthday"
    DEPENDANT_BIRTHDAY = "dependant_birthday"
    OVERDUE = "overdue"
    LAPSED = "lapsed"


MESSAGES: dict[AlertCode, Any] = {
    AlertCode.BLOCKED: _("This member is blocked and cannot trade."),
    AlertCode.MINOR: _("A minor: %(age)s by the birthday on file."),
    AlertCode.DEBT: _("%(amount)s of %(asset)s owed. The next ones settle it."),
    AlertCode.TICKET_READY: _("Ready to be collected: %(garment)s."),
    AlertCode.EXPIRING: _("%(amount)s of %(asset)s can be used until %(day)s only."),
    AlertCode.BIRTHDAY: _("Birthday on %(day)s."),
    AlertCode.DEPENDANT_BIRTHDAY: _("Birthday of %(name)s on %(day)s."),
    AlertCode.OVERDUE: ngettext_lazy(
        "Not here for %(count)d day, much longer than usual.",
        "Not here for %(count)d days, much longer than usual.",
        "count",
    ),
    AlertCode.LAPSED: ngettext_lazy(
        "Not here for %(count)d day.", "Not here for %(count)d days.", "count"
    ),
}
WARNINGS = {AlertCode.BLOCKED, AlertCode.MINOR, AlertCode.DEBT}


@dataclass(frozen=True)
class Alert:
    """One sentence, and the facts in it for machines."""

    code: AlertCode
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def message(self) -> str | Promise:
        """The sentence in the reader's language."""
        text: str | Promise = MESSAGES[self.code] % self.facts
        return text

    @property
    def is_warning(self) -> bool:
        """Whether it stands in the way of the business."""
        return self.code in WARNINGS


def alerts_about(
    *,
    member: Member,
    store: Store,
    at: datetime,
    held: Sequence[Held],
    owed: Iterable[tuple[Asset, int]],
    tickets: Iterable[ServiceTicket],
    facts: MemberFacts | None,
) -> list[Alert]:
    """What there is to say, the pressing first. A query for the dependants, one for the absent."""
    today = store.business_date(at)
    found = [] if member.is_active else [Alert(AlertCode.BLOCKED)]
    found += _minor(member, store, today)
    found += [
        Alert(AlertCode.DEBT, {"asset": asset, "amount": asset.show(amount)})
        for asset, amount in owed
    ]
    found += [
        Alert(AlertCode.TICKET_READY, {"garment": ticket.garment, "ticket": ticket.pk})
        for ticket in tickets
        if ticket.status == TicketState.READY
    ]
    found += _expiring(held, store, at)
    found += _birthdays(member, today)
    found += _absence(member, facts, today)
    return found


def _minor(member: Member, store: Store, today: date) -> Iterator[Alert]:
    age = member.age_on(today)
    if age is not None and age < majority_in(store, today):
        yield Alert(AlertCode.MINOR, {"age": age})


def _expiring(held: Sequence[Held], store: Store, at: datetime) -> Iterator[Alert]:
    """Per asset and last day, what ends within 30 days; monthly services always do."""
    soon = at + timedelta(days=EXPIRING_DAYS)
    ending: dict[tuple[int, date], tuple[Asset, int]] = {}
    for one in held:
        ends = one.lot.expires_at
        if ends is None or ends > soon or one.asset.kind == "entitlement":
            continue
        key = one.asset.pk, last_day(store, ends)
        ending[key] = one.asset, ending.get(key, (one.asset, 0))[1] + one.left
    for (_pk, day), (asset, amount) in sorted(ending.items(), key=lambda item: item[0][1]):
        yield Alert(
            AlertCode.EXPIRING,
            {"asset": asset, "amount": asset.show(amount), "day": lazy_day(day)},
        )


def last_day(store: Store, expires_at: datetime) -> date:
    """The last business day on which something that ends at this instant can be used."""
    return store.business_date(expires_at - timedelta(microseconds=1))


def _birthdays(member: Member, today: date) -> Iterator[Alert]:
    own = _member_birthday(member, today)
    if own and (own - today).days <= BIRTHDAY_DAYS:
        yield Alert(AlertCode.BIRTHDAY, {"day": lazy_day(own)})
    for dependant in Dependant.objects.filter(member=member):
        born = dependant.birthday
        if born is None:
            continue
        day = next_birthday(today, month=born.month, day=born.day)
        if (day - today).days <= BIRTHDAY_DAYS:
            facts = {"name": str(dependant), "day": lazy_day(day)}
            yield Alert(AlertCode.DEPENDANT_BIRTHDAY, facts)


def _member_birthday(member: Member, today: date) -> date | None:
    if member.lunar_month and member.lunar_day:
        return next_lunar_birthday(
            today,
            lunar_month=member.lunar_month,
            lunar_day=member.lunar_day,
            is_leap=member.lunar_leap,
        )
    if member.birth_month and member.birth_day:
        return next_birthday(today, month=member.birth_month, day=member.birth_day)
    return None


def _absence(member: Member, facts: MemberFacts | None, today: date) -> Iterator[Alert]:
    if facts is None or facts.last_visit is None:
        return
    idle = {"count": (today - facts.last_visit).days}
    lapsed = is_lapsed(today, last_visit=facts.last_visit)
    overdue = is_overdue(
        today,
        last_visit=facts.last_visit,
        visit_days=facts.visit_days,
        median_gap_days=facts.median_gap_days,
    )
    # The facts are refreshed a while after a visit: whoever was checked in meanwhile is here.
    meanwhile = Visit.objects.completed().of(member).filter(business_date__gt=facts.last_visit)
    if (lapsed or overdue) and not meanwhile.exists():
        yield Alert(AlertCode.LAPSED if lapsed else AlertCode.OVERDUE, idle)
