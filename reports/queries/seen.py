"""When each member was last seen, as it stood at the end of a day: the ground of who stays away.

The facts of members tell it as of now. They hold for everyone who has not come since that day; the
others, few on yesterday evening, are read from their days.
"""

from datetime import date

from members.models import Member
from reports.queries.activity import Params
from reports.queries.scope import Scope

# One row per member seen by ``as_of``: first_visit, last_visit, visit_days, median_gap_days, and
# ``back_on``, the first day after ``as_of`` on which they came.
SEEN = """
SELECT member_id, first_visit, last_visit, visit_days, median_gap_days, NULL::date AS back_on
FROM ledger_memberfacts WHERE last_visit <= %(as_of)s
UNION ALL
SELECT member_id,
       min(business_date), max(business_date) FILTER (WHERE is_seen),
       (count(*) FILTER (WHERE is_seen))::int,
       (percentile_disc(0.5) WITHIN GROUP (ORDER BY gap) FILTER (WHERE is_seen))::numeric(7, 1),
       min(business_date) FILTER (WHERE NOT is_seen)
FROM (
    SELECT member_id, business_date, business_date <= %(as_of)s AS is_seen,
           business_date - lag(business_date)
               OVER (PARTITION BY member_id ORDER BY business_date) AS gap
    FROM ledger_memberday JOIN ledger_memberfacts AS now USING (member_id)
    WHERE store_id IS NULL AND now.last_visit > %(as_of)s AND now.first_visit <= %(as_of)s
) AS day
GROUP BY member_id
"""
# Blocked, merged and erased members stay away for reasons of their own, and nobody rings them.
OURS = """
member_id IN (SELECT id FROM members_member WHERE status = %(active)s {at_home})
"""


def ours(scope: Scope) -> str:
    """The condition that a member is active and, unless all stores are in view, at home in them."""
    at_home = "" if scope.is_whole else "AND home_store_id = ANY(%(stores)s)"
    return OURS.format(at_home=at_home)


def seen_params(scope: Scope, as_of: date) -> Params:
    """The parameters of ``SEEN`` and ``ours``."""
    return {"as_of": as_of, "stores": scope.ids, "active": Member.Status.ACTIVE}
