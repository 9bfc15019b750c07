"""Who may undo what: a clerk today's work of the store, a manager older work too."""

from enum import StrEnum


class Obstacle(StrEnum):
    """Why somebody may not undo an operation."""

    OTHER_STORE = "other_store"
    OTHER_DAY = "other_day"
    OTHER_KIND = "other_kind"


# What is sold and used at a counter. Grants, expiry and opening balances are put right elsewhere.
UNDOABLE = frozenset(
    {
        "top_up",
        "sell_bundle",
        "sell_coins",
        "sell_tier",
        "sale",
        "redeem",
        "service",
        "exchange",
        "dispense",
        "check_in",
    }
)
# Goodwill and refunds of contracts are a manager's to give, and to take back.
UNDOABLE_BY_MANAGERS = UNDOABLE | {"adjust", "refund"}


def obstacle(kind: str, *, is_manager: bool, same_store: bool, same_day: bool) -> Obstacle | None:
    """What keeps a person from undoing an operation; None when they may.

    ``same_store`` is whether they stand in the store it was booked in, ``same_day`` whether its
    business day still lasts.

    >>> obstacle("redeem", is_manager=False, same_store=True, same_day=False).value
    'other_day'
    >>> obstacle("redeem", is_manager=True, same_store=True, same_day=False)
    """
    if kind not in (UNDOABLE_BY_MANAGERS if is_manager else UNDOABLE):
        return Obstacle.OTHER_KIND
    if not same_store:
        return Obstacle.OTHER_STORE
    if not same_day and not is_manager:
        return Obstacle.OTHER_DAY
    return None
