"""Walk every address there is as everybody there is: nothing is open that no rule opens."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.template.base import Template
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from django.urls.resolvers import URLResolver
from django.utils.safestring import SafeString

from tests.security.rules import NOBODY, REDIRECT, Rule, Unclassified, rule_for
from tests.security.world import World, everything_once, model_named

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

# Redirects to a record's page, and the admin's answer to an address of none of its pages.
ADMIN_RECORD = re.compile(r"admin/\w+/\w+/<path:object_id>/")
ADMIN_REST = r"admin/(?P<url>.*)$"
GARBAGE = {"q": "%s\x00", "request_id": "x", "quantity": "-1", "amount": "1e9", "name": "x" * 999}
# Addresses of a bill rather than of any entry.
BY_SALE = {"counter:refund_sale", "counter:invoice"}
ROLE_OF = {"clerk_afar": "clerk", "manager_afar": "manager"}
PEOPLE = ["clerk", "manager", "auditor", "owner", "clerk_afar", "manager_afar"]
# What logging in and being refused leave behind.
TRACES = ("django_session", "axes_", "account_emailaddress", 'SET "last_login"')


@dataclass(frozen=True)
class Address:
    """One pattern of the site: its full name, and the names its route wants filled in."""

    name: str
    route: str
    wants: tuple[str, ...]

    @property
    def rule(self) -> Rule:
        if self.name != "admin:None":
            return rule_for(self.name)
        if self.route == ADMIN_REST:
            return Rule(NOBODY)
        if ADMIN_RECORD.fullmatch(self.route):
            return REDIRECT
        raise Unclassified(self.route)

    def at(self, world: World) -> str:
        """The address with a real record of the first store in it."""
        kwargs = {name: self._filled(name, world) for name in self.wants}
        if self.name == "admin:None":
            route = self.route.partition("<")[0].partition("(")[0]
            return f"/{route}{next(iter(kwargs.values()))}/"
        return reverse(self.name, kwargs=kwargs)

    def _filled(self, name: str, world: World) -> Any:
        if name in {"object_id", "id"} and re.match(r"admin/\w+/\w+/<", self.route):
            app, kind = self.route.split("/")[1:3]
            return world.object_of(model_named(f"{app}_{kind}"))
        return {
            "number": 2 if self.name.startswith("imports:") else world.member.number,
            "ticket_id": world.ticket,
            "contract_id": world.contract,
            "asset": world.shop.money.pk,
            "entry": world.sale if self.name in BY_SALE else world.txn,
            "close_id": world.close,
            "contract": world.contract,
            "refund": world.refund,
            "id": world.txn,
            "pk": world.batch,
            "mapping": world.mapping,
            "export_id": world.export,
            "key": "composition" if self.name.startswith("reports:") else "a-b",
            "kind": "csv",
            "uidb36": "1",
            "app_label": "members",
            "content_type_id": 1,
            "object_id": 1,
            "url": "nowhere",
        }[name]


def addresses(resolver: Any = None, route: str = "", space: str = "") -> Iterator[Address]:
    """Every pattern of the site."""
    for found in (resolver or get_resolver()).url_patterns:
        here = route + str(found.pattern)
        if isinstance(found, URLResolver):
            inner = f"{space}{found.namespace}:" if found.namespace else space
            yield from addresses(found, here, inner)
        elif isinstance(found, URLPattern):
            yield Address(f"{space}{found.name}", here, tuple(found.pattern.regex.groupindex))


# What deletes comes last: nothing would be left to open.
ENDS = ("imports:drop", "imports:forget")
EVERY = sorted(addresses(), key=lambda address: "delete" in address.name or address.name in ENDS)


@pytest.fixture
def world():
    return everything_once()


@pytest.fixture
def unrendered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fill in no template: who gets in is decided before. The walk in Chinese fills in all."""
    monkeypatch.setattr(Template, "_render", lambda _template, _context: SafeString())
    monkeypatch.setattr(admin.site, "each_context", lambda _request: {})


def client_of(world: World, person: str) -> Client:
    client = Client(raise_request_exception=False)
    if person != "anonymous":
        client.force_login(world.people[person])
    return client


