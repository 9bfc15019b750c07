"""The schema is complete and true: what it promises is what is answered."""

from collections import Counter
from io import StringIO

import pytest
import schemathesis
from django.conf import settings as settings_of_django
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.urls import reverse
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    response_schema_conformance,
    status_code_conformance,
)

from common.errors import DomainError
from ledger.api import errors
from ledger.models import Machine
from members.models import TillKey
from tests.members.factories import UserFactory

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

CHECKS = [not_a_server_error, response_schema_conformance, status_code_conformance]


def generated():
    return SchemaGenerator().get_schema(request=None, public=True)


def test_the_schema_is_valid_and_raises_no_warning():
    out = StringIO()

    call_command("spectacular", "--validate", "--fail-on-warn", stdout=out)

    assert "openapi: 3" in out.getvalue()


def test_every_endpoint_says_how_it_refuses():
    for path, methods in generated()["paths"].items():
        for method, operation in methods.items():
            expected = {"400", "401", "403", "404", "429"}
            if method == "post":
                expected |= {"409", "413", "415", "503"}

            assert expected <= set(operation["responses"]), path
            refusal = operation["responses"]["400"]["content"]["application/json"]["schema"]
            assert refusal == {"$ref": "#/components/schemas/ErrorAnswer"}


def test_everything_that_writes_asks_for_an_id():
    schema = generated()
    for path, methods in schema["paths"].items():
        for operation in [one for name, one in methods.items() if name == "post"]:
            if path.startswith("/api/v1/imports/{"):
                # The address says what is done, and doing it twice does it once.
                body = operation.get("requestBody", {}).get("content", {})
                names = [one["schema"]["$ref"].rpartition("/")[2] for one in body.values()]
                closed = (schema["components"]["schemas"][name] for name in names)
                assert all(one["additionalProperties"] is False for one in closed)
                continue
            (content,) = operation["requestBody"]["content"].values()
            body = content["schema"]["$ref"]
            asked = schema["components"]["schemas"][body.rpartition("/")[2]]

            assert "id" in asked["required"], path
            assert asked["additionalProperties"] is False


def test_the_guide_names_every_address_scope_and_code():
    guide = (settings_of_django.BASE_DIR / "docs" / "api.md").read_text()
    classes = [one for one in vars(errors).values() if isinstance(one, type)]
    codes = {one.code for one in classes if issubclass(one, DomainError)} - {"refused"}
    codes |= {
        code for code, _text in [*errors.MESSAGES.values(), errors.UNREADABLE, errors.INVALID]
    }
    paths = {path.removeprefix("/api/v1/") for path in generated()["paths"]}

    for named in {*codes, *paths, *TillKey.Scope.values}:
        assert f"`{named}" in guide, named


def test_staff_read_the_schema_and_its_pages(client):
    client.force_login(UserFactory())

    schema = client.get(reverse("api-schema"), headers={"accept": "application/vnd.oai.openapi"})
    docs = client.get(reverse("api-docs"))

    assert (schema.status_code, docs.status_code) == (200, 200)
    assert b"/api/v1/top-ups" in schema.content


@pytest.fixture
def served():
    """The product behind WSGI, in this test's own database connection and transaction."""
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield WSGIHandler()
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


def with_codes(schema, **codes):
    """The schema with the shop's own codes for its references, and amounts that may add up."""
    for name, component in schema["components"]["schemas"].items():
        fields = component["properties"] if name.endswith("Asked") else {}
        for field in fields.keys() & codes.keys():
            fields[field] = {"type": "string", "enum": codes[field]}
        for field in fields.keys() & {"amount", "charged_value", "rounding", "quantity"}:
            fields[field]["maximum"] = 2
        for field in fields.keys() & {"lines", "tenders"}:
            fields[field]["maxItems"] = 1
    return schema


@pytest.fixture
def codes(member, offer, beers, skewers):
    """What the shop sells, how it is paid, and who comes."""
    return {
        "member": [member.number, "99999"],
        "referrer": [member.number],
        "tender": ["cash"],
        "offer": [offer.code],
        "bundle": [beers.code],
        "unit": ["beer"],
        "asset": ["beer"],
        "product": [skewers.code],
        "machine": ["M01", "M02"],
    }


def test_answers_are_as_the_schema_says(served, machine, codes):
    """Requests are drawn from the schema with codes that exist, so that the verbs are reached."""
    Machine.objects.create(store=machine.store, code="M01", name="Racer")
    schema = schemathesis.openapi.from_dict(with_codes(generated(), **codes))
    schema.app = served
    answered = Counter()

    for found in schema.get_all_operations():
        operation = found.ok()

        @settings(
            max_examples=15,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def ask(case):
            answer = case.call(headers={"Authorization": f"Api-Key {machine.secret}"})
            case.validate_response(answer, checks=CHECKS)
            answered[answer.status_code] += 1

        ask()

    assert set(answered) >= {200, 201, 404, 409}
