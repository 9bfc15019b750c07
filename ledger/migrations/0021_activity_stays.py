"""Bills, visits and plays change only in the columns that operations change."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("ledger", "0020_revoking_together")]

    operations = [
        migrations.RunSQL(
            (SQL / "14_activity.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop
        )
    ]