def outcome(address: Address, answer: Any) -> str:
    """in, refused, no such method, or broke."""
    place = answer.headers.get("Location", "")
    if answer.status_code >= 500 and address.name != "healthz":
        return "broke"
    to_the_door = "/login/" in place or place == reverse("admin:index")
    if answer.status_code in {401, 403, 404} or (to_the_door and address.name != "admin:login"):
        return "refused"
    return "no such method" if answer.status_code == 405 else "in"


def may(address: Address, person: str, roles: frozenset[str]) -> bool:
    """Whether the person holds one of the roles, in the store where the rule asks for that."""
    is_afar = person in ROLE_OF
    return ROLE_OF.get(person, person) in roles and not (is_afar and address.rule.is_of_a_store)


def expected(address: Address, person: str, *, writing: bool) -> set[str]:
    """What a person may meet at an address. A page that only shows may be posted to in vain."""
    rule = address.rule
    if rule.is_public or (rule.is_own and person != "anonymous"):
        return {"in", "refused", "no such method"}
    if may(address, person, rule.writes if writing else rule.reads):
        return {"in"}
    in_vain = {"in"} if writing and may(address, person, rule.reads) else set()
    return {"refused", "no such method"} | in_vain


def get_all(world: World, person: str) -> list[str]:
    """Open every address as one person; what should not have been."""
    client, wrong = client_of(world, person), []
    for address in EVERY:
        with nothing_written(address.name):
            answer = client.get(address.at(world))
        found = outcome(address, answer)
        if found not in expected(address, person, writing=False):
            wrong.append(f"{address.name}: {found} ({answer.status_code})")
    return wrong


def post_all(world: World, person: str, body: dict[str, str]) -> list[str]:
    """Post to every address as one person; what should not have been."""
    client, wrong = client_of(world, person), []
    for address in EVERY:
        writes = address.rule.is_own or address.rule.is_public
        writes = writes or may(address, person, address.rule.writes)
        with nullcontext() if writes else nothing_written(address.name):
            answer = client.post(address.at(world), body)
        found = outcome(address, answer)
        if found not in expected(address, person, writing=True):
            wrong.append(f"{address.name}: {found} ({answer.status_code})")
        if "logout" in address.name:
            client = client_of(world, person)
    return wrong


@contextmanager
def nothing_written(name: str) -> Iterator[None]:
    """Let pass no statement that changes a row, but for the traces of coming in."""

    def watch(execute, sql, params, many, context):
        if re.match(r"\s*(INSERT|UPDATE|DELETE)", sql) and not any(one in sql for one in TRACES):
            pytest.fail(f"{name} wrote: {sql[:200]}")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield


def test_every_address_has_a_rule():
    nameless = []
    for address in EVERY:
        try:
            _ = address.rule
        except Unclassified:
            nameless.append(address.name)

    assert nameless == [], "say in tests/security/rules.py who may open these"


def test_what_is_open_to_everybody_is_a_short_list():
    assert {address.name for address in EVERY if address.rule.is_public} == {
        "account_confirm_email",
        "account_confirm_login_code",
        "account_email_verification_sent",
        "account_inactive",
        "account_login",
        "account_logout",
        "account_reset_password",
        "account_reset_password_done",
        "account_reset_password_from_key",
        "account_reset_password_from_key_done",
        "account_signup",
        "admin:login",
        "healthz",
        "mfa_authenticate",
        "set_language",
    }


@pytest.mark.parametrize("person", ["anonymous", *PEOPLE])
def test_everybody_reads_what_the_rules_say_and_no_more(world, person, unrendered):
    wrong = get_all(world, person)

    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("person", "body"),
    [
        ("anonymous", GARBAGE),
        ("clerk", GARBAGE),
        ("clerk_afar", {}),
        ("manager", {}),
        ("manager_afar", GARBAGE),
        ("auditor", GARBAGE),
        ("owner", {}),
        ("owner", GARBAGE),
    ],
)
def test_everybody_writes_what_the_rules_say_and_no_more(world, request, person, body):
    store = world.branch if person in ROLE_OF else world.shop.store
    if (person, body) != ("owner", GARBAGE):
        request.getfixturevalue("unrendered")

    wrong = post_all(world, person, body | {"store": store.code, "to": store.code})

    assert not wrong, "\n".join(wrong)
