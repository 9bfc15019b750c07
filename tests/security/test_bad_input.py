"""Bad input gets a clear answer in the reader's language, and nothing is half done."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ledger.models import LotOrigin, Movement, Sale, Txn, Visit
from ledger.operations.posting import Contra, Header, TxnKind, grant, post
from members.operations import create_staff, issue_till_key
from promotions.operations import sell_bundle
from tests.members.factories import TillFactory
from tests.promotions.shops import open_shop
from tests.security.world import PASSWORD

pytestmark = pytest.mark.django_db

LANGUAGES = ["en", "zh-hans"]
both = pytest.mark.parametrize("language", LANGUAGES)
PAGE_LANGUAGE = {"en": '<html lang="en"', "zh-hans": '<html lang="zh-Hans"'}
TOO_MUCH = str(25 * 1024 * 1024 + 1)


@pytest.fixture
def shop():
    return open_shop()


@pytest.fixture
def member(shop):
    return shop.member(name="王小明", phone="13800138000")


@pytest.fixture
def written():
    """How many rows of each kind there are; a refusal leaves them alone."""

    def count():
        return [model.objects.count() for model in (Txn, Movement, Sale, Visit)]

    return count


def somebody(shop, role, language, stores=None):
    return create_staff(
        username=f"{role}-{uuid4().hex[:6]}",
        password=PASSWORD,
        role=role,
        stores=[shop.store] if stores is None else stores,
        language=language,
    )


def browser_of(user):
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


class Till:
    """A till's program that speaks one language."""

    def __init__(self, shop, language):
        till = TillFactory(store=shop.store)
        scopes = ["read", "sell", "draw", "checkin"]
        _key, secret = issue_till_key(till=till, name="x", scopes=scopes)
        self.headers = {"Authorization": f"Api-Key {secret}", "Accept-Language": language}
        self.client = Client(raise_request_exception=False)

    def post(self, path, body, **headers):
        return self.client.post(
            f"/api/v1/{path}",
            body,
            content_type="application/json",
            headers=self.headers | headers,
        )

    def ask(self, path, **body):
        return self.post(path, {"id": str(uuid4())} | body)


@pytest.fixture
def send(shop, member):
    """Draw beers at the counter as htmx does."""

    def draw(user, *, number=member.number, quantity="5", **typed):
        said = {"request_id": uuid4(), "asset": shop.beer.pk, "quantity": quantity} | typed
        return browser_of(user).post(
            reverse("counter:draw_down", args=[number]), said, headers={"HX-Request": "true"}
        )

    return draw


def expired_beers(shop, member):
    """Three beers whose time is over, not yet booked by the sweep."""
    long_ago = timezone.now() - timedelta(days=40)
    leg = grant(
        member=member,
        asset=shop.beer,
        amount=3,
        origin=LotOrigin.GOODWILL,
        contra=Contra.GOODWILL,
        expires_at=long_ago + timedelta(days=30),
    )
    header = Header(
        id=uuid4(), kind=TxnKind.ADJUST, request={}, store=shop.store, at=long_ago, by=None
    )
    post(header, [leg]).or_raise()


def refused(answer, language, status, code):
    assert answer.status_code == status
    assert answer.headers["Content-Language"] == language
    assert answer.json()["code"] == code
    assert answer.json()["message"]


# Who comes in --------------------------------------------------------------


def log_in(client, username, password, language):
    return client.post(
        reverse("account_login"),
        {"login": username, "password": password},
        REMOTE_ADDR="10.0.0.1",
        headers={"Accept-Language": language},
    )


@both
def test_a_wrong_password_gets_the_form_again(client, shop, language):
    user = somebody(shop, "clerk", language)

    answer = log_in(client, user.username, "wrong", language)

    assert answer.status_code == 200
    assert PAGE_LANGUAGE[language] in answer.content.decode()
    assert "_auth_user_id" not in client.session


@both
def test_many_wrong_passwords_lock_that_name_alone(client, shop, language):
    locked, colleague = somebody(shop, "clerk", language), somebody(shop, "clerk", language)
    for _ in range(5):
        log_in(client, locked.username, "wrong", language)

    answer = log_in(client, locked.username, "wrong", language)
    right_too_late = log_in(client, locked.username, PASSWORD, language)
    beside = log_in(Client(), colleague.username, PASSWORD, language)

    assert (answer.status_code, right_too_late.status_code) == (429, 429)
    assert PAGE_LANGUAGE[language] in answer.content.decode()
    assert beside.status_code == 302


