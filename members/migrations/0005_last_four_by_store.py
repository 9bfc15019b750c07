"""Find the last four digits within one store, so that one's own members come first cheaply."""

import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0004_days_without_a_month"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="member",
            name="members_member_phone_last_four",
        ),
        migrations.AddIndex(
            model_name="member",
            index=models.Index(
                django.db.models.functions.text.Right("phone", 4),
                models.F("home_store"),
                name="members_member_phone_last_four",
            ),
        ),
    ]
