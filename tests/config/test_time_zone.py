"""People read moments in their own store's time."""

import pytest
from django.test import RequestFactory
from django.utils import timezone

from config.middleware import StoreTimeZoneMiddleware
from tests.members.factories import StoreFactory, UserFactory

pytestmark = pytest.mark.django_db


def zone_during(user, session):
    request = RequestFactory().get("/")
    request.user, request.session = user, session
    seen = []
    StoreTimeZoneMiddleware(lambda _request: seen.append(str(timezone.get_current_timezone())))(
        request
    )
    return seen


def test_a_clerk_sees_the_time_of_their_store():
    store = StoreFactory(time_zone="America/Boise", country="US", currency="USD")
    session = {}

    seen = zone_during(UserFactory(stores=[store]), session)

    assert seen == ["America/Boise"]
    assert session == {"time_zone": "America/Boise", "currency": "USD"}
    assert str(timezone.get_current_timezone()) == "UTC"
