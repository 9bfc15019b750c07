"""Where the books show what the law of a place forbids: limits, reserve, expiry."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from ledger.models import Policy, Reserve
from ledger.queries.policies import PolicyMissing, policy_for
from members.models import IssuingEntity, Store
from reports.queries.activity import fetch
from reports.queries.liability import Held
from reports.queries.scope import Scope

PAGE = 50

# The policies of the stores in view, as columns; a limit of another currency says nothing here.
POLICY = """
WITH policy AS (
    SELECT * FROM unnest(%(stores)s::bigint[], %(currencies)s::text[], %(registered)s::bigint[],
                         %(anonymous)s::bigint[], %(never)s::boolean[], %(months)s::int[])
        AS policy (store_id, currency, registered, anonymous, never_expires, months)
)
"""
# A wallet's whole balance counts, bonus too: it is what the card can buy.
OVER_LIMIT = """
FROM ledger_wallet AS wallet
JOIN ledger_asset AS asset ON asset.id = wallet.asset_id AND asset.kind = 'money'
JOIN members_member AS member ON member.id = wallet.member_id
JOIN policy ON policy.store_id = member.home_store_id AND policy.currency = asset.currency
WHERE wallet.balance > %(least)s
      AND wallet.balance > CASE WHEN member.name <> '' OR member.phone IS NOT NULL
                                THEN policy.registered ELSE policy.anonymous END
"""
OVER_LIMIT_PAGE = """
SELECT wallet.id, wallet.balance, member.id, member.number, member.name, member.phone,
       asset.currency, CASE WHEN member.name <> '' OR member.phone IS NOT NULL
                            THEN policy.registered ELSE policy.anonymous END
"""
# Principal alone: a bonus may end.
ENDS = """
FROM ledger_lot AS lot
JOIN ledger_wallet AS wallet ON wallet.id = lot.wallet_id
JOIN ledger_asset AS asset ON asset.id = wallet.asset_id AND asset.kind = 'money'
JOIN members_member AS member ON member.id = wallet.member_id
JOIN policy ON policy.store_id = lot.store_id
WHERE lot.is_open AND lot.expires_at IS NOT NULL
      AND (lot.origin = 'paid' OR lot.origin = 'opening' AND lot.cost > 0)
      AND CASE WHEN member.name <> '' OR member.phone IS NOT NULL THEN policy.never_expires
               ELSE lot.expires_at < lot.granted_at + make_interval(months => policy.months) END
"""
ENDS_PAGE = """
SELECT lot.id, lot.remaining, member.id, member.number, member.name, member.phone, asset.currency,
       lot.expires_at
"""


@dataclass(frozen=True)
class OverLimit:
    """A card that holds more than it may; amounts in the currency's smallest unit."""

    key: int
    balance: int
    member_id: int
    number: str
    name: str
    phone: str | None
    currency: str
    limit: int


@dataclass(frozen=True)
class Ends:
    """A lot of principal with an end that the policy forbids."""

    key: int
    remaining: int
    member_id: int
    number: str
    name: str
    phone: str | None
    currency: str
    expires_at: datetime


@dataclass(frozen=True)
class ReserveNeeded:
    """What an entity has to set aside for its principal, and what it says it has."""

    entity: IssuingEntity
    currency: str
    principal: int
    needed: int
    set_aside: int | None

    @property
    def short(self) -> int:
        """What is missing; 0 where enough is set aside."""
        return max(0, self.needed - (self.set_aside or 0))


@dataclass(frozen=True)
class Alarms:
    """All of it in numbers, for the board and the overview."""

    over_limit: int
    ends: int
    reserves: Sequence[ReserveNeeded]
    without_policy: Sequence[Store]

    @property
    def short(self) -> list[ReserveNeeded]:
        """Entities with too little set aside."""
        return [one for one in self.reserves if one.short]

    def __bool__(self) -> bool:
        return bool(self.over_limit or self.ends or self.short or self.without_policy)


def alarms(scope: Scope, day: date, owed: Iterable[Held]) -> Alarms:
    """The alarms of the stores in view by the policies in force on ``day``.

    ``owed`` is what ``held`` found. What an entity sets aside is held against what all its stores
    owe, so only who sees the whole business gets to know of it.
    """
    policies = _policies(scope.stores, day)
    params = _params(policies)
    over = fetch(POLICY + "SELECT count(*)" + OVER_LIMIT, params)[0][0] if params["least"] else 0
    ends = fetch(POLICY + "SELECT count(*)" + ENDS, params)[0][0]
    return Alarms(
        over_limit=over,
        ends=ends,
        reserves=reserves(policies, day, owed) if scope.is_whole else [],
        without_policy=[store for store in scope.stores if store.is_open and store not in policies],
    )


