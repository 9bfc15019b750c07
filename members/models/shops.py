"""Where the business trades: who issues, which stores, which days are holidays."""

from __future__ import annotations

import zoneinfo
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from common import days

if TYPE_CHECKING:
    from members.models.staff import User

DEFAULT_DAY_CUT = time(4)

code_validator = RegexValidator(
    r"^[A-Za-z0-9][A-Za-z0-9._-]*\Z",
    _("Use letters, digits, dots, dashes and underscores, beginning with a letter or a digit."),
)


class Language(models.TextChoices):
    """Languages the product speaks. Each names itself, so nobody gets lost in the other one."""

    ENGLISH = "en", "English"
    CHINESE = "zh-hans", "简体中文"


def validate_time_zone(value: str) -> None:
    """Refuse a zone this machine's time zone data does not know."""
    if value not in zoneinfo.available_timezones():
        message = _("%(value)s is not a time zone. Write it like Asia/Shanghai.")
        error = ValidationError(message, code="unknown_time_zone", params={"value": value})
        raise ValidationError({"time_zone": error})


class IssuingEntity(models.Model):
    """The legal person that owes what was prepaid."""

    code = models.CharField(_("code"), max_length=32, unique=True, validators=[code_validator])
    name = models.CharField(_("name"), max_length=200)
    registration_number = models.CharField(_("registration number"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("issuing entity")
        verbose_name_plural = _("issuing entities")

    def __str__(self) -> str:
        return self.name


class StoreQuerySet(models.QuerySet["Store"]):
    """Words about stores."""

    def open(self) -> StoreQuerySet:
        """Stores still trading."""
        return self.filter(is_open=True)

    def visible_to(self, user: User) -> StoreQuerySet:
        """Stores whose records the user may see: all for owners and auditors, else their own."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.sees_all_stores:
            return self
        return self.filter(pk__in=user.stores.values("pk"))


class Store(models.Model):
    """One shop with its own zone, day cut and currency."""

    code = models.CharField(_("code"), max_length=32, unique=True, validators=[code_validator])
    name = models.CharField(_("name"), max_length=120)
    entity = models.ForeignKey(
        IssuingEntity,
        models.PROTECT,
        related_name="stores",
        verbose_name=_("issuing entity"),
    )
    country = models.CharField(_("country"), max_length=2)
    currency = models.CharField(_("currency"), max_length=3)
    time_zone = models.CharField(_("time zone"), max_length=64)
    language = models.CharField(_("language"), max_length=8, choices=Language)
    day_cut = models.TimeField(_("day cut"), default=DEFAULT_DAY_CUT)
    jurisdiction = models.CharField(_("jurisdiction preset"), max_length=32, default="none")
    cash_refund_limit = models.BigIntegerField(
        _("most cash a clerk pays back"),
        null=True,
        blank=True,
        help_text=_("Empty: no limit. Above it a manager pays out, or another way is used."),
    )
    rounding_step = models.PositiveSmallIntegerField(
        _("cash rounding"),
        default=100,
        help_text=_(
            "In the currency's smallest unit: a clerk may let go what is above a multiple of it, "
            "for example 10 for a tenth of a yuan. 0: bills are not rounded."
        ),
    )
    closed_through = models.DateField(_("closed through"), null=True, editable=False)
    address = models.CharField(_("address"), max_length=300, blank=True)
    phone = models.CharField(_("phone"), max_length=32, blank=True)
    is_open = models.BooleanField(_("open"), default=True)
    pin_above = models.BigIntegerField(
        _("PIN above"),
        null=True,
        blank=True,
        help_text=_(
            "Using stored value or units worth more than this needs the member's PIN or a code "
            "sent to their phone. In the currency's smallest unit; empty: never asked."
        ),
    )

    objects = StoreQuerySet.as_manager()

    class Meta:
        verbose_name = _("store")
        verbose_name_plural = _("stores")
        constraints = [
            models.CheckConstraint(
                name="members_store_country_is_two_capitals",
                condition=models.Q(country__regex=r"^[A-Z]{2}$"),
            ),
            models.CheckConstraint(
                name="members_store_currency_is_three_capitals",
                condition=models.Q(currency__regex=r"^[A-Z]{3}$"),
            ),
            models.CheckConstraint(
                name="members_store_language_is_spoken",
                condition=models.Q(language__in=Language.values),
            ),
            models.CheckConstraint(
                name="members_store_cash_refund_limit_not_negative",
                condition=models.Q(cash_refund_limit__isnull=True)
                | models.Q(cash_refund_limit__gte=0),
            ),
            models.CheckConstraint(
                name="members_store_pin_above_not_negative",
                condition=models.Q(pin_above__isnull=True) | models.Q(pin_above__gte=0),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Check what no constraint can know: the time zone's name."""
        super().clean()
        validate_time_zone(self.time_zone)

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The store's time zone, ready for arithmetic."""
        return zoneinfo.ZoneInfo(self.time_zone)

    def business_date(self, at: datetime) -> date:
        """The business day the moment ``at`` belongs to in this store."""
        return days.business_date(at, self.zone, self.day_cut)

    def posting_date(self, at: datetime) -> date:
        """The business day that what is done now, at ``at``, is booked on.

        The day ``at`` belongs to, or the first one that is still open. What happened in the past
        and is only brought over keeps its ``business_date``.
        """
        day = self.business_date(at)
        return max(day, self.closed_through + timedelta(days=1)) if self.closed_through else day

    def day_bounds(self, day: date) -> tuple[datetime, datetime]:
        """Instants ``[start, end)`` of the business day ``day`` in this store."""
        return days.business_day_bounds(day, self.zone, self.day_cut)

    def end_of(self, last_valid_day: date) -> datetime:
        """The exclusive end of something valid through ``last_valid_day`` in this store."""
        return days.end_of_day_instant(last_valid_day, self.zone, self.day_cut)


class CalendarDayQuerySet(models.QuerySet["CalendarDay"]):
    """Words about calendar days."""

    def overrides(self, country: str) -> dict[date, bool]:
        """What the owner laid down for a country: day → is it a day of rest."""
        return dict(self.filter(country=country).values_list("day", "is_rest_day"))


class CalendarDay(models.Model):
    """A holiday, or a weekend day people work, that the owner adds to the built-in calendars."""

    country = models.CharField(_("country"), max_length=2)
    day = models.DateField(_("day"))
    is_rest_day = models.BooleanField(_("day of rest"))
    name = models.CharField(_("name"), max_length=120, blank=True)

    objects = CalendarDayQuerySet.as_manager()

    class Meta:
        verbose_name = _("calendar day")
        verbose_name_plural = _("calendar days")
        constraints = [
            models.UniqueConstraint(
                name="members_calendar_day_once_per_country", fields=["country", "day"]
            ),
            models.CheckConstraint(
                name="members_calendar_day_country_is_two_capitals",
                condition=models.Q(country__regex=r"^[A-Z]{2}$"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.country} {self.day.isoformat()}"
