"""A shop with members who hold something: every state is reached by posting, as in the product."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import connection
from django.db.backends.utils import CursorWrapper

from ledger.models import Asset, AssetKind, Contra, LotOrigin, TxnKind, Wallet
from ledger.operations.posting import Answer, Header, Leg, contract, grant, post, take
from members.models import IssuingEntity, Member, Store, User

NOON = datetime(2026, 5, 11, 12, tzinfo=UTC)  # a Monday and a workday
DAY = timedelta(days=1)
PAID, BONUS = 50, 60  # the paid part goes first


@dataclass
class Shop:
    """One store of one issuing entity and the assets it deals in."""

    store: Store
    clerk: User
    money: Asset
    points: Asset
    owed_points: Asset
    beer: Asset
    made: int = field(default=0)

    def member(self) -> Member:
        """Enrol a member who holds nothing yet."""
        self.made += 1
        return Member.objects.create(
            name=f"Member {self.made}",
            home_store=self.store,
            joined_on=NOON.date(),
            created_at=NOON,
        )

    def header(self, kind: TxnKind = TxnKind.REDEEM, **given: Any) -> Header:
        """A header of this shop; the request is the id itself unless told."""
        request_id = given.pop("id", None) or uuid4()
        standard = {
            "request": {"id": str(request_id)},
            "store": self.store,
            "at": NOON,
            "by": self.clerk,
        }
        return Header(id=request_id, kind=kind, **(standard | given))

    def post(self, *legs: Leg, kind: TxnKind = TxnKind.REDEEM, **given: Any) -> Answer:
        """Post legs under a new id."""
        return post(self.header(kind, **given), legs)


def open_shop(code: str = "bbq") -> Shop:
    """Open a store that sells beer and gives points, in Shanghai."""
    entity = IssuingEntity.objects.create(code=code, name=code)
    store = Store.objects.create(
        code=code,
        name=code,
        entity=entity,
        country="CN",
        currency="CNY",
        time_zone="Asia/Shanghai",
        language="en",
    )
    points = _asset(entity, "points", AssetKind.POINTS)
    return Shop(
        store=store,
        clerk=User.objects.create(username=f"clerk-{code}"),
        money=_asset(entity, "money", AssetKind.MONEY, currency="CNY", scale=2),
        points=points,
        owed_points=_asset(entity, "points-debt", AssetKind.DEBT, debt_of=points),
        beer=_asset(entity, "beer", AssetKind.UNIT, list_price=800),
    )


def member_holding(shop: Shop, **amounts: int) -> Member:
    """Enrol a member and grant ``money``, ``points`` or ``beer``: free lots without an end."""
    member = shop.member()
    for name, amount in amounts.items():
        give(shop, member, getattr(shop, name), amount)
    return member


def give(shop: Shop, member: Member, asset: Asset, amount: int, **terms: Any) -> Answer:
    """Grant one lot; ``at`` is when, the other ``terms`` are those of ``grant``."""
    at = terms.pop("at", NOON)
    leg = grant(
        member=member,
        asset=asset,
        amount=amount,
        **({"origin": LotOrigin.GOODWILL, "contra": Contra.GOODWILL} | terms),
    )
    return shop.post(leg, kind=TxnKind.ADJUST, at=at).or_raise()


def spend(shop: Shop, member: Member, asset: Asset, amount: int, **given: Any) -> Answer:
    """Take ``amount``; header fields and fields of the leg may both be given."""
    of_leg = {"contra", "list_value", "charged_value", "categories", "contract", "up_to"}
    leg = {name: given.pop(name) for name in of_leg & given.keys()}
    return shop.post(take(member=member, asset=asset, amount=amount, **leg), **given)


def top_up(
    shop: Shop,
    member: Member,
    *,
    paid: int,
    bonus: int,
    priorities: Sequence[int] = (PAID, BONUS),
    **given: Any,
) -> UUID:
    """Sell a top-up with a bonus; returns the id that its contract and its transaction share."""
    terms = {"expires_at": given.pop("expires_at", None)}
    return sell(
        shop,
        member,
        paid=paid,
        grants=[
            {
                "asset": shop.money,
                "amount": amount,
                "cost": cost,
                "origin": origin,
                "contra": contra,
                "priority": priority,
                **terms,
            }
            for amount, cost, origin, contra, priority in (
                (paid, paid, LotOrigin.PAID, Contra.CASH_IN, priorities[0]),
                (bonus, 0, LotOrigin.BONUS, Contra.PROMOTION, priorities[1]),
            )
            if amount
        ],
        kind=TxnKind.TOP_UP,
        **given,
    )


def sell_beers(shop: Shop, member: Member, count: int, price: int, **given: Any) -> UUID:
    """Sell a bundle of beers for ``price``; returns the id of contract and transaction."""
    lot = {
        "asset": shop.beer,
        "amount": count,
        "cost": price,
        "origin": LotOrigin.BUNDLE,
        "contra": Contra.CASH_IN,
        "expires_at": given.pop("expires_at", None),
    }
    return sell(shop, member, paid=price, grants=[lot], kind=TxnKind.SELL_BUNDLE, **given)


def sell(
    shop: Shop,
    member: Member,
    *,
    paid: int,
    grants: Sequence[dict[str, Any]],
    kind: TxnKind,
    **given: Any,
) -> UUID:
    """Write a contract and grant its lots in one transaction; both carry the returned id."""
    header = shop.header(kind, **given)
    terms = contract_terms(shop, header, member, paid)
    legs = [grant(member=member, contract=header.id, **one) for one in grants]
    post(header, [terms, *legs]).or_raise()
    return header.id


def contract_terms(shop: Shop, header: Header, member: Member, paid: int) -> Leg:
    """The leg that writes a plain contract under the header's own id."""
    return contract(
        id=str(header.id),
        kind="top_up" if header.kind == TxnKind.TOP_UP else "bundle",
        member_id=member.pk,
        payer_id=member.pk,
        entity_id=shop.store.entity_id,
        store_id=shop.store.pk,
        txn_id=str(header.id),
        paid=paid,
        list_value=paid,
        bonus=0,
        currency="CNY",
        offer_code="",
        title="",
        snapshot={},
        terms_version="",
        honoured_at=[],
        sold_at=header.at.isoformat(),
        sold_by_id=shop.clerk.pk,
        cooling_off_ends_at=None,
    )


def balance(member: Member, asset: Asset) -> int:
    """What the wallet says; 0 where there is none."""
    return sum(Wallet.objects.filter(member=member, asset=asset).values_list("balance", flat=True))


def left_in_lots(member: Member, asset: Asset) -> list[int]:
    """What is left in each lot of the wallet, oldest lot first."""
    wallet = Wallet.objects.get(member=member, asset=asset)
    return list(wallet.lots.order_by("pk").values_list("remaining", flat=True))


def _asset(entity: IssuingEntity, code: str, kind: AssetKind, **given: Any) -> Asset:
    return Asset.objects.create(entity=entity, code=code, name=code, kind=kind, **given)


@contextmanager
def as_superuser() -> Iterator[CursorWrapper]:
    """A cursor past roles and triggers: what damage, and nothing in the product, is done with."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        (role,) = cursor.fetchone()
        cursor.execute("SET ROLE NONE; SET session_replication_role = replica")
        yield cursor
        cursor.execute(f'SET session_replication_role = origin; SET ROLE "{role}"')
