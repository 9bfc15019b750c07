"""Prepaid offers name terms by record and list gifts."""

import django.db.models.deletion
from django.db import migrations, models

TERMS_HELP = "The newest version in force is kept with each sale. Empty: those of the promotion policy."
GIFTS_HELP = "One a line: name | Chinese name | quantity | list value of all of them."
OFFERS = ("bundle", "coinpack", "topupoffer")


def _terms(help_text):
    return models.ForeignKey(blank=True, help_text=help_text, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.terms', verbose_name='terms')


def _gifts():
    return models.JSONField(blank=True, default=list, help_text=GIFTS_HELP, verbose_name='gifts')


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0013_terms'),
        ('members', '0005_last_four_by_store'),
        ('promotions', '0003_policy_asks_first'),
    ]

    operations = [
        *(migrations.RenameField(name, 'terms', 'terms_text') for name in OFFERS),
        *(migrations.AddField(name, 'terms', _terms(TERMS_HELP)) for name in OFFERS),
        *(migrations.AddField(name, 'gifts', _gifts()) for name in OFFERS),
        migrations.AddField('promotionpolicy', 'terms', _terms('Of top-ups without an offer, and of offers that name none.')),
    ]
