"""Sums of what moved by day, by month of grant, and how far they go."""

from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

SQL = Path(__file__).resolve().parent.parent / "sql"
DROP = """
DROP VIEW ledger_value_by_month;
DROP VIEW ledger_value;
DROP FUNCTION ledger_value_moved(bigint, bigint);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0009_lots_know_their_store'),
        ('members', '0005_last_four_by_store'),
    ]

    operations = [
        migrations.CreateModel(
            name='ValueHorizon',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.BigIntegerField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('pk', 1)), name='ledger_valuehorizon_is_one_row')],
            },
        ),
        migrations.CreateModel(
            name='ValueDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('origin', models.CharField(max_length=12)),
                ('is_paid', models.BooleanField()),
                ('contra', models.SmallIntegerField()),
                ('amount', models.BigIntegerField()),
                ('cost', models.BigIntegerField()),
                ('business_date', models.DateField()),
                ('kind', models.CharField(max_length=12)),
                ('list_value', models.BigIntegerField()),
                ('asset', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.asset')),
                ('issued', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.store')),
                ('store', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.store')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('business_date', 'issued', 'asset', 'origin', 'is_paid', 'contra', 'kind', 'store'), name='ledger_valueday_once')],
            },
        ),
        migrations.CreateModel(
            name='ValueMonth',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('origin', models.CharField(max_length=12)),
                ('is_paid', models.BooleanField()),
                ('contra', models.SmallIntegerField()),
                ('amount', models.BigIntegerField()),
                ('cost', models.BigIntegerField()),
                ('month_no', models.IntegerField()),
                ('granted_month', models.IntegerField()),
                ('asset', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.asset')),
                ('issued', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.store')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('month_no', 'issued', 'asset', 'origin', 'is_paid', 'contra', 'granted_month'), name='ledger_valuemonth_once')],
            },
        ),
        migrations.RunSQL((SQL / "08_summing_value.sql").read_text(encoding="utf-8"), DROP),
    ]
