"""Seals cover lots, events, refunds and bills too; those that exist are still proved by form 1."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0017_invoices_entered_later'),
    ]

    operations = [
        migrations.RunSQL(
            (SQL / "11_sealing_form_2.sql").read_text(encoding="utf-8"),
            "DROP FUNCTION ledger_seal_up, ledger_block, ledger_digests_2",
        ),
    ]
