"""Who a row of a log speaks of: by card, phone, number elsewhere, or a name only one member has."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from imports.models import ImportBatch, ImportRow
from imports.queries.listed import Listed
from imports.rules.spellings import normalise
from members.models import Card, Member
from members.models.people import MemberQuerySet

MEMBER_ID = re.compile(r"member|会员|會員|会員|회원", re.IGNORECASE)


def members_meant(rows: Sequence[ImportRow]) -> dict[int, Member]:
    """The member of each row (by its number) that names one the shop knows."""
    who = [row.values.get("who", {}) for row in rows]
    phones = reached_by_phone(said.get("phone") for said in who)
    cards = _by_card(number for said in who for number in (said.get("card"), _member_id(said)))
    lonely = [said for said in who if not {"phone", "card"} & set(said)]
    known = cards.keys() | phones.keys()
    unknown = [said for said in who if not known & {said.get("card"), said.get("phone")}]
    elsewhere = Elsewhere(number for said in unknown for number in _numbers(said).values())
    emails = _by_text(with_email(), "email", (said.get("email") for said in lonely))
    alone = (said.get("name") for said in lonely if "email" not in said)
    names = _by_text(Member.objects.findable(), "name", alone)
    found = {}
    for row, said in zip(rows, who, strict=True):
        numbers = _numbers(said)
        member = (
            cards.get(said.get("card", ""))
            or phones.get(said.get("phone", ""))
            or elsewhere.holder(numbers)
            or emails.get(said.get("email", ""))
            or cards.get(_member_id(said) or "")
        )
        if member is None and (namesake := names.get(said.get("name", ""))):
            # Whoever has another number in some system may be somebody else.
            member = namesake if not (numbers and namesake.external_ids) else None
        if member is not None:
            found[row.number] = member
    return found


def _numbers(said: Mapping[str, str]) -> dict[str, str]:
    """The numbers in another system that a row names its member by, each under its column."""
    marked = ((what.partition(":"), text) for what, text in said.items())
    return {column: text for (kind, _colon, column), text in marked if kind == "id"}


def _member_id(said: Mapping[str, str]) -> str | None:
    """What a log calls the id of a member, which many a door means as the number of their card."""
    numbers = _numbers(said).items()
    return next((number for column, number in numbers if MEMBER_ID.match(column.strip())), None)


class Elsewhere:
    """Who has these numbers in other systems."""

    def __init__(self, numbers: Iterable[str]) -> None:
        self.holders: dict[str, list[tuple[str, Member]]] = defaultdict(list)
        wanted = set(numbers)
        people = Member.objects.numbered_elsewhere(wanted).select_related("merged_into")
        for member in people if wanted else ():
            for system, number in member.external_ids.items():
                if number in wanted and member.status != Member.Status.ERASED:
                    self.holders[number].append((normalise(system), member.merged_into or member))

    def holder(self, numbers: Mapping[str, str]) -> Member | None:
        """The one member with a number in the column of that name, else in any column."""
        people = {one for number in numbers.values() for _system, one in self._have(number)}
        return self.named(numbers) or (people.pop() if len(people) == 1 else None)

    def named(self, numbers: Mapping[str, str]) -> Member | None:
        """The one member with a number in the column of that name."""
        people = {
            member
            for column, number in numbers.items()
            for system, member in self._have(number)
            if system == normalise(column)
        }
        return people.pop() if len(people) == 1 else None

    def _have(self, number: str) -> list[tuple[str, Member]]:
        return self.holders.get(number, [])


def reached_by_phone(wanted: Iterable[str | None]) -> dict[str, Member]:
    """Whose each phone is; one of a merged member is the phone of whom they were merged into."""
    phones = Listed({phone for phone in wanted if phone})
    merged = Member.objects.filter(status=Member.Status.MERGED, phone__in=phones)
    found = {one.phone: one.merged_into for one in merged.select_related("merged_into")}
    found |= {one.phone: one for one in Member.objects.findable().filter(phone__in=phones)}
    return {phone: one for phone, one in found.items() if phone and one}


def _by_card(wanted: Iterable[str | None]) -> dict[str, Member]:
    numbers = {number for number in wanted if number}
    cards = Card.objects.filter(number__in=Listed(numbers)).select_related("member__merged_into")
    return {card.number: card.member.merged_into or card.member for card in cards}


def with_email() -> MemberQuerySet:
    """Members to be found by their e-mail address; the index holds no others."""
    return Member.objects.findable().exclude(email="")


def _by_text(
    members: MemberQuerySet, column: str, wanted: Iterable[str | None]
) -> dict[str, Member]:
    """Members nobody shares the name or the e-mail address with."""
    texts = {text for text in wanted if text}
    called: dict[str, list[Member]] = defaultdict(list)
    for member in members.filter(**{f"{column}__in": Listed(texts)}):
        called[getattr(member, column)].append(member)
    return {text: people[0] for text, people in called.items() if len(people) == 1}


def holders_meant(rows: Sequence[ImportRow], batch: ImportBatch) -> dict[int, list[Member]]:
    """By row of a list of cards: the member with its member number, else all of its name.

    The number may be ours or that of another card. Members the list itself made are left out, so
    that the order of its rows makes no difference.
    """
    numbers = {said for row in rows if (said := row.values.get("member_number"))}
    by_number = _by_card(numbers) | {
        member.number: member for member in Member.objects.findable().filter(number__in=numbers)
    }
    named: dict[str, list[Member]] = defaultdict(list)
    names = {said for row in rows if (said := row.values.get("name"))}
    others = Member.objects.findable().filter(name__in=Listed(names))
    for member in others.exclude(request_id__in=batch.import_rows.values("key")).order_by("pk"):
        named[member.name].append(member)
    found = {}
    for row in rows:
        numbered = by_number.get(row.values.get("member_number", ""))
        meant = [numbered] if numbered else named.get(row.values.get("name", ""), [])
        if meant and (numbered or not row.values.get("phone")):
            found[row.number] = meant
    return found
