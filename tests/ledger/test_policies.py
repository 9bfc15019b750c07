"""Which rules and rates hold where and when: dated rows, never a guess."""

from datetime import date

import pytest
from django.urls import reverse

from ledger.models import InterestRate, Policy, RateKind, StoreLimits
from ledger.queries.policies import PolicyMissing, RateMissing, limits_of, policy_for, rate_on
from members.models import User
from tests.ledger.holding import open_shop

pytestmark = pytest.mark.django_db

DAY = date(2026, 5, 11)


def store_in(jurisdiction):
    store = open_shop().store
    store.jurisdiction = jurisdiction
    return store


@pytest.mark.parametrize(
    ("jurisdiction", "facts"),
    [
        ("none", ("remaining_principal", 0, None, None, False)),
        ("CN", ("delivered", 7, None, None, True)),
        ("CN-Beijing", ("delivered", 7, 5, 15, True)),
        ("CN-Shanghai", ("delivered", 7, None, None, True)),
    ],
)
def test_shipped_policies(jurisdiction, facts):
    policy = policy_for(store_in(jurisdiction), DAY)

    assert facts == (
        policy.refund_rule,
        policy.cooling_off_days,
        policy.cooling_off_payout_days,
        policy.payout_days,
        policy.pays_interest,
    )


def test_a_later_row_holds_from_its_day_on():
    shipped = policy_for(store_in("CN"), DAY)
    later = Policy.objects.create(
        jurisdiction="CN",
        in_force_from=date(2026, 6, 1),
        refund_rule="delivered",
        cooling_off_days=14,
        source="x",
    )
    store = store_in_again("CN")

    assert policy_for(store, date(2026, 5, 31)) == shipped
    assert policy_for(store, date(2026, 6, 1)) == later


def store_in_again(jurisdiction):
    store = open_shop("other").store
    store.jurisdiction = jurisdiction
    return store


def test_a_day_before_the_first_row_has_the_first_row():
    assert policy_for(store_in("CN"), date(2020, 1, 1)).in_force_from == date(2025, 5, 1)


def test_a_place_without_rows_has_those_of_its_country():
    assert policy_for(store_in("CN-Tianjin"), DAY).jurisdiction == "CN"


def test_an_unknown_jurisdiction_is_refused():
    with pytest.raises(PolicyMissing, match="No policy is on record for XX"):
        policy_for(store_in("XX"), DAY)


@pytest.mark.parametrize(
    ("kind", "day", "rate"),
    [
        (RateKind.LOAN, date(2019, 8, 20), 425),
        (RateKind.LOAN, date(2025, 5, 19), 310),
        (RateKind.LOAN, date(2025, 5, 20), 300),
        (RateKind.DEPOSIT, date(2026, 5, 11), 150),
    ],
)
def test_rate_of_a_day(kind, day, rate):
    assert rate_on(kind, day).rate == rate


def test_a_missing_rate_is_refused_and_never_zero():
    with pytest.raises(RateMissing, match="An owner adds it under Interest rates"):
        rate_on(RateKind.LOAN, date(2019, 8, 19))


def test_limits_are_the_defaults_until_set():
    store = open_shop().store
    assert limits_of(store).refund_approval_above == 50000

    StoreLimits.objects.create(store=store, refund_approval_above=100)

    assert limits_of(store).refund_approval_above == 100


@pytest.fixture
def owner(client):
    owner = User.objects.create(username="mia", role="owner", is_staff=True)
    client.force_login(owner)
    return owner


def test_a_policy_in_force_is_not_changed_but_followed_by_another(client, owner):
    row = Policy.objects.get(jurisdiction="CN")
    page = reverse("admin:ledger_policy_change", args=[row.pk])

    assert client.post(page, {"cooling_off_days": 0}).status_code == 403
    answer = client.post(
        reverse("admin:ledger_policy_add"),
        {
            "jurisdiction": "CN",
            "in_force_from": "2026-06-01",
            "refund_rule": "delivered",
            "cooling_off_days": 14,
            "receipt_items": ["content", "price"],
            "currency": "CNY",
            "card_limit_registered": "5000",
            "source": "a new law",
        },
    )

    assert answer.status_code == 302
    added = Policy.objects.get(cooling_off_days=14)
    assert (added.card_limit_registered, added.receipt_items) == (500000, ["content", "price"])


def test_a_rate_nobody_used_can_be_put_right(client, owner):
    row = InterestRate.objects.get(kind="lpr_1y", in_force_from=date(2025, 5, 20))
    page = reverse("admin:ledger_interestrate_change", args=[row.pk])

    client.post(page, {"kind": "lpr_1y", "in_force_from": "2025-05-20", "rate": 301})

    row.refresh_from_db()
    assert row.rate == 301


def test_the_form_of_limits_begins_with_what_holds_without_them(client, owner):
    store_in("CN")
    client.force_login(owner)

    page = client.get(reverse("admin:ledger_storelimits_add")).content.decode()

    assert 'value="500.00"' in page
    assert 'value="100.00"' in page
