"""Use what is held: draw units down, hand coins out, check in, exchange points."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from common.edges import request_id
from counter.forms.reading import pick_row, read_count
from counter.views.action import Action
from counter.views.desk import Desk, at_the_counter
from counter.views.pages import go, member_url
from ledger.models import Asset, AssetKind
from ledger.operations.assets import coins, points, stored_value
from ledger.operations.visits import check_in
from members.models import Member
from members.queries import member_numbered
from promotions.models import Reward
from promotions.operations import dispense_coins, draw_down, exchange
from promotions.queries.holdings import Held, held_lots, usable
from promotions.queries.offers import rewards

MOST_BY_ONE_KEY = 5


def value_at_hand(desk: Desk, member: Member) -> int:
    """The stored value the member can use at the desk now, goods aside."""
    asset = stored_value(desk.store)
    return usable(held_lots(member=member, store=desk.store, at=desk.at, asset=asset))


def unit_stock(held: list[Held]) -> list[tuple[Asset, int, int]]:
    """Units by asset: the asset, what can be used here and now, what is left in all."""
    found: dict[int, list[Held]] = {}
    for one in held:
        if one.asset.kind == AssetKind.UNIT:
            found.setdefault(one.asset.pk, []).append(one)
    stock = [
        (lots[0].asset, usable(lots), sum(lot.left for lot in lots)) for lots in found.values()
    ]
    return sorted(stock, key=lambda row: row[1] == 0)


class DrawDown(Action):
    """F3: so many units, most often one key and Enter."""

    template = "counter/panels/draw_down.html"
    name = "draw_down"

    def facts(self, desk: Desk, member: Member, typed: QueryDict) -> dict[str, Any]:
        """The units held and which one is chosen."""
        stock = unit_stock(held_lots(member=member, store=desk.store, at=desk.at))
        chosen = typed.get("asset") or (str(stock[0][0].pk) if stock else "")
        return {"stock": stock, "chosen": chosen, "quick": range(1, MOST_BY_ONE_KEY + 1)}

    def act(self, desk: Desk, member: Member, typed: QueryDict, entry: UUID) -> None:
        """Draw the quantity of the button pressed, else the one typed."""
        units = Asset.objects.filter(kind=AssetKind.UNIT)
        asset = pick_row(units, typed.get("asset", ""))
        quantity = read_count(typed.get("quick") or typed.get("quantity", ""))
        desk.prove(member, typed, entry, debits={asset: quantity})
        draw_down(
            request_id=entry,
            member=member,
            asset=asset,
            quantity=quantity,
            permission=desk.permission(typed),
            **desk.header,
        )


class DispenseCoins(Action):
    """Hand out tokens from the member's coins."""

    template = "counter/panels/dispense.html"
    name = "dispense_coins"

    def facts(self, desk: Desk, member: Member, typed: QueryDict) -> dict[str, Any]:
        """How many coins there are to hand out."""
        asset = coins(desk.store.entity)
        held = held_lots(member=member, store=desk.store, at=desk.at, asset=asset)
        return {"asset": asset, "available": usable(held)}

    def act(self, desk: Desk, member: Member, typed: QueryDict, entry: UUID) -> None:
        """Take the coins and note the visit."""
        asset, quantity = coins(desk.store.entity), read_count(typed.get("quantity", ""))
        desk.prove(member, typed, entry, debits={asset: quantity})
        dispense_coins(
            request_id=entry,
            member=member,
            asset=asset,
            coins=quantity,
            permission=desk.permission(typed),
            **desk.header,
        )


class ExchangePoints(Action):
    """F10: a reward for points."""

    template = "counter/panels/exchange.html"
    name = "exchange"

    def facts(self, desk: Desk, member: Member, typed: QueryDict) -> dict[str, Any]:
        """The rewards, which one is chosen, and the points to spend."""
        found = rewards(store=desk.store, at=desk.at, member=member)
        chosen = typed.get("reward") or (str(found[0].pk) if found else "")
        asset = points(desk.store.entity)
        held = held_lots(member=member, store=desk.store, at=desk.at, asset=asset)
        return {"rewards": found, "chosen": chosen, "available": usable(held)}

    def act(self, desk: Desk, member: Member, typed: QueryDict, entry: UUID) -> None:
        """Exchange."""
        exchange(
            request_id=entry,
            member=member,
            reward=pick_row(Reward.objects.all(), typed.get("reward", "")),
            quantity=read_count(typed.get("quantity") or "1"),
            **desk.header,
        )


@at_the_counter("POST")
def check_in_now(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    """F4: note that the member is here; once a business day, however often it is pressed."""
    member, entry = member_numbered(number), request_id(request)
    visit = check_in(request_id=entry, member=member, store=desk.store, at=desk.at, by=desk.user)
    if visit.request_id != entry:
        came = date_format(visit.at.astimezone(desk.store.zone), "TIME_FORMAT")
        messages.info(request, _("Already here today: came at %(time)s.") % {"time": came})
        return go(request, member_url(member))
    return go(request, member_url(member, done=entry))
