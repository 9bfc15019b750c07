"""One box finds a member: by phone, last four digits, card, name or pinyin.

Members belong to the business and not to a store: whoever stands at a till may find any member by
what that member says or shows, since chains honour a card in every branch. What is scoped to stores
is the list: browsing, filtering and exporting see the members of the person's own stores.

A search is a union of a few small questions, each answered in order from its own index and each cut
off at ``limit``, so that its cost does not grow with the number of members.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet, Value

from common.names import has_han, typed
from common.phones import dialling_code
from members.models import Card, Member, Store
from members.models.people import MemberQuerySet

LONGEST_TEXT = 80
DIGITS = re.compile(r"\+?[0-9]+")
PHONE_NOISE = re.compile(r"[\s\-().]+")
FEWEST_PHONE_DIGITS = 3
LONGEST_INITIALS = 8

NUMBER, WHOLE, BEGINNING = range(3)


class Question(NamedTuple):
    """One narrow search: how good its hits are, which they are, the index order they come in."""

    rank: int
    members: MemberQuerySet
    order: tuple[str, ...] = ()


def search_members(
    text: str, stores: Iterable[Store], limit: int = 20, among: MemberQuerySet | None = None
) -> list[Member]:
    """Members the text may mean, likeliest first, at most ``limit``.

    A card or member number comes first, then whole names, initials and last four digits, then
    beginnings. ``stores`` are where the question is asked: their countries say how
    a phone without country code is dialled, and their own members come first among equals. Nobody
    merged or erased is found; a lost or replaced card finds nobody. ``among`` narrows the search
    to a list somebody is already looking at.
    """
    stores = list(stores)
    home = {store.pk for store in stores}
    ranks = _best_ranks(member_questions(text, stores, among), limit)
    members = Member.objects.select_related("tier", "home_store").in_bulk(ranks)
    whole = {text.strip(), *_keys(text)}

    def likelihood(member: Member) -> tuple[int, bool, str, int]:
        rank = ranks[member.pk]
        if not whole.isdisjoint({member.name, member.pinyin, member.initials, member.last_word}):
            rank = min(rank, WHOLE)
        return rank, member.home_store_id not in home, member.pinyin, member.pk

    return sorted(members.values(), key=likelihood)[:limit]


def member_questions(
    text: str, stores: Sequence[Store], among: MemberQuerySet | None = None
) -> list[Question]:
    """The narrow searches one text stands for; none for an empty text."""
    text = unicodedata.normalize("NFKC", text[:LONGEST_TEXT]).replace("\x00", "").strip()
    if not text:
        return []
    found = (Member.objects.all() if among is None else among).findable()
    number = PHONE_NOISE.sub("", text)
    if DIGITS.fullmatch(number):
        return [*_by_number(found, text), *_by_phone(found, number, stores)]
    return [*_by_number(found, text), *_by_name(found, text)]


def union_of(questions: Sequence[Question], limit: int) -> QuerySet[Member, tuple[int, int]]:
    """All questions as one statement of (member id, rank) rows, ``limit`` of each."""
    parts = [
        question.members.annotate(rank=Value(question.rank))
        .order_by(*question.order)
        .values_list("pk", "rank")[:limit]
        for question in questions
    ]
    return parts[0].union(*parts[1:], all=True)


def _best_ranks(questions: Sequence[Question], limit: int) -> dict[int, int]:
    ranks: dict[int, int] = {}
    if questions:
        for pk, rank in union_of(questions, limit):
            ranks[pk] = min(rank, ranks.get(pk, rank))
    return ranks


def _by_number(found: MemberQuerySet, text: str) -> Iterator[Question]:
    """What a scanner types: a card, or the member's own number."""
    cards = Card.objects.filter(number__in={text, text.upper()}, status=Card.Status.ACTIVE)
    yield Question(NUMBER, found.filter(pk__in=cards.values("member")))
    yield Question(NUMBER, found.filter(number=text))
    yield Question(NUMBER, found.filter(pk__in=_survivors(Q(number=text))))


def _survivors(whom: Q) -> QuerySet[Member, Any]:
    """Those whom merged members became, so that an old number or phone still finds the person."""
    return Member.objects.filter(whom, status=Member.Status.MERGED).values("merged_into")


def _by_phone(found: MemberQuerySet, number: str, stores: Sequence[Store]) -> Iterator[Question]:
    if len(number) == 4:
        # A hundred may end alike: asked first and alone, one's own members are among the few.
        ending = found.phone_ending(number)
        yield Question(WHOLE, ending.filter(home_store__in=[store.pk for store in stores]))
        yield Question(WHOLE, ending)
        merged = Member.objects.phone_ending(number)
        yield Question(WHOLE, found.filter(pk__in=_survivors(Q(pk__in=merged.values("pk")))))
    elif len(number.lstrip("+")) >= FEWEST_PHONE_DIGITS:
        for beginning in sorted(_dialled(number, stores)):
            yield Question(BEGINNING, found.filter(phone__startswith=beginning), ("phone",))
        whole = Q(phone__in=_dialled(number, stores))
        yield Question(BEGINNING, found.filter(pk__in=_survivors(whole)))


def _dialled(number: str, stores: Sequence[Store]) -> set[str]:
    """The number in E.164, or its beginning, for each country it may be dialled in."""
    if number.startswith("+"):
        return {number}
    codes = {dialling_code(store.country) for store in stores}
    # Dialled at home many countries put a 0 before the number; others have numbers with one.
    national = {f"+{code}{part}" for code in codes for part in {number, number.removeprefix("0")}}
    return national | {f"+{number}" for code in codes if code and number.startswith(code)}


def _by_name(found: MemberQuerySet, text: str) -> Iterator[Question]:
    # In the order of their own index the whole names come before the longer ones.
    if has_han(text):
        yield Question(BEGINNING, found.filter(name__startswith=text), ("name",))
        return
    for key in sorted(_keys(text)):
        yield Question(BEGINNING, found.filter(pinyin__startswith=key), ("pinyin",))
        yield Question(BEGINNING, found.filter(last_word__startswith=key), ("last_word",))
        if len(key) <= LONGEST_INITIALS:
            yield Question(BEGINNING, found.filter(initials__startswith=key), ("initials",))


def _keys(text: str) -> set[str]:
    """The text as a name's keys would have it, in one word or several."""
    words = typed(text)
    return {words, words.replace(" ", "")}
