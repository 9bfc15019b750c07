"""Contracts that one member paid for another are few, and found without reading all of them."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0024_card_numbers_whole'),
        ('members', '0014_tiers_by_sale'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='contract',
            index=models.Index(condition=models.Q(('payer', models.F('member')), _negated=True), fields=['payer'], name='ledger_contract_for_another'),
        ),
    ]
