"""The days to change one's mind are the jurisdiction's; the entity may grant more."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('promotions', '0001_initial'),
    ]

    operations = [
        migrations.AlterField(
            model_name='promotionpolicy',
            name='cooling_off_days',
            field=models.PositiveSmallIntegerField(default=7, help_text="So long after a prepaid sale the whole payment goes back on request; never shorter than the policy of the store's jurisdiction says.", verbose_name="days to change one's mind"),
        ),
    ]
