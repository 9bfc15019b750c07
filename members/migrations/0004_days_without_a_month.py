"""Refuse a day without its month, which NULL let through."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0003_searchable_names"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="member",
            name="members_member_birth_day_is_in_its_month",
        ),
        migrations.RemoveConstraint(
            model_name="member",
            name="members_member_lunar_day_exists",
        ),
        migrations.AddConstraint(
            model_name="member",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("birth_day__isnull", True),
                    models.Q(("birth_day__range", (1, 29)), ("birth_month__isnull", False)),
                    models.Q(
                        ("birth_day", 30),
                        ("birth_month__isnull", False),
                        models.Q(("birth_month", 2), _negated=True),
                    ),
                    models.Q(
                        ("birth_day", 31),
                        ("birth_month__isnull", False),
                        ("birth_month__in", [1, 3, 5, 7, 8, 10, 12]),
                    ),
                    _connector="OR",
                ),
                name="members_member_birth_day_is_in_its_month",
            ),
        ),
        migrations.AddConstraint(
            model_name="member",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("lunar_day__isnull", True),
                        ("lunar_leap", False),
                        ("lunar_month__isnull", True),
                    ),
                    models.Q(
                        ("lunar_day__isnull", False),
                        ("lunar_month__isnull", False),
                        ("lunar_day__range", (1, 30)),
                        ("lunar_month__range", (1, 12)),
                    ),
                    _connector="OR",
                ),
                name="members_member_lunar_day_exists",
            ),
        ),
    ]
