"""Keeping what is known of a member: changes on record, closed members left alone."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from members.models import Card, Dependant, Member, MemberChange
from members.operations import (
    MemberClosed,
    PhoneTaken,
    add_dependant,
    block_member,
    define_attribute,
    erase_member,
    set_attribute,
    tag_member,
    unblock_member,
    update_member,
)
from members.queries import UnknownAttribute, UnknownMember, member_numbered
from members.rules.attributes import BadAttributeValue
from members.rules.birthdays import Birthday
from tests.members.factories import NOON, MemberFactory, StoreFactory, TagFactory, UserFactory

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(days=1)


def test_a_change_is_kept_with_who_and_when():
    store = StoreFactory()
    manager = UserFactory(role="manager", stores=[store])
    member = MemberFactory(store=store, name="王小明", phone="13800138000")

    changed = update_member(
        member=member, at=LATER, by=manager, name="王大明", phone="13800138000", notes="VIP"
    )

    [line] = MemberChange.objects.filter(member=member)
    assert (changed.name, changed.pinyin, changed.notes) == ("王大明", "wangdaming", "VIP")
    assert (line.changed_at, line.changed_by) == (LATER, manager)
    assert line.before == {
        "name": "王小明", "pinyin": "wangxiaoming", "initials": "wxm", "last_word": "xiaoming",
        "notes": "",
    }  # fmt: skip
    assert line.after["name"] == "王大明"


def test_nothing_new_changes_nothing():
    member = MemberFactory(name="王小明", phone="13800138000")

    update_member(member=member, at=LATER, by=None, name="王小明", phone="13800138000")

    assert not MemberChange.objects.exists()


def test_refuses_to_take_another_members_phone_and_writes_nothing():
    MemberFactory(phone="13800138000")
    member = MemberFactory(phone="13800138001")

    with pytest.raises(PhoneTaken):
        update_member(member=member, at=LATER, by=None, phone="13800138000", notes="new")

    member.refresh_from_db()
    assert (member.phone, member.notes) == ("+8613800138001", "")
    assert not MemberChange.objects.exists()


def test_a_blocked_member_is_found_and_keeps_the_phone():
    member = MemberFactory(phone="13800138000")

    block_member(member=member, at=LATER, by=None)

    assert Member.objects.findable().get() == member
    assert not Member.objects.active().exists()
    with pytest.raises(PhoneTaken):
        MemberFactory(phone="13800138000")
    assert unblock_member(member=member, at=LATER, by=None).is_active


def test_erasing_takes_the_person_and_leaves_the_record():
    member = MemberFactory(
        name="王小明",
        phone="13800138000",
        email="w@example.com",
        birthday=Birthday(1990, 8, 12),
        gender="M",
        cards=["000080"],
    )
    add_dependant(member=member, at=NOON, nickname="豆豆", birthday=date(2025, 1, 1))
    tag_member(member=member, tag=TagFactory(), at=NOON, by=None)
    update_member(member=member, at=NOON, by=None, notes="owes a favour")

    erase_member(member=member, at=LATER, by=None)

    member.refresh_from_db()
    assert (member.status, member.name, member.phone, member.email) == ("erased", "", None, "")
    assert (member.birth_year, member.birth_month, member.birth_day) == (1990, None, None)
    assert (member.pinyin, member.notes, member.gender) == ("", "", "M")
    assert [c.number for c in Card.objects.all()] == [f"erased-{member.cards.get().pk}"]
    assert not Dependant.objects.exists()
    assert not member.tags.exists()
    assert [line.after for line in member.changes.all()] == [{"status": "erased"}]


def test_an_erased_members_phone_and_card_can_be_given_out_again():
    member = MemberFactory(phone="13800138000", cards=["000080"])
    erase_member(member=member, at=LATER, by=None)

    again = MemberFactory(phone="13800138000", cards=["000080"])

    assert again.cards.get().number == "000080"


def test_refuses_to_change_a_closed_member():
    member = MemberFactory()
    erase_member(member=member, at=LATER, by=None)

    with pytest.raises(MemberClosed, match="is closed: erased"):
        update_member(member=member, at=LATER, by=None, name="王小明")

    assert Member.objects.get().name == ""


def test_answers_the_shops_own_question():
    define_attribute(key="size", name="Shoe size", kind="number")
    define_attribute(key="drink", name="Drink", kind="choice", choices=["tea", "beer"])
    member = MemberFactory()

    set_attribute(member=member, key="size", value="42", at=LATER, by=None)
    set_attribute(member=member, key="drink", value="beer", at=LATER, by=None)
    set_attribute(member=member, key="size", value=None, at=LATER, by=None)

    member.refresh_from_db()
    assert member.attributes == {"drink": "beer"}
    assert member.changes.count() == 3


@pytest.mark.parametrize(
    ("kind", "value"), [("number", "4.5"), ("date", "1 May"), ("choice", "wine"), ("text", " ")]
)
def test_refuses_an_answer_that_does_not_fit(kind, value):
    choices = ["tea"] if kind == "choice" else []
    define_attribute(key="it", name="It", kind=kind, choices=choices)
    member = MemberFactory()

    with pytest.raises(BadAttributeValue):
        set_attribute(member=member, key="it", value=value, at=LATER, by=None)

    assert Member.objects.get().attributes == {}


def test_refuses_a_question_nobody_asks():
    member = MemberFactory()

    with pytest.raises(UnknownAttribute, match="no attribute size"):
        set_attribute(member=member, key="size", value=42, at=LATER, by=None)


def test_a_merged_members_number_leads_to_whom_they_became():
    kept = MemberFactory()
    merged = MemberFactory()
    Member.objects.filter(pk=merged.pk).update(status="merged", merged_into=kept)

    assert member_numbered(merged.number) == kept
    with pytest.raises(UnknownMember):
        member_numbered("1")


@pytest.mark.parametrize(
    "columns",
    [
        {"phone": "13800138000"},
        {"birth_month": 13},
        {"birth_month": 2, "birth_day": 30},
        {"birth_day": 1},
        {"birth_day": 30},
        {"birth_day": 31},
        {"lunar_day": 15},
        {"lunar_leap": True},
        {"birth_year": 1066},
        {"lunar_month": 8},
        {"status": "merged"},
        {"status": "gone"},
    ],
)
def test_the_database_refuses_what_no_member_can_be(columns):
    member = MemberFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        Member.objects.filter(pk=member.pk).update(**columns)


def test_an_age_is_never_overstated():
    member = MemberFactory(birthday=Birthday(2008, 5, None))

    assert member.age_on(date(2026, 5, 30)) == 17
    assert member.age_on(date(2026, 5, 31)) == 18
