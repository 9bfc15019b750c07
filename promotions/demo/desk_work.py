"""What the clerks did by hand: garments cleaned, points exchanged, a slip of the finger undone.

These few go through the very operations of the counter, after the members' lives are on record.
"""

from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from common.errors import DomainError
from ledger.models import Movement, SaleLine, TxnKind, Wallet
from ledger.operations.reversal import undo
from members.models import User
from promotions.demo.shops import World
from promotions.models import Reward, ServiceProgramme, ServiceTicket
from promotions.operations.rewards import exchange
from promotions.operations.services import advance_ticket, take_in
from promotions.rules.tickets import TicketState

GARMENTS, EXCHANGES, SLIPS = 160, 80, 25
DAY = timedelta(days=1)


def work(world: World, rng: Random, *, at: datetime) -> None:
    """Do what the desks did in the last weeks before ``at``."""
    _clean_garments(world, rng, at)
    _exchange_points(world, rng, at)
    _undo_slips(world, rng)


def _new_id(rng: Random) -> UUID:
    return UUID(int=rng.getrandbits(128), version=4)


def _clean_garments(world: World, rng: Random, at: datetime) -> None:
    store, by = world.stores["menswear"], world.clerks["menswear"]
    programme = ServiceProgramme.objects.get(code="dry-cleaning")
    bought = SaleLine.objects.filter(
        sale__store=store,
        sale__member__tier__isnull=False,
        sale__at__gte=at - 80 * DAY,
        product__category__code="garments",
    )
    lines = bought.select_related("sale__member__home_store", "product__category")
    for line in lines.order_by("sale__at", "line")[:GARMENTS]:
        moment = line.sale.at + rng.randint(6, 25) * DAY
        if moment >= at or line.sale.member is None:
            continue
        try:
            ticket = take_in(
                request_id=_new_id(rng),
                member=line.sale.member,
                store=store,
                programme=programme,
                garment=line.description,
                sale_line=line,
                at=moment,
                by=by,
            )
        except DomainError:
            continue  # the month's free uses are gone: the member took it home again
        _see_through(ticket, rng, by, moment, at)


def _see_through(
    ticket: ServiceTicket, rng: Random, by: User, moment: datetime, at: datetime
) -> None:
    """Take a ticket as far as its days allow."""
    steps = [
        (TicketState.AT_CLEANERS, 1),
        (TicketState.READY, 3),
        (TicketState.COLLECTED, rng.randint(1, 9)),
    ]
    for state, days in steps:
        moment += days * DAY
        if moment >= at:
            return
        ticket = advance_ticket(
            request_id=_new_id(rng), ticket=ticket, to=state, at=moment, by=by, store=ticket.store
        )


def _exchange_points(world: World, rng: Random, at: datetime) -> None:
    """Minutes after the bill that earned the last points, while the member is still there."""
    store, by = world.stores["baby"], world.clerks["baby"]
    rewards = list(Reward.objects.order_by("-cost_points"))
    rich = Wallet.objects.filter(
        asset=world.assets["points"], balance__gte=500, member__home_store=store
    )
    for wallet in rich.select_related("member__home_store").order_by("pk")[:EXCHANGES]:
        reward = next(one for one in rewards if one.cost_points <= wallet.balance)
        last = Movement.objects.filter(wallet=wallet).order_by("-wallet_seq").select_related("txn")
        moment = last[0].txn.occurred_at + rng.randint(2, 9) * timedelta(minutes=1)
        if moment >= at:
            continue
        exchange(
            request_id=_new_id(rng),
            member=wallet.member,
            store=store,
            reward=reward,
            at=moment,
            by=by,
        )


def _undo_slips(world: World, rng: Random) -> None:
    """Some draws were for the wrong table: the last ones of their wallets, so that time runs on."""
    draws = Movement.objects.filter(
        txn__kind=TxnKind.REDEEM, wallet__asset=world.assets["beer"], lot_after__gt=0
    ).select_related("txn")
    chosen = [
        movement
        for movement in draws.order_by("-txn__occurred_at", "txn_id")[:200]
        if not Movement.objects.filter(
            wallet=movement.wallet_id, wallet_seq__gt=movement.wallet_seq
        ).exists()
    ]
    for movement in chosen[:SLIPS]:
        undo(
            request_id=_new_id(rng),
            txn_id=movement.txn_id,
            store=world.stores["bbq"],
            at=movement.txn.occurred_at + timedelta(minutes=4),
            by=world.clerks["bbq"],
            reason="拿错桌号 wrong table",
        )
