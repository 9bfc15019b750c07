"""What units cost before any reduction, for the record of every debit."""

from ledger.models import Asset, Lot, LotOrigin
from members.models import Member


def list_value_of(member: Member, asset: Asset, quantity: int) -> int | None:
    """The price of ``quantity`` units: the asset's own, else as the member last paid for some.

    In the currency's smallest unit, rounded down. None where nobody knows a price: units that were
    only ever given, such as free coins of an asset without a list price.
    """
    if asset.currency:
        return quantity
    if asset.list_price is not None:
        return asset.list_price * quantity
    bought = Lot.objects.filter(
        wallet__member=member, wallet__asset=asset, origin=LotOrigin.PAID, contract__isnull=False
    )
    lot = bought.select_related("contract").order_by("-pk").first()
    if lot is None or lot.contract is None:
        return None
    return lot.contract.list_value * quantity // lot.granted
