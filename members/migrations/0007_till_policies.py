"""What a store lets its tills do: cash paid back, rounding, and days that are closed."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0005_last_four_by_store'),
    ]

    operations = [
        migrations.AddField(
            model_name='store',
            name='cash_refund_limit',
            field=models.BigIntegerField(blank=True, help_text='Empty: no limit. Above it a manager pays out, or another way is used.', null=True, verbose_name='most cash a clerk pays back'),
        ),
        migrations.AddField(
            model_name='store',
            name='closed_through',
            field=models.DateField(editable=False, null=True, verbose_name='closed through'),
        ),
        migrations.AddField(
            model_name='store',
            name='rounding_step',
            field=models.PositiveSmallIntegerField(default=0, help_text="In the currency's smallest unit: a clerk may let go what is above a multiple of it, for example 10 for a tenth of a yuan. 0: bills are not rounded.", verbose_name='cash rounding'),
        ),
        migrations.AddConstraint(
            model_name='store',
            constraint=models.CheckConstraint(condition=models.Q(('cash_refund_limit__isnull', True), ('cash_refund_limit__gte', 0), _connector='OR'), name='members_store_cash_refund_limit_not_negative'),
        ),
    ]
