"""Collate what is searched by code point; keep who changed a member, and who asked for one."""
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0002_consent_is_append_only'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='member',
            name='members_member_phone_begins',
        ),
        migrations.RemoveIndex(
            model_name='member',
            name='members_member_name_begins',
        ),
        migrations.RemoveIndex(
            model_name='member',
            name='members_member_pinyin_begins',
        ),
        migrations.RemoveIndex(
            model_name='member',
            name='members_member_initials_begin',
        ),
        migrations.RemoveIndex(
            model_name='member',
            name='members_member_lastword_begins',
        ),
        migrations.AddField(
            model_name='member',
            name='request_id',
            field=models.UUIDField(editable=False, null=True, unique=True),
        ),
        migrations.AlterField(
            model_name='member',
            name='initials',
            field=models.CharField(blank=True, db_collation='C', editable=False, max_length=60, verbose_name='initials'),
        ),
        migrations.AlterField(
            model_name='member',
            name='last_word',
            field=models.CharField(blank=True, db_collation='C', editable=False, max_length=120, verbose_name='last word'),
        ),
        migrations.AlterField(
            model_name='member',
            name='name',
            field=models.CharField(blank=True, db_collation='C', max_length=120, verbose_name='name'),
        ),
        migrations.AlterField(
            model_name='member',
            name='phone',
            field=models.CharField(blank=True, db_collation='C', max_length=16, null=True, verbose_name='phone'),
        ),
        migrations.AlterField(
            model_name='member',
            name='pinyin',
            field=models.CharField(blank=True, db_collation='C', editable=False, max_length=240, verbose_name='pinyin'),
        ),
        migrations.AddIndex(
            model_name='member',
            index=models.Index(fields=['phone'], name='members_member_phone_begins'),
        ),
        migrations.AddIndex(
            model_name='member',
            index=models.Index(fields=['name'], name='members_member_name_begins'),
        ),
        migrations.AddIndex(
            model_name='member',
            index=models.Index(fields=['pinyin'], name='members_member_pinyin_begins'),
        ),
        migrations.AddIndex(
            model_name='member',
            index=models.Index(fields=['initials'], name='members_member_initials_begin'),
        ),
        migrations.AddIndex(
            model_name='member',
            index=models.Index(fields=['last_word'], name='members_member_lastword_begins'),
        ),
        migrations.CreateModel(
            name='MemberChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('changed_at', models.DateTimeField(verbose_name='changed at')),
                ('before', models.JSONField(verbose_name='before')),
                ('after', models.JSONField(verbose_name='after')),
                ('changed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='changed by')),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='members.member', verbose_name='member')),
            ],
            options={
                'verbose_name': 'change of a member',
                'verbose_name_plural': 'changes of members',
                'indexes': [models.Index(fields=['member', '-id'], name='members_member_change_latest')],
            },
        ),
    ]
