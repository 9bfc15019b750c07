"""What every step of one running import shares: its batch, its moment, and what was looked up."""

import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime

from common.edges import has_role
from imports.models import ImportBatch
from imports.rules.duplicates import OnDuplicate
from ledger.models import Asset, AssetKind, TenderType
from ledger.operations.assets import coins, points, stored_value
from members.models import Store, User

STORED_VALUE = ("stored_value_principal", "stored_value_bonus")


@dataclass(slots=True)
class Job:
    """A run of one batch; assets and stores are looked up once."""

    batch: ImportBatch
    at: datetime
    by: User | None
    assets: dict[str, Asset] = field(default_factory=dict)
    stores: dict[int, Store] = field(default_factory=dict)
    days: dict[int, date] = field(default_factory=dict)
    # What the ways to pay that a list of bills names are here.
    ways: dict[str, TenderType] = field(default_factory=dict)

    @property
    def policy(self) -> OnDuplicate:
        """What becomes of doubtful rows."""
        return OnDuplicate(self.batch.on_duplicate)

    @property
    def may_block(self) -> bool:
        """Whether the list may bring members who are blocked: an owner's, or of the machine's."""
        if self.by is None:
            return self.batch.request_id is None
        return has_role(self.by, (User.Role.OWNER,))

    def store_of(self, store_pk: int | None) -> Store:
        """The store a row names, else the store of the import."""
        if store_pk is None or store_pk == self.batch.store_id:
            return self.batch.store
        if store_pk not in self.stores:
            self.stores[store_pk] = Store.objects.select_related("entity").get(pk=store_pk)
        return self.stores[store_pk]

    def today(self, store: Store) -> date:
        """The business day of the import in a store."""
        if store.pk not in self.days:
            self.days[store.pk] = store.business_date(self.at)
        return self.days[store.pk]

    def asset_of(self, part: str) -> Asset:
        """The asset a part of a balance is counted in."""
        name = "money" if part in STORED_VALUE else part
        if name not in self.assets:
            self.assets[name] = _asset(self.batch.store, name)
        return self.assets[name]


def _asset(store: Store, name: str) -> Asset:
    if name == "money":
        return stored_value(store)
    if name == "points":
        return points(store.entity)
    if name == "coins":
        return coins(store.entity)
    return unit_asset(store, name.removeprefix("unit:"))


def unit_asset(store: Store, name: str) -> Asset:
    """The unit called ``name`` in either language, made when there is none yet."""
    units = Asset.objects.filter(entity=store.entity, kind=AssetKind.UNIT)
    known = units.filter(name__iexact=name).first() or units.filter(name_zh__iexact=name).first()
    if known is not None:
        return known
    digest = hashlib.blake2b(name.encode(), digest_size=6).hexdigest()
    asset, _made = Asset.objects.get_or_create(
        entity=store.entity,
        code=f"unit-{digest}",
        defaults={"kind": AssetKind.UNIT, "name": name},
    )
    return asset
