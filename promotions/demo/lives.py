"""What each member does on each visit, from the day they join to the last day of the demo.

A life yields operations in the order they happen. Balances are followed in plain numbers, so that
nobody asks for more than they hold; the ledger checks every one of them all the same.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from common.calendars import DayKind, kind_of_day
from common.days import month_no
from ledger.models import CoinPlay, Product, TxnKind
from ledger.operations.bulk import Posting
from ledger.operations.sales import Bill
from members.models import Member
from promotions.demo.deals import Desk
from promotions.models import Bundle

type Operation = Bill | Posting | CoinPlay

MINUTE = timedelta(minutes=1)


class Life:
    """One member at one desk: what they hold and what they do next."""

    def __init__(self, desk: Desk, member: Member, rng: Random) -> None:
        self.desk, self.member, self.rng = desk, member, rng
        self.money = self.beers = self.coins = 0
        self.rides = {DayKind.RESTDAY: 0, DayKind.WORKDAY: 0}
        self.season: Bundle | None = None
        self.tops_up = rng.random() < 0.35
        self.likes_beer = rng.random() < 0.45
        self.rides_at_all = rng.random() < 0.25
        self.visits = 0

    def at(self, moment: datetime) -> Iterator[Operation]:
        """What happens on the visit at ``moment``."""
        self.visits += 1
        visit = {"bbq": self._dine, "menswear": self._dress, "baby": self._feed}
        yield from visit.get(self.desk.store.code, self._play)(moment)

    def _dine(self, moment: datetime) -> Iterator[Operation]:
        yield from self._maybe_top_up(moment)
        if self.likes_beer and self.beers == 0 and self.rng.random() < 0.6:
            yield self.desk.bundle(self.member, moment + MINUTE, self.desk.world.beer)
            self.beers = 101
        if self.beers:
            count = min(self.beers, self.rng.randint(12, 30))
            beer = self.desk.world.assets["beer"]
            yield self.desk.draw(self.member, moment + 20 * MINUTE, beer, count)
            self.beers -= count
        yield self._bill(moment + 90 * MINUTE, self._basket(2, 5))

    def _dress(self, moment: datetime) -> Iterator[Operation]:
        yield from self._maybe_top_up(moment)
        if self.visits == 1 or self.rng.random() < 0.65:
            yield self._bill(moment + 30 * MINUTE, self._basket(1, 2))
        else:
            yield self.desk.visit(self.member, moment)

    def _feed(self, moment: datetime) -> Iterator[Operation]:
        yield from self._maybe_top_up(moment)
        shelf = {product.code: product for product in self.desk.world.products["baby"]}
        basket = [(shelf["milk-powder"], 3)] if self.rng.random() < 0.7 else []
        basket += [
            (shelf[code], 1) for code in ("nappies", "wipes", "toy") if self.rng.random() < 0.35
        ]
        yield self._bill(moment + 15 * MINUTE, basket or [(shelf["wipes"], 1)])

    def _play(self, moment: datetime) -> Iterator[Operation]:
        yield from self._maybe_ride(moment)
        if self.coins < 20:
            pack = self.rng.choices(self.desk.world.packs, (45, 40, 15))[0]
            yield self.desk.coin_pack(self.member, moment, pack)
            self.coins += pack.coins + pack.bonus_coins
        tokens = min(self.coins, self.rng.randint(15, 60))
        coins = self.desk.world.assets["coins"]
        yield self.desk.draw(self.member, moment + MINUTE, coins, tokens, TxnKind.DISPENSE)
        self.coins -= tokens
        yield from self._plays(moment + 3 * MINUTE, tokens)
        if self.rng.random() < 0.2:
            yield self._bill(moment + 50 * MINUTE, self._basket(1, 2))

    def _plays(self, moment: datetime, tokens: int) -> Iterator[CoinPlay]:
        favourites = self.rng.sample(self.desk.world.machines, 3)
        while tokens > 0:
            machine = self.rng.choice(favourites)
            coins = min(tokens, machine.coins_per_play)
            tokens -= coins
            moment += timedelta(seconds=self.rng.randint(40, 240))
            day = self.desk.store.business_date(moment)
            yield CoinPlay(
                machine=machine,
                store=self.desk.store,
                member=self.member,
                coins=coins,
                at=moment,
                business_date=day,
                month_no=month_no(day),
                source_id=self.desk.new_id().hex,
                batch="demo",
            )

    def _maybe_ride(self, moment: datetime) -> Iterator[Operation]:
        if not self.rides_at_all:
            return
        day = self.desk.store.business_date(moment)
        for season in self.desk.world.passes:
            begins, ends = season.valid_from, season.valid_until
            on_sale = begins and ends and begins <= day <= ends
            if on_sale and season != self.season:
                yield self.desk.bundle(self.member, moment, season)
                self.season = season
                self.rides = {DayKind.RESTDAY: 5, DayKind.WORKDAY: 5}
        if self.season is None or not self.season.season_from or not self.season.season_until:
            return
        kind = kind_of_day(day, self.desk.store.country, self.desk.world.rest_days)
        in_season = self.season.season_from <= day <= self.season.season_until
        if in_season and self.rides[kind] and self.rng.random() < 0.8:
            ride = self.desk.world.assets["ride"]
            yield self.desk.draw(self.member, moment + MINUTE, ride, 1)
            self.rides[kind] -= 1

    def _maybe_top_up(self, moment: datetime) -> Iterator[Operation]:
        """Topping up happens early, and again only for those who like it."""
        offers = self.desk.world.offers.get(self.desk.store.code, [])
        first_time = self.money == 0 and self.visits <= 3
        again = 0 < self.money < 5000 or (self.money == 0 and self.visits > 3)
        if self.tops_up and offers and (first_time or (again and self.rng.random() < 0.25)):
            offer = self.rng.choice(offers)
            yield self.desk.top_up(self.member, moment, offer)
            self.money += offer.pays + offer.bonus

    def _bill(self, moment: datetime, basket: list[tuple[Product, int]]) -> Bill:
        total = sum(product.list_price * count for product, count in basket)
        from_value = min(self.money, total)
        self.money -= from_value
        return self.desk.goods(self.member, moment, basket, from_value=from_value)

    def _basket(self, least: int, most: int) -> list[tuple[Product, int]]:
        shelf = self.desk.world.products[self.desk.store.code]
        chosen = self.rng.sample(shelf, min(len(shelf), self.rng.randint(least, most)))
        return [(product, self.rng.choice((1, 1, 1, 2))) for product in chosen]
