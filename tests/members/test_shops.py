"""Opening stores, tills and keys; letting staff in and out."""

from datetime import UTC, date, datetime, time

import pytest
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from common.calendars import HolidayCalendarMissing
from members.models import CalendarDay, IssuingEntity, Store, Till, TillKey, User
from members.operations import (
    BadCode,
    BadUsername,
    ChoicesMissing,
    CodeTaken,
    LastOwner,
    NotYourself,
    StoreNeeded,
    UnknownCountry,
    UnknownCurrency,
    UnknownLanguage,
    UnknownRole,
    UnknownScope,
    UnknownTimeZone,
    UsernameTaken,
    WeakPassword,
    create_till,
    deactivate_staff,
    define_attribute,
    issue_till_key,
    revoke_till_key,
)
from members.queries import is_rest_day_in, stores_of
from tests.members.factories import PASSWORD, StoreFactory, TillFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_the_first_store_brings_its_entity_and_the_next_joins_it():
    first = StoreFactory(name="Barbecue")
    second = StoreFactory()

    assert first.entity == second.entity == IssuingEntity.objects.get(name="Barbecue")
    assert first.day_cut == time(4)


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"code": "two words"}, BadCode),
        ({"code": "x" * 33}, BadCode),
        ({"country": "XX"}, UnknownCountry),
        ({"currency": "ABC"}, UnknownCurrency),
        ({"time_zone": "Asia/Beijing"}, UnknownTimeZone),
        ({"language": "fr"}, UnknownLanguage),
    ],
)
def test_refuses_a_store_that_cannot_be_and_writes_nothing(fields, refusal):
    with pytest.raises(refusal):
        StoreFactory(**fields)

    assert not Store.objects.exists()
    assert not IssuingEntity.objects.exists()


def test_refuses_a_code_twice():
    StoreFactory(code="bbq")

    with pytest.raises(CodeTaken, match="The code bbq is taken"):
        StoreFactory(code="bbq")

    assert Store.objects.count() == 1


def test_a_stores_form_names_the_field_of_a_bad_zone():
    store = StoreFactory()
    store.time_zone = "Asia/Beijing"

    with pytest.raises(ValidationError) as refusal:
        store.clean()

    assert list(refusal.value.message_dict) == ["time_zone"]


def test_a_business_day_is_the_stores_own():
    store = StoreFactory(time_zone="America/New_York", country="US", currency="USD")

    assert store.business_date(datetime(2026, 3, 8, 7, 59, tzinfo=UTC)) == date(2026, 3, 7)
    assert store.business_date(datetime(2026, 3, 8, 8, 0, tzinfo=UTC)) == date(2026, 3, 8)
    assert store.day_bounds(date(2026, 3, 8))[0] == datetime(2026, 3, 8, 8, tzinfo=UTC)
    assert store.end_of(date(2026, 3, 7)) == datetime(2026, 3, 8, 8, tzinfo=UTC)


def test_the_owner_adds_a_year_the_calendar_does_not_know():
    store = StoreFactory()
    with pytest.raises(HolidayCalendarMissing, match="The holidays of China in 2031"):
        is_rest_day_in(store, date(2031, 10, 1))

    CalendarDay.objects.create(country="CN", day=date(2031, 10, 1), is_rest_day=True)

    assert is_rest_day_in(store, date(2031, 10, 1))
    assert not is_rest_day_in(store, date(2031, 10, 2))
    assert is_rest_day_in(store, date(2031, 10, 4))


def test_a_till_key_opens_its_scopes_until_it_is_revoked():
    till = TillFactory()

    key, secret = issue_till_key(till=till, name="front", scopes=["read", "draw", "read"])

    assert key.scopes == ["draw", "read"]
    assert (key.allows("draw"), key.allows("sell")) == (True, False)
    assert secret not in {key.hashed_key, key.pk}
    assert TillKey.objects.is_valid(secret)
    revoke_till_key(key=key)
    assert not TillKey.objects.is_valid(secret)


def test_refuses_a_scope_no_key_opens():
    till = TillFactory()

    with pytest.raises(UnknownScope):
        issue_till_key(till=till, name="front", scopes=["read", "everything"])

    assert not TillKey.objects.exists()
    key, _secret = issue_till_key(till=till, name="front", scopes=["read"])
    with pytest.raises(IntegrityError), transaction.atomic():
        TillKey.objects.filter(pk=key.pk).update(scopes=["everything"])


