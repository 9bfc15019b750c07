"""Top-ups, bundles and coins at the counter: paid in full, booked once, refused in words."""

import re
from uuid import UUID, uuid4

import pytest

from ledger.models import Contract, Sale, TenderType, Txn
from members.models import Member
from promotions.models import PaidTier, PromotionPolicy
from tests.promotions.shops import held, lots, tier, written


def id_in(answer):
    return UUID(re.search(r'name="request_id" value="([^"]+)"', answer.content.decode())[1])


def paid(sale):
    return [(one.tender.code, one.amount) for one in sale.tenders.order_by("line")]


def test_the_panel_says_what_an_offer_gives(till, shop, member):
    shop.top_up_offer(50000, 100000)

    page = till.panel("top_up", member.number).content.decode()

    assert "pay ¥500.00, gets ¥1,000.00 on top = ¥1,500.00" in " ".join(page.split())


def test_tops_up_by_an_offer(till, shop, member):
    offer = shop.top_up_offer(50000, 100000)

    answer = till.send("top_up", member.number, offer=offer.pk, tender="cash")

    assert answer.status_code == 204
    assert lots(member, shop.money) == [("paid", 50000, 50000), ("bonus", 100000, 0)]
    assert paid(Sale.objects.get()) == [("cash", 50000)]


def test_tops_up_any_amount_without_an_offer(till, shop, member):
    till.send("top_up", member.number, offer="free", free="88.5", tender="wechat")

    assert lots(member, shop.money) == [("paid", 8850, 8850)]


def test_a_second_enter_books_nothing_twice(till, shop, member):
    offer, entry = shop.top_up_offer(50000, 100000), uuid4()

    first = till.send("top_up", member.number, entry=entry, offer=offer.pk, tender="cash")
    second = till.send("top_up", member.number, entry=entry, offer=offer.pk, tender="cash")

    assert (first.status_code, second.status_code) == (204, 204)
    assert first.headers["HX-Location"] == second.headers["HX-Location"]
    assert held(member, shop.money) == 150000
    assert Sale.objects.count() == 1


def test_the_same_id_for_something_else_is_refused(till, shop, member):
    entry = uuid4()
    till.send("top_up", member.number, entry=entry, offer="free", free="100", tender="cash")

    answer = till.send(
        "top_up", member.number, entry=entry, offer="free", free="200", tender="cash"
    )

    assert answer.status_code == 422
    assert "already used for something else" in answer.content.decode()
    assert held(member, shop.money) == 10000


def test_a_split_payment_leaves_the_rest_to_the_open_row(till, shop, member):
    offer = shop.top_up_offer(50000, 0)

    till.send(
        "top_up",
        member.number,
        offer=offer.pk,
        tender=["cash", "bank-card", ""],
        amount=["", "200", ""],
        reference=["", "A-17", ""],
    )

    assert paid(Sale.objects.get()) == [("cash", 30000), ("bank-card", 20000)]
    assert Sale.objects.get().tenders.get(line=2).reference == "A-17"


def test_a_preview_says_what_is_missing_and_writes_nothing(till, shop, member):
    offer, entry = shop.top_up_offer(50000, 0), uuid4()

    answer = till.send(
        "top_up",
        member.number,
        entry=entry,
        do="preview",
        offer=offer.pk,
        tender=["cash", ""],
        amount=["200", ""],
    )

    assert answer.status_code == 200
    assert "¥300.00 is still missing." in answer.content.decode()
    assert id_in(answer) == entry
    assert written() == (0, 0)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"offer": "free", "free": ""}, "Write the amount."),
        ({"offer": "free", "free": "12.345"}, "more decimals"),
        ({"offer": "free", "free": "-5"}, "is negative"),
        ({"offer": "free", "free": "0"}, "must be greater than zero"),
        ({"offer": "free", "free": "abc"}, "is not an amount"),
        ({"offer": "99999999999999999999"}, "Choose one of the list first."),
        ({"offer": "free", "free": "100", "amount": "90"}, "The payments come to ¥90.00"),
        ({"offer": "free", "free": "100", "tender": "gold"}, "no way to pay called gold"),
        (
            {"offer": "free", "free": "100", "tender": "bbq-stored-value-cny"},
            "no way to pay called",
        ),
    ],
)
def test_a_refused_top_up_says_why_and_writes_nothing(till, shop, member, typed, sentence):
    entry = uuid4()

    answer = till.send("top_up", member.number, entry=entry, **({"tender": "cash"} | typed))

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert written() == (0, 0)
    assert id_in(answer) != entry


def test_a_refusal_keeps_what_was_typed(till, shop, member):
    answer = till.send(
        "top_up", member.number, offer="free", free="12,5,0", tender="alipay", reference="R-9"
    )

    page = answer.content.decode()
    assert 'value="12,5,0"' in page
    assert re.search(r'value="alipay"\s+checked', page)
    assert 'value="R-9"' in page


