"""Set where a member stands: tier, tags and consent, each with who said so and when."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from members.models import Consent, Member, MemberTag, Tag, Tier, TierHolding, User
from members.operations.people import lock_open_member


class TierChangeOutOfOrder(DomainError):
    """A later change stands already."""

    code = "tier_change_out_of_order"
    message = _(
        "The tier was changed after %(at)s already. A change has to be later than the last one."
    )


@transaction.atomic
def set_tier(
    *,
    member: Member,
    tier: Tier,
    source: str,
    at: datetime,
    by: User | None,
    inputs: Mapping[str, Any] | None = None,
    until: datetime | None = None,
) -> TierHolding:
    """Put the member into a tier from ``at`` on, ending what they held.

    ``source`` is a TierHolding.Source, ``inputs`` what the decision rests on (plain JSON),
    ``until`` the exclusive end of a tier held for a period. The same tier from the same source and
    with the same end is left as it is, and returned.

    Raises MemberClosed, TierChangeOutOfOrder.
    """
    member = lock_open_member(member)
    held = _held_from(member, at)
    if held and (held.tier_id, held.source, held.until) == (tier.pk, source, until):
        return held
    _end(held, at)
    _cache(member, tier)
    return TierHolding.objects.create(
        member=member,
        tier=tier,
        since=at,
        until=until,
        source=source,
        inputs=dict(inputs or {}),
        decided_by=by,
    )


@transaction.atomic
def end_tier(*, member: Member, at: datetime) -> Member:
    """Take the member out of every tier at ``at``. Raises MemberClosed, TierChangeOutOfOrder."""
    member = lock_open_member(member)
    _end(_held_from(member, at), at)
    return _cache(member, None)


def _held_from(member: Member, at: datetime) -> TierHolding | None:
    """The holding ``at`` would end."""
    holdings = TierHolding.objects.filter(member=member)
    if holdings.filter(since__gt=at).exists():
        raise TierChangeOutOfOrder(at=at.isoformat(timespec="minutes"))
    return holdings.in_force_at(at).order_by("-since", "-pk").first()


def _end(held: TierHolding | None, at: datetime) -> None:
    if held is not None:
        held.until = at
        held.save(update_fields=["until"])


def _cache(member: Member, tier: Tier | None) -> Member:
    member.tier = tier
    member.save(update_fields=["tier"])
    return member


def tag_member(*, member: Member, tag: Tag, at: datetime, by: User | None) -> MemberTag:
    """Pin a tag on a member; one that is there already stays as it was."""
    pinned, _made = MemberTag.objects.get_or_create(
        member=member, tag=tag, defaults={"tagged_at": at, "tagged_by": by}
    )
    return pinned


def untag_member(*, member: Member, tag: Tag) -> Member:
    """Take a tag off a member; one that is not there is no error."""
    MemberTag.objects.filter(member=member, tag=tag).delete()
    return member


def give_consent(
    *, member: Member, channel: str, at: datetime, source: str, by: User | None = None
) -> Consent:
    """Note that the member agrees to be reached by ``channel`` (a Consent.Channel).

    ``source`` says where they said so. Saying the same again adds nothing and returns the last
    line. Raises MemberClosed.
    """
    state = Consent.State.GIVEN
    return _say(Consent(channel=channel, state=state, at=at, source=source, operator=by), member)


def withdraw_consent(
    *, member: Member, channel: str, at: datetime, source: str, by: User | None = None
) -> Consent:
    """Note that the member does not want to be reached by ``channel`` (any more).

    As easy as giving it, and at once; see ``give_consent``. Raises MemberClosed.
    """
    state = Consent.State.WITHDRAWN
    return _say(Consent(channel=channel, state=state, at=at, source=source, operator=by), member)


@transaction.atomic
def _say(line: Consent, member: Member) -> Consent:
    line.member = lock_open_member(member)
    last = Consent.objects.filter(member=member, channel=line.channel).last_words().first()
    if last and last.state == line.state and last.at <= line.at:
        return last
    line.save(force_insert=True)
    return line
