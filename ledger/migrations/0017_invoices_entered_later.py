"""Who wrote an invoice on its bill, and when."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0016_reserves'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='sale',
            name='invoiced_at',
            field=models.DateTimeField(null=True, verbose_name='invoice entered at'),
        ),
        migrations.AddField(
            model_name='sale',
            name='invoiced_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='invoice entered by'),
        ),
    ]
