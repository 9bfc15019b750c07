"""A second person agrees with name and password, or nothing is agreed."""

import pytest
from axes.models import AccessAttempt
from django.test import RequestFactory

from members.models import IssuingEntity
from members.operations import create_staff, create_store
from members.operations.approvals import (
    ApprovalNeeded,
    ApprovalRefused,
    ApproverMayNot,
    OwnApproval,
    approve,
)

pytestmark = pytest.mark.django_db

PASSWORD = "korrekt-horse-9"
ROLES = ("manager", "owner")


@pytest.fixture
def store():
    entity = IssuingEntity.objects.create(code="bbq", name="BBQ")
    return open_store(entity, "bbq")


def open_store(entity, code):
    place = {"country": "CN", "currency": "CNY", "time_zone": "Asia/Shanghai"}
    return create_store(code=code, name=code, language="en", entity=entity, **place)


def person(store, name, role="manager"):
    return create_staff(username=name, password=PASSWORD, role=role, stores=[store], language="en")


def ask(store, by, name, password=PASSWORD):
    request = RequestFactory().post("/", REMOTE_ADDR="10.0.0.1")
    return approve(
        username=name,
        password=password,
        request=request,
        roles=ROLES,
        store=store,
        requested_by=by,
    )


def test_another_manager_of_the_store_approves(store):
    clerk, manager = person(store, "ann", "clerk"), person(store, "ben")

    assert ask(store, clerk, " ben ") == manager


def test_nobody_approves_what_they_entered(store):
    manager = person(store, "ben")

    with pytest.raises(OwnApproval):
        ask(store, manager, "ben")


def test_a_wrong_password_is_refused_and_counted(store):
    clerk = person(store, "ann", "clerk")
    person(store, "ben")

    with pytest.raises(ApprovalRefused):
        ask(store, clerk, "ben", "guess")

    assert AccessAttempt.objects.get(username="BEN").failures_since_start == 1


def test_too_many_wrong_passwords_lock_out_the_right_one(store):
    clerk = person(store, "ann", "clerk")
    person(store, "ben")
    for _time in range(6):
        with pytest.raises(ApprovalRefused):
            ask(store, clerk, "ben", "guess")

    with pytest.raises(ApprovalRefused):
        ask(store, clerk, "ben")


def test_a_clerk_approves_nothing(store):
    clerk, _other = person(store, "ann", "clerk"), person(store, "cem", "clerk")

    with pytest.raises(ApproverMayNot):
        ask(store, clerk, "cem")


def test_a_manager_of_another_store_approves_nothing_here(store):
    clerk = person(store, "ann", "clerk")
    person(open_store(store.entity, "far"), "ben")

    with pytest.raises(ApproverMayNot):
        ask(store, clerk, "ben")


def test_an_owner_approves_everywhere(store):
    manager, owner = person(store, "ben"), person(store, "mia", "owner")

    assert ask(store, manager, "mia") == owner


def test_without_a_name_a_second_person_is_asked_for(store):
    with pytest.raises(ApprovalNeeded):
        ask(store, person(store, "ben"), "  ")
