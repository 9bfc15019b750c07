"""The rules of jurisdictions, published interest rates, and the limits of a store, as rows."""

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0006_age_rules'),
        ('members', '0005_last_four_by_store'),
    ]

    operations = [
        migrations.CreateModel(
            name='InterestRate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('lpr_1y', 'one-year loan prime rate'), ('deposit_1y', 'one-year deposit benchmark rate')], max_length=12, verbose_name='kind')),
                ('in_force_from', models.DateField(verbose_name='in force from')),
                ('rate', models.PositiveIntegerField(help_text='In hundredths of a percent: 300 is 3.00 % a year.', verbose_name='rate')),
                ('source', models.CharField(blank=True, max_length=200, verbose_name='source')),
            ],
            options={
                'verbose_name': 'interest rate',
                'verbose_name_plural': 'interest rates',
                'constraints': [models.UniqueConstraint(fields=('kind', 'in_force_from'), name='ledger_interestrate_once_a_day'), models.CheckConstraint(condition=models.Q(('kind__in', ['lpr_1y', 'deposit_1y'])), name='ledger_interestrate_kind_known'), models.CheckConstraint(condition=models.Q(('rate__lte', 10000)), name='ledger_interestrate_at_most_100_percent')],
            },
        ),
        migrations.CreateModel(
            name='Policy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('jurisdiction', models.CharField(help_text='As it stands with the store: none, CN, CN-Beijing, CN-Shanghai, or your own.', max_length=32, validators=[django.core.validators.RegexValidator('^[A-Za-z0-9][A-Za-z0-9._-]*\\Z', 'Use letters, digits, dots, dashes and underscores, beginning with a letter or a digit.')], verbose_name='jurisdiction')),
                ('in_force_from', models.DateField(verbose_name='in force from')),
                ('refund_rule', models.CharField(choices=[('delivered', 'what was paid less what was delivered'), ('remaining_principal', 'what is left of the principal')], max_length=20, verbose_name='refund')),
                ('cooling_off_days', models.PositiveSmallIntegerField(default=7, help_text='After the day of payment.', verbose_name="days to change one's mind")),
                ('cooling_off_payout_days', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='days to pay out a changed mind')),
                ('payout_days', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='days to pay out any other refund')),
                ('pays_interest', models.BooleanField(default=False, verbose_name='refunds bear interest')),
                ('minor_void_below', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='below this age a purchase is void')),
                ('minor_below', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='below this age a guardian must agree')),
                ('receipt_items', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('operator', 'who sells: name, address, contact'), ('content', 'what is sold: content and quantity'), ('price', 'price and list price'), ('payment', 'what was paid, when and how'), ('bonus', 'how the bonus may be used, and what a refund does with it'), ('honoured_at', 'where it can be used'), ('validity', 'how long it can be used'), ('refund', 'how it is paid back'), ('loss_and_transfer', 'loss, replacement and transfer'), ('enquiry', 'how to ask for balance and records'), ('liability', 'who answers when a promise is not kept'), ('disputes', 'how a dispute is settled')], max_length=20), blank=True, default=list, size=None, verbose_name='a receipt shows')),
                ('currency', models.CharField(blank=True, max_length=3, verbose_name='currency of the limits')),
                ('card_limit_registered', models.BigIntegerField(blank=True, null=True, verbose_name='most that a registered card may hold')),
                ('card_limit_anonymous', models.BigIntegerField(blank=True, null=True, verbose_name='most that an unregistered card may hold')),
                ('reserve_permille', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='reserve, thousandths of what is owed')),
                ('source', models.TextField(help_text='Law and article, as they can be looked up.', verbose_name='source')),
            ],
            options={
                'verbose_name': 'policy of a jurisdiction',
                'verbose_name_plural': 'policies of jurisdictions',
                'constraints': [models.UniqueConstraint(fields=('jurisdiction', 'in_force_from'), name='ledger_policy_once_a_day'), models.CheckConstraint(condition=models.Q(('refund_rule__in', ['delivered', 'remaining_principal'])), name='ledger_policy_refund_rule_known'), models.CheckConstraint(condition=models.Q(('receipt_items__contained_by', ['operator', 'content', 'price', 'payment', 'bonus', 'honoured_at', 'validity', 'refund', 'loss_and_transfer', 'enquiry', 'liability', 'disputes'])), name='ledger_policy_receipt_items_known'), models.CheckConstraint(condition=models.Q(('currency__regex', '^[A-Z]{3}$'), models.Q(('card_limit_anonymous__isnull', True), ('card_limit_registered__isnull', True)), _connector='OR'), name='ledger_policy_limits_name_their_currency'), models.CheckConstraint(condition=models.Q(('reserve_permille__isnull', True), ('reserve_permille__lte', 1000), _connector='OR'), name='ledger_policy_reserve_within_what_is_owed')],
            },
        ),
        migrations.CreateModel(
            name='StoreLimits',
            fields=[
                ('store', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='limits', serialize=False, to='members.store', verbose_name='store')),
                ('refund_approval_above', models.BigIntegerField(default=50000, verbose_name='refunds above this need a second person')),
            ],
            options={
                'verbose_name': 'limits of a store',
                'verbose_name_plural': 'limits of stores',
                'constraints': [models.CheckConstraint(condition=models.Q(('refund_approval_above__gte', 0), ('refund_approval_above__lte', 1000000000000)), name='ledger_storelimits_refund_approval_within_limit')],
            },
        ),
    ]
