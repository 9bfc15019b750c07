"""One box finds a member: by what, in which order, and how dearly."""

import json

import pytest
from django.db import connection

from members.models import Card, Member
from members.operations import add_card, erase_member
from members.queries import search_members
from members.queries.search import member_questions, union_of
from tests.members.factories import NOON, MemberFactory, StoreFactory

pytestmark = pytest.mark.django_db


def names(text, *stores, limit=20):
    return [member.name for member in search_members(text, stores, limit)]


def test_finds_by_the_last_four_digits_own_members_first():
    here, there = StoreFactory(), StoreFactory()
    MemberFactory(store=there, name="安安", phone="13900008000")
    MemberFactory(store=here, name="王小明", phone="13800138000")
    MemberFactory(store=here, name="李四", phone="13800138001")

    assert names("8000", here) == ["王小明", "安安"]


@pytest.mark.parametrize(
    "text", ["138", "138 0013", "13800138000", "+86 138 0013 8000", "86138001", "１３８００１３"]
)
def test_finds_by_the_beginning_or_all_of_a_phone(text):
    store = StoreFactory()
    MemberFactory(store=store, name="王小明", phone="13800138000")
    MemberFactory(store=store, name="李四", phone="13900138000")

    assert names(text, store) == ["王小明"]


def test_dials_as_in_the_country_of_the_store():
    store = StoreFactory(country="GB", currency="GBP", time_zone="Europe/London")
    MemberFactory(store=store, name="Ada", phone="020 7946 0958")

    assert names("020 7946", store) == ["Ada"]


def test_two_digits_are_too_few_for_a_phone():
    store = StoreFactory()
    MemberFactory(store=store, phone="13800138000")

    assert names("13", store) == []


def test_an_exact_card_comes_before_a_phone_that_begins_like_it():
    store = StoreFactory()
    MemberFactory(store=store, name="甲", phone="13800138000")
    MemberFactory(store=store, name="乙", phone="13900139000", cards=["13800"])

    assert names("13800", store) == ["乙", "甲"]


def test_finds_a_card_with_leading_zeros_and_only_as_it_is():
    store = StoreFactory()
    MemberFactory(store=store, name="甲", phone="", cards=["000080"])

    assert names("000080", store) == ["甲"]
    assert names("80", store) == []


def test_finds_a_card_typed_in_small_letters():
    store = StoreFactory()
    MemberFactory(store=store, name="甲", cards=["T00300"])

    assert names("t00300", store) == ["甲"]


def test_a_lost_card_finds_nobody():
    store = StoreFactory()
    member = MemberFactory(store=store)
    card = add_card(member=member, number="T1", at=NOON)
    card.status = "lost"
    card.save()

    assert names("T1", store) == []


def test_finds_by_member_number():
    store = StoreFactory()
    member = MemberFactory(store=store, name="甲")

    assert names(member.number, store) == ["甲"]


def test_a_whole_name_comes_before_names_that_begin_with_it():
    store = StoreFactory()
    MemberFactory(store=store, name="王小")
    MemberFactory(store=store, name="王小明")
    MemberFactory(store=store, name="李小明")

    assert names("王小", store) == ["王小", "王小明"]


@pytest.mark.parametrize("text", ["zgf", "ZG", "zengguo", "zeng guofan", "guofan", "曾国"])
def test_finds_a_chinese_name_by_pinyin_and_initials(text):
    store = StoreFactory()
    MemberFactory(store=store, name="曾国藩")
    MemberFactory(store=store, name="李鸿章")

    assert names(text, store) == ["曾国藩"]


@pytest.mark.parametrize("text", ["leila", "Leila Cas", "castel", "lc", "LÉILA"])
def test_finds_a_latin_name_by_either_end(text):
    store = StoreFactory(country="US", currency="USD", time_zone="America/Boise")
    MemberFactory(store=store, name="Leila Castellan", phone="+15035550199")
    MemberFactory(store=store, name="Julian Vandermeer", phone="(415) 555-0196")

    assert names(text, store) == ["Leila Castellan"]


