"""A barbecue restaurant whose till has a key, and a caller that shows it."""

import json
from dataclasses import dataclass
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test import Client

from ledger.models import Asset, AssetKind, Product, ProductCategory
from ledger.operations.assets import ensure_tenders, stored_value_tender
from members.models import Store, Till, TillKey
from members.operations import issue_till_key
from promotions.models import Bundle, TopUpOffer
from tests.members.factories import MemberFactory, StoreFactory, TillFactory

EVERY_SCOPE = tuple(TillKey.Scope.values)


@dataclass
class Machine:
    """What a till's program does: show the key, send JSON."""

    secret: str
    key: TillKey
    http: Client

    @property
    def till(self) -> Till:
        return self.key.till

    @property
    def store(self) -> Store:
        return self.key.till.store

    def get(self, path, language="en", **query):
        return self.http.get(
            f"/api/v1/{path}",
            query,
            headers={"Authorization": f"Api-Key {self.secret}", "Accept-Language": language},
        )

    def post(self, path, language="en", **body):
        return self.send(path, json.dumps(body), language=language)

    def send(self, path, raw, language="en", content_type="application/json"):
        return self.http.post(
            f"/api/v1/{path}",
            raw,
            content_type=content_type,
            headers={"Authorization": f"Api-Key {self.secret}", "Accept-Language": language},
        )


def machine_at(till, *scopes):
    key, secret = issue_till_key(till=till, name="till program", scopes=scopes or EVERY_SCOPE)
    return Machine(secret=secret, key=key, http=Client(raise_request_exception=True))


@pytest.fixture(autouse=True)
def _nobody_asked_before():
    cache.clear()


@pytest.fixture
def store():
    store = StoreFactory()
    ensure_tenders(store)
    return store


@pytest.fixture
def machine(store):
    return machine_at(TillFactory(store=store))


@pytest.fixture
def member(store):
    return MemberFactory(store=store)


@pytest.fixture
def value_tender(store):
    return stored_value_tender(store).code


@pytest.fixture
def offer(store):
    """Pay 500.00, have 1,500.00 to spend."""
    return TopUpOffer.objects.create(
        entity=store.entity,
        code="500+1000",
        name="500 + 1,000",
        currency="CNY",
        pays=50000,
        bonus=100000,
    )


@pytest.fixture
def beers(store):
    """101 beers for 20.18."""
    beer = Asset.objects.create(
        entity=store.entity, code="beer", name="Beer", kind=AssetKind.UNIT, list_price=800
    )
    bundle = Bundle.objects.create(
        entity=store.entity, code="beer-101", name="101 beers", currency="CNY", price=2018
    )
    bundle.components.create(asset=beer, quantity=101, list_price=800)
    return bundle


@pytest.fixture
def skewers(store):
    category = ProductCategory.objects.create(code="food", name="Food")
    return Product.objects.create(
        code="skewers", name="Skewers", category=category, list_price=600, currency="CNY"
    )


def cash(amount):
    return {"tender": "cash", "amount": amount}


def new_id():
    return str(uuid4())
