"""What a debit is worth, for the limit above which the member has to show that it is theirs."""

from collections.abc import Iterable

from ledger.models import Asset
from ledger.models.catalogue import TenderKind
from ledger.operations.sales import Tender


def units_worth(asset: Asset, quantity: int) -> int:
    """What so many units cost without a bundle; stored value is worth itself.

    Nothing where no list price is known.
    """
    price = 1 if asset.currency else asset.list_price or 0
    return price * max(0, quantity)


def stored_value_in(tenders: Iterable[Tender]) -> int:
    """The part of a payment that stored value makes."""
    paid = (one.amount for one in tenders if one.tender.kind == TenderKind.STORED_VALUE)
    return sum(amount for amount in paid if amount > 0)
