"""Tiers are sold, minors have a limit, and the free text of terms goes."""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0013_terms'),
        ('members', '0006_names_of_fields'),
        ('promotions', '0005_terms_as_records'),
    ]

    operations = [
        migrations.CreateModel(
            name='PaidTier',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('name_zh', models.CharField(blank=True, max_length=120, verbose_name='Chinese name')),
                ('code', models.CharField(max_length=40, unique=True, validators=[django.core.validators.RegexValidator('^[A-Za-z0-9][A-Za-z0-9._-]*\\Z', 'Use letters, digits, dots, dashes and underscores, beginning with a letter or a digit.')], verbose_name='code')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('valid_from', models.DateField(blank=True, null=True, verbose_name='first day on sale')),
                ('valid_until', models.DateField(blank=True, null=True, verbose_name='last day on sale')),
                ('is_active', models.BooleanField(default=True, verbose_name='on sale')),
                ('gifts', models.JSONField(blank=True, default=list, help_text='One a line: name | Chinese name | quantity | list value of all of them.', verbose_name='gifts')),
                ('price', models.BigIntegerField(verbose_name='price')),
                ('months', models.PositiveSmallIntegerField(default=12, verbose_name='months')),
            ],
            options={
                'verbose_name': 'paid membership',
                'verbose_name_plural': 'paid memberships',
            },
        ),
        migrations.RemoveField(
            model_name='bundle',
            name='terms_text',
        ),
        migrations.RemoveField(
            model_name='bundle',
            name='terms_version',
        ),
        migrations.RemoveField(
            model_name='coinpack',
            name='terms_text',
        ),
        migrations.RemoveField(
            model_name='coinpack',
            name='terms_version',
        ),
        migrations.RemoveField(
            model_name='reward',
            name='terms_version',
        ),
        migrations.RemoveField(
            model_name='topupoffer',
            name='terms_text',
        ),
        migrations.RemoveField(
            model_name='topupoffer',
            name='terms_version',
        ),
        migrations.AddField(
            model_name='promotionpolicy',
            name='minors_pay_up_to',
            field=models.BigIntegerField(default=0, help_text="In the currency's smallest unit; above it a guardian has to agree. Below the age at which the policy of the jurisdiction calls a purchase void, a guardian always has to.", verbose_name='a minor may prepay alone up to'),
        ),
        migrations.AlterField(
            model_name='reward',
            name='terms',
            field=models.TextField(blank=True, verbose_name='conditions'),
        ),
        migrations.AddConstraint(
            model_name='promotionpolicy',
            constraint=models.CheckConstraint(condition=models.Q(('minors_pay_up_to__gte', 0), ('minors_pay_up_to__lte', 1000000000000)), name='promotions_policy_minors_pay_within_limit'),
        ),
        migrations.AddField(
            model_name='paidtier',
            name='entity',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.issuingentity', verbose_name='issuing entity'),
        ),
        migrations.AddField(
            model_name='paidtier',
            name='stores',
            field=models.ManyToManyField(blank=True, help_text='Empty: every store of the issuing entity.', related_name='+', to='members.store', verbose_name='stores'),
        ),
        migrations.AddField(
            model_name='paidtier',
            name='terms',
            field=models.ForeignKey(blank=True, help_text='The newest version in force is kept with each sale. Empty: those of the promotion policy.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.terms', verbose_name='terms'),
        ),
        migrations.AddField(
            model_name='paidtier',
            name='tier',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.tier', verbose_name='tier'),
        ),
        migrations.AddField(
            model_name='paidtier',
            name='tiers',
            field=models.ManyToManyField(blank=True, help_text='Empty: every member.', related_name='+', to='members.tier', verbose_name='tiers'),
        ),
        migrations.AddConstraint(
            model_name='paidtier',
            constraint=models.CheckConstraint(condition=models.Q(('valid_from__isnull', True), ('valid_until__isnull', True), ('valid_until__gte', models.F('valid_from')), _connector='OR'), name='promotions_paidtier_ends_after_it_begins'),
        ),
        migrations.AddConstraint(
            model_name='paidtier',
            constraint=models.CheckConstraint(condition=models.Q(('currency__regex', '^[A-Z]{3}$')), name='promotions_paidtier_currency_is_three_capitals'),
        ),
        migrations.AddConstraint(
            model_name='paidtier',
            constraint=models.CheckConstraint(condition=models.Q(('price__gte', 1), ('price__lte', 1000000000000)), name='promotions_paidtier_price_within_limit'),
        ),
        migrations.AddConstraint(
            model_name='paidtier',
            constraint=models.CheckConstraint(condition=models.Q(('months__gte', 1), ('months__lte', 120)), name='promotions_paidtier_lasts_some_months'),
        ),
    ]
