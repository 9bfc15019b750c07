"""Offers, the points they earn and the rewards points buy, set up by managers and owners."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import display

from ledger.admin.columns import money_column
from ledger.admin.lists import HistoryMixin
from ledger.models import Asset, AssetKind, Terms
from members.admin_permissions import (
    MANAGERS,
    OWNERS,
    READERS,
    OwnStoreFilter,
    RoleAdminMixin,
    operator_of,
)
from members.models import User
from promotions.forms.setup import ComponentForm, ComponentFormSet, OfferForm, PolicyForm
from promotions.models import (
    Bundle,
    BundleComponent,
    CoinPack,
    Exchange,
    PaidTier,
    PointsRule,
    PointsTierRate,
    PromotionPolicy,
    Reward,
    TopUpOffer,
)

WHERE_AND_WHEN = (
    "stores", "tiers", "valid_from", "valid_until", "is_active",
)  # fmt: skip
PROMISED = ("terms", "gifts", "refunds_at_price_paid")


class ForStoresMixin(RoleAdminMixin):
    """Set-up that names stores: an owner's may be for all, a manager's only for their own."""

    view_roles: Collection[str] = READERS
    add_roles: Collection[str] = MANAGERS
    change_roles: Collection[str] = MANAGERS
    form = OfferForm
    asset_kind: AssetKind | None = None

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A manager changes what lies wholly in their stores."""
        allowed = super().has_change_permission(request, obj)
        if not allowed or obj is None or sets_up_all(request):
            return allowed
        named = {store.pk for store in obj.stores.all()}
        own = set(operator_of(request).visible_stores().values_list("pk", flat=True))
        return bool(named) and named <= own

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Tell the form whether the person may set up for every store."""
        made = super().get_form(request, obj, **kwargs)
        return type(made)(made.__name__, (made,), {"for_all_stores": sets_up_all(request)})

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer only assets of the right kind."""
        if db_field.name == "asset" and self.asset_kind:
            kwargs["queryset"] = Asset.objects.filter(kind=self.asset_kind)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


def sets_up_all(request: HttpRequest) -> bool:
    """Whether the person may set up for the whole business."""
    user = operator_of(request)
    return user.is_superuser or user.role == User.Role.OWNER


class OfferAdmin(ForStoresMixin, ModelAdmin):
    """What every offer's pages share."""

    search_fields = ("code", "name", "name_zh")
    list_filter = ("is_active", "stores")
    autocomplete_fields: tuple[str, ...] = ("stores", "tiers")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Contracts and reports know an offer by its code; its amounts are in its currency."""
        return ("code", "entity", "currency") if obj else ()

    @display(description=_("name"))
    def named(self, offer: Any) -> str:
        """The name in the reader's language."""
        return str(offer.label)


def _offer_fields(*own: str | tuple[str, ...]) -> tuple[Any, ...]:
    return (
        (None, {"fields": (("name", "name_zh"), ("code", "entity", "currency"), *own)}),
        (_("Where, when and for whom"), {"fields": WHERE_AND_WHEN}),
    )


