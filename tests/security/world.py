"""One store where everything has happened once, a branch where nothing has, and who works there."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID, uuid4

from django.apps import apps
from django.contrib import admin
from django.db.models import Model

from exports.models import Restoration
from exports.operations.exporting import ask_export
from exports.rules.asked import Asked
from imports.models import ImportBatch, ImportRow, SavedMapping
from ledger.models import (
    CheckKind,
    CheckRun,
    CoinPlay,
    Contract,
    Dispense,
    Machine,
    OverRide,
    Refund,
    RefundCause,
    Reserve,
    StoreLimits,
)
from ledger.operations.adjust import adjust
from ledger.operations.day_close import close_day
from ledger.operations.evidence import seal_up
from ledger.operations.holds import hold
from ledger.operations.pausing import pause_contract
from ledger.operations.sale_refunds import Back, refund_sale
from members.models import (
    CalendarDay,
    DebitProof,
    Member,
    OutgoingText,
    Store,
    Tag,
    Tier,
    Till,
    User,
)
from members.operations import (
    add_card,
    create_staff,
    create_till,
    define_attribute,
    issue_till_key,
    update_member,
)
from promotions.models import PaidTier, PromotionPolicy, Reward
from promotions.operations import draw_down, exchange, sell, sell_bundle, sell_coins, top_up
from tests.promotions.refunding import refund
from tests.promotions.shops import NOON, WORKDAY, Shop, goods
from tests.promotions.test_services import Menswear

PASSWORD = "korrekt-horse-9"


@dataclass(frozen=True)
class World:
    """What addresses may name, and who may ask for them. ``…_afar`` work in the branch."""

    shop: Shop
    branch: Store
    member: Member
    txn: UUID
    sale: UUID
    close: UUID
    refund: UUID
    ticket: int
    batch: int
    mapping: int
    export: int
    till: Till
    people: dict[str, User]

    @cached_property
    def contract(self) -> UUID:
        """A contract of the member."""
        return Contract.objects.filter(member=self.member).earliest("sold_at").pk

    def object_of(self, model: type[Model]) -> Any:
        """The key of a record of the first store, or of whatever there is of its kind."""
        path = getattr(admin.site._registry.get(model), "store_path", None)
        rows = model._default_manager.all()
        if path is not None:
            rows = rows.filter(**{path or "pk": self.shop.store.pk})
        found = rows.order_by("pk").first()
        return 1 if found is None else found.pk


def everything_once() -> World:
    """Open the stores and let everything happen once."""
    menswear = Menswear()
    shop, member = menswear.shop, menswear.member("gold")
    branch = shop.branch("far")
    set_up(shop)
    txn = trade(shop, member)
    ticket = menswear.take_in(member)
    log_machines(shop, member)
    prove_and_write(shop, member)
    people = staff_of(shop.store, branch)
    refunded = pay_back(shop, people["manager"])
    set_aside(shop, member)
    seal_and_check()
    till = create_till(store=shop.store, code="till1")
    issue_till_key(till=till, name="register", scopes=["read"])
    return World(
        shop=shop,
        branch=branch,
        member=member,
        txn=txn,
        sale=pay_part_back(shop),
        close=close_a_day(shop),
        refund=refunded.pk,
        ticket=ticket.pk,
        batch=import_something(shop),
        mapping=keep_a_mapping(shop),
        export=ask_for_members(people["manager"]),
        till=till,
        people=people,
    )


def ask_for_members(manager: User) -> int:
    """A list that the manager asked for and the worker has yet to make, in a restored shop."""
    Restoration.objects.create(
        at=WORKDAY, by="root", sha256="0" * 64, made_at=WORKDAY, rows=1, differences=0
    )
    asked = {"what": "members", "form": "csv", "asked": Asked(), "language": "en"}
    return ask_export(**asked, at=WORKDAY, by=manager).pk


def staff_of(store: Store, branch: Store) -> dict[str, User]:
    """One person of each role, and a clerk and a manager of the branch."""
    works = {
        "clerk": ("clerk", [store]),
        "manager": ("manager", [store]),
        "auditor": ("auditor", []),
        "owner": ("owner", []),
        "clerk_afar": ("clerk", [branch]),
        "manager_afar": ("manager", [branch]),
    }
    return {
        name: create_staff(
            username=name, password=PASSWORD, role=role, stores=stores, language="en"
        )
        for name, (role, stores) in works.items()
    }


def set_up(shop: Shop) -> None:
    """What owners and managers enter: rules, lists and days."""
    Tag.objects.create(code="beer", name="Likes beer")
    define_attribute(key="shoe", name="Shoe size")
    CalendarDay.objects.create(country="CN", day=date(2026, 5, 4), is_rest_day=True)
    PromotionPolicy.objects.create(entity=shop.store.entity)
    StoreLimits.objects.create(store=shop.store)
    Reserve.objects.create(
        entity=shop.store.entity, currency="CNY", in_force_from=WORKDAY.date(), amount=100
    )
    shop.terms()
    PaidTier.objects.create(
        code="year",
        name="A year",
        entity=shop.store.entity,
        currency="CNY",
        tier=Tier.objects.lowest_first()[0],
        price=19900,
    )
    shop.points_rule()


def trade(shop: Shop, member: Member) -> UUID:
    """Sell and draw down; returns the id of the draw-down."""
    add_card(member=member, number="C-1", at=NOON)
    update_member(member=member, at=NOON, by=shop.clerk, notes="likes beer")
    offer = shop.top_up_offer(50000, 100000)
    top_up(**shop.asks(member), offer=offer, tenders=shop.in_cash(50000))
    sell_bundle(**shop.asks(member), bundle=shop.beers(), tenders=shop.in_cash(2018))
    sell_coins(**shop.asks(member), pack=shop.coin_pack(1000, 10, 2), tenders=shop.in_cash(1000))
    adjust(**shop.asks(member), asset=shop.points, amount=500, reason="welcome")
    OverRide.objects.create(
        request_id=uuid4(),
        rule="not_for_minors",
        member=member,
        store=shop.store,
        approved_by=shop.clerk,
        reason="identity card seen",
        at=NOON,
    )
    reward = Reward.objects.create(
        code="bib",
        name="Bib",
        entity=shop.store.entity,
        currency="CNY",
        asset=shop.points,
        cost_points=200,
        list_value=1990,
    )
    exchange(**shop.asks(member), reward=reward, quantity=1)
    drawn = uuid4()
    draw_down(**shop.asks(member, request_id=drawn), asset=shop.beer, quantity=5)
    return drawn


def pay_part_back(shop: Shop) -> UUID:
    """Sell something to nobody in particular and take half of it back; returns the bill's id."""
    sale = sell(**shop.asks(lines=[goods(1000)], tenders=shop.in_cash(1000)))
    refund_sale(
        request_id=uuid4(),
        sale_id=sale.pk,
        store=shop.store,
        at=WORKDAY,
        by=shop.clerk,
        reason="Cold",
        lines=[Back(line=1, amount=500)],
    )
    return sale.pk


