"""Write a version of terms; what is worded like a void clause is saved only with a reason."""

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from common.constraints import broken_constraint
from common.errors import DomainError
from ledger.models import Terms
from ledger.rules.void_clauses import void_clauses
from members.models import IssuingEntity, User


class TermsEmpty(DomainError):
    """There is nothing to agree to."""

    code = "terms_empty"
    message = _("Write the terms in English, in Chinese, or in both.")


class TermsVersionTaken(DomainError):
    """A version is never changed."""

    code = "terms_version_taken"
    message = _(
        "There is a version %(version)s of %(code)s already, and what was agreed to is never "
        "changed. Give the new wording a new version."
    )


class TermsHoldVoidClauses(DomainError):
    """It would not bind the member."""

    code = "terms_hold_void_clauses"
    message = _(
        "These terms hold clauses that do not bind the member: %(words)s. Take them out, or say "
        "why they are to stay."
    )


def write_terms(
    *,
    entity: IssuingEntity,
    code: str,
    version: str,
    in_force_from: date,
    at: datetime,
    by: User | None,
    text_en: str = "",
    text_zh: str = "",
    accepted_reason: str = "",
) -> Terms:
    """Add a version of the terms ``code``; sales from ``in_force_from`` on are made under it.

    ``accepted_reason`` says why clauses that look void are to stay; it is kept with what was found.

    Raises TermsEmpty, TermsHoldVoidClauses, TermsVersionTaken.
    """
    if not (text_en.strip() or text_zh.strip()):
        raise TermsEmpty
    found = void_clauses(text_en, text_zh)
    if found and not accepted_reason.strip():
        raise TermsHoldVoidClauses(words=", ".join(finding.words for finding in found))
    terms = Terms(
        entity=entity,
        code=code,
        version=version,
        text_en=text_en.strip(),
        text_zh=text_zh.strip(),
        in_force_from=in_force_from,
        created_by=by,
        created_at=at,
        warnings=[finding.clause.code for finding in found],
        accepted_reason=accepted_reason.strip() if found else "",
    )
    try:
        with transaction.atomic():
            terms.save(force_insert=True)
    except IntegrityError as error:
        if broken_constraint(error) == "ledger_terms_version_once":
            raise TermsVersionTaken(version=version, code=code) from error
        raise
    return terms
