"""Exports that were asked for, and who fetched them."""

import django.db.models.deletion
import exports.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Export',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('what', models.CharField(choices=[('everything', 'everything'), ('members', 'members'), ('visits', 'visits'), ('ledger', 'ledger')], max_length=12, verbose_name='what')),
                ('form', models.CharField(choices=[('zip', 'ZIP'), ('csv', 'CSV'), ('xlsx', 'XLSX')], max_length=4, verbose_name='file type')),
                ('asked', models.JSONField(blank=True, default=dict, verbose_name='filter')),
                ('stores', models.JSONField(blank=True, default=list, verbose_name='stores')),
                ('language', models.CharField(max_length=8, verbose_name='language')),
                ('created_at', models.DateTimeField(verbose_name='asked for at')),
                ('status', models.CharField(choices=[('queued', 'waiting for the worker'), ('running', 'running'), ('done', 'done'), ('failed', 'failed')], default='queued', max_length=8, verbose_name='status')),
                ('started_at', models.DateTimeField(null=True, verbose_name='started at')),
                ('finished_at', models.DateTimeField(null=True, verbose_name='finished at')),
                ('ends_at', models.DateTimeField(null=True, verbose_name='to be fetched until')),
                ('file', models.FileField(blank=True, storage=exports.models.kept, upload_to='exports', verbose_name='file')),
                ('rows', models.BigIntegerField(null=True, verbose_name='rows')),
                ('bytes', models.BigIntegerField(null=True, verbose_name='bytes')),
                ('sha256', models.CharField(blank=True, max_length=64, verbose_name='checksum')),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='exports', to=settings.AUTH_USER_MODEL, verbose_name='asked for by')),
            ],
            options={
                'verbose_name': 'export',
                'verbose_name_plural': 'exports',
            },
        ),
        migrations.CreateModel(
            name='Download',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='fetched at')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='fetched by')),
                ('export', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='downloads', to='exports.export', verbose_name='export')),
            ],
            options={
                'verbose_name': 'download',
                'verbose_name_plural': 'downloads',
            },
        ),
        migrations.AddConstraint(
            model_name='export',
            constraint=models.CheckConstraint(condition=models.Q(('what__in', ['everything', 'members', 'visits', 'ledger'])), name='exports_export_what_is_known'),
        ),
        migrations.AddConstraint(
            model_name='export',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('form', 'zip'), ('what', 'everything')), models.Q(models.Q(('what', 'everything'), _negated=True), ('form__in', ['csv', 'xlsx'])), _connector='OR'), name='exports_export_everything_is_a_zip'),
        ),
        migrations.AddConstraint(
            model_name='export',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'done'), _negated=True), models.Q(('finished_at__isnull', False), ('rows__isnull', False)), _connector='OR'), name='exports_export_done_says_how_much'),
        ),
    ]
