"""Stories of single members: a refund, an over-ride, a deposit, a pause, a merge, and a day closed.

Each goes through the operations of the counter, in the last fortnight before the demo begins, with
members of its own, so that nothing of the lives in bulk is touched.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from common.calendars import HolidayCalendarMissing
from ledger.models import Contract, RefundCause, Sale
from ledger.models.sales import LineKind
from ledger.operations.adjust import adjust
from ledger.operations.day_close import Counted, close_day
from ledger.operations.holds import capture, hold
from ledger.operations.overrides import Permission
from ledger.operations.pausing import pause_contract
from ledger.operations.sales import Line, Tender
from ledger.queries.day_close import drawers, open_rows
from ledger.queries.refunds import refund_sheet
from members.models import Member, User
from members.operations import enrol
from members.queries.scope import is_statutory_holiday_in
from members.rules.birthdays import Birthday
from promotions.demo.shops import World
from promotions.operations.bundles import sell_bundle
from promotions.operations.coins import sell_coins
from promotions.operations.merging import merge_members
from promotions.operations.parties import Parties
from promotions.operations.refunds import refund_contract
from promotions.operations.sales import sell
from promotions.operations.topups import top_up

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NOON = 8 * HOUR  # after the day began, at four
LATE = timedelta(hours=19, minutes=40)
FIRST_PHONE = 13900000000


@dataclass
class Teller:
    """What the stories share: the shops, who works there, and ids that a seed repeats."""

    world: World
    rng: Random
    last: date
    manager: User
    told: int = 0

    def header(self, store: str, days_ago: int, after: timedelta = NOON) -> dict[str, Any]:
        """The arguments of a verb in ``store``, so many days before the last one."""
        shop = self.world.stores[store]
        opens, _closes = shop.day_bounds(self.last - days_ago * DAY)
        return {
            "request_id": self.new_id(),
            "store": shop,
            "at": opens + after,
            "by": self.world.clerks[store],
        }

    def new_id(self) -> UUID:
        """An id that the seed repeats."""
        return UUID(int=self.rng.getrandbits(128), version=4)

    def member(self, name: str, store: str, days_ago: int, **facts: Any) -> Member:
        """Somebody enrolled for a story."""
        said = self.header(store, days_ago, NOON - HOUR)
        self.told += 1
        phone = str(FIRST_PHONE + self.told)
        return enrol(name=name, phone=phone, **said | facts)

    def cash(self, amount: int) -> list[Tender]:
        """A payment in cash."""
        return [Tender(tender=self.world.tenders["cash"], amount=amount)]

    def topped_up(self, member: Member, store: str, days_ago: int) -> Contract:
        """The store's first top-up offer, paid in cash."""
        offer = self.world.offers[store][0]
        said = self.header(store, days_ago)
        top_up(**said, member=member, offer=offer, tenders=self.cash(offer.pays))
        return Contract.objects.get(txn_id=said["request_id"])

    def dined(self, member: Member, days_ago: int, amount: int) -> Sale:
        """A meal paid by stored value."""
        line = Line(
            kind=LineKind.PRODUCT, description="晚餐", list_value=amount, charged_value=amount
        )
        tender = Tender(tender=self.world.stored_value, amount=amount)
        said = self.header("bbq", days_ago, NOON + 6 * HOUR)
        return sell(**said, member=member, lines=[line], tenders=[tender])


def tell(world: World, rng: Random, *, at: datetime) -> None:
    """Tell all stories; the last business day before ``at`` is closed at the end of them."""
    last = at.date() - DAY
    teller = Teller(world, rng, last, User.objects.get(username="manager"))
    _refund(teller)
    _over_ride(teller)
    _night(teller)
    _deposits(teller, at)
    _pause(teller)
    _merge(teller)
    _close(teller)


def _refund(teller: Teller) -> None:
    """She moves to another city: what is left of 500 + 1,000 after two dinners is paid back."""
    member = teller.member("周婷", "bbq", 12)
    contract = teller.topped_up(member, "bbq", 12)
    teller.dined(member, 10, 12800)
    teller.dined(member, 6, 9600)
    said = teller.header("bbq", 2) | {"by": teller.manager}
    asked: dict[str, Any] = {"contract": contract, "cause": RefundCause.MEMBER}
    asked["store"] = said["store"]
    owed = refund_sheet(**asked, at=said["at"]).total
    told = said | asked
    refund_contract(**told, payouts=teller.cash(owed), reason="搬去外地 moves to another city")


