"""What the file's totals row and the owner declare, against what the rows of a batch came to."""

from collections import defaultdict
from dataclasses import replace
from typing import Any

from django.db import connection

from imports.models import ImportBatch, ImportRow
from imports.queries.sums import PARTS, totals_of
from imports.rules.aliases import PEOPLE_KINDS
from imports.rules.controls import (
    FROM_FILE,
    SHOWN_ROWS,
    TYPED,
    Control,
    LeftOut,
    LeftOuts,
    fingerprint_of,
)
from imports.rules.sheets import COLUMNS_LIMIT
from imports.rules.together import SPAN

Outcome = ImportRow.Outcome

# A column of one sheet among several: so much more for every sheet before it.
APART = 2 * COLUMNS_LIMIT
COLUMNS = """
SELECT number / %(span)s * %(apart)s + amount.key::int,
       coalesce(sum(amount.value::numeric), 0)::bigint,
       coalesce(sum(amount.value::numeric) FILTER (
           WHERE NOT is_repeated AND outcome = ANY(%(accepted)s)), 0)::bigint
FROM imports_importrow, jsonb_each_text(amounts) AS amount
WHERE batch_id = %(batch)s GROUP BY 1
"""
# A row's own amount of each part, units under unit:NAME, rows and members as amounts of one.
PARTS_OF_ROWS = """
WITH said AS (
    SELECT number, outcome, is_repeated, errors, why, root, part.key, part.value::numeric AS amount
    FROM imports_importrow,
         LATERAL (
             SELECT key, value FROM jsonb_each_text(values->'balances') WHERE key <> 'units'
             UNION ALL
             SELECT 'unit:' || key, value->>'count' FROM jsonb_each(values->'balances'->'units')
             UNION ALL SELECT 'rows', '1'
             UNION ALL SELECT 'members', '1' WHERE root = number AND outcome <> 'merged'
         ) AS part
    WHERE batch_id = %(batch)s AND part.key = ANY(%(wanted)s)
)
"""
SUMS = """
SELECT key, coalesce(sum(amount), 0)::bigint,
       coalesce(sum(amount) FILTER (
           WHERE outcome = ANY(%(accepted)s) AND (key = 'rows' OR NOT is_repeated)), 0)::bigint
FROM said GROUP BY key
"""
LEFT_OUT_OF_PARTS = """
, left_out AS (
    SELECT key, number, CASE WHEN is_repeated THEN 'repeated' ELSE outcome END AS reason, amount,
           errors || why AS found
    FROM said
    WHERE amount <> 0 AND (outcome <> ALL(%(accepted)s) OR (is_repeated AND key <> 'rows'))
)
"""
LEFT_OUT_OF_COLUMNS = """
WITH left_out AS (
    SELECT number / %(span)s * %(apart)s + amount.key::int AS key, number,
           CASE WHEN is_repeated THEN 'repeated'
                WHEN outcome = 'ignored' AND values->'is_refund' = 'true' THEN 'refund'
                ELSE outcome END AS reason,
           amount.value::numeric AS amount, errors || why AS found
    FROM imports_importrow, jsonb_each_text(amounts) AS amount
    WHERE batch_id = %(batch)s AND amount.value <> '0'
      AND (is_repeated OR outcome <> ALL(%(accepted)s))
)
"""
# However many rows were left out: the first of each reason, and what all of that reason sum up to.
FIRST_OF_EACH_REASON = """
SELECT key, number, reason, amount::bigint,
       ARRAY(SELECT one->>'code' FROM jsonb_array_elements(found) AS one), total
FROM (
    SELECT left_out.*, row_number() OVER (PARTITION BY key, reason ORDER BY number) AS place,
           sum(amount) OVER (PARTITION BY key, reason)::bigint AS total
    FROM left_out) AS listed
WHERE place <= %(shown)s ORDER BY number
"""
UNREAD = """
SELECT CASE error->>'code' WHEN 'too_many_cells' THEN '*' ELSE error->>'column' END,
       (array_agg(DISTINCT number ORDER BY number))[1:%(shown)s]
FROM imports_importrow, jsonb_array_elements(errors) AS error
WHERE batch_id = %(batch)s AND error->>'code' = ANY(%(codes)s) GROUP BY 1
"""
# The cells of a row that has slipped (*) say nothing in any column.
UNREAD_CODES = [
    *("bad_amount", "ambiguous_amount", "fractional_unit", "formula_without_value"),
    "other_currency",
    "too_many_cells",
]
SLIPPED = "*"


