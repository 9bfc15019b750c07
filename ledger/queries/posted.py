"""Whether this very request was carried out before."""

from uuid import UUID

from ledger.models import Outcome, Sale, Txn


def was_posted(request_id: UUID) -> bool:
    """Whether a transaction or a bill of this id stands on record, undone or not."""
    posted = Txn.objects.filter(pk=request_id, outcome=Outcome.POSTED)
    return posted.exists() or Sale.objects.filter(pk=request_id).exists()
