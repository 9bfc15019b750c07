"""Cards and dependants."""

from datetime import date, timedelta

import pytest
from django.utils import translation

from members.models import Card, Dependant
from members.operations import BadCardNumber, CardTaken, add_card, add_dependant
from members.queries import CardNotActive, UnknownCard, card_in_use
from members.rules.birthdays import BadBirthday
from tests.members.factories import NOON, MemberFactory

pytestmark = pytest.mark.django_db


def test_leading_zeros_live():
    member = MemberFactory()

    add_card(member=member, number=" 000080 ", at=NOON)

    assert card_in_use("000080").member == member
    with pytest.raises(UnknownCard):
        card_in_use("80")


def test_the_same_card_again_is_the_same_card():
    member = MemberFactory()

    first = add_card(member=member, number="T1", at=NOON)
    second = add_card(member=member, number="T1", at=NOON + timedelta(days=1))

    assert first == second
    assert Card.objects.get().issued_at == NOON


def test_refuses_somebody_elses_card_and_says_whose():
    holder = MemberFactory(name="王小明", cards=["T1"])
    other = MemberFactory()

    with pytest.raises(CardTaken) as refusal:
        add_card(member=other, number="T1", at=NOON)

    assert refusal.value.params == {"number": "T1", "holder": "王**", "member": holder.number}
    assert not other.cards.exists()


@pytest.mark.parametrize("number", ["", "  ", "a\nb", "x" * 65])
def test_refuses_what_cannot_be_on_a_card(number):
    member = MemberFactory()

    with pytest.raises(BadCardNumber):
        add_card(member=member, number=number, at=NOON)

    assert not Card.objects.exists()


def test_a_lost_card_says_so():
    card = add_card(member=MemberFactory(), number="T1", at=NOON)
    Card.objects.filter(pk=card.pk).update(status="lost")

    with pytest.raises(CardNotActive, match="The card T1 is lost and opens nothing"):
        card_in_use("T1")


def test_a_childs_stage_follows_its_age():
    member = MemberFactory()

    child = add_dependant(member=member, at=NOON, nickname="豆豆", birthday=date(2025, 11, 1))

    assert child.stage_on(date(2026, 4, 30)) == "m0_6"
    assert child.stage_on(date(2026, 5, 1)) == "m6_12"
    with translation.override("en"):
        assert str(child.stage_on(date(2026, 5, 1)).label) == "6 to 12 months"


def test_a_pet_has_no_stage():
    pet = add_dependant(member=MemberFactory(), at=NOON, kind="pet", birthday=date(2025, 1, 1))

    assert pet.stage_on(date(2026, 5, 1)) is None


@pytest.mark.parametrize("days", [{"birthday": date(2026, 5, 2)}, {"due_date": date(2027, 6, 1)}])
def test_refuses_a_child_of_the_future(days):
    member = MemberFactory()

    with pytest.raises(BadBirthday):
        add_dependant(member=member, at=NOON, **days)

    assert not Dependant.objects.exists()