def test_finds_members_of_every_store():
    here, there = StoreFactory(), StoreFactory()
    MemberFactory(store=there, name="王小明", phone="13800138000")

    assert names("13800138000", here) == ["王小明"]


def test_finds_nobody_erased():
    store = StoreFactory()
    member = MemberFactory(store=store, name="王小明", phone="13800138000", cards=["T1"])
    erase_member(member=member, at=NOON, by=None)

    assert [names(text, store) for text in ("8000", "王", "T1", member.number)] == [[], [], [], []]


@pytest.mark.parametrize("text", ["", "   ", "%", "_", "\x00", "'; --", "😀", "+", "-"])
def test_nothing_typed_finds_nobody(text):
    store = StoreFactory()
    MemberFactory(store=store)

    assert names(text, store) == []


def test_gives_at_most_the_limit():
    store = StoreFactory()
    for _ in range(4):
        MemberFactory(store=store, name="王小明")

    assert len(names("王", store, limit=3)) == 3


def test_two_statements_whatever_is_typed(django_assert_num_queries):
    store = StoreFactory()
    MemberFactory(store=store, name="曾国藩", phone="13800138000")

    with django_assert_num_queries(2):
        search_members("zgf", [store])


@pytest.fixture
def twenty_thousand():
    """A store with members of whom one in ten is a 王 whose phone begins with 138."""
    store = StoreFactory()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO members_member (name, phone, pinyin, initials, last_word, home_store_id,
                joined_on, created_at, status, email, address, region, lunar_birthday, lunar_leap,
                gender, occupation, education, channel, notes, attributes, external_ids)
            SELECT CASE WHEN n %% 10 = 0 THEN '王' ELSE chr(20000 + n %% 5000) END || '小明',
                CASE WHEN n %% 10 = 0 THEN '+86138' ELSE '+86159' END || lpad(n::text, 8, '0'),
                CASE WHEN n %% 10 = 0 THEN 'wang' ELSE 'x' || n END || 'xiaoming',
                CASE WHEN n %% 10 = 0 THEN 'wxm' ELSE 'yxm' END, 'xiaoming', %s,
                '2026-01-01', '2026-01-01', 'active', '', '', '', '', false,
                '', '', '', '', '', '{}', '{}'
            FROM generate_series(1, 20000) n
            """,
            [store.pk],
        )
        cursor.execute(
            "INSERT INTO members_card (member_id, number, kind, status, issued_at)"
            " SELECT id, 'K' || number, 'card', 'active', created_at FROM members_member"
        )
        # Only the owner of the tables may gather statistics.
        cursor.execute("SELECT current_user")
        role = cursor.fetchone()[0]
        cursor.execute("RESET ROLE")
        cursor.execute("ANALYZE members_member, members_card")
        cursor.execute(f'SET ROLE "{role}"')
    assert Member.objects.count() == 20_000
    return store


def nodes(plan):
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


@pytest.mark.slow
@pytest.mark.parametrize(
    "text", ["8000", "138", "13800000010", "王", "王小明", "wang", "wxm", "xiaoming", "K10000001"]
)
def test_reads_indexes_and_few_rows_of_many_members(twenty_thousand, text):
    union = union_of(member_questions(text, [twenty_thousand]), limit=20)

    [line] = json.loads(union.explain(format="json", analyze=True))

    scans = [node for node in nodes(line["Plan"]) if "Scan" in node["Node Type"]]
    assert scans
    assert [node["Node Type"] for node in scans if node["Node Type"] == "Seq Scan"] == []
    assert max(node["Actual Rows"] * node["Actual Loops"] for node in scans) <= 60


@pytest.mark.slow
def test_the_beginning_of_a_card_number_reads_the_index_of_the_rule(twenty_thousand):
    asked = Card.objects.filter(number__startswith="K1000001")

    [line] = json.loads(asked.explain(format="json"))

    assert {node["Index Name"] for node in nodes(line["Plan"]) if "Index Name" in node} == {
        "members_card_number_once"
    }
