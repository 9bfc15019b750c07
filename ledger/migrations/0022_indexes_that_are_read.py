"""Find contracts by their offer, lines by their contract, where they have one; drop what another index answers."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0021_activity_stays'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='contract',
            name='ledger_contract_by_offer',
        ),
        migrations.AlterField(
            model_name='contract',
            name='entity',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='members.issuingentity', verbose_name='issuing entity'),
        ),
        migrations.AlterField(
            model_name='saleline',
            name='contract',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='sale_lines', to='ledger.contract', verbose_name='contract'),
        ),
        migrations.AlterField(
            model_name='saleline',
            name='sale',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='ledger.sale', verbose_name='sale'),
        ),
        migrations.AlterField(
            model_name='saletender',
            name='sale',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='tenders', to='ledger.sale', verbose_name='sale'),
        ),
        migrations.AddIndex(
            model_name='contract',
            index=models.Index(condition=models.Q(('offer_code', ''), _negated=True), fields=['offer_code', 'sold_at'], name='ledger_contract_of_offer'),
        ),
        migrations.AddIndex(
            model_name='saleline',
            index=models.Index(condition=models.Q(('contract__isnull', False)), fields=['contract'], name='ledger_saleline_of_contract'),
        ),
    ]
