"""Enrols people nobody knows yet, a whole group of rows at a time.

What search reads of a name is worked out when the file is checked and kept with the row, so that
booking only has to copy.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from common.errors import DomainError
from imports.models import ImportRow
from imports.operations.cards import issued_at
from imports.operations.job import Job
from imports.operations.pinning import pin_tags
from imports.operations.staging import as_json, copy_rows, next_keys
from imports.operations.tiers import TierBook
from imports.queries.matching import TEXT_FIELDS
from imports.rules import findings
from imports.rules.own_list import BLOCKED
from members.models import Card, Member, TierHolding
from members.rules.birthdays import Birthday
from members.rules.fields import normalise_member_fields

SOURCE = "import"
TEXTS = tuple(name for name in TEXT_FIELDS if name != "phone")
BIRTHDAY = ("year", "month", "day")
DERIVED = ("pinyin", "initials", "last_word", "lunar_month", "lunar_day", "lunar_leap")
NOT_DERIVED: dict[str, Any] = dict.fromkeys(DERIVED, "") | {
    "lunar_month": None,
    "lunar_day": None,
    "lunar_leap": False,
}
MEMBER_COLUMNS = (
    *("id", "phone", *TEXTS, "birth_year", "birth_month", "birth_day", *DERIVED),
    *("attributes", "external_ids", "home_store_id", "joined_on", "tier_id", "request_id"),
    *("status", "created_by_id", "created_at"),
)
HOLDING_COLUMNS = ("member_id", "tier_id", "since", "until", "source", "inputs", "decided_by_id")
CARD_COLUMNS = ("member_id", "number", "kind", "status", "issued_at")
CONSENT_COLUMNS = ("member_id", "channel", "state", "at", "source", "operator_id")

type Person = tuple[ImportRow, int]


def as_fields(values: Mapping[str, Any]) -> dict[str, Any]:
    """What ``normalise_member_fields`` takes of a row's values."""
    fields = {name: values[name] for name in TEXT_FIELDS if values.get(name)}
    if birthday := values.get("birthday"):
        fields["birthday"] = Birthday(*(birthday[part] for part in BIRTHDAY))
    return fields


def derive(values: dict[str, Any], job: Job) -> None:
    """Keep with a row's values the columns that follow from them; none where they are refused."""
    values.pop("derived", None)
    try:
        values["derived"] = derived_from(values, job)
    except DomainError:
        # Booking says so, row by row.
        return


def derived_from(values: Mapping[str, Any], job: Job) -> dict[str, Any]:
    """The columns that follow from a row's values. Raises what ``normalise_member_fields`` does."""
    store = job.store_of(values.get("store_pk"))
    columns = normalise_member_fields(
        as_fields(values), country=store.country, today=max(job.today(store), job.at.date())
    )
    return {name: columns[name] for name in DERIVED if columns.get(name)}


def enrol_all(rows: Sequence[ImportRow], job: Job, tiers: TierBook) -> list[ImportRow]:
    """Enrol who is behind each row, with card, tier and what they agreed to; returns those rows.

    Sets member and outcome; a row whose values no member can have becomes an error.
    """
    good = [row for row in rows if _is_good(row, job)]
    people = list(zip(good, next_keys("members_member", len(good)), strict=True))
    tier_of = {row.number: tiers.of(row.values.get("tier")) for row in good}
    copy_rows(
        "members_member",
        MEMBER_COLUMNS,
        (
            _member(row, pk, tier.pk if (tier := tier_of[row.number]) else None, job)
            for row, pk in people
        ),
    )
    add_cards([card_columns(row, pk, job) for row, pk in people if row.values.get("card")])
    add_consents(
        [
            (pk, channel, state)
            for row, pk in people
            for channel, state in row.values.get("consents", {}).items()
        ],
        job,
    )
    _hold_tiers(
        [
            (pk, tier.pk, tier_until(row, job))
            for row, pk in people
            if (tier := tier_of[row.number])
        ],
        job,
    )
    pin_tags(people, job)
    for row, pk in people:
        row.member_id, row.outcome = pk, ImportRow.Outcome.CREATED
    return good


def _is_good(row: ImportRow, job: Job) -> bool:
    if "derived" not in row.values:
        try:
            row.values["derived"] = derived_from(row.values, job)
        except DomainError as error:
            row.outcome = ImportRow.Outcome.ERROR
            row.errors.append(findings.finding(findings.RowFailed(why=str(error))))
            return False
    return True


def _member(row: ImportRow, pk: int, tier_pk: int | None, job: Job) -> tuple[Any, ...]:
    """The columns of a new member, in the order of MEMBER_COLUMNS."""
    values = row.values
    store = job.store_of(values.get("store_pk"))
    birthday = values.get("birthday") or {}
    derived = NOT_DERIVED | values["derived"]
    return (
        *(pk, values.get("phone") or None),
        *(values.get(name, "") for name in TEXTS),
        *(birthday.get(part) for part in BIRTHDAY),
        *(derived[name] for name in DERIVED),
        as_json(_attributes(row, job)),
        as_json(values.get("external_ids", {})),
        *(store.pk, values.get("joined") or job.today(store), tier_pk, row.key),
        *(_status(row, job).value, job.by.pk if job.by else None, job.at),
    )


def _status(row: ImportRow, job: Job) -> Member.Status:
    """Blocked where the list says so and an owner imports it; a script or a manager blocks none."""
    is_blocked = "blocked" in row.values and job.may_block
    return Member.Status.BLOCKED if is_blocked else Member.Status.ACTIVE


def _attributes(row: ImportRow, job: Job) -> dict[str, str]:
    """What is kept beside the fields, a block that nobody here may make among it."""
    header = "" if job.may_block else row.values.get("blocked", "")
    kept: dict[str, str] = row.values.get("attributes", {})
    return kept | ({header: BLOCKED} if header else {})


def card_columns(row: ImportRow, pk: int, job: Job) -> tuple[Any, ...]:
    """The columns of the card a row names for a member (by key), in the order of CARD_COLUMNS."""
    values = row.values
    kind = values.get("card_kind", Card.Kind.CARD.value)
    status = values.get("card_status", Card.Status.ACTIVE.value)
    return pk, values["card"], kind, status, issued_at(row, job)


def add_cards(cards: Sequence[tuple[Any, ...]]) -> None:
    """Give members these cards, each as ``card_columns`` has it."""
    copy_rows("members_card", CARD_COLUMNS, cards)


def add_consents(said: Sequence[tuple[int, str, str]], job: Job) -> None:
    """Note what members (by key) said about channels."""
    by = job.by.pk if job.by else None
    rows = ((pk, channel, state, job.at, SOURCE, by) for pk, channel, state in said)
    copy_rows("members_consent", CONSENT_COLUMNS, rows)


def tier_until(row: ImportRow, job: Job) -> datetime | None:
    """The end of a tier that is held for a time."""
    last_day = row.values.get("tier_until")
    return job.batch.store.end_of(date.fromisoformat(last_day)) if last_day else None


def _hold_tiers(held: Sequence[tuple[int, int, datetime | None]], job: Job) -> None:
    by, source = job.by.pk if job.by else None, TierHolding.Source.IMPORT.value
    rows = ((pk, tier, job.at, until, source, "{}", by) for pk, tier, until in held)
    copy_rows("members_tierholding", HOLDING_COLUMNS, rows)


def joined_on(values: Mapping[str, Any]) -> date | None:
    """The day a row says somebody joined."""
    return date.fromisoformat(said) if (said := values.get("joined")) else None
