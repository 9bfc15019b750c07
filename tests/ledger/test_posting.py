"""How value is drawn, costed and refused: examples worked by hand."""

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import ProgrammingError, connection, transaction

from ledger.models import Contra, Lot, LotOrigin, Movement, Scope, Txn, TxnKind, Wallet
from ledger.operations.posting import (
    grant,
    post,
    post_many,
    take,
)
from ledger.operations.refusals import (
    NotEnough,
    NothingToPost,
    RequestReused,
    TooManyLots,
)
from members.models import CalendarDay, Member
from tests.ledger.holding import (
    DAY,
    NOON,
    Shop,
    balance,
    give,
    left_in_lots,
    member_holding,
    open_shop,
    sell,
    sell_beers,
    spend,
    top_up,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    return open_shop()


@pytest.fixture
def member(shop: Shop) -> Member:
    return shop.member()


def drawn(answer) -> list[tuple[int, int]]:
    """Amount and cost share of each movement, as positive numbers."""
    return [(-m["amount"], -m["cost"]) for m in answer.movements]


# Which lots pay


def test_principal_first_leaves_the_bonus_for_last(shop, member):
    top_up(shop, member, paid=50_000, bonus=100_000, priorities=(50, 60))

    spend(shop, member, shop.money, 60_000)

    assert left_in_lots(member, shop.money) == [0, 90_000]


def test_bonus_first_keeps_what_was_paid(shop, member):
    top_up(shop, member, paid=50_000, bonus=100_000, priorities=(50, 40))

    spend(shop, member, shop.money, 60_000)

    assert left_in_lots(member, shop.money) == [50_000, 40_000]


def test_equal_priority_draws_in_proportion_and_the_odd_cent_comes_later(shop, member):
    top_up(shop, member, paid=10_000, bonus=5_000, priorities=(50, 50))

    first = spend(shop, member, shop.money, 100)
    rest = spend(shop, member, shop.money, 14_900)

    assert drawn(first) == [(66, 66), (34, 0)]
    assert drawn(rest) == [(9_934, 9_934), (4_966, 0)]


def test_lots_of_different_contracts_never_share(shop, member):
    top_up(shop, member, paid=1_000, bonus=0)
    top_up(shop, member, paid=1_000, bonus=0)

    spend(shop, member, shop.money, 1_000)

    assert sorted(left_in_lots(member, shop.money)) == [0, 1_000]


def test_the_soonest_to_expire_goes_first_and_what_never_expires_last(shop, member):
    give(shop, member, shop.beer, 5)
    give(shop, member, shop.beer, 5, expires_at=NOON + 9 * DAY)
    give(shop, member, shop.beer, 5, expires_at=NOON + 2 * DAY)

    spend(shop, member, shop.beer, 8)

    assert left_in_lots(member, shop.beer) == [5, 2, 0]


def test_of_two_that_expire_together_the_older_goes_first(shop, member):
    give(shop, member, shop.beer, 5, granted_at=NOON - DAY)
    give(shop, member, shop.beer, 5, granted_at=NOON - 2 * DAY)

    spend(shop, member, shop.beer, 6)

    assert left_in_lots(member, shop.beer) == [4, 0]


def test_a_contract_is_used_up_before_the_next_even_where_its_bonus_lasts_longer(shop, member):
    bonus = {"origin": LotOrigin.BONUS, "contra": Contra.PROMOTION, "priority": 60}
    paid = {"origin": LotOrigin.PAID, "contra": Contra.CASH_IN, "cost": 100}
    for ends in (NOON + 5 * DAY, NOON + 3 * DAY):
        sell(
            shop,
            member,
            paid=100,
            kind=TxnKind.TOP_UP,
            grants=[
                {"asset": shop.money, "amount": 100, "expires_at": ends} | paid,
                {"asset": shop.money, "amount": 100, "expires_at": NOON + 9 * DAY} | bonus,
            ],
        )

    spend(shop, member, shop.money, 250)

    assert left_in_lots(member, shop.money) == [50, 100, 0, 0]


def test_a_restricted_lot_goes_first_where_it_may_be_used(shop, member):
    here = Scope.objects.create(store_ids=[shop.store.pk])
    elsewhere = Scope.objects.create(store_ids=[shop.store.pk + 1])
    give(shop, member, shop.beer, 5, expires_at=NOON + DAY)
    give(shop, member, shop.beer, 5, scope=elsewhere)
    give(shop, member, shop.beer, 5, scope=here)

    spend(shop, member, shop.beer, 6)

    assert left_in_lots(member, shop.beer) == [4, 5, 0]


def test_a_lot_for_categories_pays_only_for_a_bill_inside_them(shop, member):
    give(shop, member, shop.money, 100, scope=Scope.objects.create(category_ids=[1, 2]))

    inside = spend(shop, member, shop.money, 10, categories=[2])
    mixed = spend(shop, member, shop.money, 10, categories=[2, 3])
    unknown = spend(shop, member, shop.money, 10)

    assert [a.outcome for a in (inside, mixed, unknown)] == ["posted", "refused", "refused"]


def test_a_draw_may_be_limited_to_one_contract(shop, member):
    sell_beers(shop, member, 5, 500)
    wanted = sell_beers(shop, member, 5, 500)

    spend(shop, member, shop.beer, 2, contract=wanted)

    assert left_in_lots(member, shop.beer) == [5, 3]


@pytest.mark.parametrize(
    ("at", "outcome"),
    [
        (NOON - timedelta(seconds=1), "refused"),
        (NOON, "posted"),
        (NOON + DAY - timedelta(seconds=1), "posted"),
        (NOON + DAY, "refused"),
    ],
)
def test_a_lot_may_be_used_from_its_first_moment_until_before_its_last(shop, member, at, outcome):
    give(shop, member, shop.beer, 5, available_from=NOON, expires_at=NOON + DAY, at=NOON - DAY)

    answer = spend(shop, member, shop.beer, 1, at=at)

    assert answer.outcome == outcome


# Days of rest and workdays


@pytest.fixture
def weekend_ride(shop: Shop, member: Member) -> Member:
    """A member with one lot for days of rest only."""
    give(shop, member, shop.beer, 5, scope=Scope.objects.create(day_kinds=["restday"]))
    return member


def test_a_lot_for_days_of_rest_is_refused_on_a_monday_and_used_on_a_sunday(shop, weekend_ride):
    monday = spend(shop, weekend_ride, shop.beer, 1, at=NOON)
    sunday = spend(shop, weekend_ride, shop.beer, 1, at=NOON + 6 * DAY)

    assert (monday.outcome, sunday.outcome) == ("refused", "posted")


def test_the_owners_word_about_a_day_wins_over_the_calendar(shop, weekend_ride):
    CalendarDay.objects.create(country="CN", day=NOON.date(), is_rest_day=True)
    CalendarDay.objects.create(country="CN", day=date(2026, 5, 17), is_rest_day=False)

    monday = spend(shop, weekend_ride, shop.beer, 1, at=NOON)
    sunday = spend(shop, weekend_ride, shop.beer, 1, at=NOON + 6 * DAY)

    assert (monday.outcome, sunday.outcome) == ("posted", "refused")


def test_a_year_nobody_knows_refuses_until_the_owner_has_entered_a_day_of_it(shop, weekend_ride):
    far = NOON.replace(year=2090, month=5, day=6)  # a Saturday
    before = spend(shop, weekend_ride, shop.beer, 1, at=far)
    CalendarDay.objects.create(country="CN", day=date(2090, 1, 2), is_rest_day=True)

    after = spend(shop, weekend_ride, shop.beer, 1, at=far)

    assert (before.outcome, after.outcome) == ("refused", "posted")


# What it cost


def test_a_hundred_and_one_beers_for_twenty_eighteen_close_to_the_cent(shop, member):
    sell_beers(shop, member, 101, 2018)

    costs = [drawn(spend(shop, member, shop.beer, 1))[0][1] for _ in range(101)]

    assert set(costs) == {19, 20}
    assert costs[:3] == [19, 20, 20]
    assert sum(costs) == 2018


def test_cost_shares_do_not_depend_on_how_the_lot_is_used_up(shop, member):
    sell_beers(shop, member, 7, 100)

    costs = [drawn(spend(shop, member, shop.beer, count))[0][1] for count in (3, 1, 3)]

    assert costs == [42, 15, 43]


def test_a_draw_charges_its_cost_share_unless_told_what_it_charges(shop, member):
    sell_beers(shop, member, 101, 2018)

    spend(shop, member, shop.beer, 2, list_value=1600)
    spend(shop, member, shop.beer, 2, charged_value=1000)

    values = Movement.objects.filter(amount=-2).order_by("wallet_seq")
    assert list(values.values_list("list_value", "charged_value")) == [(1600, 39), (None, 1000)]


def test_the_price_of_a_draw_is_shared_over_its_lots_without_losing_a_cent(shop, member):
    for _ in range(3):
        give(shop, member, shop.beer, 1)

    spend(shop, member, shop.beer, 3, list_value=100, charged_value=50)

    values = Movement.objects.filter(amount=-1).order_by("line")
    assert list(values.values_list("list_value", "charged_value")) == [(33, 16), (33, 17), (34, 17)]


def test_movements_carry_the_running_figures(shop, member):
    give(shop, member, shop.beer, 5)
    give(shop, member, shop.beer, 5)

    spend(shop, member, shop.beer, 7)

    figures = Movement.objects.order_by("wallet_seq")
    assert list(figures.values_list("wallet_seq", "amount", "lot_after", "balance_after")) == [
        (1, 5, 5, 5),
        (2, 5, 5, 10),
        (3, -5, 0, 5),
        (4, -2, 3, 3),
    ]


# What is refused


def test_more_than_there_is_is_refused_and_only_the_refusal_is_kept(shop):
    member = member_holding(shop, beer=5)

    answer = spend(shop, member, shop.beer, 6)

    assert answer.outcome == "refused"
    facts = {"asked": 6, "available": 5, "asset": shop.beer.pk}
    assert answer.refusal == {"code": "not_enough", "params": facts}
    with pytest.raises(NotEnough):
        answer.or_raise()
    assert balance(member, shop.beer) == 5
    assert Movement.objects.filter(txn=answer.id).count() == 0


def test_a_refused_leg_takes_the_legs_before_it_back(shop):
    member = member_holding(shop, beer=5)
    header = shop.header()

    answer = post(
        header,
        [
            take(member=member, asset=shop.beer, amount=2),
            grant(
                member=member,
                asset=shop.points,
                amount=10,
                origin=LotOrigin.EARNED,
                contra=Contra.PROMOTION,
            ),
            take(member=member, asset=shop.beer, amount=4),
        ],
    )

    assert answer.outcome == "refused"
    assert (balance(member, shop.beer), balance(member, shop.points)) == (5, 0)
    assert Lot.objects.filter(wallet__asset=shop.points).count() == 0


def test_a_member_without_a_wallet_is_refused_and_none_is_made(shop, member):
    answer = spend(shop, member, shop.beer, 1)

    assert answer.outcome == "refused"
    assert Wallet.objects.count() == 0


def test_up_to_draws_what_there_is(shop):
    member = member_holding(shop, beer=5)

    answer = spend(shop, member, shop.beer, 9, up_to=True)

    assert answer.taken == 5


def test_up_to_of_nothing_posts_nothing_and_leaves_the_id_free(shop, member):
    answer = spend(shop, member, shop.beer, 9, up_to=True)

    with pytest.raises(NothingToPost):
        answer.or_raise()
    assert Txn.objects.count() == 0


def test_the_two_hundred_and_first_open_lot_is_refused(shop, member):
    legs = [
        grant(
            member=member,
            asset=shop.points,
            amount=1,
            origin=LotOrigin.EARNED,
            contra=Contra.PROMOTION,
        )
    ]
    for _ in range(4):
        shop.post(*legs * 50).or_raise()

    with pytest.raises(TooManyLots):
        shop.post(*legs).or_raise()

    assert Lot.objects.filter(is_open=True).count() == 200
    spend(shop, member, shop.points, 1)
    assert shop.post(*legs).outcome == "posted"


def test_more_than_fifty_legs_are_a_mistake_of_the_caller(shop):
    member = member_holding(shop, beer=100)

    with pytest.raises(ProgrammingError, match="at most 50 legs"), transaction.atomic():
        shop.post(*[take(member=member, asset=shop.beer, amount=1)] * 51)

    assert balance(member, shop.beer) == 100


def test_a_grant_of_nothing_or_less_is_a_mistake_of_the_caller(shop, member):
    with pytest.raises(ProgrammingError, match="a grant is positive"), transaction.atomic():
        give(shop, member, shop.points, -5, merge=True)

    assert Lot.objects.count() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("isolation", ["REPEATABLE READ", "SERIALIZABLE"])
def test_only_read_committed_may_post(shop, isolation):
    member = member_holding(shop, beer=5)

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET TRANSACTION ISOLATION LEVEL {isolation}")
        with pytest.raises(ProgrammingError, match="READ COMMITTED"), transaction.atomic():
            spend(shop, member, shop.beer, 1)

    assert balance(member, shop.beer) == 5


# The same request again


def repeat(shop: Shop, member: Member, request_id: UUID, amount: int):
    header = shop.header(id=request_id, request={"amount": amount})
    return post(header, [take(member=member, asset=shop.beer, amount=amount)])


def test_a_repeated_request_gets_the_first_answer_and_moves_nothing(shop):
    member, request_id = member_holding(shop, beer=5), uuid4()

    first = repeat(shop, member, request_id, 2)
    again = repeat(shop, member, request_id, 2)

    assert (first.is_fresh, again.is_fresh) == (True, False)
    assert first.movements == again.movements
    assert balance(member, shop.beer) == 3


def test_another_request_under_the_same_id_is_a_conflict(shop):
    member, request_id = member_holding(shop, beer=5), uuid4()
    repeat(shop, member, request_id, 2)

    with pytest.raises(RequestReused):
        repeat(shop, member, request_id, 3).or_raise()

    assert balance(member, shop.beer) == 3


def test_a_refusal_burns_the_id_so_that_a_late_retry_cannot_succeed(shop):
    member, request_id = member_holding(shop, beer=1), uuid4()
    refused = repeat(shop, member, request_id, 2)
    give(shop, member, shop.beer, 5)

    late = repeat(shop, member, request_id, 2)

    assert (late.outcome, late.refusal) == ("refused", refused.refusal)
    assert balance(member, shop.beer) == 6


def test_post_many_answers_in_the_order_asked(shop):
    member = member_holding(shop, beer=5)
    headers = [shop.header() for _ in range(3)]

    answers = post_many(
        (header, [take(member=member, asset=shop.beer, amount=amount)])
        for header, amount in zip(headers, (2, 4, 3), strict=True)
    )

    assert [answer.id for answer in answers] == [header.id for header in headers]
    assert [answer.outcome for answer in answers] == ["posted", "refused", "posted"]


def test_a_draw_is_one_round_trip(shop, django_assert_num_queries):
    member = member_holding(shop, beer=5)
    header = shop.header()
    leg = take(member=member, asset=shop.beer, amount=1)

    with django_assert_num_queries(1):
        post(header, [leg])