def controls_of(batch: ImportBatch) -> list[Control]:
    """Every declared figure of a batch: the columns of the file's totals row, then those typed in.

    Empty where nothing was declared. Amounts are in the smallest unit.
    """
    together = batch.sheets_together
    controls = [*_from_file(batch), *_typed(batch)]
    return [replace(one, together=together) for one in controls] if together else controls


def unsigned_differences(batch: ImportBatch) -> list[Control]:
    """The declared figures that do not come out and that nobody has signed for."""
    controls = controls_of(batch)
    off = [control for control in controls if not control.holds]
    if batch.signed_at and batch.plan.get("signed_for") == fingerprint_of(controls):
        return []
    return off


def declarable(batch: ImportBatch) -> list[str]:
    """What the owner may type a total for: rows, members, and each kind of value in the file."""
    if batch.kind not in PEOPLE_KINDS:
        fields = [stated["field"] for stated in batch.control]
        return ["rows", *dict.fromkeys(fields)]
    units = sorted({f"unit:{name}" for name in totals_of(batch)["units"]})
    return ["rows", "members", *PARTS, *units]


def _from_file(batch: ImportBatch) -> list[Control]:
    stated = [one for one in batch.control if one["file_total"] is not None]
    rows = _rows_declared(batch)
    if not stated:
        return rows
    sums, left_out = columns_of(batch)
    unread = _unread(batch)
    controls = []
    for one in stated:
        place, key = one.get("place", 0), key_of(one)
        found, accepted = sums[key]
        controls.append(
            Control(
                what=one["field"],
                column=one["column"],
                source=FROM_FILE,
                declared=one["file_total"],
                found=found,
                accepted=accepted,
                left_out=left_out[key],
                unread=tuple(n for n in unread.get(one["column"], ()) if n // SPAN == place),
                sheet=one.get("sheet", ""),
            )
        )
    return rows + controls


def _rows_declared(batch: ImportBatch) -> list[Control]:
    """The number of rows the file says it has."""
    declared = batch.plan.get("declared_rows")
    if declared is None:
        return []
    facts = _facts(batch) | {"wanted": ["rows"]}
    sums = {key: (found, accepted) for key, found, accepted in _rows(PARTS_OF_ROWS + SUMS, facts)}
    left_out = _left_out(PARTS_OF_ROWS + LEFT_OUT_OF_PARTS, facts)
    found, accepted = sums.get("rows", (0, 0))
    return [Control("rows", "", FROM_FILE, declared, found, accepted, left_out["rows"])]


def _typed(batch: ImportBatch) -> list[Control]:
    typed = {str(what): int(amount) for what, amount in batch.typed_totals.items()}
    if not typed:
        return []
    if batch.kind not in PEOPLE_KINDS:
        return _typed_of_log(batch, typed)
    facts = _facts(batch) | {"wanted": list(typed)}
    sums = {key: (found, accepted) for key, found, accepted in _rows(PARTS_OF_ROWS + SUMS, facts)}
    left_out = _left_out(PARTS_OF_ROWS + LEFT_OUT_OF_PARTS, facts)
    unread = _unread_parts(batch)
    return [
        Control(
            what=what,
            column="",
            source=TYPED,
            declared=amount,
            found=sums.get(what, (0, 0))[0],
            accepted=sums.get(what, (0, 0))[1],
            left_out=left_out[what],
            unread=unread.get(what, ()),
        )
        for what, amount in typed.items()
    ]


def _typed_of_log(batch: ImportBatch, typed: dict[str, int]) -> list[Control]:
    (sums, left_out), unread = columns_of(batch, apart=0), _unread(batch)
    columns = {one["field"]: one for one in batch.control}
    rows = _facts(batch) | {"wanted": ["rows"]}
    of_rows = _left_out(PARTS_OF_ROWS + LEFT_OUT_OF_PARTS, rows)
    counted = {key: (found, accepted) for key, found, accepted in _rows(PARTS_OF_ROWS + SUMS, rows)}
    controls = []
    for what, amount in typed.items():
        index = columns[what]["index"] if what in columns else -1
        found, accepted = counted.get(what) or sums[index]
        is_count = what == "rows"
        controls.append(
            Control(
                what=what,
                column=columns[what]["column"] if what in columns else "",
                source=TYPED,
                declared=amount,
                found=found,
                accepted=accepted,
                left_out=of_rows[what] if is_count else left_out[index],
                unread=unread.get(columns[what]["column"], ()) if what in columns else (),
            )
        )
    return controls


def columns_of(
    batch: ImportBatch, *, apart: int = APART
) -> tuple[dict[int, tuple[int, int]], dict[int, LeftOuts]]:
    """Per column of amounts what was found and accepted, and the rows that do not count.

    Under the column's index; each further sheet has ``apart`` added, none to add sheets up.
    """
    facts = _facts(batch) | {"apart": apart}
    sums: dict[int, tuple[int, int]] = defaultdict(lambda: (0, 0))
    sums |= {key: (found, accepted) for key, found, accepted in _rows(COLUMNS, facts)}
    return sums, _left_out(LEFT_OUT_OF_COLUMNS, facts)


def key_of(stated: dict[str, Any]) -> int:
    """What ``columns_of`` knows a column of the batch's ``control`` by."""
    return int(stated.get("place", 0) * APART + stated["index"])


def _facts(batch: ImportBatch) -> dict[str, Any]:
    return {
        "batch": batch.pk,
        "accepted": list(ImportRow.ACCEPTED),
        "codes": UNREAD_CODES,
        "shown": SHOWN_ROWS,
        "span": SPAN,
    }


def _rows(statement: str, facts: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, facts)
        return list(cursor.fetchall())


def _left_out(statement: str, facts: dict[str, Any]) -> dict[Any, LeftOuts]:
    """Per part or column the rows that do not count, and their sums by reason."""
    found: dict[Any, LeftOuts] = defaultdict(LeftOuts)
    for key, number, reason, amount, codes, total in _rows(statement + FIRST_OF_EACH_REASON, facts):
        # A till's total knows of refunds, and not of what was cancelled: they are told apart.
        outcome = Outcome.IGNORED if reason == "refund" else reason
        found[key].rows.append(LeftOut(number, outcome, amount, tuple(codes)))
        found[key].sums[reason] = total
    return found


def _unread(batch: ImportBatch) -> dict[str, tuple[int, ...]]:
    found = {column: tuple(numbers) for column, numbers in _rows(UNREAD, _facts(batch))}
    slipped = found.pop(SLIPPED, ())
    headers = {one["column"] for one in batch.control}
    return {header: tuple(sorted({*found.get(header, ()), *slipped})) for header in headers}


def _unread_parts(batch: ImportBatch) -> dict[str, tuple[int, ...]]:
    """Rows whose cell of a part could not be read, by the part the column is booked as."""
    by_header = _unread(batch)
    found: dict[str, tuple[int, ...]] = {}
    for one in batch.control:
        part = _part_of(one["field"], batch.balance)
        found[part] = (*found.get(part, ()), *by_header.get(one["column"], ()))
    return found


def _part_of(field: str, balance: str) -> str:
    if field in {"stored_value", "stored_value_total"}:
        return f"stored_value_{balance}"
    return field
