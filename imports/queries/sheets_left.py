"""Which sheets of a workbook may still be imported from the file that is kept."""

from imports.models import ImportBatch
from imports.queries.pages import sheets_unread

Status = ImportBatch.Status


def sheets_left(batch: ImportBatch) -> list[str]:
    """Sheets with rows that no import of the same file into the store took.

    None before the import is done, and none without its file. What an import took that failed or
    was undone is left again.
    """
    if batch.status != Status.DONE or not batch.upload:
        return []
    unread = sheets_unread(batch)
    same = ImportBatch.objects.filter(store=batch.store_id, sha256=batch.sha256)
    taken: set[str] = set()
    for other in same.exclude(status__in=[Status.FAILED, Status.UNDONE]):
        said = other.choices.get("sheet")
        taken |= {*other.sheets_together, other.plan.get("sheet") or ""}
        # One that is being checked has no plan yet.
        taken |= set(said) if isinstance(said, list) else {str(said)}
    return [name for name in unread if name not in taken]
