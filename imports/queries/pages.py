"""What the pages of one import show: counts, the first rows of each kind, twins, what is unsure.

Nothing here loads a whole batch: rows come by pages, keyed by their number.
"""

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Count, Max, Min
from django.db.models.fields.json import KT

from imports.models import ImportBatch, ImportRow, RowQuerySet
from imports.queries.met_since import count_met_since, made_by
from imports.queries.sums import PARTS, totals_of
from imports.rules.aliases import HISTORY, PEOPLE_KINDS, SECRET
from imports.rules.asking import ASKED
from imports.rules.findings import sentence
from ledger.models import CheckKind, CheckRun

Outcome = ImportRow.Outcome
ROWS_ON_A_PAGE = 50
# The order in which somebody wants to see them: what asks for work comes first.
SHOWN = (
    *(Outcome.ERROR, Outcome.FLAGGED, Outcome.CREATED, Outcome.UPDATED),
    *(Outcome.MERGED, Outcome.UNCHANGED, Outcome.IGNORED),
)
FIRST: dict[str, int] = {Outcome.ERROR: 10, Outcome.FLAGGED: 10}
FIRST_OF_OTHERS = 5
MOST_REASONS = 20
UNSURE = ("likeness", "content")
CELLS_SHOWN = 8

OPENED = """
SELECT opening.part, sum(opening.amount)::bigint, count(*)
FROM imports_opening AS opening
WHERE opening.key IN (
    SELECT key FROM imports_importrow
    WHERE batch_id = %s AND NOT is_repeated AND outcome = ANY(%s) AND is_settled)
GROUP BY opening.part
"""

# What a batch brought of each part, apart by whether anything of that asset of the row was used
# or imported over since; less where it had lowered what stood.
TO_UNDO = """
WITH brought AS (
    SELECT opening.key, opening.part, opening.txn_ids, coalesce(was->'txn_ids', '[]') AS earlier,
        CASE WHEN starts_with(opening.part, 'stored_value') THEN 'money'
            ELSE lower(opening.part) END AS asset,
        opening.amount - coalesce((was->>'amount')::bigint, 0) AS amount
    FROM imports_opening AS opening LEFT JOIN LATERAL (
        SELECT before->'openings'->opening.part AS was FROM imports_importrow AS row
        WHERE row.key = opening.key AND row.batch_id = opening.batch_id
            AND row.member_id IS NOT NULL AND row.before->'openings' ? opening.part LIMIT 1
    ) AS stood ON true
    WHERE opening.batch_id = %(batch)s
), used AS (
    SELECT DISTINCT brought.key, brought.asset
    FROM brought CROSS JOIN unnest(brought.txn_ids) AS own (txn)
    JOIN ledger_movement AS movement ON movement.txn_id = own.txn AND movement.amount > 0
    JOIN ledger_lot AS lot ON lot.id = movement.lot_id AND lot.remaining < lot.granted
    JOIN ledger_wallet AS wallet ON wallet.id = lot.wallet_id
    JOIN ledger_asset AS asset ON asset.id = wallet.asset_id
    WHERE NOT brought.earlier ? own.txn::text AND brought.asset IN (
        asset.kind, asset.kind || 's',
        lower('unit:' || asset.name), lower('unit:' || asset.name_zh))
    UNION
    -- Principal and bonus stay together: another import found one of them here and changed it.
    SELECT other.key, 'money' FROM imports_opening AS other
    JOIN imports_importrow AS row ON row.key = other.key AND row.member_id IS NOT NULL
        AND row.batch_id <> %(batch)s AND row.undone <> 'undone'
        AND row.before->'openings'->other.part->>'batch' = %(batch)s::text
    WHERE other.batch_id <> %(batch)s AND starts_with(other.part, 'stored_value')
        AND other.key IN (SELECT key FROM brought WHERE asset = 'money')
)
SELECT brought.part, coalesce(sum(brought.amount) FILTER (WHERE used.key IS NULL), 0)::bigint,
    coalesce(sum(brought.amount) FILTER (WHERE used.key IS NOT NULL), 0)::bigint
FROM brought LEFT JOIN used USING (key, asset)
WHERE brought.amount <> 0 GROUP BY brought.part ORDER BY brought.part
"""


