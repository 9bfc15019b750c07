"""Grant each month's free uses, by the month's job or when a member asks for one.

Nobody waits for the job and nobody is granted twice: the ids of the transactions are made of the
programme, the member and the month, so whoever comes second finds the work done.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import batched

from ledger.models import Contra, LotOrigin, TxnKind
from ledger.operations.posting import Header, Leg, grant, post, post_many
from members.models import Member, Store
from promotions.models import ServiceProgramme
from promotions.queries.entitlements import Due, due_this_month
from promotions.rules.entitlements import last_day_of_month, period_of

MEMBERS_AT_ONCE = 100


def grant_entitlements(*, month: date, at: datetime) -> int:
    """Grant the free uses of the month ``month`` lies in; return to how many members.

    Only members at home in a store of the programme are served here; others get theirs when they
    use it. Uses can be had from the first business day of the month and lapse after its last.
    Running it again grants what a better tier has added since, and nothing else.
    """
    granted = 0
    programmes = ServiceProgramme.objects.filter(is_active=True).select_related("asset", "entity")
    for programme in programmes.prefetch_related("entitlements", "stores").order_by("pk"):
        for members in _served(programme):
            granted += _grant_all(due_this_month(programme, members, month), month, at)
    return granted


def _served(programme: ServiceProgramme) -> Iterator[Sequence[Member]]:
    """The members the month's job serves, some at a time, in the order of their locks."""
    tiers = [one.tier_id for one in programme.entitlements.all()]
    stores = [store.pk for store in programme.stores.all()]
    members = Member.objects.active().filter(tier__in=tiers, home_store__entity=programme.entity_id)
    if stores:
        members = members.filter(home_store__in=stores)
    ids = list(members.order_by("pk").values_list("pk", flat=True))
    for some in batched(ids, MEMBERS_AT_ONCE):
        found = Member.objects.select_related("home_store").filter(pk__in=some)
        yield list(found.order_by("pk"))


def _grant_all(dues: Sequence[Due], month: date, at: datetime) -> int:
    operations = [(_header(due, month, at), [_leg(due, month, at)]) for due in dues if due.id]
    if not operations:
        return 0
    return sum(answer.is_fresh for answer in post_many(operations))


def ensure_entitlement(*, programme: ServiceProgramme, member: Member, at: datetime) -> None:
    """Grant the member what is still due of this month; nothing when all is granted."""
    month = member.home_store.business_date(at)
    for due in due_this_month(programme, [member], month):
        if due.id:
            # A twin that was quicker has granted it: its answer is as good as ours.
            post(_header(due, month, at), [_leg(due, month, at)])


def _header(due: Due, month: date, at: datetime) -> Header:
    if due.id is None:
        raise ValueError("nothing is due")
    return Header(
        id=due.id,
        kind=TxnKind.ENTITLE,
        request={"programme": due.programme.pk, "amount": due.amount, "month": period_of(month)},
        store=due.member.home_store,
        at=at,
        by=None,
        member=due.member,
    )


def _leg(due: Due, month: date, at: datetime) -> Leg:
    home: Store = due.member.home_store
    opens, _end = home.day_bounds(month.replace(day=1))
    return grant(
        member=due.member,
        asset=due.programme.asset,
        amount=due.amount,
        origin=LotOrigin.ENTITLEMENT,
        contra=Contra.PROMOTION,
        available_from=max(opens, at),
        expires_at=home.end_of(last_day_of_month(month)),
    )
