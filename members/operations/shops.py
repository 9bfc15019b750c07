"""Set up stores, tills and the keys of tills."""

import zoneinfo
from collections.abc import Iterable
from datetime import datetime, time

from babel.numbers import is_currency
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from common.constraints import broken_constraint
from common.errors import DomainError
from common.phones import dialling_code
from members.models import AttributeDefinition, IssuingEntity, Store, Till, TillKey
from members.models.shops import DEFAULT_DAY_CUT, Language, code_validator


class CodeTaken(DomainError):
    """Something of the kind has the code already."""

    code = "code_taken"
    message = _("The code %(code)s is taken already. Choose another one.")


class BadCode(DomainError):
    """The code could not be typed everywhere."""

    code = "bad_code"
    message = _(
        "%(code)s cannot be a code. Use up to 32 letters, digits, dots, dashes and underscores, "
        "beginning with a letter or a digit."
    )


class UnknownCountry(DomainError):
    """No country has that code."""

    code = "unknown_country"
    message = _("%(country)s is not a country. Use its two letters, such as CN or US.")


class UnknownCurrency(DomainError):
    """No currency has that code."""

    code = "unknown_currency"
    message = _("%(currency)s is not a currency. Use its three letters, such as CNY or USD.")


class UnknownTimeZone(DomainError):
    """No time zone has that name."""

    code = "unknown_time_zone"
    message = _("%(time_zone)s is not a time zone. Write it like Asia/Shanghai.")


class UnknownLanguage(DomainError):
    """The product does not speak it."""

    code = "unknown_language"
    message = _("%(language)s is not a language of this product. Choose one of %(languages)s.")


class UnknownScope(DomainError):
    """Till keys open no such thing."""

    code = "unknown_scope"
    message = _("%(scope)s is not something a till key opens. Choose among %(scopes)s.")


class ChoicesMissing(DomainError):
    """A choice without choices."""

    code = "choices_missing"
    message = _("The attribute %(attribute)s is a choice: give the answers to choose from.")


def create_store(
    *,
    code: str,
    name: str,
    country: str,
    currency: str,
    time_zone: str,
    language: str,
    day_cut: time = DEFAULT_DAY_CUT,
    entity: IssuingEntity | None = None,
    jurisdiction: str = "none",
    address: str = "",
    phone: str = "",
) -> Store:
    """Open an empty store.

    Without ``entity`` it belongs to the first one there is, or to a new one of the store's own
    name. Raises BadCode, CodeTaken, UnknownCountry, UnknownCurrency, UnknownTimeZone,
    UnknownLanguage.
    """
    check_code(code)
    country, currency = country.upper(), currency.upper()
    check_place(country=country, currency=currency, time_zone=time_zone, language=language)
    store = Store(
        code=code,
        name=name.strip() or code,
        country=country,
        currency=currency,
        time_zone=time_zone,
        language=language,
        day_cut=day_cut,
        jurisdiction=jurisdiction,
        address=address,
        phone=phone,
    )
    with transaction.atomic():
        store.entity = entity or _first_entity(store)
        _insert_once(store, "members_store_code_key", code)
    return store


def check_code(code: str) -> str:
    """Return a code that can be typed everywhere. Raises BadCode."""
    try:
        code_validator(code)
    except ValidationError:
        raise BadCode(code=code) from None
    if len(code) > 32:
        raise BadCode(code=code)
    return code


def check_place(*, country: str, currency: str, time_zone: str, language: str) -> None:
    """Refuse what no place on earth has.

    Raises UnknownCountry, UnknownCurrency, UnknownTimeZone, UnknownLanguage.
    """
    if not dialling_code(country):
        raise UnknownCountry(country=country)
    if not is_currency(currency):
        raise UnknownCurrency(currency=currency)
    if time_zone not in zoneinfo.available_timezones():
        raise UnknownTimeZone(time_zone=time_zone)
    if language not in Language.values:
        raise UnknownLanguage(language=language, languages=", ".join(Language.values))


def _first_entity(store: Store) -> IssuingEntity:
    found = IssuingEntity.objects.order_by("pk").first()
    return found or IssuingEntity.objects.create(code=store.code, name=store.name)


def _insert_once(row: Store | Till | AttributeDefinition, rule: str, code: str) -> None:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        if broken_constraint(error) != rule:
            raise
        raise CodeTaken(code=code) from error


def create_till(*, store: Store, code: str, name: str = "") -> Till:
    """Set up a till in a store. Raises BadCode, CodeTaken."""
    till = Till(store=store, code=check_code(code), name=name.strip())
    _insert_once(till, "members_till_code_once_per_store", code)
    return till


def issue_till_key(
    *, till: Till, name: str, scopes: Iterable[str], expires_at: datetime | None = None
) -> tuple[TillKey, str]:
    """Make a key for a till; returns the row and the secret, which is shown once and not stored.

    Raises UnknownScope.
    """
    wanted = sorted(set(scopes))
    for scope in wanted:
        if scope not in TillKey.Scope.values:
            raise UnknownScope(scope=scope, scopes=", ".join(TillKey.Scope.values))
    key = TillKey(name=name, till=till, scopes=wanted, expiry_date=expires_at)
    secret: str = TillKey.objects.assign_key(key)
    key.save(force_insert=True)
    return key, secret


def revoke_till_key(*, key: TillKey) -> TillKey:
    """Make a key open nothing any more; it cannot be brought back."""
    key.revoked = True
    key.save(update_fields=["revoked"])
    return key


def define_attribute(
    *,
    key: str,
    name: str,
    name_zh: str = "",
    kind: str = AttributeDefinition.Kind.TEXT,
    choices: Iterable[str] = (),
) -> AttributeDefinition:
    """Ask members something of the shop's own. Raises BadCode, CodeTaken, ChoicesMissing."""
    answers = list(choices)
    if kind == AttributeDefinition.Kind.CHOICE and not answers:
        raise ChoicesMissing(attribute=name)
    definition = AttributeDefinition(
        key=check_code(key), name=name, name_zh=name_zh, kind=kind, choices=answers
    )
    _insert_once(definition, "members_attributedefinition_key_key", key)
    return definition
