import re
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]


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


def test_every_icon_that_is_named_is_in_the_sprite():
    sprite = (ROOT / "static/vendor/icons.svg").read_text()
    files = [*ROOT.glob("templates/**/*.html"), *ROOT.glob("*/templates/**/*.html")]
    pages = [page.read_text() for page in files]
    named = {
        name for page in pages for name in re.findall(r'icon\.html" with name="([\w-]+)"', page)
    }

    assert named
    assert {name for name in named if f'id="{name}"' not in sprite} == set()
