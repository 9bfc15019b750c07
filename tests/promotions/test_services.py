from datetime import UTC, date, datetime, timedelta

import pytest

from ledger.models import Asset, AssetKind, Lot, ProductCategory, Txn, Visit
from ledger.operations.expiry import sweep_expired
from ledger.operations.refusals import ReasonMissing
from promotions.models import ServiceProgramme, ServiceTicket, TierEntitlement
from promotions.operations import (
    advance_ticket,
    collect,
    ensure_entitlement,
    grant_entitlements,
    sell,
    take_in,
    undo,
)
from promotions.operations.services import (
    FreeUsesGone,
    GarmentMissing,
    NeverCharged,
    NotBoughtHere,
    OwnGoodsOnly,
    PurchaseNotCovered,
    ServiceNotOffered,
    StepNotPossible,
)
from promotions.queries import ticket_queue, tickets_to_be_told
from promotions.rules.tickets import TicketState
from tests.promotions.shops import WORKDAY, goods, held, open_shop, put_into, tier, written

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

MAY = date(2026, 5, 1)
HOUR = timedelta(hours=1)


class Menswear:
    """A menswear shop that cleans suits bought there: regular 1, silver 2, gold 3 a month."""

    def __init__(self, **terms):
        self.shop = open_shop("menswear")
        self.suits = ProductCategory.objects.create(code="suits", name="Suits")
        self.cleaning = Asset.objects.create(
            entity=self.shop.store.entity,
            code="dry-cleaning",
            name="Dry-cleaning",
            kind=AssetKind.ENTITLEMENT,
            list_price=4500,
        )
        self.programme = ServiceProgramme.objects.create(
            code="dry-cleaning",
            name="Dry-cleaning",
            currency="CNY",
            entity=self.shop.store.entity,
            asset=self.cleaning,
            **({"charge_price": 4500} | terms),
        )
        self.programme.categories.add(self.suits)
        self.tiers = {}
        for rank, code in enumerate(("regular", "silver", "gold"), start=1):
            self.tiers[code] = tier(code, rank)
            TierEntitlement.objects.create(
                programme=self.programme, tier=self.tiers[code], per_month=rank
            )

    def member(self, tier="gold"):
        return put_into(self.shop.member(), self.tiers[tier])

    def suit_of(self, member, category=None):
        """The line of a suit the member bought."""
        sale = sell(
            **self.shop.asks(member),
            lines=[goods(99900, category=category or self.suits)],
            tenders=self.shop.in_cash(99900),
        )
        return sale.lines.get()

    def take_in(self, member, **given):
        asked = {"programme": self.programme, "garment": "blue suit"} | given
        if "sale_line" not in asked and "tenders" not in asked:
            asked["sale_line"] = self.suit_of(member)
        return take_in(**self.shop.asks(member) | asked)


@pytest.fixture
def menswear(db):
    return Menswear()


@pytest.mark.parametrize(("code", "uses"), [("regular", 1), ("silver", 2), ("gold", 3)])
def test_each_tier_gets_its_free_uses_of_the_month(menswear, code, uses):
    member = menswear.member(code)

    granted = grant_entitlements(month=MAY, at=WORKDAY)

    lot = Lot.objects.of(member).get()
    assert (granted, lot.origin, lot.granted, lot.cost) == (1, "entitlement", uses, 0)
    assert lot.expires_at == datetime(2026, 5, 31, 20, tzinfo=UTC)  # 1 June, 4:00


def test_granting_a_month_again_grants_nothing(menswear):
    member = menswear.member()
    grant_entitlements(month=MAY, at=WORKDAY)

    again = grant_entitlements(month=MAY, at=WORKDAY + HOUR)

    assert (again, held(member, menswear.cleaning)) == (0, 3)


def test_a_better_tier_within_the_month_tops_up_the_difference(menswear):
    member = menswear.member("regular")
    grant_entitlements(month=MAY, at=WORKDAY)
    put_into(member, menswear.tiers["gold"], at=WORKDAY)

    grant_entitlements(month=MAY, at=WORKDAY + HOUR)

    assert [lot.granted for lot in Lot.objects.of(member).order_by("pk")] == [1, 2]


def test_a_worse_tier_within_the_month_takes_nothing_back(menswear):
    member = menswear.member("gold")
    grant_entitlements(month=MAY, at=WORKDAY)
    put_into(member, menswear.tiers["regular"], at=WORKDAY)

    grant_entitlements(month=MAY, at=WORKDAY + HOUR)

    assert held(member, menswear.cleaning) == 3


