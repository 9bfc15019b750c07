"""What promotions can do, one verb a function."""

from promotions.operations.bundles import sell_bundle
from promotions.operations.coins import dispense_coins, sell_coins
from promotions.operations.draws import draw_down
from promotions.operations.sales import sell
from promotions.operations.topups import top_up

__all__ = [
    "dispense_coins",
    "draw_down",
    "sell",
    "sell_bundle",
    "sell_coins",
    "top_up",
]
