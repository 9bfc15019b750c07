"""The policies and rates the product ships; the owner keeps them up from here on."""

from datetime import date

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

RECEIPT = [
    "operator", "content", "price", "payment", "bonus", "honoured_at", "validity", "refund",
    "loss_and_transfer", "enquiry", "liability", "disputes",
]  # fmt: skip
CHINA = {
    "in_force_from": date(2025, 5, 1),
    "refund_rule": "delivered",
    "cooling_off_days": 7,
    "pays_interest": True,
    "minor_void_below": 8,
    "minor_below": 18,
    "receipt_items": ["content", "price", "refund", "liability"],
    "currency": "CNY",
    "card_limit_registered": 5_000_00,
    "card_limit_anonymous": 1_000_00,
    "reserve_permille": 200,
}
NATIONAL = (
    "法释〔2025〕4号 (2025-05-01): Art. 10, 14-21. 消费者权益保护法实施条例 (2024-07-01): Art. 22. "
    "单用途商业预付卡管理办法 (试行): limits and reserve of a card; the reserve is that of the smallest "
    "class of issuer."
)
POLICIES = [
    {
        "jurisdiction": "none",
        "in_force_from": date(2000, 1, 1),
        "refund_rule": "remaining_principal",
        "cooling_off_days": 0,
        "source": "No special law. The shop's own terms hold.",
    },
    CHINA | {"jurisdiction": "CN", "source": NATIONAL},
    CHINA
    | {
        "jurisdiction": "CN-Beijing",
        "cooling_off_payout_days": 5,
        "payout_days": 15,
        "receipt_items": RECEIPT,
        "source": NATIONAL + " 北京市单用途预付卡管理条例 (2022-06-01): contract items, 7, 5 and 15 days.",
    },
    CHINA
    | {
        "jurisdiction": "CN-Shanghai",
        "source": NATIONAL + " 上海市单用途预付消费卡管理规定 (2019-01-01): records, enquiry, returns.",
    },
]
LOAN_PRIME_RATES = [
    (date(2019, 8, 20), 425),
    (date(2019, 9, 20), 420),
    (date(2019, 11, 20), 415),
    (date(2020, 2, 20), 405),
    (date(2020, 4, 20), 385),
    (date(2021, 12, 20), 380),
    (date(2022, 1, 20), 370),
    (date(2022, 8, 22), 365),
    (date(2023, 6, 20), 355),
    (date(2023, 8, 21), 345),
    (date(2024, 7, 22), 335),
    (date(2024, 10, 21), 310),
    (date(2025, 5, 20), 300),
]
RATES = [
    {"kind": "lpr_1y", "in_force_from": day, "rate": rate, "source": "全国银行间同业拆借中心"}
    for day, rate in LOAN_PRIME_RATES
] + [
    {"kind": "deposit_1y", "in_force_from": date(2015, 10, 24), "rate": 150, "source": "中国人民银行"}
]  # fmt: skip


def ship(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Add the rows that are not there yet."""
    for name, rows in (("Policy", POLICIES), ("InterestRate", RATES)):
        model = apps.get_model("ledger", name)
        table = model.objects.using(editor.connection.alias)
        table.bulk_create([model(**row) for row in rows], ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0007_policies")]

    operations = [migrations.RunPython(ship, migrations.RunPython.noop)]