def test_the_next_month_is_granted_ahead_and_opens_with_its_first_day(menswear):
    member = menswear.member("regular")

    grant_entitlements(month=date(2026, 6, 30), at=WORKDAY)

    lot = Lot.objects.of(member).get()
    assert lot.available_from == datetime(2026, 5, 31, 20, tzinfo=UTC)
    assert lot.expires_at == datetime(2026, 6, 30, 20, tzinfo=UTC)


def test_unused_ones_lapse_at_the_months_end(menswear):
    member = menswear.member("gold")
    grant_entitlements(month=MAY, at=WORKDAY)

    sweep_expired(at=datetime(2026, 5, 31, 20, tzinfo=UTC))

    assert held(member, menswear.cleaning) == 0


def test_nobody_waits_for_the_job(menswear):
    member = menswear.member("silver")

    ticket = menswear.take_in(member)

    assert held(member, menswear.cleaning) == 1
    assert (ticket.status, ticket.fee, ticket.txn_id) == ("taken_in", 0, ticket.request_id)


def test_the_job_after_the_first_use_grants_nothing_more(menswear):
    member = menswear.member("silver")
    menswear.take_in(member)

    grant_entitlements(month=MAY, at=WORKDAY + HOUR)
    ensure_entitlement(programme=menswear.programme, member=member, at=WORKDAY + HOUR)

    assert held(member, menswear.cleaning) == 1


def test_a_free_use_keeps_its_list_price(menswear):
    ticket = menswear.take_in(menswear.member())

    movement = Txn.objects.get(pk=ticket.txn_id).movements.get()
    assert (movement.amount, movement.list_value, movement.charged_value) == (-1, 4500, 0)


def test_refuses_when_the_months_uses_are_gone(menswear):
    member = menswear.member("regular")
    suit = menswear.suit_of(member)
    menswear.take_in(member, sale_line=suit)

    with pytest.raises(FreeUsesGone) as refused:
        menswear.take_in(member, sale_line=suit)

    assert "CN¥45.00" in str(refused.value)
    assert ServiceTicket.objects.count() == 1


def test_the_next_month_brings_new_ones(menswear):
    member = menswear.member("regular")
    suit = menswear.suit_of(member)
    menswear.take_in(member, sale_line=suit)

    ticket = menswear.take_in(member, sale_line=suit, at=datetime(2026, 5, 31, 20, tzinfo=UTC))

    assert ticket.txn_id is not None


def test_refuses_a_garment_that_was_not_bought_here(menswear):
    member = menswear.member()
    before = written()

    with pytest.raises(NotBoughtHere):
        menswear.take_in(member, sale_line=None)

    assert (written(), ServiceTicket.objects.count()) == (before, 0)


def test_without_a_price_a_foreign_garment_is_refused_for_good():
    menswear = Menswear(charge_price=None)
    member = menswear.member()
    before = written()

    with pytest.raises(OwnGoodsOnly):
        menswear.take_in(member, sale_line=None)
    with pytest.raises(NeverCharged):
        menswear.take_in(member, sale_line=None, tenders=menswear.shop.in_cash(4500))

    assert written() == before


def test_a_garment_not_bought_here_is_charged(menswear):
    member = menswear.member()

    ticket = menswear.take_in(member, sale_line=None, tenders=menswear.shop.in_cash(4500))

    assert (ticket.fee, ticket.txn_id, ticket.fee_sale.total) == (4500, None, 4500)
    assert not ticket.fee_sale.is_purchase
    assert held(member, menswear.cleaning) == 0


def test_refuses_a_purchase_that_does_not_cover_it(menswear):
    member, other = menswear.member(), menswear.member()
    socks = ProductCategory.objects.create(code="socks", name="Socks")
    undone = menswear.suit_of(member)
    undo(**menswear.shop.asks(), txn_id=undone.sale_id, reason="brought back")
    undone = type(undone).objects.get(pk=undone.pk)
    lines = [menswear.suit_of(other), menswear.suit_of(member, socks), undone]

    for line in lines:
        with pytest.raises(PurchaseNotCovered):
            menswear.take_in(member, sale_line=line)

    assert ServiceTicket.objects.count() == 0


def test_refuses_a_ticket_without_a_garment_or_outside_its_stores(menswear):
    member = menswear.member()
    suit = menswear.suit_of(member)

    with pytest.raises(GarmentMissing):
        menswear.take_in(member, sale_line=suit, garment="  ")
    menswear.programme.stores.add(menswear.shop.branch("north"))
    with pytest.raises(ServiceNotOffered):
        menswear.take_in(member, sale_line=suit)

    assert ServiceTicket.objects.count() == 0