def cards_over_limit(scope: Scope, day: date, after: str = "") -> tuple[list[OverLimit], str]:
    """One page, largest balance first, and where the next one begins (empty: nowhere)."""
    params = _params(_policies(scope.stores, day))
    balance, key = _cursor(after)
    rows = fetch(
        POLICY
        + OVER_LIMIT_PAGE
        + OVER_LIMIT
        + " AND (%(key)s::bigint IS NULL OR (wallet.balance, wallet.id) < (%(value)s, %(key)s))"
        " ORDER BY wallet.balance DESC, wallet.id DESC LIMIT %(page)s",
        params | {"value": balance, "key": key, "page": PAGE + 1},
    )
    found = [OverLimit(*row) for row in rows]
    return _page(found, [f"{one.balance}-{one.key}" for one in found])


def principal_that_ends(scope: Scope, day: date, after: str = "") -> tuple[list[Ends], str]:
    """One page of lots, soonest end first, and where the next one begins (empty: nowhere)."""
    params = _params(_policies(scope.stores, day))
    seconds, key = _cursor(after)
    rows = fetch(
        POLICY + ENDS_PAGE + ENDS + " AND (%(key)s::bigint IS NULL OR (lot.expires_at, lot.id)"
        " > (to_timestamp(%(value)s), %(key)s))"
        " ORDER BY lot.expires_at, lot.id LIMIT %(page)s",
        params | {"value": seconds, "key": key, "page": PAGE + 1},
    )
    found = [Ends(*row) for row in rows]
    return _page(found, [f"{int(one.expires_at.timestamp())}-{one.key}" for one in found])


def reserves(policies: dict[Store, Policy], day: date, owed: Iterable[Held]) -> list[ReserveNeeded]:
    """What each entity has to set aside of the principal it owes: store by store by its policy."""
    principal: dict[tuple[IssuingEntity, str], int] = defaultdict(int)
    needed: dict[tuple[IssuingEntity, str], int] = defaultdict(int)
    for one in owed:
        policy = policies.get(one.store)
        if one.part != "principal" or policy is None or policy.reserve_permille is None:
            continue
        key = one.asset.entity, one.currency
        principal[key] += one.amount
        needed[key] += one.amount * policy.reserve_permille
    return [
        ReserveNeeded(
            entity,
            currency,
            principal[entity, currency],
            -(-thousandths // 1000),
            _set_aside(entity, currency, day),
        )
        for (entity, currency), thousandths in sorted(
            needed.items(), key=lambda item: (item[0][0].name, item[0][1])
        )
    ]


def _set_aside(entity: IssuingEntity, currency: str, day: date) -> int | None:
    rows = Reserve.objects.filter(entity=entity, currency=currency).begun_by(day)
    amount: int | None = rows.values_list("amount", flat=True).first()
    return amount


def _policies(stores: Iterable[Store], day: date) -> dict[Store, Policy]:
    """The policy of each store that has one; stores of one jurisdiction share it."""
    by_place: dict[str, Policy | None] = {}
    for store in stores:
        if store.jurisdiction not in by_place:
            try:
                by_place[store.jurisdiction] = policy_for(store, day)
            except PolicyMissing:
                by_place[store.jurisdiction] = None
    found = {store: by_place[store.jurisdiction] for store in stores}
    return {store: policy for store, policy in found.items() if policy}


def _params(policies: dict[Store, Policy]) -> dict[str, Any]:
    rows = policies.values()
    limits = [
        limit
        for row in rows
        for limit in (row.card_limit_registered, row.card_limit_anonymous)
        if limit is not None
    ]
    return {
        "stores": [store.pk for store in policies],
        "currencies": [row.currency for row in rows],
        "registered": [row.card_limit_registered for row in rows],
        "anonymous": [row.card_limit_anonymous for row in rows],
        "never": [row.registered_never_expires for row in rows],
        "months": [row.anonymous_keeps_months for row in rows],
        # Most wallets hold less than any limit: nobody looks at their members.
        "least": min(limits, default=0),
    }


def _cursor(after: str) -> tuple[int, int | None]:
    value, _, key = after.partition("-")
    if value.isascii() and value.isdigit() and key.isascii() and key.isdigit() and len(after) < 40:
        return int(value), int(key)
    return 0, None


def _page[Row](found: list[Row], cursors: list[str]) -> tuple[list[Row], str]:
    following = cursors[PAGE - 1] if len(found) > PAGE else ""
    return found[:PAGE], following
