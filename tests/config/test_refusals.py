"""Answers to what cannot be served: a page for people, JSON for machines, never a bare error."""

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.templatetags.static import static
from django.test import RequestFactory
from django.urls import reverse

from config import errors
from tests.members.factories import UserFactory

pytestmark = pytest.mark.django_db
TOO_LONG = str(25 * 1024 * 1024 + 1)


def test_a_missing_page_says_so(client):
    response = client.get("/nowhere")

    assert response.status_code == 404
    assert "<h1" in response.content.decode()


def test_a_missing_api_address_answers_in_json(client):
    response = client.get("/api/v1/nowhere")

    assert response.status_code == 404
    assert response.json() == {
        "code": "not_found",
        "message": "There is nothing at this address.",
        "params": {},
    }


def test_an_upload_over_25_megabytes_is_refused_in_the_persons_language(client):
    client.force_login(get_user_model().objects.create_user(username="li", language="zh-hans"))

    response = client.post("/imports/", CONTENT_LENGTH=TOO_LONG)

    assert response.status_code == 413
    assert '<html lang="zh-Hans"' in response.content.decode()


def test_an_oversized_api_request_answers_in_json(client):
    response = client.post("/api/v1/anything", CONTENT_LENGTH=TOO_LONG)

    assert response.status_code == 413
    assert response.json()["code"] == "too_large"


@pytest.mark.parametrize(
    ("view", "exception", "status"),
    [
        (errors.bad_request, ValueError(), 400),
        (errors.bad_request, RequestDataTooBig(), 413),
        (errors.permission_denied, PermissionDenied(), 403),
    ],
)
def test_each_refusal_has_a_page(view, exception, status):
    response = view(RequestFactory().get("/somewhere"), exception)

    assert response.status_code == status
    assert "<h1" in response.content.decode()


def test_a_bug_has_a_page_that_needs_nothing():
    response = errors.server_error(RequestFactory().get("/somewhere"))

    assert response.status_code == 500
    assert "<h1" in response.content.decode()


def policy_of(client, path):
    header = client.get(path).headers["Content-Security-Policy"]
    return {part.split()[0]: part.split()[1:] for part in header.split("; ")}


def test_pages_run_no_inline_script_and_no_inline_style(client):
    policy = policy_of(client, reverse("account_login"))

    assert policy["style-src"] == ["'self'"]
    assert policy["script-src"][0] == "'self'"
    assert not {"'unsafe-inline'", "'unsafe-eval'"} & set(policy["script-src"])


def test_the_admin_may_evaluate_expressions_but_runs_no_inline_script(admin_client):
    policy = policy_of(admin_client, reverse("admin:index"))

    assert "'unsafe-eval'" in policy["script-src"]
    assert "'unsafe-inline'" not in policy["script-src"]
    assert policy["style-src"] == ["'self'", "'unsafe-inline'"]


def test_the_admin_shows_the_shops_own_icon(admin_client):
    page = admin_client.get(reverse("admin:index")).content.decode()

    assert f'href="{static("img/logo.svg")}"' in page


def test_the_admins_allowance_ends_with_the_admin(admin_client):
    admin_client.get(reverse("admin:index"))

    assert policy_of(admin_client, "/accounts/2fa/")["style-src"] == ["'self'"]


@pytest.mark.parametrize(
    "address", ["/counter/?q=%00", "/counter/members/%00/", "/reports/?store=%00"]
)
def test_a_null_character_in_an_address_is_a_bad_request(client, address):
    client.force_login(UserFactory(role="owner"))

    response = client.get(address)

    assert response.status_code == 400
    assert "<h1" in response.content.decode()
