"""A shop with a clerk at the counter."""

from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from members.operations import create_staff
from tests.promotions.shops import open_shop

PASSWORD = "korrekt-horse-9"


@pytest.fixture
def shop(db):
    return open_shop()


@pytest.fixture
def member(shop):
    return shop.member(name="王小明", phone="13800138000", cards=["C0001234"])


@pytest.fixture
def till(client, shop):
    """The clerk's browser."""
    client.force_login(shop.clerk)
    return Till(client)


@pytest.fixture
def staff(shop):
    def make(role, stores=None, **facts):
        works_in = [shop.store] if stores is None else stores
        return create_staff(
            username=f"{role}-{uuid4().hex[:6]}",
            password=PASSWORD,
            role=role,
            stores=works_in,
            **facts,
        )

    return make


class Till:
    """What a clerk does in a browser, as requests."""

    def __init__(self, client):
        self.client = client

    def open(self, name, /, *args, **query):
        return self.client.get(reverse(f"counter:{name}", args=args), query)

    def panel(self, name, /, *args, **query):
        return self.client.get(
            reverse(f"counter:{name}", args=args), query, headers={"HX-Request": "true"}
        )

    def send(self, name, /, *args, entry=None, **typed):
        """Send a panel as htmx does; a new id each time unless told."""
        typed = {"request_id": entry or uuid4()} | typed
        return self.client.post(
            reverse(f"counter:{name}", args=args), typed, headers={"HX-Request": "true"}
        )


def now():
    return timezone.now()
