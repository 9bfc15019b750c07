"""The tables of stores, staff and members."""

import datetime
import django.contrib.auth.models
import django.contrib.auth.validators
import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        # Member numbers come from the database, so that bulk loads and single rows share them.
        migrations.RunSQL(
            sql='CREATE SEQUENCE members_member_number_seq START WITH 10000001',
            reverse_sql='DROP SEQUENCE members_member_number_seq',
        ),
        migrations.CreateModel(
            name='IssuingEntity',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=32, unique=True, validators=[django.core.validators.RegexValidator('^[A-Za-z0-9][A-Za-z0-9._-]*\\Z', 'Use letters, digits, dots, dashes and underscores, beginning with a letter or a digit.')], verbose_name='code')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('registration_number', models.CharField(blank=True, max_length=64, verbose_name='registration number')),
            ],
            options={
                'verbose_name': 'issuing entity',
                'verbose_name_plural': 'issuing entities',
            },
        ),
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('username', models.CharField(error_messages={'unique': 'A user with that username already exists.'}, help_text='Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.', max_length=150, unique=True, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='username')),
                ('first_name', models.CharField(blank=True, max_length=150, verbose_name='first name')),
                ('last_name', models.CharField(blank=True, max_length=150, verbose_name='last name')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='email address')),
                ('is_staff', models.BooleanField(default=False, help_text='Designates whether the user can log into this admin site.', verbose_name='staff status')),
                ('is_active', models.BooleanField(default=True, help_text='Designates whether this user should be treated as active. Unselect this instead of deleting accounts.', verbose_name='active')),
                ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date joined')),
                ('role', models.CharField(choices=[('clerk', 'clerk'), ('manager', 'manager'), ('owner', 'owner'), ('auditor', 'auditor (read-only)')], default='clerk', max_length=16, verbose_name='role')),
                ('language', models.CharField(choices=[('en', 'English'), ('zh-hans', '简体中文')], default='en', max_length=8, verbose_name='language')),
                ('display_name', models.CharField(blank=True, max_length=120, verbose_name='display name')),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
            options={
                'verbose_name': 'member of staff',
                'verbose_name_plural': 'staff',
            },
            managers=[
                ('objects', django.contrib.auth.models.UserManager()),
            ],
        ),
        migrations.CreateModel(
            name='AttributeDefinition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('name_zh', models.CharField(blank=True, max_length=120, verbose_name='Chinese name')),
                ('key', models.CharField(max_length=32, unique=True, validators=[django.core.validators.RegexValidator('^[A-Za-z0-9][A-Za-z0-9._-]*\\Z', 'Use letters, digits, dots, dashes and underscores, beginning with a letter or a digit.')], verbose_name='key')),
                ('kind', models.CharField(choices=[('text', 'text'), ('number', 'whole number'), ('date', 'date'), ('choice', 'choice')], default='text', max_length=8, verbose_name='kind')),
                ('choices', models.JSONField(blank=True, default=list, help_text='A list such as ["tea", "coffee"].', verbose_name='choices')),
            ],
            options={
                'verbose_name': 'attribute',
                'verbose_name_plural': 'attributes',
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['text', 'number', 'date', 'choice'])), name='members_attribute_kind_is_known'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'choice'), _negated=True), models.Q(('choices', []), _negated=True), _connector='OR'), name='members_attribute_choice_has_choices')],
            },
        ),
        migrations.CreateModel(
            name='CalendarDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('country', models.CharField(max_length=2, verbose_name='country')),
                ('day', models.DateField(verbose_name='day')),
                ('is_rest_day', models.BooleanField(verbose_name='day of rest')),
                ('name', models.CharField(blank=True, max_length=120, verbose_name='name')),
            ],
            options={
                'verbose_name': 'calendar day',
                'verbose_name_plural': 'calendar days',
                'constraints': [models.UniqueConstraint(fields=('country', 'day'), name='members_calendar_day_once_per_country'), models.CheckConstraint(condition=models.Q(('country__regex', '^[A-Z]{2}$')), name='members_calendar_day_country_is_two_capitals')],
            },
        ),
        migrations.CreateModel(
            name='Member',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(db_default=django.db.models.functions.comparison.Cast(models.Func(models.Value('members_member_number_seq'), function='nextval'), models.TextField()), editable=False, max_length=32, unique=True, verbose_name='member number')),
                ('name', models.CharField(blank=True, max_length=120, verbose_name='name')),
                ('phone', models.CharField(blank=True, max_length=16, null=True, verbose_name='phone')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='e-mail')),
                ('address', models.CharField(blank=True, max_length=300, verbose_name='address')),
                ('region', models.CharField(blank=True, max_length=120, verbose_name='region')),
                ('birth_year', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='year of birth')),
                ('birth_month', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='month of birth')),
                ('birth_day', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='day of birth')),
                ('lunar_birthday', models.CharField(blank=True, help_text='For example 八月十五', max_length=40, verbose_name='lunar birthday as said')),
                ('lunar_month', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='lunar month')),
                ('lunar_day', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='lunar day')),
                ('lunar_leap', models.BooleanField(default=False, verbose_name='born in a leap month')),
                ('gender', models.CharField(blank=True, choices=[('F', 'female'), ('M', 'male'), ('X', 'other')], max_length=1, verbose_name='gender')),
                ('occupation', models.CharField(blank=True, max_length=120, verbose_name='occupation')),
                ('education', models.CharField(blank=True, max_length=120, verbose_name='education')),
                ('channel', models.CharField(blank=True, max_length=32, validators=[django.core.validators.RegexValidator('^[A-Za-z0-9][A-Za-z0-9._-]*\\Z', 'Use letters, digits, dots, dashes and underscores, beginning with a letter or a digit.')], verbose_name='joined through')),
                ('notes', models.TextField(blank=True, verbose_name='notes')),
                ('attributes', models.JSONField(blank=True, default=dict, verbose_name="the shop's own attributes")),
                ('external_ids', models.JSONField(blank=True, default=dict, verbose_name='numbers in other systems')),
                ('joined_on', models.DateField(verbose_name='joined on')),
                ('status', models.CharField(choices=[('active', 'active'), ('blocked', 'blocked'), ('merged', 'merged into another member'), ('erased', 'erased')], default='active', editable=False, max_length=8, verbose_name='status')),
                ('pinyin', models.CharField(blank=True, editable=False, max_length=240, verbose_name='pinyin')),
                ('initials', models.CharField(blank=True, editable=False, max_length=60, verbose_name='initials')),
                ('last_word', models.CharField(blank=True, editable=False, max_length=120, verbose_name='last word')),
                ('created_at', models.DateTimeField(editable=False, verbose_name='enrolled at')),
                ('created_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='members_created', to=settings.AUTH_USER_MODEL, verbose_name='enrolled by')),
                ('merged_into', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='merged_from', to='members.member', verbose_name='merged into')),
                ('referrer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='referred', to='members.member', verbose_name='brought by')),
            ],
            options={
                'verbose_name': 'member',
                'verbose_name_plural': 'members',
            },
        ),
        migrations.AddField(
            model_name='user',
            name='member',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='staff_accounts', to='members.member', verbose_name='own membership'),
        ),
        migrations.CreateModel(
            name='MemberTag',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('tagged_at', models.DateTimeField(verbose_name='tagged at')),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='members.member', verbose_name='member')),
                ('tagged_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='tagged by')),
            ],
            options={
                'verbose_name': 'tag on a member',
                'verbose_name_plural': 'tags on members',
            },
        ),
        migrations.CreateModel(
            name='Store',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=32, unique=True, validators=[django.core.validators.RegexValidator('^[A-Za-z0-9][A-Za-z0-9._-]*\\Z', 'Use letters, digits, dots, dashes and underscores, beginning with a letter or a digit.')], verbose_name='code')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('country', models.CharField(max_length=2, verbose_name='country')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('time_zone', models.CharField(max_length=64, verbose_name='time zone')),
                ('language', models.CharField(choices=[('en', 'English'), ('zh-hans', '简体中文')], max_length=8, verbose_name='language')),
                ('day_cut', models.TimeField(default=datetime.time(4, 0), verbose_name='day cut')),
                ('jurisdiction', models.CharField(default='none', max_length=32, verbose_name='jurisdiction preset')),
                ('address', models.CharField(blank=True, max_length=300, verbose_name='address')),
                ('phone', models.CharField(blank=True, max_length=32, verbose_name='phone')),
                ('is_open', models.BooleanField(default=True, verbose_name='open')),
                ('entity', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='stores', to='members.issuingentity', verbose_name='issuing entity')),
            ],
            options={
                'verbose_name': 'store',
                'verbose_name_plural': 'stores',
                'constraints': [models.CheckConstraint(condition=models.Q(('country__regex', '^[A-Z]{2}$')), name='members_store_country_is_two_capitals'), models.CheckConstraint(condition=models.Q(('currency__regex', '^[A-Z]{3}$')), name='members_store_currency_is_three_capitals'), models.CheckConstraint(condition=models.Q(('language__in', ['en', 'zh-hans'])), name='members_store_language_is_spoken')],
            },
        ),
        migrations.AddField(
            model_name='member',
            name='home_store',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='members', to='members.store', verbose_name='home store'),
        ),
        migrations.AddField(
            model_name='user',
            name='stores',
            field=models.ManyToManyField(blank=True, help_text='Where this person works. Owners and auditors see every store.', related_name='staff', to='members.store', verbose_name='stores'),
        ),
        migrations.CreateModel(
            name='Tag',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('name_zh', models.CharField(blank=True, max_length=120, verbose_name='Chinese name')),
                ('code', models.CharField(max_length=32, unique=True, validators=[django.core.validators.RegexValidator('^[A-Za-z0-9][A-Za-z0-9._-]*\\Z', 'Use letters, digits, dots, dashes and underscores, beginning with a letter or a digit.')], verbose_name='code')),
                ('color', models.CharField(blank=True, max_length=7, verbose_name='colour')),
                ('members', models.ManyToManyField(related_name='tags', through='members.MemberTag', to='members.member')),
            ],
            options={
                'verbose_name': 'tag',
                'verbose_name_plural': 'tags',
            },
        ),
        migrations.AddField(
            model_name='membertag',
            name='tag',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='members.tag', verbose_name='tag'),
        ),
        migrations.CreateModel(
            name='Tier',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('name_zh', models.CharField(blank=True, max_length=120, verbose_name='Chinese name')),
                ('code', models.CharField(max_length=32, unique=True, validators=[django.core.validators.RegexValidator('^[A-Za-z0-9][A-Za-z0-9._-]*\\Z', 'Use letters, digits, dots, dashes and underscores, beginning with a letter or a digit.')], verbose_name='code')),
                ('rank', models.PositiveSmallIntegerField(help_text='1 is the lowest tier.', unique=True, verbose_name='rank')),
                ('min_spend', models.BigIntegerField(blank=True, help_text="In the currency's smallest unit: 100000 is 1,000.00.", null=True, verbose_name='spend to reach it')),
                ('min_visits', models.PositiveIntegerField(blank=True, null=True, verbose_name='visits to reach it')),
                ('min_points', models.BigIntegerField(blank=True, null=True, verbose_name='points to reach it')),
                ('window_months', models.PositiveSmallIntegerField(default=12, verbose_name='months that count')),
                ('discount_percent', models.PositiveSmallIntegerField(default=0, verbose_name='percent off')),
                ('review_months', models.PositiveSmallIntegerField(default=12, verbose_name='months between reviews')),
                ('grace_days', models.PositiveSmallIntegerField(default=30, verbose_name='days of grace')),
                ('color', models.CharField(blank=True, max_length=7, verbose_name='colour')),
            ],
            options={
                'verbose_name': 'tier',
                'verbose_name_plural': 'tiers',
                'constraints': [models.CheckConstraint(condition=models.Q(('min_spend__isnull', True), ('min_spend__gte', 0), _connector='OR'), name='members_tier_min_spend_not_negative'), models.CheckConstraint(condition=models.Q(('min_points__isnull', True), ('min_points__gte', 0), _connector='OR'), name='members_tier_min_points_not_negative'), models.CheckConstraint(condition=models.Q(('discount_percent__range', (0, 100))), name='members_tier_discount_is_a_percentage'), models.CheckConstraint(condition=models.Q(('window_months__gte', 1)), name='members_tier_window_is_some_months'), models.CheckConstraint(condition=models.Q(('color', ''), ('color__regex', '^#[0-9a-fA-F]{6}$'), _connector='OR'), name='members_tier_color_is_a_hex_color')],
            },
        ),
        migrations.AddField(
            model_name='member',
            name='tier',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='members', to='members.tier', verbose_name='tier'),
        ),
        migrations.CreateModel(
            name='Dependant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('nickname', models.CharField(blank=True, max_length=60, verbose_name='nickname')),
                ('kind', models.CharField(choices=[('child', 'child'), ('pet', 'pet'), ('other', 'other')], default='child', max_length=8, verbose_name='kind')),
                ('birthday', models.DateField(blank=True, null=True, verbose_name='birthday')),
                ('due_date', models.DateField(blank=True, null=True, verbose_name='due date')),
                ('gender', models.CharField(blank=True, choices=[('F', 'female'), ('M', 'male'), ('X', 'other')], max_length=1, verbose_name='gender')),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='dependants', to='members.member', verbose_name='member')),
            ],
            options={
                'verbose_name': 'dependant',
                'verbose_name_plural': 'dependants',
                'indexes': [models.Index(fields=['birthday'], name='members_dependant_birthday')],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['child', 'pet', 'other'])), name='members_dependant_kind_is_known')],
            },
        ),
        migrations.CreateModel(
            name='Consent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(choices=[('sms', 'text message'), ('email', 'e-mail'), ('phone', 'phone call'), ('post', 'letter'), ('wechat', 'WeChat')], max_length=8, verbose_name='channel')),
                ('state', models.CharField(choices=[('given', 'given'), ('withdrawn', 'withdrawn')], max_length=12, verbose_name='state')),
                ('at', models.DateTimeField(verbose_name='said at')),
                ('source', models.CharField(max_length=60, verbose_name='source')),
                ('operator', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='noted by')),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='consents', to='members.member', verbose_name='member')),
            ],
            options={
                'verbose_name': 'consent',
                'verbose_name_plural': 'consents',
                'indexes': [models.Index(fields=['member', 'channel', '-at', '-id'], include=('state',), name='members_consent_latest')],
                'constraints': [models.CheckConstraint(condition=models.Q(('channel__in', ['sms', 'email', 'phone', 'post', 'wechat'])), name='members_consent_channel_is_known'), models.CheckConstraint(condition=models.Q(('state__in', ['given', 'withdrawn'])), name='members_consent_state_is_known')],
            },
        ),
        migrations.CreateModel(
            name='Card',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=64, unique=True, verbose_name='card number')),
                ('kind', models.CharField(choices=[('card', 'card'), ('tag', 'key tag'), ('wristband', 'wristband'), ('qr', 'QR code')], default='card', max_length=16, verbose_name='kind')),
                ('status', models.CharField(choices=[('active', 'active'), ('lost', 'lost'), ('replaced', 'replaced')], default='active', max_length=16, verbose_name='status')),
                ('issued_at', models.DateTimeField(verbose_name='issued at')),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cards', to='members.member', verbose_name='member')),
            ],
            options={
                'verbose_name': 'card',
                'verbose_name_plural': 'cards',
                'constraints': [models.CheckConstraint(condition=models.Q(('number__regex', '^\\S(.*\\S)?$')), name='members_card_number_is_trimmed'), models.CheckConstraint(condition=models.Q(('kind__in', ['card', 'tag', 'wristband', 'qr'])), name='members_card_kind_is_known'), models.CheckConstraint(condition=models.Q(('status__in', ['active', 'lost', 'replaced'])), name='members_card_status_is_known')],
            },
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(('role__in', ['clerk', 'manager', 'owner', 'auditor'])), name='members_user_role_is_known'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(('language__in', ['en', 'zh-hans'])), name='members_user_language_is_spoken'),
        ),
        migrations.AddConstraint(
            model_name='tag',
            constraint=models.CheckConstraint(condition=models.Q(('color', ''), ('color__regex', '^#[0-9a-fA-F]{6}$'), _connector='OR'), name='members_tag_color_is_a_hex_color'),
        ),
        migrations.AddConstraint(
            model_name='membertag',
            constraint=models.UniqueConstraint(fields=('member', 'tag'), name='members_tag_once_per_member'),
        ),
        migrations.AddIndex(
            model_name='member',
            index=models.Index(fields=['phone'], name='members_member_phone_begins', opclasses=['varchar_pattern_ops']),
        ),
        migrations.AddIndex(
            model_name='member',
            index=models.Index(django.db.models.functions.text.Right('phone', 4), name='members_member_phone_last_four'),
        ),
        migrations.AddIndex(
            model_name='member',
            index=models.Index(fields=['name'], name='members_member_name_begins', opclasses=['varchar_pattern_ops']),
        ),
        migrations.AddIndex(
            model_name='member',
            index=models.Index(fields=['pinyin'], name='members_member_pinyin_begins', opclasses=['varchar_pattern_ops']),
        ),
        migrations.AddIndex(
            model_name='member',
            index=models.Index(fields=['initials'], name='members_member_initials_begin', opclasses=['varchar_pattern_ops']),
        ),
        migrations.AddIndex(
            model_name='member',
            index=models.Index(fields=['last_word'], name='members_member_lastword_begins', opclasses=['varchar_pattern_ops']),
        ),
        migrations.AddIndex(
            model_name='member',
            index=models.Index(fields=['home_store', 'joined_on'], name='members_member_home_joined'),
        ),
        migrations.AddConstraint(
            model_name='member',
            constraint=models.UniqueConstraint(condition=models.Q(('phone__isnull', False), ('status__in', ['active', 'blocked'])), fields=('phone',), name='members_member_phone_of_one_living_member'),
        ),
        migrations.AddConstraint(
            model_name='member',
            constraint=models.CheckConstraint(condition=models.Q(('phone__isnull', True), ('phone__regex', '^\\+[1-9][0-9]{3,14}$'), _connector='OR'), name='members_member_phone_is_e164'),
        ),
        migrations.AddConstraint(
            model_name='member',
            constraint=models.CheckConstraint(condition=models.Q(('birth_year__isnull', True), ('birth_year__range', (1880, 2200)), _connector='OR'), name='members_member_birth_year_is_plausible'),
        ),
        migrations.AddConstraint(
            model_name='member',
            constraint=models.CheckConstraint(condition=models.Q(('birth_month__isnull', True), ('birth_month__range', (1, 12)), _connector='OR'), name='members_member_birth_month_is_a_month'),
        ),
        migrations.AddConstraint(
            model_name='member',
            constraint=models.CheckConstraint(condition=models.Q(('birth_day__isnull', True), models.Q(('birth_day__range', (1, 29)), ('birth_month__isnull', False)), models.Q(('birth_day', 30), ('birth_month__in', [1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])), models.Q(('birth_day', 31), ('birth_month__in', [1, 3, 5, 7, 8, 10, 12])), _connector='OR'), name='members_member_birth_day_is_in_its_month'),
        ),
        migrations.AddConstraint(
            model_name='member',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('lunar_day__isnull', True), ('lunar_leap', False), ('lunar_month__isnull', True)), models.Q(('lunar_day__range', (1, 30)), ('lunar_month__range', (1, 12))), _connector='OR'), name='members_member_lunar_day_exists'),
        ),
        migrations.AddConstraint(
            model_name='member',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['active', 'blocked', 'merged', 'erased'])), name='members_member_status_is_known'),
        ),
        migrations.AddConstraint(
            model_name='member',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('merged_into__isnull', False), ('status', 'merged')), models.Q(models.Q(('status', 'merged'), _negated=True), ('merged_into__isnull', True)), _connector='OR'), name='members_member_merged_says_into_whom'),
        ),
        migrations.AddConstraint(
            model_name='member',
            constraint=models.CheckConstraint(condition=models.Q(('merged_into__isnull', True), models.Q(('merged_into', models.F('pk')), _negated=True), _connector='OR'), name='members_member_not_merged_into_oneself'),
        ),
        migrations.AddConstraint(
            model_name='member',
            constraint=models.CheckConstraint(condition=models.Q(('referrer__isnull', True), models.Q(('referrer', models.F('pk')), _negated=True), _connector='OR'), name='members_member_not_brought_by_oneself'),
        ),
        migrations.CreateModel(
            name='TierHolding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateTimeField(verbose_name='since')),
                ('until', models.DateTimeField(blank=True, null=True, verbose_name='until')),
                ('source', models.CharField(choices=[('earned', 'earned'), ('bought', 'bought'), ('granted', 'granted'), ('import', 'brought over from another system')], max_length=8, verbose_name='source')),
                ('inputs', models.JSONField(blank=True, default=dict, verbose_name='what the decision rests on')),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='decided by')),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tier_holdings', to='members.member', verbose_name='member')),
                ('tier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='holdings', to='members.tier', verbose_name='tier')),
            ],
            options={
                'verbose_name': 'tier held',
                'verbose_name_plural': 'tiers held',
                'indexes': [models.Index(fields=['until'], name='members_tier_holding_until')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('until__isnull', True)), fields=('member',), name='members_tier_holding_one_open_per_member'), models.CheckConstraint(condition=models.Q(('until__isnull', True), ('until__gte', models.F('since')), _connector='OR'), name='members_tier_holding_ends_after_it_begins'), models.CheckConstraint(condition=models.Q(('source__in', ['earned', 'bought', 'granted', 'import'])), name='members_tier_holding_source_is_known')],
            },
        ),
        migrations.CreateModel(
            name='Till',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=32, validators=[django.core.validators.RegexValidator('^[A-Za-z0-9][A-Za-z0-9._-]*\\Z', 'Use letters, digits, dots, dashes and underscores, beginning with a letter or a digit.')], verbose_name='code')),
                ('name', models.CharField(blank=True, max_length=120, verbose_name='name')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tills', to='members.store', verbose_name='store')),
            ],
            options={
                'verbose_name': 'till',
                'verbose_name_plural': 'tills',
                'constraints': [models.UniqueConstraint(fields=('store', 'code'), name='members_till_code_once_per_store')],
            },
        ),
        migrations.CreateModel(
            name='TillKey',
            fields=[
                ('id', models.CharField(editable=False, max_length=150, primary_key=True, serialize=False, unique=True)),
                ('prefix', models.CharField(editable=False, max_length=8, unique=True, verbose_name='first characters')),
                ('hashed_key', models.CharField(editable=False, max_length=150)),
                ('created', models.DateTimeField(auto_now_add=True, db_index=True, verbose_name='made at')),
                ('name', models.CharField(max_length=50, verbose_name='name')),
                ('revoked', models.BooleanField(default=False, verbose_name='revoked')),
                ('expiry_date', models.DateTimeField(blank=True, help_text='Once API key expires, clients cannot use it anymore.', null=True, verbose_name='Expires')),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('read', 'find members and read their sheet'), ('sell', 'top up and sell'), ('draw', 'draw down what was prepaid'), ('checkin', 'check members in'), ('plays', 'report coin plays')], max_length=16), default=list, size=None, verbose_name='scopes')),
                ('till', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='keys', to='members.till', verbose_name='till')),
            ],
            options={
                'verbose_name': 'till key',
                'verbose_name_plural': 'till keys',
                'constraints': [models.CheckConstraint(condition=models.Q(('scopes__contained_by', ['read', 'sell', 'draw', 'checkin', 'plays'])), name='members_till_key_scopes_are_known')],
            },
        ),
    ]
