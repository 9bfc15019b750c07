"""Many openings taken back in one statement."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("ledger", "0019_seals_of_form_2")]

    operations = [
        migrations.RunSQL(
            (SQL / "13_revoking_openings.sql").read_text(encoding="utf-8"),
            migrations.RunSQL.noop,
        )
    ]
