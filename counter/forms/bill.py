"""A bill while it is being typed: rows of goods, and the box that adds one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from common.money import NegativeAmount, format_plain, parse_minor
from counter.forms.reading import read_amount, read_count
from counter.rules.pricing import member_price
from ledger.models import Product, ProductCategory
from ledger.models.sales import LineKind
from ledger.operations.sales import Line
from members.models import Store

COLUMNS = ("line_code", "line_category", "line_text", "line_quantity", "line_price")
MOST_ROWS = 50
LONGEST_AMOUNT = 9  # more digits are a barcode


class TooManyLines(DomainError):
    """More than one bill holds."""

    code = "too_many_lines"
    message = _("A bill has at most %(most)s lines. Book this one and begin another.")


class UnknownProduct(DomainError):
    """Nothing on sale here is called so."""

    code = "unknown_product"
    message = _(
        "Nothing on sale here is called %(text)s. Check it, or write an amount such as 35.50."
    )


@dataclass(frozen=True)
class BillRow:
    """One row as typed: a product by its code, or a free amount with a word for it."""

    code: str = ""
    category: str = ""
    text: str = ""
    quantity: str = "1"
    price: str = ""

    def charged(self, currency: str) -> int:
        """What the row comes to. Raises what reading its quantity and price raises."""
        return read_count(self.quantity) * read_amount(self.price, currency)

    def shown(self, currency: str) -> int | None:
        """The same for the screen; None while it cannot be read."""
        try:
            return self.charged(currency)
        except DomainError:
            return None


def typed_rows(data: QueryDict) -> list[BillRow]:
    """The rows on the screen. Raises TooManyLines."""
    columns = [data.getlist(name) for name in COLUMNS]
    rows = [BillRow(*texts) for texts in zip_longest(*columns, fillvalue="")]
    if len(rows) > MOST_ROWS:
        raise TooManyLines(most=MOST_ROWS)
    return rows


def with_product(
    rows: Sequence[BillRow], product: Product, *, currency: str, percent_off: int
) -> list[BillRow]:
    """The rows with one more of the product, in the row it has already or a new one."""
    for index, row in enumerate(rows):
        if row.code == product.code and row.quantity.isdecimal():
            more = replace(row, quantity=str(int(row.quantity) + 1))
            return [*rows[:index], more, *rows[index + 1 :]]
    price = member_price(product.list_price, percent_off)
    row = BillRow(code=product.code, text=product.label, price=format_plain(price, currency))
    return [*rows, row]


def free_amount(text: str, category: ProductCategory | None, currency: str) -> BillRow | None:
    """A row for what reads as an amount; None for what is rather a name or a barcode.

    Raises NegativeAmount.
    """
    if sum(letter.isdecimal() for letter in text) > LONGEST_AMOUNT:
        return None
    try:
        amount = parse_minor(text, currency)
    except NegativeAmount:
        raise
    except DomainError:
        return None
    return BillRow(
        category=category.code if category else "",
        text=category.label if category else "",
        price=format_plain(amount, currency),
    )


def bill_total(rows: Sequence[BillRow], currency: str) -> int:
    """What the rows come to; what cannot be read counts as nothing yet."""
    return sum(row.shown(currency) or 0 for row in rows)


def read_lines(
    rows: Sequence[BillRow],
    *,
    store: Store,
    products: Mapping[str, Product],
    open_products: Mapping[str, Product],
    nameless: str,
) -> list[Line]:
    """The bill's lines, named in the active language, which should be the store's.

    ``open_products`` stand for a category's free amounts, by its code.

    Raises UnknownProduct and what reading quantities and prices raises.
    """
    lines = []
    for row in rows:
        product = products.get(row.code) if row.code else open_products.get(row.category)
        if row.code and product is None:
            raise UnknownProduct(text=row.code)
        charged = row.charged(store.currency)
        listed = product.list_price * read_count(row.quantity) if product else 0
        lines.append(
            Line(
                kind=LineKind.PRODUCT,
                description=product.label if product else nameless,
                list_value=max(listed, charged),
                charged_value=charged,
                quantity=read_count(row.quantity),
                product=product,
            )
        )
    return lines
