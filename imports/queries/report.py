"""What an import found and did, ready for a screen or a script: counts, rows, sums and proof."""

import re
from collections.abc import Iterable
from typing import Any

from django.db.models import Count

from imports.models import ImportBatch, ImportRow
from imports.queries.controls import columns_of, controls_of, key_of
from imports.queries.sums import totals_of
from imports.rules.aliases import HISTORY, PEOPLE_KINDS
from imports.rules.controls import SHOWN_ROWS
from imports.rules.findings import sentence
from imports.rules.whose import called

# History that is a day and not an amount, so that nobody could take it for a balance.
SAYS_WHEN = re.compile(
    r"时间|日期|最近|上次|末次|\bdate\b|\bat\b|^last|^first|last[_ ]|visit$", re.IGNORECASE
)
Outcome = ImportRow.Outcome


def report_of(batch: ImportBatch) -> dict[str, Any]:
    """The whole report of a batch as plain JSON; sentences are in the reader's language.

    ``rows`` = created + updated + unchanged + merged + flagged + error_rows + what was left out;
    ``errors`` are what is wrong with the error_rows, several of them in one row where need be.
    ``totals`` are the amounts of the rows accepted, in minor units, booked now or before.
    """
    counts = dict(
        batch.import_rows.values_list("outcome").annotate(rows=Count("pk")).order_by("outcome")
    )
    report = {
        "batch": batch.pk,
        "status": batch.status,
        "kind": batch.kind,
        "store": batch.store.code,
        "file": batch.file_name,
        "encoding": batch.plan.get("encoding"),
        "sheet": batch.plan.get("sheet"),
        "sheets": batch.sheets_together,
        "header_row": batch.plan.get("header_row"),
        "rows": batch.rows,
        "created": counts.get(Outcome.CREATED, 0),
        "updated": counts.get(Outcome.UPDATED, 0),
        "unchanged": counts.get(Outcome.UNCHANGED, 0),
        "merged": counts.get(Outcome.MERGED, 0),
        "flagged": _flagged(batch),
        "ignored_rows": _places(batch, sorted([*batch.ignored_rows, *_left_out(batch)])),
        "repeated_rows": _places(batch, _numbers(batch.import_rows.filter(is_repeated=True))),
        "error_rows": counts.get(Outcome.ERROR, 0),
        "errors": _findings(batch, "errors"),
        "warnings": _findings(batch, "warnings"),
        "notes": [
            {"code": found["code"], "message": sentence(found)}
            for found in batch.plan.get("notes", [])
        ],
        "totals": totals_of(batch),
        "control_totals": control_totals(batch),
        "declared": [control.as_dict() for control in controls_of(batch)],
        "asked": _asked(batch),
        "unmapped": _headers(batch, ""),
    }
    if batch.kind == "tiers":
        return report
    return report | (_about_members(batch) if batch.kind in PEOPLE_KINDS else _about_log(batch))


def _places(batch: ImportBatch, numbers: Iterable[int]) -> list[int | str]:
    """Rows as a person finds them."""
    return [batch.place_of(number) for number in numbers]


def _numbers(rows: Any) -> list[int]:
    return list(rows.order_by("number").values_list("number", flat=True))


def _flagged(batch: ImportBatch) -> list[dict[str, Any]]:
    rows = batch.import_rows.filter(outcome=Outcome.FLAGGED).order_by("number")
    return [
        {
            "row": batch.place_of(row.number),
            "why": " ".join(sentence(found) for found in row.why),
            "code": row.why[0]["code"] if row.why else "",
            "same_as": batch.place_of(other) if (other := row.values.get("same_as")) else None,
        }
        for row in rows.only("number", "why", "values")
    ]


def _left_out(batch: ImportBatch) -> list[int]:
    """Rows of the table left out by policy or by what they say; repeats are told apart."""
    return _numbers(batch.import_rows.filter(outcome=Outcome.IGNORED, is_repeated=False))


def _asked(batch: ImportBatch) -> list[dict[str, Any]]:
    """Columns nobody could be sure of: kept as they stand until the owner says what they are."""
    return [
        {"column": column["header"], "guess": column["guess"], "score": column["score"]}
        for column in batch.plan.get("columns", [])
        if column["how"] == "asked"
    ]


