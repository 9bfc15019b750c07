"""Terms as versions that are written once."""

from pathlib import Path

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0012_merges'),
        ('members', '0005_last_four_by_store'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Terms',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=40, validators=[django.core.validators.RegexValidator('^[A-Za-z0-9][A-Za-z0-9._-]*\\Z', 'Use letters, digits, dots, dashes and underscores, beginning with a letter or a digit.')], verbose_name='code')),
                ('version', models.CharField(max_length=40, verbose_name='version')),
                ('text_en', models.TextField(blank=True, verbose_name='text in English')),
                ('text_zh', models.TextField(blank=True, verbose_name='text in Chinese')),
                ('in_force_from', models.DateField(verbose_name='in force from')),
                ('created_at', models.DateTimeField(editable=False, verbose_name='written at')),
                ('warnings', models.JSONField(default=list, editable=False, verbose_name='warnings when it was saved')),
                ('accepted_reason', models.CharField(blank=True, editable=False, max_length=200, verbose_name='why it was saved all the same')),
                ('created_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='written by')),
                ('entity', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='terms', to='members.issuingentity', verbose_name='issuing entity')),
            ],
            options={
                'verbose_name': 'terms',
                'verbose_name_plural': 'terms',
                'constraints': [models.UniqueConstraint(fields=('entity', 'code', 'version'), name='ledger_terms_version_once'), models.CheckConstraint(condition=models.Q(('text_en', ''), ('text_zh', ''), _negated=True), name='ledger_terms_say_something'), models.CheckConstraint(condition=models.Q(('warnings', []), models.Q(('accepted_reason', ''), _negated=True), _connector='OR'), name='ledger_terms_warnings_were_answered')],
            },
        ),
        migrations.RunSQL((SQL / "10_terms.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]