class PrepaidOfferAdmin(OfferAdmin):
    """What every offer's pages share whose sale is a contract."""

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Of each text of terms only the newest version."""
        if db_field.name == "terms":
            kwargs["queryset"] = Terms.objects.newest().order_by("code")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(TopUpOffer)
class TopUpOfferAdmin(PrepaidOfferAdmin):
    """Top up so much, get so much on top."""

    list_display = ("named", "code", "shown_pays", "shown_bonus", "valid_until", "is_active")
    fieldsets = _offer_fields(
        ("pays", "bonus"),
        "spend_order",
        ("principal_expires_days", "bonus_expires_days"),
        "is_once_per_member",
        *PROMISED,
    )

    shown_pays = money_column(_("member pays"), "pays")
    shown_bonus = money_column(_("bonus"), "bonus")


class ComponentInline(RoleAdminMixin, TabularInline):
    """What is in a bundle."""

    model = BundleComponent
    form = ComponentForm
    formset = ComponentFormSet
    min_num = 1
    view_roles = READERS
    add_roles = change_roles = delete_roles = MANAGERS
    extra = 0
    ordering = ("position",)
    fields = ("position", "asset", "quantity", "day_rule", "list_price", "weight", "categories")
    autocomplete_fields = ("categories",)

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Refuse a bundle of nothing, which no sale could hand over."""
        return super().get_formset(request, obj, validate_min=True, **kwargs)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer only units."""
        if db_field.name == "asset":
            kwargs["queryset"] = Asset.objects.filter(kind=AssetKind.UNIT)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(Bundle)
class BundleAdmin(PrepaidOfferAdmin):
    """Pay once, use many times."""

    inlines = (ComponentInline,)
    list_display = (
        "named", "code", "shown_price", "early_bird_until", "season_until", "is_active",
    )  # fmt: skip
    fieldsets = _offer_fields(
        "price",
        ("early_bird_price", "early_bird_until"),
        ("valid_days", "season_from", "season_until"),
        *PROMISED,
    )

    shown_price = money_column(_("price"), "price")


@admin.register(CoinPack)
class CoinPackAdmin(PrepaidOfferAdmin):
    """Coins by the pack."""

    asset_kind = AssetKind.COIN
    list_display = ("named", "code", "shown_price", "coins", "bonus_coins", "is_active")
    fieldsets = _offer_fields(
        "asset",
        "price",
        ("coins", "bonus_coins"),
        ("spend_order", "bonus_expires_days"),
        *PROMISED,
    )

    shown_price = money_column(_("price"), "price")


@admin.register(PaidTier)
class PaidTierAdmin(PrepaidOfferAdmin):
    """A tier by the month or year."""

    autocomplete_fields = ("stores", "tiers", "tier")
    list_display = ("named", "code", "tier", "shown_price", "months", "is_active")
    list_select_related = ("tier",)
    fieldsets = _offer_fields("tier", ("price", "months"), *PROMISED)

    shown_price = money_column(_("price"), "price")


@admin.register(Reward)
class RewardAdmin(OfferAdmin):
    """What points buy."""

    asset_kind = AssetKind.POINTS
    autocomplete_fields = ("stores", "tiers", "product")
    list_display = ("named", "code", "cost_points", "shown_worth", "is_active")
    fieldsets = _offer_fields(
        "asset", ("cost_points", "list_value"), ("product", "coupon_text"), "terms"
    )

    shown_worth = money_column(_("worth"), "list_value")


@admin.register(Exchange)
class ExchangeAdmin(HistoryMixin, ModelAdmin):
    """Rewards taken."""

    ordering = ("-at",)
    list_display = ("at", "reward", "quantity", "points", "member", "store", "operator")
    list_select_related = ("reward", "member", "store", "operator")
    list_filter = (OwnStoreFilter,)
    uuid_keys = ("pk",)
    search_help_text = _("The member's number")
    fields = ("id", "reward", "quantity", "points", "member", "store", "at", "operator")
    readonly_fields = fields


class TierRateInline(RoleAdminMixin, TabularInline):
    """What a tier earns of it."""

    model = PointsTierRate
    view_roles = READERS
    add_roles = change_roles = delete_roles = OWNERS
    extra = 0
    fields = ("tier", "percent")


@admin.register(PointsRule)
class PointsRuleAdmin(ForStoresMixin, ModelAdmin):
    """How money becomes points: the owner's to say."""

    add_roles = change_roles = OWNERS
    asset_kind = AssetKind.POINTS
    inlines = (TierRateInline,)
    autocomplete_fields = ("stores", "excluded_categories")
    ordering = ("position", "pk")
    list_display = ("label", "points", "shown_amount", "position", "valid_until", "is_active")
    search_fields = ("name", "name_zh")
    fields = (
        ("name", "name_zh"), ("entity", "asset", "currency"), ("points", "per_amount"), "stores",
        "excluded_categories", ("expiry_months", "return_window_days"),
        ("valid_from", "valid_until"), "position", "is_active",
    )  # fmt: skip

    shown_amount = money_column(_("for each amount of"), "per_amount")


@admin.register(PromotionPolicy)
class PromotionPolicyAdmin(RoleAdminMixin, ModelAdmin):
    """What an issuing entity allows at all."""

    form = PolicyForm
    view_roles = MANAGERS
    add_roles = change_roles = OWNERS
    list_display = (
        "entity", "allows_free_top_up", "stored_value_buys_bundles", "stored_value_buys_coins",
        "cooling_off_days",
    )  # fmt: skip
    list_select_related = ("entity",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A policy stays with its entity."""
        return ("entity",) if obj else ()
