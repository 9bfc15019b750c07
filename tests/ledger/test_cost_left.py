"""What is left of a lot's cost: the quick way for small products and the exact one agree."""

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.django_db

EDGE = 2_147_483_648


@given(
    granted=st.integers(1, 10) | st.integers(EDGE - 2, EDGE + 2) | st.integers(1, 10**15),
    cost=st.integers(0, 10) | st.integers(EDGE - 2, EDGE + 2) | st.integers(0, 10**15),
    data=st.data(),
)
@settings(max_examples=200, deadline=None)
def test_cost_left_is_the_floored_share_at_any_size(granted, cost, data):
    remaining = data.draw(st.integers(0, granted))

    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_cost_left(%s, %s, %s)", [granted, cost, remaining])
        (left,) = cursor.fetchone()

    # Failed for (3, 2, 1) with a rounding in the place of the integer division.
    assert left == cost - cost * (granted - remaining) // granted
