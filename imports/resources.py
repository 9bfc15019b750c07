"""The shop's own short tables as rows of a spreadsheet: products, tags, machines."""

from decimal import Decimal
from typing import Any

import tablib
from babel.numbers import get_currency_precision
from django.db.models import Model, QuerySet
from import_export import resources
from import_export.fields import Field
from import_export.results import Result
from import_export.widgets import ForeignKeyWidget, Widget

from common.errors import DomainError
from common.money import parse_minor
from ledger.models import Machine, Product, ProductCategory
from members.models import Store, Tag, User

MOST_ROWS = 2_000


class SmallResource(resources.ModelResource):
    """A table short enough to be previewed on one page."""

    def after_import(self, dataset: tablib.Dataset, result: Result, **kwargs: Any) -> None:
        """Leave the numbering alone: no row brings its own id, and the role may not set it."""


class PriceWidget(Widget):
    """A price as people write it, in the currency of its row."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> int | None:
        """The price in the currency's smallest unit."""
        if value in {None, ""}:
            return None
        try:
            return parse_minor(str(value), str((row or {}).get("currency", "")).strip())
        except DomainError as error:
            raise ValueError(str(error)) from error

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        """The price with its decimals and without a sign."""
        if value is None or obj is None:
            return ""
        return str(Decimal(int(value)).scaleb(-get_currency_precision(obj.currency)))


class ProductResource(SmallResource):
    """What is sold, by code."""

    category = Field("category", "category", ForeignKeyWidget(ProductCategory, "code"))
    list_price = Field("list_price", "list_price", PriceWidget())
    unit_cost = Field("unit_cost", "unit_cost", PriceWidget())

    class Meta:
        model = Product
        import_id_fields = ("code",)
        fields = (
            *("code", "name", "name_zh", "barcode", "category", "currency", "list_price"),
            *("unit_cost", "days_of_supply", "is_active"),
        )
        clean_model_instances = True
        skip_unchanged = True


class TagResource(SmallResource):
    """The words the shop pins on members."""

    class Meta:
        model = Tag
        import_id_fields = ("code",)
        fields = ("code", "name", "name_zh", "color")
        clean_model_instances = True
        skip_unchanged = True


class OwnStoreWidget(ForeignKeyWidget):
    """A store by its code, among those the person may see."""

    def __init__(self, user: User | None) -> None:
        super().__init__(Store, "code")
        self.user = user

    def get_queryset(self, value: Any, row: Any, *args: Any, **kwargs: Any) -> QuerySet[Model]:
        """The person's stores; none without a person."""
        return Store.objects.visible_to(self.user) if self.user else Store.objects.none()


class MachineResource(SmallResource):
    """The arcade's machines, by store and code."""

    def __init__(self, user: User | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.user = user
        self.fields["store"] = Field("store", "store", OwnStoreWidget(user))

    def get_queryset(self) -> QuerySet[Machine]:
        """Machines of the person's stores."""
        stores = Store.objects.visible_to(self.user) if self.user else Store.objects.none()
        return Machine.objects.filter(store__in=stores)

    class Meta:
        model = Machine
        import_id_fields = ("store", "code")
        fields = ("store", "code", "name", "name_zh", "kind", "mode", "coins_per_play", "is_active")
        clean_model_instances = True
        skip_unchanged = True