def counts_of(batch: ImportBatch) -> dict[str, int]:
    """Rows of each outcome; those there are none of are missing."""
    rows = batch.import_rows.values_list("outcome").annotate(rows=Count("pk")).order_by("outcome")
    return dict(rows)


@dataclass(frozen=True, slots=True)
class Kind:
    """The rows of one outcome: how many, and the first of them."""

    outcome: str
    count: int
    rows: list[ImportRow]

    @property
    def label(self) -> str:
        """The outcome in words."""
        return str(Outcome(self.outcome).label)


def kinds_of(batch: ImportBatch, counts: dict[str, int]) -> list[Kind]:
    """The outcomes there are, each with its first rows."""
    rows = with_members(batch)
    return [
        Kind(outcome, counts[outcome], list(rows.filter(outcome=outcome)[: _first(outcome)]))
        for outcome in SHOWN
        if counts.get(outcome)
    ]


def _first(outcome: str) -> int:
    return FIRST.get(outcome, FIRST_OF_OTHERS)


def with_members(batch: ImportBatch) -> RowQuerySet:
    """Rows of a batch in their order, with whose they became."""
    return batch.import_rows.select_related("member").order_by("number")


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, and the row numbers the pages before and after begin at."""

    rows: list[ImportRow]
    before: int | None
    after: int | None


def page_of(rows: RowQuerySet, *, after: int | None = None, before: int | None = None) -> Page:
    """Rows by number, ROWS_ON_A_PAGE at a time, after one row number or before one."""
    if before is not None:
        found = list(rows.filter(number__lt=before).order_by("-number")[:ROWS_ON_A_PAGE])[::-1]
    else:
        found = list(rows.filter(number__gt=after or 0)[:ROWS_ON_A_PAGE])
    if not found:
        return Page([], None, None)
    first, last = found[0].number, found[-1].number
    ends = rows.order_by().aggregate(first=Min("number"), last=Max("number"))
    return Page(
        found, first if ends["first"] < first else None, last if ends["last"] > last else None
    )


def twin_of(batch: ImportBatch) -> ImportBatch | None:
    """The latest other import of the very same file into the same store, if there was one."""
    same = ImportBatch.objects.filter(store=batch.store_id, sha256=batch.sha256)
    same = same.exclude(pk=batch.pk).exclude(status=ImportBatch.Status.UNDONE)
    return same.filter(pk__lt=batch.pk).newest_first().first()


def reasons_waiting(batch: ImportBatch) -> list[dict[str, Any]]:
    """Why rows wait, each reason once: its code, how many rows, and the sentence of the first."""
    return _reasons(batch.import_rows.filter(outcome=Outcome.FLAGGED), "why")


def reasons_wrong(batch: ImportBatch) -> list[dict[str, Any]]:
    """What makes rows errors, by code and ``column``, commonest first; a row by its first error."""
    wrong = batch.import_rows.filter(outcome=Outcome.ERROR)
    return _reasons(wrong.annotate(column=KT("errors__0__column")), "errors", "column")


def _reasons(rows: RowQuerySet, findings: str, *apart: str) -> list[dict[str, Any]]:
    counted = (
        rows.annotate(code=KT(f"{findings}__0__code"))
        .values("code", *apart)
        .annotate(rows=Count("pk"), first=Min("number"))
        .order_by("-rows", "first")
    )
    found = [one for one in counted[:MOST_REASONS] if one["code"]]
    firsts = rows.filter(number__in=[one["first"] for one in found])
    said = {row.number: sentence(getattr(row, findings)[0]) for row in firsts}
    return [one | {"example": said[one["first"]]} for one in found]


@dataclass(frozen=True, slots=True)
class Understood:
    """How a file was understood, in short."""

    columns: int
    kept: list[str]
    history: list[str]
    unsure: list[dict[str, Any]]
    asked: list[dict[str, Any]]
    # Columns of days that may be read in several ways, of which nobody has said one.
    doubtful: list[str]
    # What is to be said of the file as a whole.
    notes: list[str]
    other_sheets: list[str]


def sheets_unread(batch: ImportBatch) -> list[str]:
    """The sheets of a workbook that have rows and were not read."""
    first = batch.plan.get("sheet")
    read = {first, *batch.sheets_together}
    sheets = batch.plan.get("sheets", []) if first else []
    # A sheet of one row holds a title at most.
    return [one["name"] for one in sheets if one["name"] not in read and one["count"] > 1]


def understood(batch: ImportBatch) -> Understood:
    """Which columns were taken, kept or are not certain; which sheets hold rows nobody reads."""
    columns = [column for column in batch.plan.get("columns", []) if column["header"]]
    return Understood(
        other_sheets=sheets_unread(batch),
        columns=len(columns),
        kept=[column["header"] for column in columns if not column["field"]],
        history=[column["header"] for column in columns if column["field"] == HISTORY],
        doubtful=list(
            dict.fromkeys(
                [*batch.plan.get("doubtful_dates", {}), *batch.plan.get("doubtful_years", [])]
            )
        ),
        asked=[column for column in columns if column["how"] == ASKED],
        unsure=[
            column
            for column in columns
            if column["field"] not in {"", HISTORY, SECRET} and column["how"] in UNSURE
        ],
        notes=[sentence(note) for note in batch.plan.get("notes", [])],
    )


@dataclass(frozen=True, slots=True)
class Sum:
    """One kind of value: what the accepted rows hold, and what stands opened for them."""

    part: str
    accepted: int
    opened: int

    @property
    def holds(self) -> bool:
        """Whether nothing was lost and nothing came from nowhere."""
        return self.accepted == self.opened


def proof_of(batch: ImportBatch) -> list[Sum]:
    """For each kind of value the sum of the accepted cells and the sum of what was opened."""
    accepted = totals_of(batch)
    wanted = {part: accepted[part] for part in PARTS}
    wanted |= {f"unit:{name}": count for name, count in accepted["units"].items()}
    with connection.cursor() as cursor:
        cursor.execute(OPENED, [batch.pk, list(ImportRow.ACCEPTED)])
        opened = {part: amount for part, amount, _count in cursor.fetchall()}
    parts = [part for part in {**wanted, **opened} if wanted.get(part) or opened.get(part)]
    return [Sum(part, wanted.get(part, 0), opened.get(part, 0)) for part in parts]


def progress_of(batch: ImportBatch) -> tuple[int, int]:
    """How many rows are done, and of how many: read, booked, or taken back."""
    if batch.status != ImportBatch.Status.UNDOING:
        return batch.rows_done, batch.rows
    report = batch.undo_report
    return report["taken_back"] + report["left"], report["rows"]


def expected_of_undo(batch: ImportBatch) -> dict[str, Any]:
    """What an undo would take back and leave, as things stand now.

    ``rows`` are those booked; ``back`` and ``left`` are amounts by part; ``known`` counts members
    whom the import made and somebody has met since, so that they stay.
    """
    booked = batch.import_rows.filter(
        is_settled=True, outcome__in=ImportRow.CHANGING, undone=ImportRow.Undone.NO
    )
    with connection.cursor() as cursor:
        cursor.execute(TO_UNDO, {"batch": batch.pk})
        sums = cursor.fetchall()
    makes_people = batch.kind in PEOPLE_KINDS
    return {
        "rows": booked.count(),
        "sums": [{"part": part, "back": back, "left": left} for part, back, left in sums],
        "known": count_met_since(made_by(batch), batch) if makes_people else 0,
    }


def last_audit() -> CheckRun | None:
    """The newest proof of the whole ledger."""
    return CheckRun.objects.filter(kind=CheckKind.AUDIT).order_by("-started_at").first()