def test_a_way_to_pay_without_its_reference_is_refused_and_the_next_try_succeeds(
    till, shop, member
):
    TenderType.objects.filter(code="alipay").update(needs_reference=True)
    typed = {"offer": "free", "free": "100", "tender": "alipay"}

    refused = till.send("top_up", member.number, **typed)
    done = till.send("top_up", member.number, entry=id_in(refused), reference="R-9", **typed)

    assert "needs its reference number" in refused.content.decode()
    assert done.status_code == 204
    assert held(member, shop.money) == 10000


def test_a_form_without_an_id_is_refused(till, shop, member):
    answer = till.send("top_up", member.number, entry="x", offer="free", free="1", tender="cash")

    assert answer.status_code == 422
    assert "Reload the page and try again." in answer.content.decode()
    assert written() == (0, 0)


def test_a_blocked_member_is_not_served(till, shop, member):
    member.status = "blocked"
    member.save()

    answer = till.send("top_up", member.number, offer="free", free="100", tender="cash")

    assert answer.status_code == 422
    assert "cannot trade" in answer.content.decode()
    assert written() == (0, 0)


def test_sells_101_beers_for_20_18(till, shop, member):
    bundle = shop.beers()

    answer = till.send("sell_bundle", member.number, bundle=bundle.pk, tender="cash")

    assert answer.status_code == 204
    assert lots(member, shop.beer) == [("bundle", 101, 2018)]
    assert paid(Sale.objects.get()) == [("cash", 2018)]


def test_stored_value_buys_a_bundle_only_where_the_shop_says_so(till, shop, member):
    bundle = shop.beers()
    till.send("top_up", member.number, offer="free", free="100", tender="cash")
    refused = till.send("sell_bundle", member.number, bundle=bundle.pk, tender=shop.value.code)
    PromotionPolicy.objects.create(entity=shop.store.entity, stored_value_buys_bundles=True)

    sold = till.send("sell_bundle", member.number, bundle=bundle.pk, tender=shop.value.code)

    assert (refused.status_code, sold.status_code) == (422, 204)
    assert held(member, shop.money) == 10000 - 2018
    assert held(member, shop.beer) == 101


def test_sells_coins_with_bonus_coins_and_hands_them_out(till, shop, member):
    pack = shop.coin_pack(10000, 100, 20)
    till.send("sell_coins", member.number, pack=pack.pk, tender="cash")

    done = till.send("dispense_coins", member.number, quantity="30")
    refused = till.send("dispense_coins", member.number, quantity="91")

    assert (done.status_code, refused.status_code) == (204, 422)
    assert "91 asked, but only 90 can be used here today." in refused.content.decode()
    assert held(member, shop.coins) == 90


def test_an_unknown_member_is_refused_in_words(till, shop):
    answer = till.open("top_up", "nobody")

    assert answer.status_code == 409
    assert "There is no member nobody." in answer.content.decode()
    assert Txn.objects.count() == 0


def test_somebody_else_pays_and_a_guardian_agrees(till, shop, member):
    payer = shop.member(name="李四", phone="13900139000")

    till.send(
        "top_up",
        member.number,
        offer="free",
        free="100",
        tender="cash",
        payer="13900139000",
        presented_by="his aunt",
        guardian="王芳",
    )

    contract = Contract.objects.get()
    assert (contract.member, contract.payer) == (member, payer)
    assert contract.snapshot["presented_by"] == "his aunt"
    assert contract.snapshot["guardian"]["name"] == "王芳"


def test_the_payer_is_found_by_name_and_ticked(till, shop, member):
    """Failed with the payer read from the first of the two fields, and without the exclusion."""
    twins = [shop.member(name="李四", phone=f"139001390{number:02}") for number in (1, 2)]
    own = shop.member(name="李四光", phone="13900139009")
    gone = shop.member(name="李四方", phone="13900139008")
    Member.objects.filter(pk=gone.pk).update(status=Member.Status.BLOCKED)

    several = till.panel("find_payer", own.number, payer="李四").text
    nobody = till.panel("find_payer", member.number, payer="Nobody").text
    typed = {"offer": "free", "free": "100", "tender": "cash"}
    till.send("top_up", member.number, payer=["李四", twins[1].number], **typed)

    assert [f'value="{twin.number}"' in several for twin in twins] == [True, True]
    assert f'value="{own.number}"' not in several
    assert f'value="{gone.number}"' not in several
    assert "checked" not in several
    assert "Nobody is found by “Nobody”." in nobody
    assert Contract.objects.get().payer == twins[1]


def test_a_payer_nobody_knows_is_refused(till, shop, member):
    answer = till.send(
        "top_up", member.number, offer="free", free="100", tender="cash", payer="nobody"
    )

    assert answer.status_code == 422
    assert 'data-code="payer_not_found"' in answer.text
    assert not Contract.objects.exists()


def test_a_membership_is_sold(till, shop, member):
    gold = tier("gold", 2)
    offer = PaidTier.objects.create(
        code="year", name="A year", entity=shop.store.entity, currency="CNY", tier=gold, price=19900
    )

    panel = till.panel("sell_tier", member.number)
    till.send("sell_tier", member.number, offer=offer.pk, tender="cash")

    member.refresh_from_db()
    assert "Gold for 12 months" in panel.text
    assert member.tier == gold
    assert Contract.objects.get().kind == "paid_tier"
