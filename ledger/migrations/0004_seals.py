"""Numbers for transactions in the order they are sealed; seals, and the runs of the checks."""

from pathlib import Path

import django.contrib.postgres.fields
import django.core.serializers.json
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


SQL = Path(__file__).resolve().parent.parent / "sql"
DROP_NUMBERING = "DROP FUNCTION ledger_next_number; DROP SEQUENCE IF EXISTS ledger_txn_number"
DROP_SEALING = """
DROP FUNCTION IF EXISTS ledger_seal_up, ledger_block;
DROP FUNCTION ledger_horizon, ledger_seal_hash, ledger_digests, ledger_utc
"""


def run_file(name: str, reverse: str) -> migrations.RunSQL:
    return migrations.RunSQL((SQL / name).read_text(encoding="utf-8"), reverse)


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0002_posting_functions'),
        ('members', '0005_last_four_by_store'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        run_file("04_numbering.sql", DROP_NUMBERING),
        migrations.CreateModel(
            name='CheckRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('audit', 'audit of the balances'), ('seals', 'check of the seals')], max_length=8, verbose_name='check')),
                ('started_at', models.DateTimeField(verbose_name='started at')),
                ('finished_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='finished at')),
                ('ok', models.BooleanField(verbose_name='sound')),
                ('differences', models.PositiveIntegerField(verbose_name='differences')),
                ('findings', models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder, verbose_name='findings')),
                ('seal', models.BigIntegerField(null=True, verbose_name='newest seal')),
                ('seal_hash', models.BinaryField(null=True)),
            ],
            options={
                'verbose_name': 'check run',
                'verbose_name_plural': 'check runs',
            },
        ),
        migrations.CreateModel(
            name='Seal',
            fields=[
                ('number', models.BigIntegerField(primary_key=True, serialize=False, verbose_name='number')),
                ('form', models.SmallIntegerField(verbose_name='form')),
                ('sealed_at', models.DateTimeField(verbose_name='sealed at')),
                ('first_number', models.BigIntegerField(verbose_name='first transaction')),
                ('last_number', models.BigIntegerField(verbose_name='last transaction')),
                ('txns', models.IntegerField(verbose_name='transactions')),
                ('numbers', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ('marks', models.BinaryField()),
                ('rows_hash', models.BinaryField()),
                ('previous_hash', models.BinaryField()),
                ('hash', models.BinaryField()),
            ],
            options={
                'verbose_name': 'seal',
                'verbose_name_plural': 'seals',
            },
        ),
        migrations.AddField(
            model_name='txn',
            name='number',
            field=models.BigIntegerField(db_default=models.Func(function='ledger_next_number'), unique=True, verbose_name='number'),
        ),
        migrations.AddConstraint(
            model_name='txn',
            constraint=models.CheckConstraint(condition=models.Q(('number__gte', 1)), name='ledger_txn_number_from_one'),
        ),
        migrations.AddIndex(
            model_name='checkrun',
            index=models.Index(fields=['kind', '-finished_at'], name='ledger_checkrun_latest'),
        ),
        migrations.AddConstraint(
            model_name='checkrun',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('differences', 0), ('ok', True)), models.Q(('differences__gte', 1), ('ok', False)), _connector='OR'), name='ledger_checkrun_sound_without_differences'),
        ),
        migrations.AddConstraint(
            model_name='seal',
            constraint=models.CheckConstraint(condition=models.Q(('number__gte', 1)), name='ledger_seal_number_from_one'),
        ),
        migrations.AddConstraint(
            model_name='seal',
            constraint=models.CheckConstraint(condition=models.Q(('first_number__gte', 1), ('last_number__gte', models.F('first_number'))), name='ledger_seal_bounds_in_order'),
        ),
        migrations.AddConstraint(
            model_name='seal',
            constraint=models.CheckConstraint(condition=models.Q(('txns__gte', 1)), name='ledger_seal_not_empty'),
        ),
        migrations.AddConstraint(
            model_name='seal',
            constraint=models.UniqueConstraint(fields=('last_number',), name='ledger_seal_last_number_once'),
        ),
        run_file("05_sealing.sql", DROP_SEALING),
    ]
