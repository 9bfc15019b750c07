"""What a member pays for a thing with a list price."""

# Codes of products that stand for any amount of their category; nobody looks them up by name.
OPEN_PRICE = "any-"


def member_price(list_price: int, percent_off: int) -> int:
    """The unit price after the tier's discount, rounded down to the smallest unit.

    >>> member_price(19900, 12), member_price(19900, 0)
    (17512, 19900)
    """
    return list_price * (100 - percent_off) // 100