def _findings(batch: ImportBatch, column: str) -> list[dict[str, Any]]:
    rows = batch.import_rows.exclude(**{column: []}).order_by("number")
    return [
        {
            "row": batch.place_of(number),
            "column": found["column"],
            "code": found["code"],
            "message": sentence(found),
            "cell": (raw | fixes).get(found["column"], ""),
        }
        for number, said, raw, fixes in rows.values_list(
            "number", column, "raw", "fixes"
        ).iterator()
        for found in said
    ]


def _headers(batch: ImportBatch, field: str) -> list[str]:
    columns: Iterable[dict[str, Any]] = batch.plan.get("columns", [])
    return [column["header"] for column in columns if column["field"] == field and column["header"]]


def control_totals(batch: ImportBatch) -> list[dict[str, Any]]:
    """Each column of amounts: the file's own total, the sum of its rows, and what was accepted.

    ``holds`` says whether the file adds up to its own total, ``None`` where it states none;
    ``explained_by`` are the rows that make up the difference between its rows and what was taken.
    """
    sheets, whole = columns_of(batch), columns_of(batch, apart=0)
    shown = []
    for stated in batch.control:
        sums, left_outs = sheets if "place" in stated else whole
        rows, accepted = sums[key_of(stated)]
        left_out = sorted(one.row for one in left_outs[key_of(stated)].rows)
        total = stated["file_total"]
        shown.append(
            {
                "column": stated["column"],
                "sheet": stated.get("sheet", ""),
                "field": stated["field"],
                "file_total": total,
                "rows_total": rows,
                "accepted": accepted,
                "difference": rows - accepted,
                "explained_by": _places(batch, left_out[:SHOWN_ROWS]),
                "holds": None if total is None else total == rows,
            }
        )
    return shown


def _about_members(batch: ImportBatch) -> dict[str, Any]:
    accepted = batch.import_rows.filter(outcome__in=ImportRow.ACCEPTED)
    return {
        "without_phone": _places(batch, _numbers(accepted.exclude(values__has_key="phone"))),
        "not_balances": sorted(
            header for header in _headers(batch, HISTORY) if not SAYS_WHEN.search(header)
        ),
    }


def _about_log(batch: ImportBatch) -> dict[str, Any]:
    accepted = batch.import_rows.accepted()
    about: dict[str, Any] = {"unknown_members": _unknown(batch)}
    if batch.kind in {"sales", "statement"}:
        about["refunds"] = _refunds(batch)
        about["walk_ins"] = accepted.filter(values__who={}, outcome=Outcome.CREATED).count()
    if batch.kind == "coin_plays":
        about["coins"] = sum(accepted.values_list("values__coins", flat=True))
    if batch.kind == "dispenses":
        entries = list(accepted.order_by("number").values_list("number", "values"))
        faults = [(number, v["due"] - v["paid_out"]) for number, v in entries]
        about["coins"] = sum(values["paid_out"] for _number, values in entries)
        about["machine_faults"] = {
            "rows": _places(batch, (number for number, short in faults if short)),
            "coins": sum(short for _number, short in faults),
        }
    return about


def _refunds(batch: ImportBatch) -> dict[str, Any]:
    """Refunds of a log: what was taken off bills, and what belongs to none and was left out."""
    rows = batch.import_rows.filter(values__is_refund=True, is_repeated=False)
    rows = rows.exclude(values__is_cancelled=True).exclude(outcome=Outcome.ERROR)
    columns = ("number", "values__amount", "before__refund__amount")
    said = list(rows.order_by("number").values_list(*columns))
    amounts = {number: abs(amount or 0) for number, amount, _taken in said}
    taken = sum(taken or 0 for _number, _amount, taken in said)
    return {
        "rows": _places(batch, amounts),
        "taken_off": taken,
        "left_out": sum(amounts.values()) - taken,
    }


def _unknown(batch: ImportBatch) -> list[str]:
    """Cards, phones and names in a log that no member has, each once; rows left out ask nobody."""
    rows = batch.import_rows.filter(member__isnull=True, is_repeated=False).exclude(
        outcome__in=[Outcome.ERROR, Outcome.IGNORED]
    )
    said = rows.order_by("number").values_list("values__who", flat=True)
    shown = [called(who) for who in said if who]
    return list(dict.fromkeys(text for text in shown if text))