@both
def test_a_missing_permission_is_a_page(shop, language):
    clerk = browser_of(somebody(shop, "clerk", language))

    answer = clerk.get(reverse("reports:home"))

    assert answer.status_code == 403
    assert PAGE_LANGUAGE[language] in answer.content.decode()


@both
def test_a_key_without_the_scope_is_told_so(shop, member, written, language):
    till, before = Till(shop, language), written()

    answer = till.ask("coin-plays", plays=[])

    refused(answer, language, 403, "scope_missing")
    assert written() == before


# What is asked ---------------------------------------------------------------


@both
def test_expired_units_cannot_be_drawn(shop, member, written, send, language):
    expired_beers(shop, member)
    before = written()

    counter = send(somebody(shop, "clerk", language), quantity="1")
    machine = Till(shop, language).ask("draw-downs", member=member.number, unit="beer", quantity=1)

    assert counter.status_code == 422
    assert counter.headers["Content-Language"] == language
    refused(machine, language, 409, "not_enough")
    # The refusals themselves are on record, and burn their ids.
    assert Txn.objects.filter(outcome="refused").count() == 2
    assert [*written()][1:] == before[1:]


@both
def test_more_than_is_left_is_refused(shop, member, written, send, language):
    sell_bundle(
        **shop.asks(member, at=timezone.now()), bundle=shop.beers(), tenders=shop.in_cash(2018)
    )
    before = written()

    counter = send(somebody(shop, "clerk", language), quantity="102")
    machine = Till(shop, language).ask(
        "draw-downs", member=member.number, unit="beer", quantity=102
    )

    assert counter.status_code == 422
    refused(machine, language, 409, "not_enough")
    assert written()[1:] == before[1:]


@both
def test_negative_amounts_are_refused(shop, member, written, send, language):
    before = written()

    counter = send(somebody(shop, "clerk", language), quantity="-5")
    machine = Till(shop, language).ask(
        "top-ups",
        member=member.number,
        amount=-100,
        tenders=[{"tender": "cash", "amount": -100}],
    )

    assert counter.status_code == 422
    refused(machine, language, 400, "invalid_request")
    assert {one["code"] for one in machine.json()["params"]["errors"]} == {"min_value"}
    assert written() == before


@both
def test_an_unknown_member_is_not_found(shop, written, send, language):
    before = written()

    counter = send(somebody(shop, "clerk", language), number="99999")
    machine = Till(shop, language).ask("check-ins", member="99999")

    assert counter.status_code in {404, 422}
    refused(machine, language, 404, "unknown_member")
    assert written() == before


@both
def test_another_stores_form_and_entry_are_refused(shop, member, written, send, language):
    elsewhere = open_shop("far")
    stranger = somebody(shop, "clerk", language, stores=[elsewhere.store])
    sale = sell_bundle(
        **shop.asks(member, at=timezone.now()), bundle=shop.beers(), tenders=shop.in_cash(2018)
    )
    before = written()

    form = send(stranger, store=shop.store.code)
    undo = browser_of(stranger).post(
        reverse("counter:undo", args=[sale.pk]), {"request_id": uuid4(), "reason": "mine"}
    )
    machine = Till(elsewhere, language).ask("undo", transaction=str(sale.pk), reason="mine")

    assert form.status_code == 403
    assert undo.status_code in {403, 404}
    refused(machine, language, 403, "store_not_yours")
    assert written() == before


@both
@pytest.mark.parametrize("body", ["{", "nonsense", "[1, 2", '{"id": NaN}', "\x00"])
def test_malformed_json_is_refused(shop, written, language, body):
    before = written()

    answer = Till(shop, language).post("sales", body)

    refused(answer, language, 400, "malformed_json")
    assert written() == before


@both
def test_an_oversized_upload_is_a_page(shop, language):
    manager = browser_of(somebody(shop, "manager", language))

    answer = manager.post(reverse("imports:home"), {}, CONTENT_LENGTH=TOO_MUCH)

    assert answer.status_code == 413
    assert PAGE_LANGUAGE[language] in answer.content.decode()


@both
def test_an_oversized_request_of_a_machine_is_refused(shop, written, language):
    before = written()

    answer = Till(shop, language).post("sales", '{"id": "' + "x" * 1024 * 1024 + '"}')

    refused(answer, language, 413, "too_large")
    assert written() == before


@both
def test_a_leaver_is_not_let_in(client, shop, language):
    user = somebody(shop, "clerk", language)
    get_user_model().objects.filter(pk=user.pk).update(is_active=False)

    answer = log_in(client, user.username, PASSWORD, language)

    assert answer.status_code in {200, 302}
    assert "_auth_user_id" not in client.session
