"""One box finds a member or enrols one."""

from uuid import uuid4

import pytest
from django.urls import reverse

from members.models import Card, Consent, Member


@pytest.mark.parametrize("text", ["8000", "1380013", "王", "wxm", "wangxiaoming", "C0001234"])
def test_finds_a_member_by(till, member, text):
    answer = till.panel("find", q=text)

    assert "王小明" in answer.content.decode()
    assert "138****8000" in answer.content.decode()
    assert "13800138000" not in answer.content.decode()


@pytest.mark.parametrize("text", ["13800138000", "138 0013 8000", "+8613800138000", "C0001234"])
def test_enter_with_a_whole_phone_or_a_card_opens_the_sheet(till, member, text):
    answer = till.open("home", q=text)

    assert answer.status_code == 302
    assert answer.headers["Location"] == reverse("counter:member", args=[member.number])


def test_a_whole_phone_opens_the_sheet_while_it_is_typed(till, member):
    answer = till.panel("find", q="13800138000")

    assert answer.status_code == 204
    assert reverse("counter:member", args=[member.number]) in answer.headers["HX-Location"]


def test_four_digits_never_open_anybody_unasked(till, member):
    assert till.panel("find", q="8000").status_code == 200
    assert till.open("home", q="8000").status_code == 200


def test_a_lost_card_says_so(till, member):
    Card.objects.update(status="lost")

    answer = till.open("home", q="C0001234")

    assert "opens nothing" in answer.content.decode()


def test_nobody_found_offers_to_enrol_with_the_phone(till, shop):
    answer = till.panel("find", q="13900139000")

    assert f"{reverse('counter:enrol')}?q=13900139000" in answer.content.decode()
    assert 'value="13900139000"' in till.panel("enrol", q="13900139000").content.decode()


def test_enrols_with_card_birthday_and_consent(till, shop):
    answer = till.send(
        "enrol",
        phone="13900139000",
        name="李芳",
        card="C77",
        birth_month="5",
        birth_day="2",
        consents=["sms", "wechat"],
    )

    member = Member.objects.get()
    assert answer.status_code == 204
    assert (member.phone, member.name, member.birth_month) == ("+8613900139000", "李芳", 5)
    assert (member.home_store, member.created_by) == (shop.store, shop.clerk)
    assert [card.number for card in member.cards.all()] == ["C77"]
    assert set(Consent.objects.values_list("channel", "state", "source")) == {
        ("sms", "given", "counter"),
        ("wechat", "given", "counter"),
    }


def test_a_second_enter_enrols_nobody_twice(till, shop):
    entry = uuid4()

    first = till.send("enrol", entry=entry, phone="13900139000", name="李芳", consents=["sms"])
    second = till.send("enrol", entry=entry, phone="13900139000", name="李芳", consents=["sms"])

    assert first.headers["HX-Location"] == second.headers["HX-Location"]
    assert (Member.objects.count(), Consent.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"phone": "13800138000"}, "already belongs to"),
        ({"phone": "12"}, "is not a phone number"),
        ({"name": " "}, "Give at least a name"),
        ({"name": "Li", "birth_month": "2", "birth_day": "30"}, "is not a birthday"),
        ({"name": "Li", "card": "C0001234"}, "already belongs to"),
    ],
)
def test_a_refused_enrolment_keeps_what_was_typed_and_writes_nothing(till, member, typed, sentence):
    answer = till.send("enrol", **typed, consents=["sms"])

    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in page
    assert all(f'value="{text}"' in page for text in typed.values() if not text.isdigit())
    assert (Member.objects.count(), Consent.objects.count()) == (1, 0)
