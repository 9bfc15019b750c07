"""Value that members hold: a balance is a wallet of one asset, made of lots, moved by txns.

    asset ──< wallet >── member
                │
                ├──< lot >── contract          value granted at one moment on one set of terms
                │     │
                └──< movement >── txn          changes one lot against one house contra

Amounts are integers in the asset's smallest unit (fen, points, coins, beers). A movement's amount
is positive when the member gains and negative when the member gives; the other side is the house,
named by ``contra``.

Only the functions in ``ledger/sql`` write wallet, contract, lot, txn and movement; the application
may read these tables and nothing else. Their foreign keys are made in SQL and are immediate.
"""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.money import format_minor, format_units
from ledger.models.kinds import (
    AgeRule,
    AssetKind,
    Contra,
    ContractKind,
    LotOrigin,
    Outcome,
    TxnKind,
)
from members.models import IssuingEntity, Member, Named, Store, Till, User

MAX_AMOUNT = 10**12


class Asset(Named):
    """Something a member can hold.

    ``scale`` is the number of decimal digits of its smallest unit.
    """

    entity = models.ForeignKey(IssuingEntity, models.PROTECT, verbose_name=_("issuing entity"))
    code = models.SlugField(_("code"), max_length=40)
    kind = models.CharField(_("kind"), max_length=12, choices=AssetKind)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    scale = models.PositiveSmallIntegerField(_("decimal digits"), default=0)
    debt_of = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="debt_asset"
    )
    list_price = models.BigIntegerField(
        _("list price of one unit"),
        null=True,
        blank=True,
        help_text=_("In the currency's smallest unit; what one unit costs without a bundle."),
    )
    age_rule = models.CharField(
        _("who may have it by age"),
        max_length=12,
        choices=AgeRule,
        blank=True,
        default=AgeRule.ANYBODY,
        help_text=_("Beer: adults only. Coins of electronic games: minors on holidays only."),
    )

    class Meta:
        verbose_name = _("asset")
        verbose_name_plural = _("assets")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entity", "code"], name="ledger_asset_code_once"),
            models.UniqueConstraint(
                fields=["entity", "currency"],
                condition=Q(kind=AssetKind.MONEY),
                name="ledger_asset_one_stored_value_per_currency",
            ),
            models.CheckConstraint(
                condition=~Q(kind=AssetKind.MONEY) | ~Q(currency=""),
                name="ledger_asset_money_has_currency",
            ),
            models.CheckConstraint(
                condition=Q(kind=AssetKind.DEBT, debt_of__isnull=False)
                | (~Q(kind=AssetKind.DEBT) & Q(debt_of__isnull=True)),
                name="ledger_asset_debt_names_what_is_owed",
            ),
            models.CheckConstraint(
                condition=Q(list_price__isnull=True) | Q(list_price__gte=0),
                name="ledger_asset_list_price_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(age_rule__in=AgeRule.values), name="ledger_asset_age_rule_known"
            ),
        ]

    def __str__(self) -> str:
        return self.label

    def show(self, amount: int) -> str:
        """``amount`` of this asset for a reader.

        Money with its currency, anything else as a plain number.
        """
        if self.currency:
            return format_minor(amount, self.currency)
        return format_units(amount, self.scale)


class Scope(models.Model):
    """Where, on which days and for what a restricted lot may be used.

    An empty list means no restriction.
    """

    store_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    day_kinds = ArrayField(models.CharField(max_length=8), default=list, blank=True)
    category_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)

    class Meta:
        verbose_name = _("scope")
        verbose_name_plural = _("scopes")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["store_ids", "day_kinds", "category_ids"], name="ledger_scope_once"
            ),
        ]

    def __str__(self) -> str:
        return gettext("scope %(id)s") % {"id": self.pk}


class WalletQuerySet(models.QuerySet["Wallet"]):
    """Words for reading wallets."""

    def of(self, member: Member) -> "WalletQuerySet":
        return self.filter(member=member)


