"""From which age on a member is no minor."""

from datetime import date

from ledger.queries.policies import policy_for
from members.models import Store

MAJORITY = 18  # years, where the policy of the jurisdiction names no age


def majority_in(store: Store, day: date) -> int:
    """The age from which on a person decides alone in the store's jurisdiction, in years."""
    return policy_for(store, day).minor_below or MAJORITY
