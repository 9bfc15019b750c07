"""What a stranger sees, and what everybody sees when something is refused or breaks."""

import re

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from config import errors
from tests.i18n.reading import english_in, read

KNOWN = re.compile(r"(?<![A-Za-z])(?:Regulars|MB|CSV|Cookie|Email)(?![A-Za-z])")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name",
    ["account_login", "account_signup", "account_reset_password", "account_reset_password_done"],
)
def test_a_stranger_reads_chinese(client, name):
    page = client.get(reverse(name), headers={"accept-language": "zh-CN"}, follow=True)

    assert english_in(read(page.content.decode()), known=KNOWN) == []


@pytest.mark.django_db
def test_a_wrong_password_is_refused_in_chinese(client):
    given = {"login": "li", "password": "wrong"}

    page = client.post(reverse("account_login"), given, headers={"accept-language": "zh-CN"})

    assert english_in(read(page.content.decode()), known=KNOWN) == []


@pytest.mark.parametrize(
    "answer",
    [
        lambda request: errors.bad_request(request, ValueError()),
        lambda request: errors.permission_denied(request, PermissionDenied()),
        errors.csrf_failure,
        lambda request: errors.not_found(request, Http404()),
        errors.upload_too_large,
        errors.locked_out,
        errors.server_error,
    ],
    ids=["400", "403", "csrf", "404", "413", "429", "500"],
)
def test_refusals_are_chinese(rf, chinese, answer):
    request = rf.get("/nowhere")
    request.user = AnonymousUser()

    page = answer(request).content.decode()

    assert 'lang="zh-Hans"' in page
    assert english_in(read(page), known=KNOWN) == []


# The reading finds what it is meant to find --------------------------------


@pytest.mark.parametrize(
    ("html", "left"),
    [
        ("<p>会员 Member</p>", ["会员 Member"]),
        ("<p>第 3 行 A</p>", []),
        ('<input placeholder="Phone">', ["Phone"]),
        ('<a title="Close" aria-label="关闭">×</a>', ["Close"]),
        ('<body data-say-failed="It failed.">', ["It failed."]),
        ('<input type="submit" value="Save"><input value="Anna">', ["Save"]),
        ("<script>let saved</script><style>p {}</style><code>make</code>", []),
        ('<span class="material-symbols-outlined">search</span>搜索', []),
        ('<button lang="en">English</button>', []),
        ("<p>用 Regulars 记账</p>", []),
        ("<ul><li>一<li>two</ul>", ["two"]),
    ],
)
def test_finds_the_english_a_person_would_read(html, left):
    assert english_in(read(html), known=KNOWN) == left


def test_a_page_without_translation_would_be_found():
    with translation.override("en"):
        page = render_to_string("errors/404.html")

    assert "There is nothing at this address" in english_in(read(page), known=KNOWN)