def close_a_day(shop: Shop) -> UUID:
    """Close a day long before anything happened; returns the close's id."""
    long_ago = {"day": date(2020, 1, 1), "counts": [], "at": WORKDAY, "by": shop.clerk}
    return close_day(request_id=uuid4(), store=shop.store, **long_ago).pk


def prove_and_write(shop: Shop, member: Member) -> None:
    """A debit that was proven, and a message on its way."""
    DebitProof.objects.create(
        request_id=uuid4(), member=member, store=shop.store, value=1, way="pin", at=NOON
    )
    OutgoingText.objects.create(
        member=member, phone=member.phone, created_at=NOON, expires_at=WORKDAY
    )


def set_aside(shop: Shop, member: Member) -> None:
    """A deposit, and a contract that is paused."""
    end = WORKDAY + timedelta(days=1)
    deposit = {"amount": 100, "purpose": "Two umbrellas", "expires_at": end}
    hold(**shop.asks(member), asset=shop.money, **deposit)
    beers = Contract.objects.get(kind="bundle")
    header = {"request_id": uuid4(), "store": shop.store, "at": WORKDAY, "by": shop.clerk}
    pause_contract(contract=beers, reason="travels", **header)


def pay_back(shop: Shop, manager: User) -> Refund:
    """Pay the coin pack back."""
    contract = Contract.objects.get(kind="coin_pack")
    return refund(shop, contract, RefundCause.MERCHANT, manager)


def log_machines(shop: Shop, member: Member) -> None:
    """A play and a dispense."""
    day = {"at": WORKDAY, "business_date": WORKDAY.date(), "month_no": 2026 * 12 + 4}
    machine = Machine.objects.create(store=shop.store, code="M01", name="Racer")
    CoinPlay.objects.create(
        machine=machine, store=shop.store, member=member, coins=1, source_id="1", **day
    )
    Dispense.objects.create(
        store=shop.store, terminal="T1", due=5, paid_out=5, source_key="1", **day
    )


def seal_and_check() -> None:
    """A seal, and a run of a check that found nothing."""
    seal_up()
    CheckRun.objects.create(
        kind=CheckKind.SEALS, started_at=NOON, ok=True, differences=0, findings=[]
    )


def import_something(shop: Shop) -> int:
    """A file of one row that waits for a decision."""
    batch = ImportBatch.objects.create(
        file_name="members.csv",
        sha256="0" * 64,
        store=shop.store,
        kind="members",
        status=ImportBatch.Status.CHECKED,
        rows=1,
        created_at=WORKDAY + timedelta(hours=1),
        created_by=shop.clerk,
    )
    ImportRow.objects.create(
        batch=batch,
        number=2,
        root=2,
        key=uuid4(),
        outcome=ImportRow.Outcome.FLAGGED,
        values={},
        raw={"name": "?"},
    )
    return batch.pk


def keep_a_mapping(shop: Shop) -> int:
    """How files of the first store are understood."""
    mapping = SavedMapping.objects.create(
        name="till export",
        kind="members",
        signature="0" * 64,
        choices={"columns": {"Phone": "phone"}},
        store=shop.store,
        created_at=WORKDAY,
    )
    return mapping.pk


def model_named(label: str) -> type[Model]:
    """The model of "app_model", as the admin names its addresses."""
    app, _, name = label.rpartition("_")
    return apps.get_model(app, name)
