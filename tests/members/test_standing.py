"""Tiers, tags and consent: what is in force, and why."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils import translation

from members.models import Consent, MemberTag, TierHolding
from members.operations import (
    MemberClosed,
    TierChangeOutOfOrder,
    end_tier,
    erase_member,
    give_consent,
    set_tier,
    tag_member,
    untag_member,
    withdraw_consent,
)
from members.queries import (
    UnknownTier,
    consents_of,
    may_be_messaged,
    tier_in_force,
    tier_with_code,
)
from tests.members.factories import NOON, MemberFactory, TagFactory, TierFactory, UserFactory

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(days=30)


def test_a_new_tier_ends_the_one_before_and_says_why():
    member, silver, gold = MemberFactory(), TierFactory(), TierFactory(name="Gold")
    owner = UserFactory(role="owner", stores=[])
    set_tier(member=member, tier=silver, source="import", at=NOON, by=None)

    set_tier(
        member=member, tier=gold, source="earned", at=LATER, by=owner, inputs={"spend": 100000}
    )

    first, second = TierHolding.objects.order_by("since")
    member.refresh_from_db()
    assert member.tier == gold
    assert (first.tier, first.since, first.until) == (silver, NOON, LATER)
    assert (second.until, second.decided_by, second.inputs) == (None, owner, {"spend": 100000})
    assert tier_in_force(member, LATER - timedelta(seconds=1)) == first
    assert tier_in_force(member, LATER) == second


def test_the_same_tier_again_is_left_as_it_is():
    member, silver = MemberFactory(), TierFactory()
    first = set_tier(member=member, tier=silver, source="earned", at=NOON, by=None)

    again = set_tier(member=member, tier=silver, source="earned", at=LATER, by=None)

    assert again == first
    assert TierHolding.objects.get().since == NOON


def test_a_bought_tier_ends_by_itself():
    member, gold = MemberFactory(), TierFactory()

    set_tier(member=member, tier=gold, source="bought", at=NOON, until=LATER, by=None)

    assert tier_in_force(member, NOON).tier == gold
    assert tier_in_force(member, LATER) is None


def test_ending_a_tier_leaves_none():
    member, gold = MemberFactory(), TierFactory()
    set_tier(member=member, tier=gold, source="granted", at=NOON, by=None)

    end_tier(member=member, at=LATER)

    member.refresh_from_db()
    assert member.tier is None
    assert TierHolding.objects.get().until == LATER


def test_refuses_a_change_before_the_last_one():
    member, silver, gold = MemberFactory(), TierFactory(), TierFactory()
    set_tier(member=member, tier=gold, source="earned", at=LATER, by=None)

    with pytest.raises(TierChangeOutOfOrder):
        set_tier(member=member, tier=silver, source="earned", at=NOON, by=None)

    assert TierHolding.objects.count() == 1


def test_refuses_an_unknown_tier():
    with pytest.raises(UnknownTier, match="There is no tier platinum"):
        tier_with_code("platinum")


def test_a_name_is_shown_in_the_readers_language():
    tier = TierFactory(name="Silver", name_zh="银卡")
    typed_once = TierFactory(name="金卡", name_zh="")

    with translation.override("zh-hans"):
        assert (tier.label, str(typed_once)) == ("银卡", "金卡")
    with translation.override("en"):
        assert (tier.label, str(typed_once)) == ("Silver", "金卡")


def test_a_tag_is_pinned_once_and_taken_off():
    member, tag = MemberFactory(), TagFactory()

    tag_member(member=member, tag=tag, at=NOON, by=None)
    tag_member(member=member, tag=tag, at=LATER, by=None)

    assert MemberTag.objects.get().tagged_at == NOON
    untag_member(member=member, tag=tag)
    untag_member(member=member, tag=tag)
    assert not MemberTag.objects.exists()


def test_silence_is_not_consent_and_the_last_word_counts():
    member = MemberFactory()

    assert not may_be_messaged(member, "sms")
    give_consent(member=member, channel="sms", at=NOON, source="counter")
    assert may_be_messaged(member, "sms")
    assert not may_be_messaged(member, "email")
    withdraw_consent(member=member, channel="sms", at=LATER, source="reply TD")
    assert not may_be_messaged(member, "sms")
    assert [line.state for line in Consent.objects.order_by("at")] == ["given", "withdrawn"]


def test_saying_it_again_adds_nothing():
    member = MemberFactory()

    first = give_consent(member=member, channel="sms", at=NOON, source="counter")
    again = give_consent(member=member, channel="sms", at=LATER, source="form")

    assert again == first
    assert consents_of(member) == {"sms": first}


def test_an_older_word_found_later_does_not_win():
    member = MemberFactory()
    withdraw_consent(member=member, channel="email", at=LATER, source="letter")

    give_consent(member=member, channel="email", at=NOON, source="import")

    assert not may_be_messaged(member, "email")
    assert Consent.objects.count() == 2


@pytest.mark.parametrize("rewrite", ["update", "delete"])
@pytest.mark.parametrize("as_owner", [False, True])
def test_the_database_refuses_to_rewrite_consent(rewrite, as_owner):
    line = give_consent(member=MemberFactory(), channel="sms", at=NOON, source="counter")
    lines = Consent.objects.filter(pk=line.pk)

    role = "NONE" if as_owner else settings.APP_DB_ROLE
    refusal = "only grows" if as_owner else "permission denied"
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {role}")

    with pytest.raises(DatabaseError, match=refusal), transaction.atomic():
        lines.update(state="withdrawn") if rewrite == "update" else lines.delete()

    assert lines.get().state == "given"


def test_refuses_consent_of_an_erased_member():
    member = MemberFactory()
    erase_member(member=member, at=NOON, by=None)

    with pytest.raises(MemberClosed):
        give_consent(member=member, channel="sms", at=NOON, source="counter")

    assert not Consent.objects.exists()