def test_the_same_garment_asked_twice_is_one_ticket(menswear):
    member = menswear.member("silver")
    asked = menswear.shop.asks(
        member,
        programme=menswear.programme,
        garment="blue suit",
        sale_line=menswear.suit_of(member),
    )

    assert take_in(**asked) == take_in(**asked)

    assert held(member, menswear.cleaning) == 1


def step(menswear, ticket, to, at=WORKDAY, **given):
    asked = menswear.shop.asks(at=at) | {"ticket": ticket, "to": to} | given
    return advance_ticket(**asked)


def test_a_garment_goes_its_way_and_collecting_is_a_visit(menswear):
    ticket = menswear.take_in(menswear.member())
    step(menswear, ticket, TicketState.AT_CLEANERS)
    step(menswear, ticket, TicketState.READY)
    later = WORKDAY + timedelta(days=3)

    done = collect(**menswear.shop.asks(at=later), ticket=ticket)

    assert (done.status, done.changed_at) == ("collected", later)
    assert done.collected_visit.business_date == date(2026, 5, 9)
    assert Visit.objects.filter(member=ticket.member).count() == 2
    assert list(ticket.events.order_by("pk").values_list("status", flat=True)) == [
        "taken_in",
        "at_cleaners",
        "ready",
        "collected",
    ]


def test_a_step_asked_twice_is_taken_once(menswear):
    ticket = menswear.take_in(menswear.member())
    asked = menswear.shop.asks(ticket=ticket, to=TicketState.READY)

    advance_ticket(**asked)
    advance_ticket(**asked)

    assert ticket.events.count() == 2


@pytest.mark.parametrize("to", [TicketState.COLLECTED, TicketState.TAKEN_IN])
def test_refuses_a_step_that_skips_another(menswear, to):
    ticket = menswear.take_in(menswear.member())

    with pytest.raises(StepNotPossible):
        step(menswear, ticket, to)

    ticket.refresh_from_db()
    assert (ticket.status, ticket.events.count()) == ("taken_in", 1)


def test_a_complaint_needs_a_reason(menswear):
    ticket = menswear.take_in(menswear.member())

    with pytest.raises(ReasonMissing):
        step(menswear, ticket, TicketState.COMPLAINT)
    step(menswear, ticket, TicketState.COMPLAINT, note="a button is gone")

    assert ticket.events.last().note == "a button is gone"


def test_cancelling_gives_the_free_use_back(menswear):
    member = menswear.member("gold")
    ticket = menswear.take_in(member)

    done = step(menswear, ticket, TicketState.CANCELLED, note="changed their mind")

    assert (done.status, held(member, menswear.cleaning)) == ("cancelled", 3)


def test_cancelling_voids_the_fee(menswear):
    member = menswear.member("gold")
    ticket = menswear.take_in(member, sale_line=None, tenders=menswear.shop.in_cash(4500))

    step(menswear, ticket, TicketState.CANCELLED, note="changed their mind")

    ticket.fee_sale.refresh_from_db()
    assert ticket.fee_sale.void_reason == "changed their mind"


def test_undoing_the_taking_in_cancels_the_ticket(menswear):
    member = menswear.member("gold")
    ticket = menswear.take_in(member)

    undo(**menswear.shop.asks(), txn_id=ticket.txn_id, reason="wrong member")

    ticket.refresh_from_db()
    assert (ticket.status, held(member, menswear.cleaning)) == ("cancelled", 3)


def test_refuses_to_undo_a_garment_that_has_left(menswear):
    member = menswear.member("gold")
    ticket = menswear.take_in(member)
    step(menswear, ticket, TicketState.AT_CLEANERS)

    with pytest.raises(StepNotPossible):
        undo(**menswear.shop.asks(), txn_id=ticket.txn_id, reason="wrong member")

    assert held(member, menswear.cleaning) == 2


def test_the_queue_shows_what_waits_for_what(menswear):
    member = menswear.member("gold")
    first, second = menswear.take_in(member), menswear.take_in(member)
    step(menswear, second, TicketState.READY)

    store = menswear.shop.store

    assert list(ticket_queue(store)) == [first, second]
    assert list(ticket_queue(store, TicketState.READY)) == [second]
    assert list(tickets_to_be_told(store)) == [second]
