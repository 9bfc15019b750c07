"""The end of a business day: counts, figures, and which rows each close took in."""

from pathlib import Path

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0014_adjustment_limits'),
        ('members', '0008_proofs_of_debits'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='DayClose',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False, verbose_name='id')),
                ('business_date', models.DateField(verbose_name='business date')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('expected', models.BigIntegerField(verbose_name='cash expected')),
                ('counted', models.BigIntegerField(verbose_name='cash counted')),
                ('difference', models.BigIntegerField(verbose_name='difference')),
                ('late_rows', models.IntegerField(default=0, verbose_name='entries of days closed before')),
                ('at', models.DateTimeField(verbose_name='closed at')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='closed by')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='members.store', verbose_name='store')),
            ],
            options={
                'verbose_name': 'day close',
                'verbose_name_plural': 'day closes',
                'constraints': [models.UniqueConstraint(fields=('store', 'business_date'), name='ledger_dayclose_once_a_day'), models.CheckConstraint(condition=models.Q(('difference', django.db.models.expressions.CombinedExpression(models.F('counted'), '-', models.F('expected')))), name='ledger_dayclose_difference_is_counted_less_expected')],
            },
        ),
        migrations.CreateModel(
            name='DayCloseEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('sale', 'sale'), ('sale_undone', 'sale undone'), ('sale_refund', 'sale refunded'), ('refund', 'contract refunded'), ('refund_undone', 'refund undone')], max_length=14, verbose_name='kind')),
                ('ref', models.UUIDField(verbose_name='id')),
                ('close', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='ledger.dayclose', verbose_name='day close')),
            ],
            options={
                'verbose_name': 'entry of a day close',
                'verbose_name_plural': 'entries of day closes',
                'constraints': [models.UniqueConstraint(fields=('ref', 'kind'), name='ledger_daycloseentry_once')],
            },
        ),
        migrations.CreateModel(
            name='DayCloseFigure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('what', models.CharField(choices=[('taken', 'taken'), ('sale_refund', 'bills paid back'), ('contract_refund', 'contracts paid back'), ('undone', 'undone after the close'), ('product', 'goods'), ('top_up', 'top-ups'), ('bundle', 'prepaid bundles'), ('coin_pack', 'coin packs'), ('paid_tier', 'paid memberships'), ('service', 'services'), ('rounding', 'rounding')], max_length=16, verbose_name='what')),
                ('count', models.IntegerField(verbose_name='count')),
                ('amount', models.BigIntegerField(verbose_name='amount')),
                ('close', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='figures', to='ledger.dayclose', verbose_name='day close')),
                ('operator', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='operator')),
                ('tender', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='ledger.tendertype', verbose_name='tender')),
                ('till', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='members.till', verbose_name='till')),
            ],
            options={
                'verbose_name': 'figure of a day close',
                'verbose_name_plural': 'figures of day closes',
                'constraints': [models.UniqueConstraint(fields=('close', 'till', 'operator', 'what', 'tender'), name='ledger_dayclosefigure_once', nulls_distinct=False)],
            },
        ),
        migrations.CreateModel(
            name='DayCloseTill',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('opening_float', models.BigIntegerField(verbose_name='cash at the beginning')),
                ('cash_in', models.BigIntegerField(verbose_name='cash taken')),
                ('cash_out', models.BigIntegerField(verbose_name='cash paid out')),
                ('counted', models.BigIntegerField(verbose_name='cash counted')),
                ('difference', models.BigIntegerField(verbose_name='difference')),
                ('denominations', models.JSONField(blank=True, default=dict, verbose_name='notes and coins')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='note')),
                ('close', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tills', to='ledger.dayclose', verbose_name='day close')),
                ('till', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='members.till', verbose_name='till')),
            ],
            options={
                'verbose_name': 'closed till',
                'verbose_name_plural': 'closed tills',
                'constraints': [models.UniqueConstraint(fields=('close', 'till'), name='ledger_dayclosetill_once', nulls_distinct=False), models.CheckConstraint(condition=models.Q(('difference', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('counted'), '-', models.F('opening_float')), '-', models.F('cash_in')), '+', models.F('cash_out')))), name='ledger_dayclosetill_difference_is_counted_less_expected'), models.CheckConstraint(condition=models.Q(('difference', 0), models.Q(('note', ''), _negated=True), _connector='OR'), name='ledger_dayclosetill_difference_has_a_note')],
            },
        ),
        migrations.CreateModel(
            name='TillCount',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False, verbose_name='id')),
                ('business_date', models.DateField(verbose_name='business date')),
                ('opening_float', models.BigIntegerField(verbose_name='cash at the beginning')),
                ('counted', models.BigIntegerField(verbose_name='cash counted')),
                ('denominations', models.JSONField(blank=True, default=dict, verbose_name='notes and coins')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='note')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='counted by')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='members.store', verbose_name='store')),
                ('till', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='members.till', verbose_name='till')),
            ],
            options={
                'verbose_name': 'till count',
                'verbose_name_plural': 'till counts',
                'indexes': [models.Index(fields=['store', 'business_date'], name='ledger_tillcount_store_day')],
                'constraints': [models.CheckConstraint(condition=models.Q(('counted__gte', 0), ('opening_float__gte', 0)), name='ledger_tillcount_not_negative')],
            },
        ),
        migrations.RunSQL(
            (SQL / "10_day_close.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop
        ),
    ]
