"""What a clerk can choose from in a store: ways to pay, products, categories."""

from collections.abc import Collection, Sequence

from django.db.models import Q

from counter.rules.pricing import OPEN_PRICE
from ledger.models import Product, ProductCategory, TenderType
from ledger.models.catalogue import TenderKind
from ledger.models.sales import SaleLine
from members.models import Store

MOST_PRODUCTS = 8


def ways_to_pay(store: Store) -> list[TenderType]:
    """Tenders in use that ``store`` can take, in the shop's order."""
    own_value = Q(asset__entity=store.entity_id, asset__currency=store.currency)
    tenders = TenderType.objects.filter(Q(asset__isnull=True) | own_value, is_active=True)
    return list(tenders.select_related("asset").order_by("position", "pk"))


def takes_stored_value(tenders: Sequence[TenderType]) -> bool:
    """Whether stored value is among the ways to pay."""
    return any(tender.kind == TenderKind.STORED_VALUE for tender in tenders)


def products_like(text: str, store: Store) -> list[Product]:
    """Products on sale here that the text names: by barcode or code alone, else by name."""
    on_sale = Product.objects.filter(
        Q(store=store) | Q(store__isnull=True), is_active=True, currency=store.currency
    ).select_related("category")
    on_sale = on_sale.exclude(code__startswith=OPEN_PRICE)
    exact = list(on_sale.filter(Q(barcode=text) | Q(code__iexact=text))[:MOST_PRODUCTS])
    if exact:
        return exact
    named = Q(name__icontains=text) | Q(name_zh__icontains=text) | Q(code__istartswith=text)
    return list(on_sale.filter(named).order_by("name", "pk")[:MOST_PRODUCTS])


def products_coded(codes: Sequence[str]) -> dict[str, Product]:
    """Products by their code."""
    found = Product.objects.filter(code__in=codes).select_related("category")
    return {product.code: product for product in found}


def categories() -> list[ProductCategory]:
    """All product categories, by name."""
    return list(ProductCategory.objects.order_by("name", "pk"))


def goods_bought(member_id: int, of: Collection[int] = (), limit: int = 30) -> list[SaleLine]:
    """The member's goods on bills that stand, of these categories or of any, latest first."""
    lines = SaleLine.objects.filter(
        sale__member=member_id, sale__voided_at__isnull=True, kind="product"
    )
    if of:
        lines = lines.filter(product__category__in=of)
    lines = lines.select_related("sale", "product__category")
    return list(lines.order_by("-sale__at", "line")[:limit])
