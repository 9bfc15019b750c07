"""Seals cover lots, events, refunds and bills too; those that exist are still proved by form 1."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0018_openings_together'),
    ]

    operations = [
        migrations.RunSQL(
            (SQL / "12_sealing_form_2.sql").read_text(encoding="utf-8"),
            "DROP FUNCTION ledger_seal_up, ledger_block, ledger_digests_2",
        ),
    ]