def test_refuses_a_till_code_twice_in_one_store_only():
    till = TillFactory(code="1")
    TillFactory(code="1")

    with pytest.raises(CodeTaken):
        create_till(store=till.store, code="1")

    assert Till.objects.count() == 2


def test_refuses_a_choice_without_choices():
    with pytest.raises(ChoicesMissing):
        define_attribute(key="drink", name="Drink", kind="choice")


def test_a_clerk_sees_their_stores_an_owner_and_an_auditor_all():
    mine, other = StoreFactory(), StoreFactory()
    clerk = UserFactory(stores=[mine])
    owner = UserFactory(role="owner", stores=[])
    auditor = UserFactory(role="auditor", stores=[])

    assert set(stores_of(clerk)) == {mine}
    assert set(stores_of(owner)) == set(stores_of(auditor)) == {mine, other}


def test_somebody_who_left_sees_nothing_and_cannot_log_in(rf):
    owner = UserFactory(role="owner", stores=[])
    clerk = UserFactory(username="li")
    assert authenticate(rf.post("/"), username="li", password=PASSWORD) == clerk

    gone = deactivate_staff(user=clerk, by=owner)

    assert not stores_of(gone).exists()
    assert authenticate(rf.post("/"), username="li", password=PASSWORD) is None


def test_the_last_owner_stays_and_nobody_deactivates_themselves():
    owner = UserFactory(role="owner", stores=[])
    with pytest.raises(LastOwner):
        deactivate_staff(user=owner, by=None)
    UserFactory(role="owner", stores=[])
    with pytest.raises(NotYourself):
        deactivate_staff(user=owner, by=owner)

    owner.refresh_from_db()
    assert owner.is_active


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"username": "two words"}, BadUsername),
        ({"role": "king"}, UnknownRole),
        ({"role": "manager", "stores": []}, StoreNeeded),
        ({"password": "12345678"}, WeakPassword),
    ],
)
def test_refuses_staff_that_cannot_be_and_writes_nothing(fields, refusal):
    with pytest.raises(refusal):
        UserFactory(**fields)

    assert not User.objects.exists()


def test_a_name_stays_with_who_had_it():
    owner = UserFactory(role="owner", stores=[])
    deactivate_staff(user=UserFactory(username="li"), by=owner)

    with pytest.raises(UsernameTaken):
        UserFactory(username="li")

    assert User.objects.count() == 2


def test_the_command_sets_up_a_store(capsys):
    call_command(
        "create_store", "us1", "--name", "Diner", "--country", "us", "--currency", "usd",
        "--time-zone", "America/Boise", "--language", "en", "--day-cut", "03:30",
    )  # fmt: skip

    store = Store.objects.get()
    assert capsys.readouterr().out == "Created the store us1 (Diner).\n"
    assert (store.country, store.currency, store.day_cut) == ("US", "USD", time(3, 30))


def test_the_command_says_why_not():
    with pytest.raises(CommandError, match="Mars/Olympus is not a time zone"):
        call_command(
            "create_store", "m", "--name", "M", "--country", "CN", "--currency", "CNY",
            "--time-zone", "Mars/Olympus",
        )  # fmt: skip

    assert not Store.objects.exists()


def test_the_command_lets_staff_in_with_a_password_from_a_file(tmp_path, capsys):
    StoreFactory(code="bbq")
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n")

    call_command(
        "create_staff", "li", "--role", "clerk", "--store", "bbq", "--password-file", str(file)
    )

    user = User.objects.get(username="li")
    assert capsys.readouterr().out == "Created li (clerk).\n"
    assert user.check_password(PASSWORD)
    assert [store.code for store in user.stores.all()] == ["bbq"]
    assert user.language == "zh-hans"


def test_the_command_refuses_an_unknown_store(monkeypatch):
    monkeypatch.setenv("STAFF_PASSWORD", PASSWORD)

    with pytest.raises(CommandError, match="There is no store nowhere"):
        call_command("create_staff", "li", "--role", "clerk", "--store", "nowhere")

    assert not User.objects.exists()
