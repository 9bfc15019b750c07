"""What is set aside for prepaid value, and how long a policy wants it kept."""

import django.db.models.deletion
from django.db import migrations, models


def keep(apps, editor):
    """Value on a registered card does not expire in China; on any other it keeps three years."""
    policies = apps.get_model("ledger", "Policy").objects.using(editor.connection.alias)
    policies.filter(jurisdiction__startswith="CN").update(
        registered_never_expires=True, anonymous_keeps_months=36
    )


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0015_day_closes'),
        ('members', '0007_till_policies'),
    ]

    operations = [
        migrations.AddField(
            model_name='policy',
            name='anonymous_keeps_months',
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='months that an unregistered card must keep its value'),
        ),
        migrations.AddField(
            model_name='policy',
            name='registered_never_expires',
            field=models.BooleanField(default=False, verbose_name='what a registered card holds may not expire'),
        ),
        migrations.CreateModel(
            name='Reserve',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('in_force_from', models.DateField(verbose_name='from')),
                ('amount', models.BigIntegerField(verbose_name='set aside')),
                ('note', models.CharField(blank=True, help_text='Bank and account, or insurance.', max_length=200, verbose_name='where it is')),
                ('entity', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='members.issuingentity', verbose_name='issuing entity')),
            ],
            options={
                'verbose_name': 'reserve',
                'verbose_name_plural': 'reserves',
                'constraints': [models.UniqueConstraint(fields=('entity', 'currency', 'in_force_from'), name='ledger_reserve_once_a_day'), models.CheckConstraint(condition=models.Q(('amount__gte', 0), ('amount__lte', 1000000000000)), name='ledger_reserve_amount_not_negative'), models.CheckConstraint(condition=models.Q(('currency__regex', '^[A-Z]{3}$')), name='ledger_reserve_currency_is_three_capitals')],
            },
        ),
        migrations.RunPython(keep, migrations.RunPython.noop),
    ]
