"""Enrol whoever stands at the counter, with what they agreed to."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from members.models import Member, Store, User
from members.operations import enrol, give_consent

SAID_AT = "counter"


@transaction.atomic
def enrol_at_counter(
    *,
    request_id: UUID,
    store: Store,
    at: datetime,
    by: User,
    consents: Iterable[str] = (),
    cards: Sequence[str] = (),
    **fields: Any,
) -> Member:
    """Enrol a member and note the channels they agree to be reached by, all or nothing.

    A repeated ``request_id`` returns the first member. Raises what ``enrol`` raises.
    """
    member = enrol(store=store, at=at, by=by, cards=cards, request_id=request_id, **fields)
    for channel in consents:
        give_consent(member=member, channel=channel, at=at, source=SAID_AT, by=by)
    return member
