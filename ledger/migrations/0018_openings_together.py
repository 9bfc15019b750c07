"""Openings of many members in one statement."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("ledger", "0017_invoices_entered_later")]

    operations = [
        migrations.RunSQL(
            (SQL / "11_openings.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop
        )
    ]