class Wallet(models.Model):
    """One member's balance of one asset, with what has expired but is not swept."""

    member = models.ForeignKey(
        Member,
        models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="wallets",
        verbose_name=_("member"),
    )
    asset = models.ForeignKey(Asset, models.PROTECT, db_constraint=False, verbose_name=_("asset"))
    balance = models.BigIntegerField(_("balance"), default=0, db_default=0)
    seq = models.BigIntegerField(_("number of movements"), default=0, db_default=0)

    objects = WalletQuerySet.as_manager()

    class Meta:
        verbose_name = _("wallet")
        verbose_name_plural = _("wallets")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["member", "asset"], name="ledger_wallet_one_per_asset"),
            models.CheckConstraint(
                condition=Q(balance__gte=0), name="ledger_wallet_balance_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return gettext("wallet %(id)s") % {"id": self.pk}


class Contract(models.Model):
    """What was paid and promised, by and to whom: a top-up, bundle, coin pack, paid tier, opening.

    Written once by ``ledger_post``. ``snapshot`` keeps the offer as it stood at the sale.
    """

    id = models.UUIDField(_("id"), primary_key=True)
    kind = models.CharField(_("kind"), max_length=12, choices=ContractKind)
    member = models.ForeignKey(
        Member,
        models.PROTECT,
        db_constraint=False,
        related_name="contracts",
        verbose_name=_("beneficiary"),
    )
    payer = models.ForeignKey(
        Member,
        models.PROTECT,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name=_("payer"),
    )
    entity = models.ForeignKey(
        IssuingEntity,
        models.PROTECT,
        db_constraint=False,
        db_index=False,
        verbose_name=_("issuing entity"),
    )
    store = models.ForeignKey(Store, models.PROTECT, db_constraint=False, verbose_name=_("sold in"))
    txn_id = models.UUIDField(_("transaction"), db_index=True)
    paid = models.BigIntegerField(_("paid"))
    list_value = models.BigIntegerField(_("list value"))
    bonus = models.BigIntegerField(_("bonus"), db_default=0)
    currency = models.CharField(_("currency"), max_length=3)
    offer_code = models.CharField(_("offer"), max_length=40, db_default="")
    title = models.CharField(_("title"), max_length=200, db_default="")
    snapshot = models.JSONField(_("terms at sale"), encoder=DjangoJSONEncoder)
    terms_version = models.CharField(_("terms version"), max_length=40, db_default="")
    honoured_at = ArrayField(models.BigIntegerField(), db_default=[], verbose_name=_("honoured at"))
    sold_at = models.DateTimeField(_("sold at"))
    sold_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name=_("sold by"),
    )
    cooling_off_ends_at = models.DateTimeField(_("cooling-off ends"), null=True)

    class Meta:
        verbose_name = _("contract")
        verbose_name_plural = _("contracts")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(paid__gte=0, paid__lte=MAX_AMOUNT),
                name="ledger_contract_paid_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(list_value__gte=0, bonus__gte=0),
                name="ledger_contract_values_not_negative",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["offer_code", "sold_at"],
                condition=~Q(offer_code=""),
                name="ledger_contract_of_offer",
            ),
            models.Index(fields=["-sold_at", "-id"], name="ledger_contract_latest"),
            models.Index(
                fields=["payer"],
                condition=~Q(payer=F("member")),
                name="ledger_contract_for_another",
            ),
        ]

    def __str__(self) -> str:
        return self.title or str(self.pk)


class LotQuerySet(models.QuerySet["Lot"]):
    """Words for reading lots."""

    def of(self, member: Member) -> "LotQuerySet":
        return self.filter(wallet__member=member)

    def open_at(self, at: object) -> "LotQuerySet":
        """Lots that can be drawn on at ``at``, restrictions of place and day aside."""
        return self.filter(
            Q(expires_at__isnull=True) | Q(expires_at__gt=at), is_open=True, available_from__lte=at
        )

    def due_at(self, at: object) -> "LotQuerySet":
        """Open lots whose time has passed at ``at`` and which the sweep has yet to book."""
        return self.filter(is_open=True, expires_at__lte=at)


class Lot(models.Model):
    """Value granted to a wallet at one moment on one set of terms.

    ``store`` is where it was sold or given, whoever holds it now and wherever it is used.
    ``cost`` is what was paid for the whole lot, in the currency's smallest unit; it is shared
    over the units by cumulative flooring. Lots of one contract with equal ``priority`` are drawn
    in proportion, otherwise the lower priority first. ``is_open`` is generated so that partial
    indexes do not make every update non-HOT.
    """

    wallet = models.ForeignKey(
        Wallet, models.PROTECT, db_constraint=False, related_name="lots", verbose_name=_("wallet")
    )
    contract = models.ForeignKey(
        Contract,
        models.PROTECT,
        null=True,
        db_constraint=False,
        related_name="lots",
        verbose_name=_("contract"),
    )
    store = models.ForeignKey(
        Store,
        models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name=_("issued in"),
    )
    origin = models.CharField(_("origin"), max_length=12, choices=LotOrigin)
    granted = models.BigIntegerField(_("granted"))
    remaining = models.BigIntegerField(_("remaining"))
    cost = models.BigIntegerField(_("cost"), db_default=0)
    priority = models.SmallIntegerField(_("priority"), db_default=50)
    granted_at = models.DateTimeField(_("granted at"))
    available_from = models.DateTimeField(_("available from"))
    expires_at = models.DateTimeField(_("expires at"), null=True)
    scope = models.ForeignKey(
        Scope,
        models.PROTECT,
        null=True,
        db_constraint=False,
        db_index=False,
        verbose_name=_("scope"),
    )
    is_open = models.GeneratedField(
        expression=Q(remaining__gt=0),  # type: ignore[arg-type]  # a Q is an expression here
        output_field=models.BooleanField(),
        db_persist=True,
    )

    objects = LotQuerySet.as_manager()

    class Meta:
        verbose_name = _("lot")
        verbose_name_plural = _("lots")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(granted__gte=1, granted__lte=MAX_AMOUNT),
                name="ledger_lot_granted_within_limit",
            ),
            models.CheckConstraint(
                condition=Q(remaining__gte=0, remaining__lte=F("granted")),
                name="ledger_lot_remaining_within_granted",
            ),
            models.CheckConstraint(
                condition=Q(cost__gte=0, cost__lte=MAX_AMOUNT),
                name="ledger_lot_cost_within_limit",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["wallet", "expires_at"], condition=Q(is_open=True), name="ledger_lot_open"
            ),
            models.Index(
                fields=["expires_at"],
                condition=Q(is_open=True, expires_at__isnull=False),
                name="ledger_lot_due",
            ),
        ]

    def __str__(self) -> str:
        return gettext("lot %(id)s") % {"id": self.pk}


