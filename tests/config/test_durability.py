"""A database that answers before money is on disk is not served from."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from config import durability, health


def set_commit(value):
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = " + value)


@pytest.mark.django_db
def test_a_lossy_database_is_refused_and_unhealthy(monkeypatch, rf):
    monkeypatch.setattr(connection, "close", lambda: None)
    set_commit("off")

    with pytest.raises(ImproperlyConfigured, match="synchronous_commit"):
        durability.refuse_lossy_commits()
    assert b'"database": false' in health.healthz(rf.get("/healthz")).content

    set_commit("on")
    durability.refuse_lossy_commits()
    assert b'"database": true' in health.healthz(rf.get("/healthz")).content
