"""Screens let in whom they should, and answer refusals in the way they were asked."""

import json
from uuid import UUID

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages import get_messages
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse

from common.edges import (
    RequestIdMissing,
    StoreNotYours,
    answers_refusals,
    choose_store,
    request_id,
    roles_required,
)
from common.errors import DomainError
from tests.members.factories import StoreFactory, UserFactory


class Closed(DomainError):
    code = "closed"
    message = "<b>Closed</b> on %(day)s."


@roles_required("manager", "owner")
def managers_page(request):
    return HttpResponse("in")


@answers_refusals
def refusing_page(request):
    raise Closed(day="Monday")


def asked(request, user=None):
    request.user = user or AnonymousUser()
    SessionMiddleware(lambda _: None).process_request(request)
    MessageMiddleware(lambda _: None).process_request(request)
    request.csp_nonce = ""
    return request


@pytest.mark.django_db
def test_lets_only_the_named_roles_in(rf):
    assert managers_page(asked(rf.get("/"), UserFactory(role="manager"))).content == b"in"
    with pytest.raises(PermissionDenied):
        managers_page(asked(rf.get("/"), UserFactory(role="clerk")))
    with pytest.raises(PermissionDenied):
        managers_page(asked(rf.get("/"), UserFactory(role="auditor", stores=[])))


@pytest.mark.django_db
def test_a_leaver_is_not_let_in(rf):
    user = UserFactory(role="manager")
    user.is_active = False

    with pytest.raises(PermissionDenied):
        managers_page(asked(rf.get("/"), user))


def test_a_stranger_is_sent_to_log_in(rf):
    page = managers_page(asked(rf.get("/reports/?a=1")))
    fragment = managers_page(asked(rf.get("/reports/", headers={"HX-Request": "true"})))
    program = managers_page(asked(rf.get("/api/members/")))

    assert (page.status_code, page.url) == (302, "/accounts/login/?next=/reports/%3Fa%3D1")
    assert (fragment.status_code, fragment.headers["HX-Redirect"]) == (
        204, "/accounts/login/?next=/",
    )  # fmt: skip
    assert program.status_code == 401


@pytest.mark.parametrize(
    ("headers", "page"),
    [
        (
            {"Referer": "http://testserver/imports/7/?outcome=error"},
            "/imports/7/%3Foutcome%3Derror",
        ),
        ({"HX-Request": "true", "HX-Current-URL": "http://testserver/imports/7/"}, "/imports/7/"),
        ({"Referer": "https://elsewhere.example/imports/7/"}, "/"),
    ],
)
def test_who_was_signed_out_over_a_form_comes_back_to_its_page(rf, headers, page):
    answer = managers_page(asked(rf.post("/imports/7/run/", headers=headers)))

    address = answer.headers.get("HX-Redirect") or answer.url
    assert address == f"/accounts/login/?next={page}"


def test_a_program_gets_the_refusal_as_data(rf):
    answer = refusing_page(asked(rf.post("/x", headers={"Accept": "application/json"})))

    assert answer.status_code == 409
    assert json.loads(answer.content) == {
        "code": "closed",
        "message": "<b>Closed</b> on Monday.",
        "params": {"day": "Monday"},
    }


def test_htmx_gets_the_refusal_to_swap_in(rf):
    answer = refusing_page(asked(rf.post("/x", headers={"HX-Request": "true"})))

    assert answer.status_code == 422
    assert "&lt;b&gt;Closed&lt;/b&gt; on Monday." in answer.content.decode()


def test_a_form_goes_back_with_a_red_message(rf):
    request = asked(rf.post("/x", headers={"Referer": "http://testserver/form"}))

    answer = refusing_page(request)

    assert (answer.status_code, answer.url) == (302, "http://testserver/form")
    [message] = get_messages(request)
    assert (message.level_tag, str(message)) == ("error", "<b>Closed</b> on Monday.")


@pytest.mark.django_db
@pytest.mark.parametrize("headers", [{}, {"Referer": "http://evil.example/form"}])
def test_any_other_page_shows_the_refusal(rf, headers):
    answer = refusing_page(asked(rf.post("/x", headers=headers), UserFactory()))

    assert answer.status_code == 409
    assert "on Monday." in answer.content.decode()


@pytest.mark.django_db
def test_works_in_the_store_chosen_among_ones_own(rf):
    mine, second, foreign = (StoreFactory(code=code) for code in ("a", "b", "c"))
    request = asked(rf.get("/"), UserFactory(stores=[mine, second]))

    choose_store(request, second.code)
    with pytest.raises(StoreNotYours):
        choose_store(request, foreign.code)

    assert request.session["store"] == second.pk


@pytest.mark.django_db
def test_a_closed_store_is_no_place_to_work(rf):
    store = StoreFactory()
    request = asked(rf.get("/"), UserFactory(stores=[store]))
    store.is_open = False
    store.save()

    with pytest.raises(StoreNotYours):
        choose_store(request, store.code)


@pytest.mark.parametrize("text", ["", "1", "not-an-id"])
def test_refuses_a_request_without_an_id(rf, text):
    with pytest.raises(RequestIdMissing):
        request_id(rf.post("/", {"request_id": text}))


def test_reads_the_id_from_the_form_or_the_header(rf):
    id = "0193a000-0000-7000-8000-000000000001"

    assert request_id(rf.post("/", {"request_id": id})) == UUID(id)
    assert request_id(rf.post("/", headers={"Idempotency-Key": id})) == UUID(id)
