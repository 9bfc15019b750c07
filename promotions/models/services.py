"""What a tier gets done free of charge, and the ticket of each garment taken in."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ledger.models import Asset, AssetKind, ProductCategory, Sale, SaleLine, Visit
from members.models import IssuingEntity, Member, Named, Store, Tier, User
from members.models.shops import code_validator
from promotions.rules.tickets import OPEN_STATES, TicketState


class ServiceProgramme(Named):
    """A service such as dry-cleaning; free uses are an entitlement, others may be charged."""

    entity = models.ForeignKey(
        IssuingEntity, models.PROTECT, related_name="+", verbose_name=_("issuing entity")
    )
    code = models.CharField(_("code"), max_length=40, unique=True, validators=[code_validator])
    asset = models.OneToOneField(
        Asset,
        models.PROTECT,
        related_name="+",
        limit_choices_to={"kind": AssetKind.ENTITLEMENT},
        verbose_name=_("entitlement"),
    )
    categories = models.ManyToManyField(
        ProductCategory,
        related_name="+",
        blank=True,
        verbose_name=_("product categories"),
        help_text=_("Empty: goods of every kind."),
    )
    is_for_own_goods = models.BooleanField(
        _("only for goods bought here"),
        default=True,
        help_text=_("Other goods are charged, or refused where there is no price."),
    )
    charge_price = models.BigIntegerField(
        _("price when not free"),
        null=True,
        blank=True,
        help_text=_("In the currency's smallest unit. Empty: never done for money."),
    )
    currency = models.CharField(_("currency"), max_length=3)
    stores = models.ManyToManyField(
        Store,
        related_name="+",
        blank=True,
        verbose_name=_("stores"),
        help_text=_("Empty: every store of the issuing entity."),
    )
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("service")
        verbose_name_plural = _("services")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="promotions_programme_charges_something",
                condition=Q(charge_price__isnull=True) | Q(charge_price__gte=1),
            ),
        ]

    def __str__(self) -> str:
        return self.label


class TierEntitlement(models.Model):
    """So many free uses a calendar month for members of a tier; what is not used lapses."""

    programme = models.ForeignKey(
        ServiceProgramme,
        models.CASCADE,
        related_name="entitlements",
        verbose_name=_("service"),
    )
    tier = models.ForeignKey(Tier, models.PROTECT, related_name="+", verbose_name=_("tier"))
    per_month = models.PositiveSmallIntegerField(_("free uses a month"))

    class Meta:
        verbose_name = _("free use of a tier")
        verbose_name_plural = _("free uses of tiers")
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="promotions_entitlement_once_per_tier", fields=["programme", "tier"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tier}: {self.per_month}"


class ServiceTicketQuerySet(models.QuerySet["ServiceTicket"]):
    """Words about tickets."""

    def open(self) -> "ServiceTicketQuerySet":
        """Tickets the shop still has to do something about."""
        return self.filter(status__in=OPEN_STATES)

    def of(self, member: Member) -> "ServiceTicketQuerySet":
        return self.filter(member=member)

    def in_store(self, store: Store) -> "ServiceTicketQuerySet":
        return self.filter(store=store)

    def to_be_told(self) -> "ServiceTicketQuerySet":
        """Ready garments whose owner has not been told yet."""
        return self.filter(status=TicketState.READY, ready_notified_at__isnull=True)


class ServiceTicket(models.Model):
    """One garment the shop looks after, from taking in to handing out.

    ``txn_id`` is the use of a free entitlement; ``fee_sale`` the bill where it was charged.
    ``changed_at`` is the time of the last event.
    """

    request_id = models.UUIDField(unique=True)
    programme = models.ForeignKey(
        ServiceProgramme, models.PROTECT, related_name="tickets", verbose_name=_("service")
    )
    member = models.ForeignKey(
        Member, models.PROTECT, related_name="service_tickets", verbose_name=_("member")
    )
    store = models.ForeignKey(
        Store, models.PROTECT, db_index=False, related_name="+", verbose_name=_("store")
    )
    sale_line = models.ForeignKey(
        SaleLine,
        models.PROTECT,
        null=True,
        related_name="service_tickets",
        verbose_name=_("bought here on"),
    )
    garment = models.CharField(_("garment"), max_length=200)
    status = models.CharField(
        _("status"), max_length=12, choices=TicketState, default=TicketState.TAKEN_IN
    )
    taken_in_at = models.DateTimeField(_("taken in at"))
    changed_at = models.DateTimeField(_("last change"))
    ready_notified_at = models.DateTimeField(_("told when ready"), null=True)
    fee = models.BigIntegerField(_("fee"), default=0)
    fee_sale = models.OneToOneField(
        Sale, models.PROTECT, null=True, related_name="+", verbose_name=_("bill")
    )
    txn_id = models.UUIDField(null=True, unique=True)
    visit = models.ForeignKey(
        Visit, models.PROTECT, null=True, related_name="+", verbose_name=_("brought on")
    )
    collected_visit = models.ForeignKey(
        Visit,
        models.PROTECT,
        null=True,
        related_name="collected_tickets",
        verbose_name=_("collected on"),
    )

    objects = ServiceTicketQuerySet.as_manager()

    class Meta:
        verbose_name = _("service ticket")
        verbose_name_plural = _("service tickets")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="promotions_ticket_status_is_known",
                condition=Q(status__in=TicketState.values),
            ),
            models.CheckConstraint(
                name="promotions_ticket_is_free_or_charged",
                condition=Q(txn_id__isnull=False, fee_sale__isnull=True, fee=0)
                | Q(txn_id__isnull=True, fee_sale__isnull=False, fee__gte=1),
            ),
            models.CheckConstraint(
                name="promotions_ticket_collected_on_a_visit",
                condition=~Q(status=TicketState.COLLECTED) | Q(collected_visit__isnull=False),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["store", "status", "taken_in_at"],
                condition=Q(status__in=OPEN_STATES),
                name="promotions_ticket_queue",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.garment} ({self.get_status_display()})"


class ServiceTicketEvent(models.Model):
    """What happened to a ticket, when and by whom; only ever added to."""

    ticket = models.ForeignKey(
        ServiceTicket, models.PROTECT, related_name="events", verbose_name=_("ticket")
    )
    # Made by whoever asked for the step, so that asking twice takes one step.
    request_id = models.UUIDField(unique=True)
    status = models.CharField(_("status"), max_length=12, choices=TicketState)
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")

    def __str__(self) -> str:
        return f"{self.get_status_display()} {self.at:%Y-%m-%d %H:%M}"
