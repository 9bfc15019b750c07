"""A real Chromium on a live server, signed in; what the browser complains about fails the test."""

import pytest
from django.conf import settings
from django.test import Client


@pytest.fixture
def browser_context_args(browser_context_args):
    return {**browser_context_args, "viewport": {"width": 1400, "height": 900}, "locale": "en-GB"}


@pytest.fixture
def complaints(page):
    """What the console and the page said that nobody may ignore."""
    found = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on(
        "console",
        lambda line: found.append(line.text) if "Content Security Policy" in line.text else None,
    )
    yield found
    assert found == []


@pytest.fixture
def signed_in(page, live_server, complaints):
    """Sign somebody in without the login page, which has tests of its own."""

    def sign_in(user):
        client = Client()
        client.force_login(user)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        page.context.add_cookies(
            [{"name": cookie.key, "value": cookie.value, "url": live_server.url}]
        )
        return page

    return sign_in
