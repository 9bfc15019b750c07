"""Products without a price of their own, so that a free amount still belongs to a category."""

from collections.abc import Iterable

from counter.rules.pricing import OPEN_PRICE
from ledger.models import Product, ProductCategory
from members.models import Store


def open_products(codes: Iterable[str], store: Store) -> dict[str, Product]:
    """One product a category and currency, by the category's code, made when first needed."""
    found = ProductCategory.objects.filter(code__in=set(codes) - {""})
    return {category.code: _open_product(category, store) for category in found}


def _open_product(category: ProductCategory, store: Store) -> Product:
    product, _made = Product.objects.get_or_create(
        code=f"{OPEN_PRICE}{store.currency.lower()}-{category.pk}",
        defaults={
            "name": category.name,
            "name_zh": category.name_zh,
            "category": category,
            "list_price": 0,
            "currency": store.currency,
        },
    )
    return product
