"""Deposits at a till: held, taken and released where the shop may and by whom it may be had."""

from datetime import datetime
from uuid import UUID

from ledger.models import Asset, Hold
from ledger.operations.holds import capture, hold, release, resolution_of
from ledger.operations.overrides import Permission
from ledger.operations.posting import Answer
from members.models import Member, Store, Till, User
from promotions.operations.ages import check_age
from promotions.operations.checks import check_honoured, check_member


def hold_deposit(
    *,
    request_id: UUID,
    member: Member,
    asset: Asset,
    amount: int,
    purpose: str,
    expires_at: datetime,
    store: Store,
    at: datetime,
    by: User | None,
    till: Till | None = None,
) -> Hold:
    """Set ``amount`` of the asset's smallest unit aside until ``expires_at``.

    Raises MemberMayNotTrade, NotHonouredHere, and what ``hold`` raises.
    """
    check_member(member)
    check_honoured(asset, store)
    return hold(
        request_id=request_id,
        member=member,
        asset=asset,
        amount=amount,
        purpose=purpose,
        expires_at=expires_at,
        store=store,
        at=at,
        by=by,
        till=till,
    )


def capture_deposit(
    *,
    deposit: Hold,
    amount: int,
    store: Store,
    at: datetime,
    by: User | None,
    till: Till | None = None,
    permission: Permission | None = None,
    reason: str = "",
) -> Answer:
    """Take ``amount`` of a deposit; the rest goes back. The member gets what it is for only now.

    Raises NotHonouredHere, NotForMinors, NotForMinorsToday, and what ``capture`` raises.
    """
    check_honoured(deposit.asset, store)
    check_age(
        deposit.member,
        [deposit.asset],
        request_id=resolution_of(deposit),
        store=store,
        at=at,
        by=by,
        permission=permission,
    )
    return capture(hold=deposit, amount=amount, store=store, at=at, by=by, till=till, reason=reason)


def release_deposit(
    *,
    deposit: Hold,
    store: Store,
    at: datetime,
    by: User | None,
    till: Till | None = None,
    reason: str = "",
) -> Answer:
    """Give a whole deposit back. Raises NotHonouredHere, HoldResolved."""
    check_honoured(deposit.asset, store)
    return release(hold=deposit, store=store, at=at, by=by, till=till, reason=reason)
