"""The person the shop knows, and the media they are known by.

Search at a million members rests on the indexes here: every way to find somebody is the beginning
of a column, an exact number, or the last four digits of the phone. Those columns are collated by
code point, so that one index serves both LIKE 'x%' and the order the first hits come in.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Cast, Right
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from common.direction import unturned
from common.phones import mask_phone
from members.models.naming import Named
from members.models.shops import Store, code_validator
from members.models.staff import User
from members.rules.birthdays import age_on

MEMBER_NUMBERS = "members_member_number_seq"
# The numbers of a member in other systems as a list, as the index has them.
NUMBERS_ELSEWHERE = Func(
    "external_ids",
    template="jsonb_path_query_array(%(expressions)s, '$.*')",
    output_field=models.JSONField(),
)


def next_member_number() -> Cast:
    """Database expression for the next running number, as text."""
    return Cast(Func(Value(MEMBER_NUMBERS), function="nextval"), models.TextField())


class _HaveNumbers(Func):
    """Members with one of the numbers, each looked up in the index by itself.

    Asked for a thousand at once, the server takes the index for dearer than reading everybody.
    """

    template = (
        "(SELECT found.id FROM jsonb_array_elements_text(%(expressions)s::jsonb) AS wanted(number),"
        " LATERAL (SELECT id FROM members_member WHERE NOT (external_ids = '{}'::jsonb)"
        " AND jsonb_path_query_array(external_ids, '$.*') ? wanted.number OFFSET 0) AS found)"
    )


class MemberQuerySet(models.QuerySet["Member"]):
    """Words about members."""

    def findable(self) -> MemberQuerySet:
        """Members a clerk may come across: not merged into another one, not erased."""
        return self.filter(status__in=Member.LIVING)

    def active(self) -> MemberQuerySet:
        """Members who may trade."""
        return self.filter(status=Member.Status.ACTIVE)

    def numbered_elsewhere(self, numbers: Iterable[str]) -> MemberQuerySet:
        """Members who have one of these numbers in another system."""
        return self.filter(pk__in=_HaveNumbers(Value(json.dumps(list(numbers)))))

    def phone_ending(self, digits: str) -> MemberQuerySet:
        """Members whose phone ends with these four digits."""
        return self.annotate(last_four=Right("phone", 4)).filter(last_four=digits)


class Member(models.Model):
    """A person the shop knows, found by phone, card or name."""

    class Status(models.TextChoices):
        """Where a member stands; no row is ever deleted."""

        ACTIVE = "active", _("active")
        BLOCKED = "blocked", _("blocked")
        MERGED = "merged", _("merged into another member")
        ERASED = "erased", _("erased")

    class Gender(models.TextChoices):
        """As told; empty when nobody asked or they would not say."""

        FEMALE = "F", _("female")
        MALE = "M", _("male")
        OTHER = "X", _("other")

    LIVING = (Status.ACTIVE, Status.BLOCKED)

    number = models.CharField(
        _("member number"),
        max_length=32,
        editable=False,
        db_default=next_member_number(),
    )
    name = models.CharField(
        pgettext_lazy("person", "name"), max_length=120, blank=True, db_collation="C"
    )
    phone = models.CharField(  # noqa: DJ001  # unique where present, so absent is NULL
        _("phone"), max_length=16, null=True, blank=True, db_collation="C"
    )
    email = models.EmailField(_("e-mail"), blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    region = models.CharField(_("region"), max_length=120, blank=True)
    birth_year = models.PositiveSmallIntegerField(_("year of birth"), null=True, blank=True)
    birth_month = models.PositiveSmallIntegerField(_("month of birth"), null=True, blank=True)
    birth_day = models.PositiveSmallIntegerField(_("day of birth"), null=True, blank=True)
    lunar_birthday = models.CharField(
        _("lunar birthday as said"),
        max_length=40,
        blank=True,
        help_text=_("For example 八月十五"),
    )
    lunar_month = models.PositiveSmallIntegerField(_("lunar month"), null=True, blank=True)
    lunar_day = models.PositiveSmallIntegerField(_("lunar day"), null=True, blank=True)
    lunar_leap = models.BooleanField(_("born in a leap month"), default=False)
    gender = models.CharField(_("gender"), max_length=1, choices=Gender, blank=True)
    occupation = models.CharField(_("occupation"), max_length=120, blank=True)
    education = models.CharField(_("education"), max_length=120, blank=True)
    channel = models.CharField(
        _("joined through"), max_length=32, blank=True, validators=[code_validator]
    )
    referrer = models.ForeignKey(
        "self",
        models.PROTECT,
        db_index=False,
        related_name="referred",
        null=True,
        blank=True,
        verbose_name=_("brought by"),
    )
    notes = models.TextField(_("notes"), blank=True)
    attributes = models.JSONField(_("the shop's own attributes"), default=dict, blank=True)
    external_ids = models.JSONField(_("numbers in other systems"), default=dict, blank=True)
    home_store = models.ForeignKey(
        Store,
        models.PROTECT,
        db_index=False,
        related_name="members",
        verbose_name=_("home store"),
    )
    joined_on = models.DateField(_("joined on"))
    # Made by whoever asked for the enrolment, so that asking twice makes one member.
    request_id = models.UUIDField(null=True, unique=True, editable=False)
    status = models.CharField(
        _("status"), max_length=8, choices=Status, default=Status.ACTIVE, editable=False
    )
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        db_index=False,
        related_name="merged_from",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("merged into"),
    )
    # What search reads; written from the name by the same operations that write the name.
    pinyin = models.CharField(
        _("pinyin"), max_length=240, blank=True, editable=False, db_collation="C"
    )
    initials = models.CharField(
        _("initials"), max_length=60, blank=True, editable=False, db_collation="C"
    )
    last_word = models.CharField(
        _("last word"), max_length=120, blank=True, editable=False, db_collation="C"
    )
    # The tier in force, cached from the holdings by set_tier.
    tier = models.ForeignKey(
        "members.Tier",
        models.PROTECT,
        related_name="members",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("tier"),
    )
    created_by = models.ForeignKey(
        User,
        models.PROTECT,
        db_index=False,
        related_name="members_created",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("enrolled by"),
    )
    created_at = models.DateTimeField(_("enrolled at"), editable=False)

    objects = MemberQuerySet.as_manager()

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        indexes = [
            # A living member is found by the rule that their phone is theirs alone.
            models.Index(
                name="members_member_phone_of_merged",
                fields=["phone"],
                condition=Q(status="merged"),
            ),
            models.Index(Right("phone", 4), "home_store", name="members_member_phone_last_four"),
            models.Index(name="members_member_by_email", fields=["email"], condition=~Q(email="")),
            GinIndex(
                NUMBERS_ELSEWHERE,
                name="members_member_numbers",
                # A list of what was added last would be read for every number.
                fastupdate=False,
                condition=~Q(external_ids={}),
            ),
            models.Index(name="members_member_name_begins", fields=["name"]),
            models.Index(name="members_member_pinyin_begins", fields=["pinyin"]),
            models.Index(name="members_member_initials_begin", fields=["initials"]),
            models.Index(name="members_member_lastword_begins", fields=["last_word"]),
            models.Index(name="members_member_home_joined", fields=["home_store", "joined_on"]),
            models.Index(
                name="members_member_brought_by",
                fields=["referrer"],
                condition=Q(referrer__isnull=False),
            ),
            models.Index(
                name="members_member_merged_into",
                fields=["merged_into"],
                condition=Q(merged_into__isnull=False),
            ),
        ]
        constraints = [
            models.UniqueConstraint(name="members_member_number_once", fields=["number"]),
            models.UniqueConstraint(
                name="members_member_phone_of_one_living_member",
                fields=["phone"],
                condition=Q(status__in=["active", "blocked"], phone__isnull=False),
            ),
            models.CheckConstraint(
                name="members_member_phone_is_e164",
                condition=Q(phone__isnull=True) | Q(phone__regex=r"^\+[1-9][0-9]{3,14}$"),
            ),
            models.CheckConstraint(
                name="members_member_birth_year_is_plausible",
                condition=Q(birth_year__isnull=True) | Q(birth_year__range=(1880, 2200)),
            ),
            models.CheckConstraint(
                name="members_member_birth_month_is_a_month",
                condition=Q(birth_month__isnull=True) | Q(birth_month__range=(1, 12)),
            ),
            models.CheckConstraint(
                name="members_member_birth_day_is_in_its_month",
                # A comparison with NULL passes a CHECK, so the month is asked for by name.
                condition=Q(birth_day__isnull=True)
                | Q(birth_day__range=(1, 29), birth_month__isnull=False)
                | Q(birth_day=30, birth_month__isnull=False) & ~Q(birth_month=2)
                | Q(birth_day=31, birth_month__isnull=False)
                & Q(birth_month__in=[1, 3, 5, 7, 8, 10, 12]),
            ),
            models.CheckConstraint(
                name="members_member_lunar_day_exists",
                condition=Q(lunar_month__isnull=True, lunar_day__isnull=True, lunar_leap=False)
                | Q(lunar_month__isnull=False, lunar_day__isnull=False)
                & Q(lunar_month__range=(1, 12), lunar_day__range=(1, 30)),
            ),
            models.CheckConstraint(
                name="members_member_status_is_known",
                condition=Q(status__in=["active", "blocked", "merged", "erased"]),
            ),
            models.CheckConstraint(
                name="members_member_merged_says_into_whom",
                condition=Q(status="merged", merged_into__isnull=False)
                | (~Q(status="merged") & Q(merged_into__isnull=True)),
            ),
            models.CheckConstraint(
                name="members_member_not_merged_into_oneself",
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("pk")),
            ),
            models.CheckConstraint(
                name="members_member_not_brought_by_oneself",
                condition=Q(referrer__isnull=True) | ~Q(referrer=F("pk")),
            ),
        ]

    def __str__(self) -> str:
        # Records restored or written before names were cleaned may still turn what stands around.
        return unturned(self.name) or self.number

    @property
    def full_name(self) -> str:
        """The name as it was given."""
        return self.name

    @property
    def masked_phone(self) -> str:
        """The phone as a screen may show it, empty without one."""
        return mask_phone(self.phone) if self.phone else ""

    @property
    def is_active(self) -> bool:
        """Whether the member may trade."""
        return self.status == self.Status.ACTIVE

    def age_on(self, day: date) -> int | None:
        """Completed years on ``day``, ``None`` while the year of birth is unknown."""
        return age_on(day, self.birth_year, self.birth_month, self.birth_day)


class Card(models.Model):
    """Something a member shows to be known: leading zeros are part of its number."""

    class Kind(models.TextChoices):
        """What it is made of."""

        CARD = "card", _("card")
        TAG = "tag", _("key tag")
        WRISTBAND = "wristband", _("wristband")
        QR = "qr", _("QR code")

    class Status(models.TextChoices):
        """Whether it still opens anything."""

        ACTIVE = "active", _("active")
        LOST = "lost", _("lost")
        REPLACED = "replaced", _("replaced")

    member = models.ForeignKey(
        Member, models.PROTECT, related_name="cards", verbose_name=_("member")
    )
    # By code point, so that the rule that no two are alike finds its beginning too.
    number = models.CharField(_("card number"), max_length=64, db_collation="C")
    kind = models.CharField(_("kind"), max_length=16, choices=Kind, default=Kind.CARD)
    status = models.CharField(_("status"), max_length=16, choices=Status, default=Status.ACTIVE)
    issued_at = models.DateTimeField(_("issued at"))

    class Meta:
        verbose_name = _("card")
        verbose_name_plural = _("cards")
        constraints = [
            models.UniqueConstraint(name="members_card_number_once", fields=["number"]),
            models.CheckConstraint(
                name="members_card_number_is_trimmed",
                condition=Q(number__regex=r"^\S(.*\S)?$"),
            ),
            models.CheckConstraint(
                name="members_card_kind_is_known",
                condition=Q(kind__in=["card", "tag", "wristband", "qr"]),
            ),
            models.CheckConstraint(
                name="members_card_status_is_known",
                condition=Q(status__in=["active", "lost", "replaced"]),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class MemberChange(models.Model):
    """What somebody changed about a member, the old value beside the new one."""

    member = models.ForeignKey(
        Member, models.PROTECT, db_index=False, related_name="changes", verbose_name=_("member")
    )
    changed_at = models.DateTimeField(_("changed at"))
    changed_by = models.ForeignKey(
        User,
        models.PROTECT,
        db_index=False,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("changed by"),
    )
    before = models.JSONField(_("before"))
    after = models.JSONField(_("after"))

    class Meta:
        verbose_name = _("change of a member")
        verbose_name_plural = _("changes of members")
        indexes = [models.Index(name="members_member_change_latest", fields=["member", "-id"])]

    def __str__(self) -> str:
        return f"{self.member} – {self.changed_at:%Y-%m-%d %H:%M}"


class AttributeDefinition(Named):
    """One thing this shop wants to know about its members that nobody else asks."""

    class Kind(models.TextChoices):
        """How an answer is written down."""

        TEXT = "text", _("text")
        NUMBER = "number", _("whole number")
        DATE = "date", _("date")
        CHOICE = "choice", _("choice")

    key = models.CharField(_("key"), max_length=32, unique=True, validators=[code_validator])
    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.TEXT)
    choices = models.JSONField(
        _("choices"),
        default=list,
        blank=True,
        help_text=_('A list such as ["tea", "coffee"].'),
    )

    class Meta:
        verbose_name = _("attribute")
        verbose_name_plural = _("attributes")
        constraints = [
            models.CheckConstraint(
                name="members_attribute_kind_is_known",
                condition=Q(kind__in=["text", "number", "date", "choice"]),
            ),
            models.CheckConstraint(
                name="members_attribute_choice_has_choices",
                condition=~Q(kind="choice") | ~Q(choices=[]),
            ),
        ]
