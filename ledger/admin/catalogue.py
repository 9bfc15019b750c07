"""Products, categories, ways to pay and the assets members hold: the shop's own lists."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from ledger.admin.columns import money_column
from ledger.models import Asset, AssetKind, Product, ProductCategory, TenderType
from members.admin_permissions import MANAGERS, OWNERS, READERS, RoleAdminMixin
from members.forms import AmountsForm, HouseAmountsForm


class OwnListAdmin(RoleAdminMixin, ModelAdmin):
    """What readers know by name; a code, once given, stays."""

    view_roles = READERS
    search_fields: tuple[str, ...] = ("code", "name", "name_zh")
    settled: tuple[str, ...] = ("code",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Imports, offers and bills know a record by these."""
        return self.settled if obj else ()

    @display(description=_("name"))
    def named(self, record: Any) -> str:
        """The name in the reader's language."""
        return str(record.label)


@admin.register(ProductCategory)
class ProductCategoryAdmin(OwnListAdmin):
    """Groups of products."""

    add_roles = change_roles = MANAGERS
    list_display = ("named", "code")


class ProductForm(AmountsForm):
    """Prices as people write them."""

    amounts = ("list_price", "unit_cost")


class AssetForm(HouseAmountsForm):
    """An asset; the price of one unit as people write money."""

    amounts = ("list_price",)
    spoken: ClassVar = {"list_price": _("Such as 8.00: what one unit costs without a bundle.")}


@admin.register(Product)
class ProductAdmin(OwnListAdmin):
    """What is sold over the counter."""

    add_roles = change_roles = MANAGERS
    form = ProductForm
    settled = ("code", "currency")
    list_display = ("named", "code", "category", "shown_price", "store", "is_active")
    list_select_related = ("category", "store")
    list_filter = (("category", RelatedDropdownFilter), "is_active")
    search_fields = ("code", "barcode", "name", "name_zh")
    autocomplete_fields = ("category",)

    shown_price = money_column(_("list price"), "list_price")


@admin.register(TenderType)
class TenderTypeAdmin(OwnListAdmin):
    """The ways to pay, as the shop names them."""

    add_roles = change_roles = OWNERS
    settled = ("code", "kind", "asset")
    ordering = ("position", "pk")
    list_display = ("named", "code", "kind", "asset", "needs_reference", "position", "is_active")
    list_select_related = ("asset",)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only money pays."""
        if db_field.name == "asset":
            kwargs["queryset"] = Asset.objects.filter(kind=AssetKind.MONEY)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(Asset)
class AssetAdmin(OwnListAdmin):
    """What members can hold. Money, points and coins are made with the first sale of them."""

    add_roles = change_roles = OWNERS
    form = AssetForm
    settled = ("code", "entity", "kind", "currency", "scale", "debt_of")
    list_display = ("named", "code", "kind", "entity", "currency")
    list_select_related = ("entity",)
    list_filter = (("kind", ChoicesDropdownFilter),)
    fields = (
        "entity", "code", "name", "name_zh", "kind", "currency", "scale", "list_price",
        "age_rule",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> Any:
        """Debts are kept by the ledger and set up by nobody."""
        return super().get_queryset(request).exclude(kind=AssetKind.DEBT)
