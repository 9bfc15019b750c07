"""Who may have what by age, and the over-rides of such rules."""

from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0005_settlements'),
        ('members', '0005_last_four_by_store'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='asset',
            name='age_rule',
            field=models.CharField(blank=True, choices=[('', 'anybody'), ('adults', 'adults only'), ('holidays', 'minors on statutory holidays only')], default='', help_text='Beer: adults only. Coins of electronic games: minors on holidays only.', max_length=12, verbose_name='who may have it by age'),
        ),
        migrations.AddField(
            model_name='productcategory',
            name='age_rule',
            field=models.CharField(blank=True, choices=[('', 'anybody'), ('adults', 'adults only'), ('holidays', 'minors on statutory holidays only')], default='', max_length=12, verbose_name='who may have it by age'),
        ),
        migrations.AddConstraint(
            model_name='asset',
            constraint=models.CheckConstraint(condition=models.Q(('age_rule__in', ['', 'adults', 'holidays'])), name='ledger_asset_age_rule_known'),
        ),
        migrations.AddConstraint(
            model_name='productcategory',
            constraint=models.CheckConstraint(condition=models.Q(('age_rule__in', ['', 'adults', 'holidays'])), name='ledger_category_age_rule_known'),
        ),
        migrations.CreateModel(
            name='OverRide',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('request_id', models.UUIDField(verbose_name='request')),
                ('rule', models.CharField(max_length=40, verbose_name='rule')),
                ('reason', models.CharField(max_length=200, verbose_name='reason')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('approved_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='approved by')),
                ('asked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='asked by')),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='over_rides', to='members.member', verbose_name='member')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='members.store', verbose_name='store')),
            ],
            options={
                'verbose_name': 'over-ride',
                'verbose_name_plural': 'over-rides',
                'indexes': [models.Index(fields=['store', 'at'], name='ledger_override_store_at')],
                'constraints': [models.UniqueConstraint(fields=('request_id', 'rule'), name='ledger_override_once'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='ledger_override_has_a_reason')],
            },
        ),
        migrations.RunSQL(
            (SQL / "07_overrides.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop
        ),
    ]
