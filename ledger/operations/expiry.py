"""Book what has passed its time.

Expiry itself is a predicate at spend time; this is the bookkeeping.
"""

from datetime import datetime
from uuid import UUID, uuid5

from django.db import OperationalError, connection, transaction

from ledger.models import Lot, TxnKind, Wallet
from ledger.operations.posting import Header, expire, post
from ledger.operations.rollups import mark_dirty

EXPIRY = UUID("5d0c3f0e-6e0f-5b0b-9b49-3f6f0f0a7a51")
LOCK_NOT_AVAILABLE = "55P03"


def sweep_expired(*, at: datetime, limit: int = 500) -> int:
    """Expire due lots of up to ``limit`` wallets, one short transaction each; return how many.

    A wallet that a till holds at the moment is left for the next sweep. Running it again books
    nothing twice.
    """
    due = Lot.objects.due_at(at).order_by("wallet_id").values("wallet_id").distinct()[:limit]
    wallets = Wallet.objects.filter(pk__in=[row["wallet_id"] for row in due])
    wallets = wallets.select_related("member__home_store", "asset").order_by("pk")
    return sum(_expire(wallet, at) for wallet in wallets)


def _expire(wallet: Wallet, at: datetime) -> bool:
    header = Header(
        id=uuid5(EXPIRY, f"expire:{wallet.pk}:{wallet.seq}"),
        kind=TxnKind.EXPIRE,
        request={"wallet": wallet.pk, "seq": wallet.seq},
        store=wallet.member.home_store,
        at=at,
        by=None,
        member=wallet.member,
    )
    leg = expire(member_id=wallet.member_id, asset_id=wallet.asset_id)
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '200ms'")
            answer = post(header, [leg])
            if answer.is_fresh:
                mark_dirty(member_ids=[wallet.member_id], at=at)
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) != LOCK_NOT_AVAILABLE:
            raise
        return False
    return answer.is_fresh
