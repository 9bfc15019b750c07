"""Enrolling a member: what is kept, what is refused, what a repetition does."""

from datetime import date
from uuid import UUID

import pytest

from common.phones import BadPhone, PhoneLostDigits
from members.models import Card, Member
from members.operations import (
    BadCardNumber,
    CardTaken,
    NothingToEnrol,
    PhoneTaken,
    enrol,
    update_member,
)
from members.rules.birthdays import BadBirthday, Birthday
from members.rules.fields import BadEmail, UnknownField, UnknownGender
from tests.members.factories import NOON, MemberFactory, StoreFactory, UserFactory

pytestmark = pytest.mark.django_db

ASKED = UUID("0193a000-0000-7000-8000-000000000001")


def test_keeps_what_was_said_and_what_search_needs():
    store = StoreFactory()
    clerk = UserFactory(stores=[store])

    member = enrol(
        store=store,
        at=NOON,
        by=clerk,
        name=" 曾国藩 ",
        phone="'138 0013 8000",
        gender="男",
        birthday=Birthday(None, 8, 12),
        lunar_birthday="八月十五",
        cards=["000080"],
    )

    member.refresh_from_db()
    assert (member.name, member.phone, member.gender) == ("曾国藩", "+8613800138000", "M")
    assert (member.birth_year, member.birth_month, member.birth_day) == (None, 8, 12)
    assert (member.lunar_birthday, member.lunar_month, member.lunar_day) == ("八月十五", 8, 15)
    assert (member.pinyin, member.initials, member.last_word) == ("zengguofan", "zgf", "guofan")
    assert (member.home_store, member.created_by, member.created_at) == (store, clerk, NOON)
    assert member.joined_on == date(2026, 5, 1)
    assert [card.number for card in member.cards.all()] == ["000080"]


def test_a_name_turns_nothing_that_stands_around_it():
    store = StoreFactory()
    clerk = UserFactory(stores=[store])

    member = enrol(store=store, at=NOON, by=clerk, name="\u202eecilA\u202c \u2067ليلى\u2069")
    update_member(member=member, at=NOON, by=clerk, notes="\u202dsaid\u202c")

    member.refresh_from_db()
    assert (member.name, member.notes) == ("ecilA ليلى", "said")
    assert str(Member(name="\u202eecilA")) == "ecilA"


def test_numbers_members_one_after_the_other():
    store = StoreFactory()

    first = MemberFactory(store=store)
    second = MemberFactory(store=store)

    assert len(first.number) == 8
    assert int(second.number) == int(first.number) + 1


def test_joins_on_the_business_day_before_the_day_cut():
    store = StoreFactory()
    night = NOON.replace(hour=18, minute=30)  # 02:30 on 2 May in Shanghai

    member = MemberFactory(store=store, at=night)

    assert member.joined_on == date(2026, 5, 1)


def test_two_members_may_have_no_phone():
    store = StoreFactory()

    MemberFactory(store=store, name="张三", phone="")
    MemberFactory(store=store, name="李四", phone=None)

    assert Member.objects.filter(phone__isnull=True).count() == 2


def test_refuses_a_phone_in_use_and_says_whose():
    holder = MemberFactory(name="王小明", phone="13800138000")

    with pytest.raises(PhoneTaken) as refusal:
        MemberFactory(name="李四", phone="+86 138-0013-8000")

    assert refusal.value.as_dict() == {
        "code": "phone_taken",
        "message": (
            f"The phone 138****8000 already belongs to 王**, member {holder.number}. "
            "Open that member, or enter another phone."
        ),
        "params": {"phone": "138****8000", "holder": "王**", "number": holder.number},
    }
    assert Member.objects.count() == 1


def test_a_merged_member_leaves_the_phone_free():
    kept = MemberFactory(phone="13800138001")
    merged = MemberFactory(phone="13800138000")
    Member.objects.filter(pk=merged.pk).update(status="merged", merged_into=kept)

    again = MemberFactory(phone="13800138000")

    assert again.phone == "+8613800138000"


def test_a_taken_card_leaves_no_half_member_behind():
    MemberFactory(cards=["000080"])

    with pytest.raises(CardTaken):
        MemberFactory(cards=["000081", "000080"])

    assert Member.objects.count() == 1
    assert Card.objects.count() == 1


def test_the_same_request_makes_one_member():
    store = StoreFactory()
    said = {"store": store, "name": "王小明", "phone": "13800138000", "at": NOON, "by": None}

    first = enrol(request_id=ASKED, **said)
    second = enrol(request_id=ASKED, **said)

    assert first == second
    assert Member.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({}, NothingToEnrol),
        ({"gender": "F"}, NothingToEnrol),
        ({"phone": "1380013800"}, BadPhone),
        ({"phone": "1.38E+10"}, PhoneLostDigits),
        ({"email": "nobody@"}, BadEmail),
        ({"name": "A", "gender": "often"}, UnknownGender),
        ({"name": "A", "birthday": Birthday(2026, 2, 29)}, BadBirthday),
        ({"name": "A", "birthday": Birthday(2026, 5, 2)}, BadBirthday),
        ({"name": "A", "status": "erased"}, UnknownField),
        ({"cards": [" \n "]}, BadCardNumber),
    ],
)
def test_refuses_what_cannot_be_and_writes_nothing(fields, refusal):
    store = StoreFactory()

    with pytest.raises(refusal):
        enrol(store=store, at=NOON, by=None, **fields)

    assert not Member.objects.exists()
