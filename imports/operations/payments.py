"""How bills of the past were paid: told on the bill, and nowhere else.

Ways to pay that the shop has go by its own names; others are made out of use, so that no till
offers them. No day's takings know of bills of the past, and no balance pays for one: what the
old system called stored value is a way to pay like any other.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from django.db import connection

from imports.models import ImportBatch, ImportRow
from imports.operations.tiers import code_for
from imports.rules.spellings import normalise
from imports.rules.tenders import way_in
from ledger.models import Sale, SaleTender, TenderType
from ledger.models.catalogue import TenderKind

type Ways = Mapping[str, TenderType]

# A column with more words than this tells something else than ways to pay.
MOST_WAYS = 60
LONGEST = 120
CASH = re.compile(
    r"现金|cash|bar$|bargeld|especes|efectivo|contant|dinheiro|nakit|gotowka|налич|нал$|현금|เงินสด|tienmat"
)
NAMES = """
SELECT DISTINCT left(name, %(longest)s) FROM (
    SELECT values->>'tender' FROM imports_importrow WHERE batch_id = %(batch)s
    UNION ALL
    SELECT jsonb_object_keys(values->'tenders') FROM imports_importrow WHERE batch_id = %(batch)s
) AS said (name) WHERE name <> '' ORDER BY 1 LIMIT %(most)s
"""


def ways_named_in(batch: ImportBatch) -> dict[str, TenderType]:
    """What each way to pay of a list of bills is here, made where the shop has none such.

    Empty for any other list, and where there are too many of them to be ways to pay.
    """
    if batch.kind != "sales":
        return {}
    with connection.cursor() as cursor:
        facts = {"batch": batch.pk, "longest": LONGEST, "most": MOST_WAYS + 1}
        cursor.execute(NAMES, facts)
        names = [name for (name,) in cursor.fetchall()]
    if len(names) > MOST_WAYS:
        return {}
    known: dict[str, TenderType] = {}
    for way in TenderType.objects.exclude(kind=TenderKind.STORED_VALUE).order_by(
        "-is_active", "pk"
    ):
        for called in (way.code, way.name, way.name_zh):
            known.setdefault(way_in(called), way)
    return {name: known.get(way_in(name)) or _made(name) for name in names}


def _made(name: str) -> TenderType:
    kind = TenderKind.CASH if CASH.match(normalise(name)) else TenderKind.OTHER
    code = code_for(name, "paid")
    return TenderType.objects.get_or_create(
        code=code if code.startswith("paid-") else f"paid-{code}"[:40],
        defaults={"name": name, "kind": kind, "is_active": False},
    )[0]


def payments_of(sale: Sale, rows: Sequence[ImportRow], ways: Ways) -> list[SaleTender]:
    """The payments of a bill by its rows; none where they do not come to its total."""
    paid: Counter[str] = Counter()
    for row in rows:
        if parts := row.values.get("tenders"):
            paid.update(parts)
        elif amount := row.values.get("amount"):
            paid[row.values.get("tender", "")] += amount
    sums: dict[TenderType, int] = {}
    for name, amount in paid.items():
        way = ways.get(name[:LONGEST])
        if amount and way is None:
            return []
        if way is not None:
            sums[way] = sums.get(way, 0) + amount
    sums = _less_the_change(sums)
    if sum(sums.values()) != sale.total or min(sums.values(), default=0) < 1:
        return []
    return [
        SaleTender(sale=sale, line=line, tender=way, amount=amount)
        for line, (way, amount) in enumerate(sorted(sums.items(), key=_place), start=1)
    ]


def _place(paid: tuple[TenderType, int]) -> tuple[int, int]:
    return paid[0].position, paid[0].pk


def _less_the_change(sums: Mapping[TenderType, int]) -> dict[TenderType, int]:
    """What was given back in change comes off the cash, else off the largest payment."""
    change = sum(amount for amount in sums.values() if amount < 0)
    paid = {way: amount for way, amount in sums.items() if amount > 0}
    if change and paid:
        most = max(paid, key=lambda way: (way.kind == TenderKind.CASH, paid[way]))
        paid[most] += change
        if not paid[most]:
            del paid[most]
    return paid
