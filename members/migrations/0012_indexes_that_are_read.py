"""Keep only the indexes that something reads; those of rare references leave out the rows without one."""

import django.db.models.deletion
import django.db.models.functions.comparison
from django.conf import settings
from django.db import migrations, models


NUMBERS_ONCE = """
ALTER TABLE members_card RENAME CONSTRAINT members_card_number_key TO members_card_number_once;
DROP INDEX members_card_number_dd3a32b4_like;
ALTER TABLE members_card ALTER COLUMN number TYPE varchar(64) COLLATE "C";
ALTER TABLE members_member
    RENAME CONSTRAINT members_member_number_key TO members_member_number_once;
DROP INDEX members_member_number_47656b26_like;
"""
NUMBERS_AS_BEFORE = """
ALTER TABLE members_card RENAME CONSTRAINT members_card_number_once TO members_card_number_key;
ALTER TABLE members_card ALTER COLUMN number TYPE varchar(64);
CREATE INDEX members_card_number_dd3a32b4_like ON members_card (number varchar_pattern_ops);
ALTER TABLE members_member
    RENAME CONSTRAINT members_member_number_once TO members_member_number_key;
CREATE INDEX members_member_number_47656b26_like ON members_member (number varchar_pattern_ops);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0011_changes_stay'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='member',
            name='members_member_phone_begins',
        ),
        migrations.RemoveIndex(
            model_name='tierholding',
            name='members_tier_holding_until',
        ),
        # The rules keep their indexes under a name that says them; only those for LIKE go.
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(NUMBERS_ONCE, NUMBERS_AS_BEFORE)],
            state_operations=[
                migrations.AlterField(
                    model_name='card',
                    name='number',
                    field=models.CharField(db_collation='C', max_length=64, verbose_name='card number'),
                ),
                migrations.AddConstraint(
                    model_name='card',
                    constraint=models.UniqueConstraint(fields=('number',), name='members_card_number_once'),
                ),
                migrations.AlterField(
                    model_name='member',
                    name='number',
                    field=models.CharField(db_default=django.db.models.functions.comparison.Cast(models.Func(models.Value('members_member_number_seq'), function='nextval'), models.TextField()), editable=False, max_length=32, verbose_name='member number'),
                ),
                migrations.AddConstraint(
                    model_name='member',
                    constraint=models.UniqueConstraint(fields=('number',), name='members_member_number_once'),
                ),
            ],
        ),
        migrations.AlterField(
            model_name='consent',
            name='member',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='consents', to='members.member', verbose_name='member'),
        ),
        migrations.AlterField(
            model_name='consent',
            name='operator',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='noted by'),
        ),
        migrations.AlterField(
            model_name='member',
            name='created_by',
            field=models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='members_created', to=settings.AUTH_USER_MODEL, verbose_name='enrolled by'),
        ),
        migrations.AlterField(
            model_name='member',
            name='home_store',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='members', to='members.store', verbose_name='home store'),
        ),
        migrations.AlterField(
            model_name='member',
            name='merged_into',
            field=models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='merged_from', to='members.member', verbose_name='merged into'),
        ),
        migrations.AlterField(
            model_name='member',
            name='referrer',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='referred', to='members.member', verbose_name='brought by'),
        ),
        migrations.AlterField(
            model_name='memberchange',
            name='changed_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='changed by'),
        ),
        migrations.AlterField(
            model_name='memberchange',
            name='member',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='members.member', verbose_name='member'),
        ),
        migrations.AlterField(
            model_name='membertag',
            name='member',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='members.member', verbose_name='member'),
        ),
        migrations.AlterField(
            model_name='membertag',
            name='tagged_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='tagged by'),
        ),
        migrations.AlterField(
            model_name='tierholding',
            name='decided_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='decided by'),
        ),
        migrations.AddIndex(
            model_name='member',
            index=models.Index(condition=models.Q(('status', 'merged')), fields=['phone'], name='members_member_phone_of_merged'),
        ),
        migrations.AddIndex(
            model_name='member',
            index=models.Index(condition=models.Q(('referrer__isnull', False)), fields=['referrer'], name='members_member_brought_by'),
        ),
        migrations.AddIndex(
            model_name='member',
            index=models.Index(condition=models.Q(('merged_into__isnull', False)), fields=['merged_into'], name='members_member_merged_into'),
        ),
    ]
