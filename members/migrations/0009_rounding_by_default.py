"""Bills may be rounded down to a whole unit unless a store says otherwise."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0008_proofs_of_debits'),
    ]

    operations = [
        migrations.AlterField(
            model_name='store',
            name='rounding_step',
            field=models.PositiveSmallIntegerField(default=100, help_text="In the currency's smallest unit: a clerk may let go what is above a multiple of it, for example 10 for a tenth of a yuan. 0: bills are not rounded.", verbose_name='cash rounding'),
        ),
    ]