class Txn(models.Model):
    """One operation on value; its id is made by the client beforehand and is the idempotency key.

    A refused operation is kept too: it burns the id, so that a late retry cannot succeed by
    surprise. ``number`` is the order in which transactions are sealed; it has gaps.
    """

    id = models.UUIDField(_("id"), primary_key=True)
    number = models.BigIntegerField(
        _("number"), unique=True, db_default=models.Func(function="ledger_next_number")
    )
    kind = models.CharField(_("kind"), max_length=12, choices=TxnKind)
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome)
    request_hash = models.BinaryField()
    refusal = models.JSONField(_("refusal"), null=True)
    reverses = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="reversals",
        verbose_name=_("reverses"),
    )
    member = models.ForeignKey(
        Member,
        models.PROTECT,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name=_("member"),
    )
    store = models.ForeignKey(
        Store,
        models.PROTECT,
        null=True,
        db_constraint=False,
        db_index=False,
        verbose_name=_("store"),
    )
    till = models.ForeignKey(
        Till, models.PROTECT, null=True, db_constraint=False, db_index=False, verbose_name=_("till")
    )
    operator = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        db_constraint=False,
        db_index=False,
        verbose_name=_("operator"),
    )
    reason = models.CharField(_("reason"), max_length=200, db_default="")
    business_date = models.DateField(_("business date"))
    occurred_at = models.DateTimeField(_("occurred at"))
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now())

    class Meta:
        verbose_name = _("transaction")
        verbose_name_plural = _("transactions")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(number__gte=1), name="ledger_txn_number_from_one"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["reverses"],
                condition=Q(reverses__isnull=False),
                name="ledger_txn_reverses",
            ),
            models.Index(fields=["business_date", "store"], name="ledger_txn_day"),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def is_undone(self) -> bool:
        """Whether a later transaction took it back; parts of a bill paid back leave it standing."""
        undoings = self.reversals.filter(outcome=Outcome.POSTED)
        return undoings.exclude(kind=TxnKind.SALE_REFUND).exists()


class Movement(models.Model):
    """One change of one lot: append-only, gap-free per wallet, with the running figures after it.

    ``cost`` is the share of the lot's cost that moves with the amount (same sign). ``list_value``
    and ``charged_value`` say what the member received for a debit, before and after price
    reductions.
    """

    pk = models.CompositePrimaryKey("txn_id", "line")
    txn = models.ForeignKey(
        Txn,
        models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="movements",
        verbose_name=_("transaction"),
    )
    line = models.SmallIntegerField(_("line"))
    wallet = models.ForeignKey(
        Wallet,
        models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="movements",
        verbose_name=_("wallet"),
    )
    lot = models.ForeignKey(
        Lot, models.PROTECT, db_constraint=False, related_name="movements", verbose_name=_("lot")
    )
    amount = models.BigIntegerField(_("amount"))
    contra = models.SmallIntegerField(_("contra"), choices=Contra)
    list_value = models.BigIntegerField(_("list value"), null=True)
    charged_value = models.BigIntegerField(_("charged value"), null=True)
    cost = models.BigIntegerField(_("cost share"))
    wallet_seq = models.BigIntegerField()
    balance_after = models.BigIntegerField(_("balance after"))
    lot_after = models.BigIntegerField(_("left in the lot"))
    reverses_line = models.SmallIntegerField(null=True)

    class Meta:
        verbose_name = _("movement")
        verbose_name_plural = _("movements")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["wallet", "wallet_seq"], name="ledger_movement_wallet_seq_once"
            ),
            models.CheckConstraint(condition=~Q(amount=0), name="ledger_movement_amount_not_zero"),
            models.CheckConstraint(
                condition=Q(balance_after__gte=0, lot_after__gte=0),
                name="ledger_movement_leaves_nothing_negative",
            ),
            models.CheckConstraint(
                condition=Q(contra__in=Contra.values), name="ledger_movement_contra_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.txn_id}/{self.line}"