def _over_ride(teller: Teller) -> None:
    """A boy of twelve buys coins with his father beside him, on a day that is no holiday."""
    days_ago = _ordinary_day(teller)
    if days_ago is None:
        return
    year = (teller.last - days_ago * DAY).year - 12
    child = teller.member("王乐乐", "arcade", days_ago, birthday=Birthday(year, 1, 1))
    pack = teller.world.packs[0]
    sell_coins(
        **teller.header("arcade", days_ago),
        member=child,
        pack=pack,
        tenders=teller.cash(pack.price),
        parties=Parties(guardian="王磊"),
        permission=Permission(approved_by=teller.manager, reason="父亲在场 his father is here"),
    )


def _ordinary_day(teller: Teller) -> int | None:
    """How many days before the last one a day was no holiday; None where nobody knows the year."""
    store = teller.world.stores["arcade"]
    try:
        ordinary = (
            days
            for days in range(2, 12)
            if not is_statutory_holiday_in(store, teller.last - days * DAY)
        )
        return next(ordinary, None)
    except HolidayCalendarMissing:
        return None


def _night(teller: Teller) -> None:
    """Points put right at twenty to midnight: the staff watch tells the owner."""
    member = teller.member("赵敏", "baby", 9)
    said = teller.header("baby", 3, LATE) | {"by": teller.manager}
    points = teller.world.assets["points"]
    adjust(**said, member=member, asset=points, amount=80, reason="补记积分 points forgotten")


def _deposits(teller: Teller, at: datetime) -> None:
    """One deposit was taken for a private room, another is still held."""
    member = teller.member("陈建国", "bbq", 11)
    teller.topped_up(member, "bbq", 11)
    money = teller.world.assets["money"]
    asked: dict[str, Any] = {"member": member, "asset": money, "amount": 30000}
    said = teller.header("bbq", 8)
    taken = hold(**said, **asked, purpose="包间定金 private room", expires_at=said["at"] + 9 * DAY)
    later = teller.header("bbq", 7)
    del later["request_id"]
    capture(hold=taken, amount=26800, **later)
    hold(
        **teller.header("bbq", 1),
        **asked,
        purpose="生日包间定金 birthday party",
        expires_at=at + 5 * DAY,
    )


def _pause(teller: Teller) -> None:
    """He is abroad for three weeks, and his beers wait for him."""
    member = teller.member("孙浩", "bbq", 10)
    sold = teller.header("bbq", 10)
    beer = teller.world.beer
    sell_bundle(**sold, member=member, bundle=beer, tenders=teller.cash(beer.price))
    said = teller.header("bbq", 4) | {"by": teller.manager}
    contract = Contract.objects.get(txn_id=sold["request_id"])
    reason, until = "出国三周 three weeks abroad", teller.last + 17 * DAY
    pause_contract(**said, contract=contract, reason=reason, until=until)


def _merge(teller: Teller) -> None:
    """She was enrolled twice, with an old phone and a new one."""
    stays = teller.member("李伟", "bbq", 13)
    double = teller.member("李伟", "bbq", 5)
    teller.topped_up(double, "bbq", 5)
    said = teller.header("bbq", 3) | {"by": teller.manager}
    merge_members(**said, survivor=stays, merged=double, reason="换了手机号 one person, two phones")


def _close(teller: Teller) -> None:
    """The last evening of the restaurant: ten yuan are missing from the drawer."""
    line = Line(kind=LineKind.PRODUCT, description="烤排骨", list_value=8800, charged_value=8800)
    supper = teller.header("bbq", 0, timedelta(hours=17)) | {"till": teller.world.tills["bbq"]}
    sell(**supper, lines=[line], tenders=teller.cash(8800))
    said = teller.header("bbq", 0, timedelta(hours=19)) | {"by": teller.manager}
    found = drawers(open_rows(said["store"], teller.last))
    counts = [
        Counted(
            till=one.till,
            opening_float=50000,
            counted=50000 + one.cash_in - one.cash_out - missing,
            note="少了十元 ten short" if missing else "",
        )
        for one, missing in zip(found, (1000, *([0] * len(found))), strict=False)
    ]
    close_day(**said, day=teller.last, counts=counts)
