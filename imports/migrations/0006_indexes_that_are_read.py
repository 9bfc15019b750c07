"""Find the rows of a member without keeping those of nobody in the index."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('imports', '0005_requests_of_scripts'),
    ]

    operations = [
        migrations.AlterField(
            model_name='importrow',
            name='member',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.member', verbose_name='member'),
        ),
        migrations.AddIndex(
            model_name='importrow',
            index=models.Index(condition=models.Q(('member__isnull', False)), fields=['member'], name='imports_row_of_member'),
        ),
    ]
