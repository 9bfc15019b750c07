"""Refunds of sales: what came back of a bill, line by line and payment by payment."""

from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0010_value_by_day'),
        ('members', '0007_till_policies'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='SaleRefund',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False, verbose_name='id')),
                ('txn_id', models.UUIDField(null=True, unique=True, verbose_name='transaction')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('business_date', models.DateField(verbose_name='business date')),
                ('total', models.BigIntegerField(verbose_name='total')),
                ('rounding', models.BigIntegerField(default=0, verbose_name='rounding')),
                ('reason', models.CharField(max_length=200, verbose_name='reason')),
                ('request_hash', models.BinaryField(default=b'')),
                ('operator', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL, verbose_name='operator')),
                ('sale', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='ledger.sale', verbose_name='sale')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='members.store', verbose_name='store')),
                ('till', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='members.till', verbose_name='till')),
            ],
            options={
                'verbose_name': 'refund of a sale',
                'verbose_name_plural': 'refunds of sales',
                'indexes': [models.Index(fields=['store', 'business_date'], name='ledger_salerefund_store_day')],
                'constraints': [models.CheckConstraint(condition=models.Q(('total__gte', 1)), name='ledger_salerefund_total_positive'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='ledger_salerefund_has_a_reason')],
            },
        ),
        migrations.CreateModel(
            name='SaleRefundLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('quantity', models.BigIntegerField(verbose_name='quantity')),
                ('amount', models.BigIntegerField(verbose_name='amount')),
                ('refund', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='ledger.salerefund', verbose_name='refund')),
                ('sale_line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='ledger.saleline', verbose_name='sale line')),
            ],
            options={
                'verbose_name': 'refunded line',
                'verbose_name_plural': 'refunded lines',
                'constraints': [models.UniqueConstraint(fields=('refund', 'sale_line'), name='ledger_salerefundline_once'), models.CheckConstraint(condition=models.Q(('amount__gte', 0), ('quantity__gte', 0), models.Q(('quantity__gte', 1), ('amount__gte', 1), _connector='OR')), name='ledger_salerefundline_is_something')],
            },
        ),
        migrations.CreateModel(
            name='SaleRefundTender',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount', models.BigIntegerField(verbose_name='amount')),
                ('reference', models.CharField(blank=True, max_length=120, verbose_name='reference')),
                ('refund', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tenders', to='ledger.salerefund', verbose_name='refund')),
                ('sale_tender', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='ledger.saletender', verbose_name='payment')),
                ('tender', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='ledger.tendertype', verbose_name='paid back by')),
            ],
            options={
                'verbose_name': 'payment given back',
                'verbose_name_plural': 'payments given back',
                'constraints': [models.UniqueConstraint(fields=('refund', 'sale_tender', 'tender'), name='ledger_salerefundtender_once'), models.CheckConstraint(condition=models.Q(('amount__gte', 1)), name='ledger_salerefundtender_amount_positive')],
            },
        ),
        migrations.RunSQL(
            (SQL / "09_sale_refunds.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop
        ),
    ]
