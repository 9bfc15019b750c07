"""What happens to a contract after its sale: events, refunds, deposits."""

from pathlib import Path

import django.core.serializers.json
import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0004_seals'),
        ('members', '0005_last_four_by_store'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='txn',
            name='kind',
            field=models.CharField(choices=[('top_up', 'top-up'), ('sell_bundle', 'bundle sold'), ('sell_coins', 'coin pack sold'), ('sell_tier', 'paid membership sold'), ('sale', 'sale'), ('redeem', 'draw-down'), ('service', 'service used'), ('earn', 'points earned'), ('exchange', 'points exchanged'), ('entitle', 'entitlement granted'), ('play', 'coin play'), ('dispense', 'coins dispensed'), ('adjust', 'adjustment'), ('opening', 'opening balance'), ('expire', 'expiry'), ('reverse', 'reversal'), ('transfer', 'transfer'), ('merge', 'members merged'), ('retime', 'validity changed'), ('refund', 'contract refunded'), ('sale_refund', 'sale refunded'), ('hold', 'deposit held'), ('capture', 'deposit taken'), ('release', 'deposit released')], max_length=12, verbose_name='kind'),
        ),
        migrations.CreateModel(
            name='Refund',
            fields=[
                ('txn_id', models.UUIDField(primary_key=True, serialize=False, verbose_name='transaction')),
                ('cause', models.CharField(choices=[('cooling_off', "within the days to change one's mind"), ('merchant', "the shop's cause"), ('member', "the member's cause"), ('minor', 'bought by a minor'), ('transfer', 'a transfer that failed'), ('closing', 'the shop closes')], max_length=12, verbose_name='cause')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('paid', models.BigIntegerField(verbose_name='paid for the contract')),
                ('delivered', models.BigIntegerField(verbose_name='delivered, by the rule of the cause')),
                ('deducted', models.BigIntegerField(default=0, verbose_name='gifts and other deductions')),
                ('refund', models.BigIntegerField(verbose_name='refund before interest')),
                ('interest', models.BigIntegerField(default=0, verbose_name='interest')),
                ('closed_cost', models.BigIntegerField(verbose_name='cost of the lots closed')),
                ('settlement', models.BigIntegerField(verbose_name='settlement')),
                ('policy', models.CharField(max_length=80, verbose_name='policy')),
                ('arithmetic', models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder, verbose_name='arithmetic')),
                ('evidence', models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder, verbose_name='evidence')),
                ('reason', models.CharField(max_length=200, verbose_name='reason')),
                ('terminated_at', models.DateTimeField(verbose_name='contract ended at')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('business_date', models.DateField(verbose_name='business date')),
                ('due_date', models.DateField(null=True, verbose_name='to be paid by')),
                ('approved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='approved by')),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='ledger.contract', verbose_name='contract')),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='members.member', verbose_name='paid to')),
                ('requested_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='entered by')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='members.store', verbose_name='store')),
                ('till', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='members.till', verbose_name='till')),
            ],
            options={
                'verbose_name': 'refund',
                'verbose_name_plural': 'refunds',
                'indexes': [models.Index(fields=['store', 'business_date'], name='ledger_refund_store_day')],
                'constraints': [models.CheckConstraint(condition=models.Q(('deducted__gte', 0), ('delivered__gte', 0), ('interest__gte', 0), ('paid__gte', 0)), name='ledger_refund_figures_not_negative'), models.CheckConstraint(condition=models.Q(('refund__gte', 0), ('refund__lte', models.F('paid'))), name='ledger_refund_within_paid'), models.CheckConstraint(condition=models.Q(('closed_cost', django.db.models.expressions.CombinedExpression(models.F('refund'), '+', models.F('settlement')))), name='ledger_refund_and_settlement_are_the_closed_cost'), models.CheckConstraint(condition=models.Q(('approved_by__isnull', True), models.Q(('approved_by', models.F('requested_by')), _negated=True), _connector='OR'), name='ledger_refund_approved_by_another_person'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='ledger_refund_has_a_reason')],
            },
        ),
        migrations.CreateModel(
            name='ContractEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('transferred', 'transferred to another member'), ('merged', 'went with a merged member'), ('paused', 'paused'), ('resumed', 'resumed'), ('reactivated', 're-activated')], max_length=12, verbose_name='kind')),
                ('txn_id', models.UUIDField(db_index=True, verbose_name='transaction')),
                ('noticed_at', models.DateTimeField(help_text='From this moment on it holds, whenever it was entered.', verbose_name='notice reached the shop')),
                ('recorded_at', models.DateTimeField(verbose_name='recorded at')),
                ('reason', models.CharField(max_length=200, verbose_name='reason')),
                ('details', models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder, verbose_name='details')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recorded by')),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='ledger.contract', verbose_name='contract')),
                ('from_member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.member', verbose_name='from member')),
                ('to_member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.member', verbose_name='to member')),
            ],
            options={
                'verbose_name': 'event of a contract',
                'verbose_name_plural': 'events of contracts',
                'constraints': [models.UniqueConstraint(fields=('contract', 'txn_id'), name='ledger_contractevent_once_per_txn'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='ledger_contractevent_has_a_reason')],
            },
        ),
        migrations.CreateModel(
            name='Hold',
            fields=[
                ('txn_id', models.UUIDField(primary_key=True, serialize=False, verbose_name='transaction')),
                ('amount', models.BigIntegerField(verbose_name='amount')),
                ('purpose', models.CharField(max_length=200, verbose_name='what for')),
                ('held_at', models.DateTimeField(verbose_name='held at')),
                ('expires_at', models.DateTimeField(verbose_name='released by itself at')),
                ('resolved_at', models.DateTimeField(null=True, verbose_name='resolved at')),
                ('captured', models.BigIntegerField(null=True, verbose_name='taken')),
                ('asset', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='ledger.asset', verbose_name='asset')),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='holds', to='members.member', verbose_name='member')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='members.store', verbose_name='store')),
            ],
            options={
                'verbose_name': 'deposit',
                'verbose_name_plural': 'deposits',
                'indexes': [models.Index(condition=models.Q(('resolved_at__isnull', True)), fields=['expires_at'], name='ledger_hold_open')],
                'constraints': [models.CheckConstraint(condition=models.Q(('amount__gte', 1), ('amount__lte', 1000000000000)), name='ledger_hold_amount_positive'), models.CheckConstraint(condition=models.Q(('expires_at__gt', models.F('held_at'))), name='ledger_hold_ends_after_it_begins'), models.CheckConstraint(condition=models.Q(models.Q(('captured__isnull', True), ('resolved_at__isnull', True)), models.Q(('captured__gte', 0), ('captured__lte', models.F('amount')), ('resolved_at__isnull', False)), _connector='OR'), name='ledger_hold_takes_no_more_than_it_held')],
            },
        ),
        migrations.CreateModel(
            name='RefundPayout',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('line', models.PositiveSmallIntegerField(verbose_name='line')),
                ('amount', models.BigIntegerField(verbose_name='amount')),
                ('reference', models.CharField(blank=True, max_length=120, verbose_name='reference')),
                ('refund', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payouts', to='ledger.refund', verbose_name='refund')),
                ('tender', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='ledger.tendertype', verbose_name='tender')),
            ],
            options={
                'verbose_name': 'payout',
                'verbose_name_plural': 'payouts',
                'constraints': [models.UniqueConstraint(fields=('refund', 'line'), name='ledger_refundpayout_once'), models.CheckConstraint(condition=models.Q(('amount__gte', 1)), name='ledger_refundpayout_amount_positive')],
            },
        ),
        migrations.RunSQL(
            (SQL / "06_settlements.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop
        ),
    ]
