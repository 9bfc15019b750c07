from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.db import DatabaseError

from config import durability, heartbeat

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def no_sign_of_life():
    heartbeat.forget()


def test_is_well_with_a_worker(client):
    heartbeat.beat()

    response = client.get("/healthz")

    assert response.status_code == 200
    assert response.json() == {"healthy": True, "web": True, "database": True, "worker": True}


def test_is_not_well_without_a_worker(client):
    response = client.get("/healthz")

    assert response.status_code == 503
    assert response.json() == {"healthy": False, "web": True, "database": True, "worker": False}


def test_is_not_well_without_a_database(client, monkeypatch):
    heartbeat.beat()

    def fail():
        raise DatabaseError

    monkeypatch.setattr(durability.connection, "cursor", fail)
    response = client.get("/healthz")

    assert response.status_code == 503
    assert response.json()["database"] is False


@pytest.mark.parametrize(("age", "fresh"), [(0, True), (90, True), (91, False)])
def test_a_sign_of_life_counts_for_90_seconds(age, fresh):
    cache.set(heartbeat.KEY, NOON)

    assert heartbeat.is_fresh(at=NOON + timedelta(seconds=age)) is fresh
