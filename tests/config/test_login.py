import re

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return get_user_model().objects.create_user(
        username="ada", password="right-horse", role="clerk", language="zh-hans"
    )


def log_in(client, password, username="ada", address="10.0.0.1", **extra):
    form = {"login": username, "password": password}
    return client.post(reverse("account_login"), form, REMOTE_ADDR=address, **extra)


def test_lets_in_whoever_knows_the_password(client, ada):
    response = log_in(client, "right-horse")

    assert (response.status_code, response.url) == (302, "/")


def test_refuses_a_wrong_password_with_a_sentence(client, ada):
    response = log_in(client, "wrong")

    assert response.status_code == 200
    assert "The username and/or password you specified are not correct." in (
        response.content.decode()
    )
    assert "_auth_user_id" not in client.session


def test_locks_the_name_at_that_address_after_six_wrong_passwords(client, ada):
    statuses = [log_in(client, "wrong").status_code for _ in range(6)]

    assert statuses == [200] * 5 + [429]
    assert log_in(client, "right-horse").status_code == 429


def test_another_way_to_capitalise_a_name_is_no_way_round_the_lock(client, ada):
    names = ["ada", "Ada", "aDa", "adA", "ADA", " ada "]

    statuses = [log_in(client, "wrong", username=name).status_code for name in names]

    assert statuses == [200] * 5 + [429]
    assert log_in(client, "right-horse", username="AdA").status_code == 429


def test_an_owner_who_sets_a_new_password_unlocks_the_door(client, ada):
    for _ in range(6):
        log_in(client, "wrong", username="Ada")
    owner = get_user_model().objects.create_user(username="eva", role="owner", is_staff=True)
    office = Client()
    office.force_login(owner)

    set_page = reverse("admin:auth_user_password_change", args=[ada.pk])
    new = {"password1": "left-horse-9", "password2": "left-horse-9", "usable_password": "true"}

    assert office.post(set_page, new).status_code == 302
    assert log_in(client, "left-horse-9").status_code == 302


def test_one_clerks_lockout_leaves_the_others_of_the_shop_alone(client, ada):
    get_user_model().objects.create_user(username="bob", password="right-horse")
    for _ in range(6):
        log_in(client, "wrong")

    assert log_in(client, "right-horse", username="bob").status_code == 302
    assert log_in(Client(), "right-horse", address="10.0.0.2").status_code == 302


def test_a_proxy_of_ours_is_believed_and_a_client_is_not(client, ada, settings):
    settings.TRUSTED_PROXIES = 1
    for number in range(6):
        log_in(client, "wrong", HTTP_X_FORWARDED_FOR=f"1.1.1.{number}, 9.9.9.9")

    locked = log_in(client, "right-horse", HTTP_X_FORWARDED_FOR="8.8.8.8, 9.9.9.9")
    elsewhere = log_in(client, "right-horse", HTTP_X_FORWARDED_FOR="9.9.9.9, 7.7.7.7")

    assert (locked.status_code, elsewhere.status_code) == (429, 302)


def test_nobody_signs_up(client):
    form = {"username": "eve", "password1": "right-horse-9", "password2": "right-horse-9"}

    response = client.post(reverse("account_signup"), form)

    assert response.status_code == 200
    assert not get_user_model().objects.filter(username="eve").exists()


def test_the_admin_sends_people_to_the_login_page(client):
    response = client.get(reverse("admin:login"))

    assert response.status_code == 302
    assert response.url.startswith(reverse("account_login"))


@pytest.mark.parametrize(("role", "page"), [("clerk", "/counter/"), ("manager", "/reports/")])
def test_the_first_page_is_the_one_a_role_works_on(client, role, page):
    user = get_user_model().objects.create_user(username="cy", role=role)
    client.force_login(user)

    assert client.get("/").url == page


@pytest.mark.parametrize("name", ["home", "api-schema", "api-docs"])
def test_a_stranger_is_sent_to_the_login_page(client, name):
    response = client.get(reverse(name))

    assert response.status_code == 302
    assert response.url.startswith(reverse("account_login"))


def test_a_form_from_elsewhere_is_refused_with_a_page(ada):
    client = Client(enforce_csrf_checks=True)

    response = log_in(client, "right-horse")

    assert response.status_code == 403
    assert re.search(r"<h1[^>]*>", response.content.decode())
