"""Which version of terms a sale is made under."""

from datetime import date

from ledger.models import Terms


def in_force(terms: Terms | None, day: date) -> Terms | None:
    """The version of the same text in force on ``day``; the chosen one where none has begun."""
    if terms is None:
        return None
    versions = Terms.objects.filter(entity=terms.entity_id, code=terms.code)
    return versions.begun_by(day).first() or terms
