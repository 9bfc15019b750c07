"""What people type about a member, turned into the values of its columns. No database, no clock.

The single form of the counter and the thousand rows of an import go through the same rule.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from common.direction import unturned
from common.errors import DomainError
from common.lunar import read_lunar_day
from common.names import name_keys
from common.phones import to_e164
from members.rules.birthdays import Birthday, check_birthday

LENGTHS = {
    "name": 120,
    "email": 254,
    "address": 300,
    "region": 120,
    "lunar_birthday": 40,
    "occupation": 120,
    "education": 120,
    "channel": 32,
}
TEXTS = frozenset({*LENGTHS, "notes", "phone", "gender"})
GENDERS = {
    "": "",
    "f": "F", "female": "F", "woman": "F", "女": "F", "女士": "F",
    "m": "M", "male": "M", "man": "M", "男": "M", "先生": "M",
    "x": "X", "other": "X", "其他": "X",
    "保密": "", "未知": "", "unknown": "",
}  # fmt: skip


class BadEmail(DomainError):
    """The text is no e-mail address."""

    code = "bad_email"
    message = _("%(text)s is not an e-mail address. Check it, or leave it out.")


class UnknownGender(DomainError):
    """The text names no gender this shop writes down."""

    code = "unknown_gender"
    message = _("%(text)s is not known as a gender. Use F, M or X, or leave it out.")


class TextTooLong(DomainError):
    """The text does not fit."""

    code = "text_too_long"
    message = _("The text for %(field)s has more than %(longest)s characters. Shorten it.")


class UnknownField(DomainError):
    """Members have no such field."""

    code = "unknown_field"
    message = _("%(field)s is not a field that can be set on a member.")


def normalise_member_fields(
    fields: Mapping[str, Any], *, country: str, today: date
) -> dict[str, Any]:
    """Turn raw fields into column values, adding what is derived from them.

    Takes any of the texts ``name phone email address region lunar_birthday gender occupation
    education channel notes`` and ``birthday`` (a Birthday or ``None``); returns only columns the
    given fields decide. Names keep every character that can be seen, but
    not the blanks around them nor marks that turn the direction of writing. A phone is read
    as one of ``country``; none is ``None``.

    Raises BadPhone, PhoneLostDigits, BadEmail, BadBirthday, UnknownGender, TextTooLong,
    UnknownField.

    >>> normalise_member_fields({"phone": "138 0013 8000"}, country="CN", today=date(2026, 1, 1))
    {'phone': '+8613800138000'}
    """
    columns: dict[str, Any] = {}
    for field, value in fields.items():
        columns |= _columns(field, value, country=country, today=today)
    return columns


def _columns(field: str, value: Any, *, country: str, today: date) -> dict[str, Any]:
    if field == "birthday":
        return _birthday_columns(value or Birthday(), today)
    if field not in TEXTS:
        raise UnknownField(field=field)
    text = _text(field, value)
    if field == "phone":
        return {"phone": to_e164(text, country) if text else None}
    reader = READERS.get(field)
    return reader(text) if reader else {field: text}


def _text(field: str, value: Any) -> str:
    # PostgreSQL stores no NUL; nothing a person types contains one.
    text = unturned(str(value or "").replace("\x00", "")).strip()
    if len(text) > LENGTHS.get(field, len(text)):
        raise TextTooLong(field=field, longest=LENGTHS[field])
    return text


def _name_columns(name: str) -> dict[str, str]:
    keys = name_keys(name)
    return {
        "name": name,
        "pinyin": keys.pinyin[:240],
        "initials": keys.initials[:60],
        "last_word": keys.last_word[:120],
    }


def _email_columns(text: str) -> dict[str, str]:
    if text:
        try:
            validate_email(text)
        except ValidationError:
            raise BadEmail(text=text) from None
    return {"email": text}


def _birthday_columns(birthday: Birthday, today: date) -> dict[str, int | None]:
    year, month, day = check_birthday(birthday, today=today)
    return {"birth_year": year, "birth_month": month, "birth_day": day}


def _lunar_columns(said: str) -> dict[str, Any]:
    found = read_lunar_day(said)
    return {
        "lunar_birthday": said,
        "lunar_month": found.month if found else None,
        "lunar_day": found.day if found else None,
        "lunar_leap": found.is_leap if found else False,
    }


def _gender_columns(text: str) -> dict[str, str]:
    try:
        return {"gender": GENDERS[text.casefold()]}
    except KeyError:
        raise UnknownGender(text=text) from None


READERS: dict[str, Callable[[str], dict[str, Any]]] = {
    "name": _name_columns,
    "email": _email_columns,
    "lunar_birthday": _lunar_columns,
    "gender": _gender_columns,
}
