"""The ways to pay of a store, the usual ones made when they are first needed."""

from counter.queries.offers import takes_stored_value, ways_to_pay
from ledger.models import TenderType
from ledger.operations.assets import ensure_tenders
from members.models import Store


def tenders_at(store: Store) -> list[TenderType]:
    """What a member may pay with in ``store``, in the shop's order."""
    found = ways_to_pay(store)
    if not takes_stored_value(found):
        ensure_tenders(store)
        found = ways_to_pay(store)
    return found
