"""Shared by the tests of undoing: importing rows, and all there is to compare before and after."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from imports.models import ImportBatch
from imports.operations import check_file, run_batch
from ledger.models import CoinPlay, Dispense, Lot, MemberDay, MemberFacts, Sale, SaleLine, Visit
from ledger.operations.rollups import refresh_everybody
from ledger.queries.audit import differences
from ledger.queries.rollups import rollups_equal_raw
from members.models import Card, Member, Store
from members.queries import consents_of
from tests.imports.sheets_made import NOW, csv_file

LATER = NOW + timedelta(hours=1)
HEAD = ["卡号", "姓名", "手机号", "余额", "赠送余额", "积分"]
ZHANG = ["C1", "张三", "13800138000", "100", "20", "7"]
LI = ["C2", "李四", "13800138001", "50", "0", "0"]
WANG = ["C3", "王五", "13800138002", "0", "0", "30"]
PERSON = (
    *("name", "phone", "email", "address", "region", "birth_year", "birth_month", "birth_day"),
    *("gender", "occupation", "education", "channel", "notes", "attributes", "external_ids"),
    *("joined_on", "pinyin", "initials", "last_word", "tier__name", "status"),
)


def brought(
    store: Store, path: Path, rows: list[list[str]], *, at: Any = NOW, **options: Any
) -> ImportBatch:
    """Import the rows; answers the batch."""
    csv_file(path / "list.csv", rows)
    batch = check_file(
        path=path / "list.csv", file_name="list.csv", store=store, at=at, by=None, **options
    )
    return run_batch(batch=batch, at=at, by=None)


def state() -> dict[str, Any]:
    """What the shop knows, holds and counts, without ids: equal states look alike to everybody."""
    refresh_everybody(at=LATER)
    assert differences() == []
    assert rollups_equal_raw() == []
    living = Member.objects.findable().order_by("name", "phone")
    return {
        "people": list(living.values(*PERSON)),
        "cards": sorted(
            Card.objects.filter(member__in=living).values_list("number", "member__name", "status")
        ),
        "consents": [
            (m.name, channel, line.state)
            for m in living
            for channel, line in sorted(consents_of(m).items())
        ],
        "lots": sorted(
            Lot.objects.filter(is_open=True).values_list(
                "wallet__member__name", "wallet__asset__code", "origin", "remaining", "cost"
            )
        ),
        "history": history(),
        "days": sorted(
            MemberDay.objects.filter(store=None).values_list(
                "member__name", "business_date", "visits", "orders", "amount", "plays", "coins"
            )
        ),
        "facts": sorted(
            MemberFacts.objects.filter(member__in=living, last_visit__isnull=False).values_list(
                "member__name", "first_visit", "last_visit", "orders", "spend"
            )
        ),
    }


def history() -> dict[str, Any]:
    """What happened, entry by entry."""
    return {
        "visits": sorted(
            Visit.objects.completed().values_list("member__name", "business_date", "channel")
        ),
        "sales": sorted(
            Sale.objects.completed().values_list("external_ref", "total", "member__number")
        ),
        "lines": sorted(SaleLine.objects.values_list("description", "charged_value")),
        "plays": sorted(CoinPlay.objects.values_list("source_id", "coins", "card_number")),
        "dispenses": sorted(Dispense.objects.values_list("due", "paid_out", "card_number")),
    }
