import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

pytestmark = pytest.mark.django_db


@pytest.fixture
def chinese_speaker(client):
    user = get_user_model().objects.create_user(username="li", language="zh-hans")
    client.force_login(user)
    return user


def test_a_strangers_browser_decides(client):
    response = client.get(reverse("account_login"), headers={"accept-language": "zh-CN,zh"})

    assert response.headers["Content-Language"] == "zh-hans"
    assert '<html lang="zh-Hans"' in response.content.decode()


def test_the_choice_of_the_person_wins_over_the_browser(client, chinese_speaker):
    response = client.get("/nowhere", headers={"accept-language": "en"})

    assert response.status_code == 404
    assert '<html lang="zh-Hans"' in response.content.decode()


def test_the_language_menu_changes_the_account(client, chinese_speaker):
    client.post(reverse("set_language"), {"language": "en", "next": "/"})

    chinese_speaker.refresh_from_db()
    assert chinese_speaker.language == "en"


def test_an_unknown_language_changes_nothing(client, chinese_speaker):
    client.post(reverse("set_language"), {"language": "tlh", "next": "/"})

    chinese_speaker.refresh_from_db()
    assert chinese_speaker.language == "zh-hans"


def test_a_stranger_may_choose_for_the_visit(client):
    client.post(reverse("set_language"), {"language": "zh-hans", "next": "/"})

    response = client.get(reverse("account_login"), headers={"accept-language": "en"})
    assert response.headers["Content-Language"] == "zh-hans"
