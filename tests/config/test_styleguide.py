import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

pytestmark = pytest.mark.django_db


def status(client, role):
    client.force_login(get_user_model().objects.create_user(username=role, role=role))
    return client.get(reverse("styleguide")).status_code


@pytest.mark.parametrize(
    ("role", "expected"), [("owner", 200), ("manager", 403), ("clerk", 403), ("auditor", 403)]
)
def test_the_style_page_is_for_owners(client, role, expected):
    assert status(client, role) == expected


def test_while_developing_anybody_signed_in_sees_it(client, settings):
    settings.DEBUG = True

    assert status(client, "clerk") == 200


def test_the_samples_are_drawn(client):
    client.force_login(get_user_model().objects.create_user(username="o", role="owner"))

    page = client.get(reverse("styleguide")).content.decode()

    assert 'id="sample-chart"' in page
    assert '<rect x="614" width="386"' in page
