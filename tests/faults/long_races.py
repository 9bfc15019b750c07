"""Half a minute of handing over in both directions: nobody is ever locked out.

Run by `make test-faults`; `tests/ledger/test_races.py` does it for two seconds. Failed when the
wallets were locked in the order of the legs.
"""

import sys
from time import monotonic, sleep

import pytest
from django.db import connection

from ledger.queries.audit import differences
from tests.ledger.holding import balance, member_holding, open_shop
from tests.ledger.racing import hand_to_and_fro

SECONDS = 30


def deadlocks() -> int:
    """How often two sessions locked each other out in this database, once all others have left.

    A session tells the counter when it ends.
    """
    end = monotonic() + 10
    with connection.cursor() as cursor:
        while monotonic() < end:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
            )
            if cursor.fetchone()[0] == 0:
                break
            sleep(0.1)
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return cursor.fetchone()[0]


@pytest.mark.django_db(transaction=True)
def test_handing_over_in_both_directions_for_thirty_seconds_never_locks_out():
    shop = open_shop()
    one, other = (member_holding(shop, beer=30) for _ in range(2))
    before = deadlocks()

    rounds = hand_to_and_fro(shop, one, other, seconds=SECONDS)

    outcomes = [outcome for outcomes in rounds for outcome in outcomes]
    figures = {outcome: outcomes.count(outcome) for outcome in sorted(set(outcomes))}
    sys.stdout.write(f"\nhanded over for {SECONDS} s: {figures}\n")
    assert deadlocks() == before
    assert all(outcomes.count("posted") > SECONDS for outcomes in rounds)
    assert balance(one, shop.beer) + balance(other, shop.beer) == 60
    assert differences() == []
