"""Two records of one person become one and come apart again; nothing is lost either way."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import connection, transaction

from ledger.models import (
    CoinPlay,
    Contra,
    Contract,
    ContractEvent,
    LotOrigin,
    Machine,
    Merge,
    Movement,
    Sale,
    TxnKind,
    Visit,
)
from ledger.operations.adjust import adjust
from ledger.operations.bulk import record_many
from ledger.operations.holds import hold, release
from ledger.operations.merging import ROWS as LEDGER_ROWS
from ledger.operations.merging import SameMember, UnknownChoice
from ledger.operations.posting import Header, grant, post
from ledger.operations.refusals import ReasonMissing, UndoTheMerge
from ledger.operations.reversal import undo
from ledger.operations.sales import draft, write
from ledger.operations.unmerging import MergeUndoneAlready, MergeUsedSince
from ledger.operations.visits import check_in
from ledger.queries.audit import differences
from ledger.queries.contracts import holder_of
from ledger.queries.merging import merge_preview
from members.models import Card, Consent, Dependant, Member, MemberChange
from members.operations import (
    MemberClosed,
    add_card,
    add_dependant,
    give_consent,
    set_tier,
    withdraw_consent,
)
from members.queries import consents_of, member_numbered, search_members
from promotions.operations import (
    draw_down,
    merge_members,
    sell_bundle,
    top_up,
    undo_merge,
)
from promotions.operations.merging import ROWS
from promotions.queries.timeline import timeline
from tests.ledger.racing import somebody_waits_for_us
from tests.promotions.shops import DAY, WORKDAY, goods, held, open_shop, tier

pytestmark = pytest.mark.django_db

# They say who it was at the time, and stay: history, consent, and what is derived.
STAYS = {
    "ledger.Contract.member",
    "ledger.Contract.payer",
    "ledger.ContractEvent.from_member",
    "ledger.ContractEvent.to_member",
    "ledger.DirtyMember.member",
    "ledger.MemberDay.member",
    "ledger.MemberFacts.member",
    "ledger.MemberMonth.member",
    "ledger.Merge.merged",
    "ledger.Merge.survivor",
    "ledger.OverRide.member",
    "ledger.Refund.member",
    "ledger.Txn.member",
    "ledger.Wallet.member",
    "members.Consent.member",
    "members.DebitProof.member",
    "members.MemberChange.member",
    "members.MemberPin.member",
    "members.MemberTag.member",
    "members.OneTimeCode.member",
    "members.OutgoingText.member",
    "members.TierHolding.member",
    "imports.ImportRow.member",
    "imports.Opening.member",
}


@pytest.fixture
def shop():
    return open_shop()


@pytest.fixture
def keep(shop):
    member = shop.member(name="王小明", phone="13800138000", notes="likes beer")
    top_up(**shop.asks(member), offer=shop.top_up_offer(50000, 100000), tenders=shop.in_cash(50000))
    return member


@pytest.fixture
def double(shop):
    member = shop.member(
        name="王晓明", phone="13900139000", email="wang@example.com", notes="no peanuts"
    )
    add_card(member=member, number="C-7", at=WORKDAY)
    add_dependant(member=member, at=WORKDAY, nickname="豆豆")
    sell_bundle(**shop.asks(member), bundle=shop.beers(), tenders=shop.in_cash(2018))
    draw_down(**shop.asks(member), asset=shop.beer, quantity=5)
    return member


def merge(shop, keep, double, **more):
    given = shop.asks() | {"reason": "the same person"} | more
    return merge_members(survivor=keep, merged=double, **given)


def take_back(shop, made, **more):
    return undo_merge(merge=made, **(shop.asks() | {"reason": "two people"} | more))


def written():
    return Movement.objects.count(), MemberChange.objects.count(), Merge.objects.count()


def test_the_preview_shows_both_and_what_to_choose(shop, keep, double):
    preview = merge_preview(survivor=keep, merged=double)

    assert preview.survivor.balances == [(shop.money, 150000)]
    assert (shop.beer, 96) in preview.merged.balances
    assert (preview.merged.visits, preview.merged.sales, preview.merged.cards) == (1, 1, ["C-7"])
    assert [(one.field, one.stays, one.goes) for one in preview.differences] == [
        ("name", "王小明", "王晓明"),
        ("phone", "+8613800138000", "+8613900139000"),
    ]


def test_everything_comes_together(shop, keep, double):
    made = merge(shop, keep, double, take_over=["name"])

    keep.refresh_from_db()
    double.refresh_from_db()
    assert (held(keep, shop.beer), held(double, shop.beer)) == (96, 0)
    assert held(keep, shop.money) == 150000
    assert (double.status, double.merged_into) == (Member.Status.MERGED, keep)
    assert (keep.name, keep.email, keep.phone) == ("王晓明", "wang@example.com", "+8613800138000")
    assert keep.notes == f"likes beer\n{double.number}: no peanuts"
    assert set(Visit.objects.values_list("member", flat=True)) == {keep.pk}
    assert set(Sale.objects.values_list("member", flat=True)) == {keep.pk}
    assert Card.objects.get().member == Dependant.objects.get().member == keep
    assert holder_of(Contract.objects.get(kind="bundle")) == keep
    assert made.has_txn
    assert differences() == []


@pytest.mark.django_db(transaction=True)
def test_a_merge_waits_for_a_visit_that_is_being_written_and_takes_it_along(shop):
    """The visit stayed with the closed member while the merge did not lock the row FOR UPDATE.

    Without value: what moves value waits for the visit earlier.
    """
    keep, double = shop.member(), shop.member()

    with merged_beside(shop, keep, double):
        check_in(**shop.asks(double))

    assert set(Visit.objects.values_list("member", flat=True)) == {keep.pk}


@pytest.mark.django_db(transaction=True)
def test_a_merge_waits_for_a_bill_that_joins_a_visit_and_takes_it_along(shop):
    """No new visit keeps the member open here: the merge waits for the mark of their figures.

    The bill stayed with the closed member while the merge did not lock the row FOR UPDATE.
    """
    keep, double = shop.member(), shop.member()
    check_in(**shop.asks(double))

    with merged_beside(shop, keep, double):
        write(bill_of(shop, double))

    assert Sale.objects.get().member == keep
    assert set(Visit.objects.values_list("member", flat=True)) == {keep.pk}


@pytest.mark.django_db(transaction=True)
def test_a_merge_waits_for_a_batch_of_the_past_and_takes_it_along(shop):
    keep, double = shop.member(), shop.member()

    with merged_beside(shop, keep, double):
        record_many([bill_of(shop, double)], at=WORKDAY)

    assert Sale.objects.get().member == keep
    assert set(Visit.objects.values_list("member", flat=True)) == {keep.pk}


def test_a_batch_of_the_past_refuses_who_was_merged_meanwhile(shop):
    keep, double = shop.member(), shop.member()
    bill = bill_of(shop, double)
    merge(shop, keep, double)

    with pytest.raises(MemberClosed):
        record_many([bill_of(shop, keep), bill], at=WORKDAY)

    assert not Sale.objects.exists()
    assert not Visit.objects.exists()


def bill_of(shop, member):
    """A bill paid in cash that is not written yet."""
    return draft(
        **shop.asks(member), lines=[goods(3000)], tenders=shop.in_cash(3000), request={"bill": 1}
    )


@contextmanager
def merged_beside(shop, keep, double):
    """Write of ``double`` in a transaction; a merge that comes up meanwhile must wait for it."""

    def merged():
        try:
            merge(shop, keep, double)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            yield
            merging = other.submit(merged)
            assert somebody_waits_for_us()
        merging.result(timeout=30)


def test_old_number_phone_last_four_and_card_find_the_survivor(shop, keep, double):
    merge(shop, keep, double)

    for text in (double.number, "13900139000", "9000", "C-7"):
        assert search_members(text, [shop.store]) == [keep]
    assert member_numbered(double.number) == keep


def test_the_history_before_the_merge_is_in_the_survivors_timeline(shop, keep, double):
    merge(shop, keep, double)

    history = timeline(member=keep, issuers={shop.store.entity_id})

    kinds = {entry.kind for entry in history.entries}

    assert kinds >= {"top_up", "sell_bundle", "redeem", "merge"}


def test_a_merge_comes_apart_whole(shop, keep, double):
    old = Member.objects.filter(pk=keep.pk).values().get()
    check_in(**shop.asks(keep, at=WORKDAY + DAY))
    made = merge(shop, keep, double, take_over=["name", "phone"])

    take_back(shop, made)

    double.refresh_from_db()
    assert Member.objects.filter(pk=keep.pk).values().get() == old
    assert (double.status, double.merged_into) == (Member.Status.ACTIVE, None)
    assert (held(keep, shop.beer), held(double, shop.beer)) == (0, 96)
    assert Card.objects.get().member == Dependant.objects.get().member == double
    assert Visit.objects.filter(member=double).count() == 1
    assert Sale.objects.filter(member=double).count() == 1
    assert not ContractEvent.objects.standing().exists()
    assert holder_of(Contract.objects.get(kind="bundle")) == double
    assert differences() == []
    with pytest.raises(MergeUndoneAlready):
        take_back(shop, made)


def test_what_was_used_since_keeps_a_merge_together_and_says_what(shop, keep, double):
    made = merge(shop, keep, double)
    draw_down(**shop.asks(keep), asset=shop.beer, quantity=1)
    before = written()

    with pytest.raises(MergeUsedSince) as refused:
        take_back(shop, made)

    assert "draw-down" in str(refused.value)
    assert written() == before
    assert Card.objects.get().member == keep


def test_asked_twice_it_is_done_once(shop, keep, double):
    asked = uuid4()
    first = merge(shop, keep, double, request_id=asked)
    before = written()

    assert merge(shop, keep, double, request_id=asked) == first
    assert written() == before


def test_a_member_without_value_is_merged_and_comes_apart(shop, keep):
    empty = shop.member(phone=None, name="Nobody")

    made = merge(shop, keep, empty)
    assert not made.has_txn

    take_back(shop, made)
    empty.refresh_from_db()
    assert empty.is_active


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"reason": " "}, ReasonMissing),
        ({"double": "keep"}, SameMember),
        ({"take_over": ["shoe"]}, UnknownChoice),
    ],
)
def test_a_refused_merge_writes_nothing(shop, keep, double, change, refusal):
    before = written()
    other = keep if change.pop("double", "") else double

    with pytest.raises(refusal):
        merge(shop, keep, other, **change)

    assert written() == before


def test_who_was_merged_is_not_merged_again(shop, keep, double):
    merge(shop, keep, double)
    before = written()

    with pytest.raises(MemberClosed):
        merge(shop, shop.member(), double)

    assert written() == before


def test_a_debt_meets_what_pays_it_and_both_come_back(shop, keep, double):
    debt = shop.points.debt_asset
    adjust(**shop.asks(keep), asset=shop.points, amount=100, reason="welcome")
    header = Header(
        id=uuid4(), kind=TxnKind.ADJUST, request={}, store=shop.store, at=WORKDAY, by=shop.clerk
    )
    owed = {"member": double, "asset": debt, "amount": 30}
    post(header, [grant(**owed, origin=LotOrigin.DEBT, contra=Contra.DEBT)]).or_raise()

    made = merge(shop, keep, double)
    assert (held(keep, shop.points), held(keep, debt)) == (70, 0)
    take_back(shop, made)

    assert (held(keep, shop.points), held(double, debt)) == (100, 30)
    assert differences() == []


def test_the_stricter_word_on_consent_holds(shop, keep, double):
    for member, sms, email in (
        (keep, give_consent, None),
        (double, withdraw_consent, give_consent),
    ):
        sms(member=member, channel="sms", at=WORKDAY, source="counter")
        if email:
            email(member=member, channel="email", at=WORKDAY, source="counter")

    made = merge(shop, keep, double)

    said = {channel: line.state for channel, line in consents_of(keep).items()}
    assert said == {"sms": "withdrawn", "email": "given"}
    take_back(shop, made, at=WORKDAY + DAY)
    said = {channel: line.state for channel, line in consents_of(keep).items()}
    assert said == {"sms": "given", "email": "withdrawn"}
    assert Consent.objects.filter(member=double).count() == 2


def test_the_tier_goes_along_where_the_survivor_has_none_and_back(shop, keep, double):
    gold = tier("gold", 1)
    set_tier(member=double, tier=gold, source="granted", at=WORKDAY - DAY, by=None)

    made = merge(shop, keep, double)
    keep.refresh_from_db()
    assert keep.tier == gold
    take_back(shop, made, at=WORKDAY + DAY)

    keep.refresh_from_db()
    assert keep.tier is None


def test_a_deposit_of_the_merged_member_comes_back_to_the_survivor(shop, keep, double):
    kept = hold(
        **shop.asks(double),
        asset=shop.beer,
        amount=6,
        purpose="party",
        expires_at=WORKDAY + DAY,
    )
    merge(shop, keep, double)

    kept.refresh_from_db()
    assert kept.member == keep
    release(hold=kept, store=shop.store, at=WORKDAY, by=shop.clerk)

    assert held(keep, shop.beer) == 96
    assert differences() == []


def test_the_ledgers_own_undo_leaves_a_merge_alone(shop, keep, double):
    made = merge(shop, keep, double)

    with pytest.raises(UndoTheMerge):
        undo(**shop.asks(), txn_id=made.pk, reason="slip")


def test_plays_follow_and_a_thousand_of_them_too(shop, keep, double):
    machine = Machine.objects.create(store=shop.store, code="M1")
    day = {"at": WORKDAY, "business_date": date(2026, 5, 6), "month_no": 2026 * 12 + 4}
    CoinPlay.objects.bulk_create(
        CoinPlay(machine=machine, store=shop.store, member=double, coins=1, source_id=str(n), **day)
        for n in range(1000)
    )

    made = merge(shop, keep, double)
    assert CoinPlay.objects.filter(member=keep).count() == 1000
    take_back(shop, made)

    assert CoinPlay.objects.filter(member=double).count() == 1000


def test_every_column_that_names_a_member_either_follows_or_stays():
    """A new table that names a member has to say which."""
    follows = {f"{model._meta.label}.{column}" for model, column in (*LEDGER_ROWS, *ROWS)}

    named = {
        f"{field.model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.fields
        if field.related_model is Member
    }

    assert named - follows - STAYS == set()
