"""Bills at the counter: rows by scan, name or amount, payments that add up, odd money let go."""

import re
from uuid import uuid4

import pytest

from ledger.models import Product, ProductCategory, Sale, Visit
from members.models import Tier
from promotions.models import PaidTier
from promotions.operations import top_up
from tests.counter.conftest import now
from tests.counter.test_selling import id_in, paid
from tests.promotions.shops import held, put_into, tier, written


@pytest.fixture
def food(db):
    return ProductCategory.objects.create(code="food", name="Barbecue")


@pytest.fixture
def skewer(food):
    return product("skewer", "Lamb skewer", 600, barcode="6901234567892", category=food)


def product(code, name, price, **facts):
    return Product.objects.create(code=code, name=name, list_price=price, currency="CNY", **facts)


def bill(*rows, **typed):
    """The fields of a bill whose rows are (code, category, text, quantity, price)."""
    names = ("line_code", "line_category", "line_text", "line_quantity", "line_price")
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)) | typed


def row(quantity="1", price="30.00", *, code="", category="", text=""):
    return code, category, text, quantity, price


def rows_in(answer):
    page = answer.content.decode()
    prices = re.findall(r'name="line_price"[^>]*?value="([^"]*)"', page)
    quantities = re.findall(r'name="line_quantity"[^>]*?value="([^"]*)"', page)
    return list(zip(quantities, prices, strict=True))


def test_a_scanned_barcode_becomes_a_row_and_a_second_scan_one_more(till, shop, member, skewer):
    first = till.send("sale", member.number, do="draft", item="6901234567892")
    second = till.send(
        "sale",
        member.number,
        do="draft",
        item="6901234567892",
        **bill(row("1", "6.00", code="skewer")),
    )

    assert rows_in(first) == [("1", "6.00")]
    assert rows_in(second) == [("2", "6.00")]
    assert written() == (0, 0)


def test_a_name_with_several_meanings_asks_which_one(till, shop, member, skewer):
    product("skewer-2", "Lamb skewer, hot", 700)

    asked = till.send("sale", member.number, do="draft", item="lamb")
    picked = till.send("sale", member.number, do="draft", item="lamb", pick="skewer-2")

    assert rows_in(asked) == []
    assert 'value="skewer-2"' in asked.content.decode()
    assert rows_in(picked) == [("1", "7.00")]


def test_an_amount_becomes_a_row_without_a_product(till, shop, member):
    assert rows_in(till.send("sale", member.number, do="draft", item="35,5")) == []
    assert rows_in(till.send("sale", member.number, do="draft", item="35.5")) == [("1", "35.50")]


def test_what_nobody_knows_is_refused_and_stays_in_the_box(till, shop, member):
    answer = till.send("sale", member.number, do="draft", item="unicorn", **bill(row()))

    assert answer.status_code == 422
    assert "Nothing on sale here is called unicorn." in answer.content.decode()
    assert 'value="unicorn"' in answer.content.decode()
    assert rows_in(answer) == [("1", "30.00")]


def test_a_negative_amount_is_called_so(till, shop, member):
    answer = till.send("sale", member.number, do="draft", item="-1")

    assert answer.status_code == 422
    assert "-1 is negative. Write an amount of zero or more." in answer.content.decode()
    assert rows_in(answer) == []


def test_a_row_is_taken_out(till, shop, member):
    answer = till.send(
        "sale", member.number, do="draft", remove="0", **bill(row("1", "1.00"), row("2", "2.00"))
    )

    assert rows_in(answer) == [("2", "2.00")]


def test_a_draft_keeps_its_id(till, shop, member):
    entry = uuid4()

    assert id_in(till.send("sale", member.number, entry=entry, do="draft", item="1")) == entry


def test_the_tiers_discount_is_in_the_price_and_the_list_price_on_record(
    till, shop, member, skewer
):
    put_into(member, Tier.objects.create(code="gold", rank=1, name="Gold", discount_percent=12))
    draft = till.send("sale", member.number, do="draft", item="skewer")
    assert rows_in(draft) == [("1", "5.28")]

    till.send(
        "sale",
        member.number,
        do="book",
        tender="cash",
        **bill(row("10", "5.28", code="skewer", text="Lamb skewer")),
    )

    line = Sale.objects.get().lines.get()
    assert (line.list_value, line.charged_value, line.product) == (6000, 5280, skewer)


def test_books_a_bill_and_notes_the_visit(till, shop, member):
    answer = till.send("sale", member.number, do="book", tender="cash", **bill(row("2", "30.00")))

    sale = Sale.objects.get()
    assert answer.status_code == 204
    assert (sale.total, sale.member, sale.operator) == (6000, member, shop.clerk)
    assert Visit.objects.get().member == member


def test_a_second_enter_books_one_bill(till, shop, member):
    entry = uuid4()
    typed = {"do": "book", "tender": "cash"} | bill(row("1", "12.00"))

    till.send("sale", member.number, entry=entry, **typed)
    till.send("sale", member.number, entry=entry, **typed)

    assert Sale.objects.count() == 1


def test_mixed_payments_with_stored_value_add_up(till, shop, member):
    top_up(**shop.asks(member, at=now()), offer=None, amount=2000, tenders=shop.in_cash(2000))

    till.send(
        "sale",
        member.number,
        do="book",
        tender=[shop.value.code, "cash"],
        amount=["20", ""],
        **bill(row("1", "50.00")),
    )

    assert paid(Sale.objects.latest("at")) == [(shop.value.code, 2000), ("cash", 3000)]
    assert held(member, shop.money) == 0


def test_the_odd_money_is_let_go_as_a_line(till, shop, member):
    till.send(
        "sale", member.number, do="book", round="100", tender="cash", **bill(row("1", "128.37"))
    )

    sale = Sale.objects.get()
    assert (sale.total, sale.rounding) == (12800, -37)
    assert paid(sale) == [("cash", 12800)]


def test_a_free_amount_of_a_category_belongs_to_it(till, shop, member, food):
    till.send(
        "sale",
        member.number,
        do="book",
        tender="cash",
        **bill(row("1", "99.00", category="food", text="Barbecue")),
    )

    line = Sale.objects.get().lines.get()
    assert (line.product.category, line.list_value, line.description) == (food, 9900, "Barbecue")
    again = till.send("sale", member.number, do="draft", item="Barbecue")
    assert rows_in(again) == []


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"amount": "40"}, "The payments come to ¥40.00, but the bill is ¥30.00."),
        ({"tender": "value"}, "10"),
        ({"line_quantity": "0"}, "negative"),
        ({"line_quantity": "two"}, "two is not a whole number."),
        ({"line_price": "x"}, "x is not an amount."),
        ({"line_price": ""}, "Write the amount."),
        ({"line_code": "gone"}, "Nothing on sale here is called gone."),
    ],
)
def test_a_refused_bill_says_why_and_writes_nothing(till, shop, member, typed, sentence):
    if typed.get("tender") == "value":
        typed = {"tender": shop.value.code}
        sentence = "asked, but only ¥0.00 can be used here today."
    entry = uuid4()

    answer = till.send(
        "sale",
        member.number,
        entry=entry,
        **(bill(row()) | {"do": "book", "tender": "cash"} | typed),
    )

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert id_in(answer) != entry
    assert Sale.objects.count() == 0


def test_an_empty_bill_is_refused(till, shop, member):
    answer = till.send("sale", member.number, do="book", tender="cash")

    assert answer.status_code == 422
    assert "The bill has no lines." in answer.content.decode()


def test_too_many_rows_are_refused(till, shop, member):
    answer = till.send(
        "sale", member.number, do="book", tender="cash", **bill(*[row("1", "1.00")] * 51)
    )

    assert "at most 50 lines" in answer.content.decode()
    assert Sale.objects.count() == 0


def test_a_sale_without_a_member_is_booked_and_offers_no_stored_value(till, shop):
    page = till.send("anonymous_sale", do="draft", item="12")
    answer = till.send("anonymous_sale", do="book", tender="cash", **bill(row("1", "12.00")))

    assert shop.value.code not in page.content.decode()
    assert answer.status_code == 204
    assert Sale.objects.get().member is None
    done = till.open("home", done=Sale.objects.get().pk).content.decode()
    assert "Sale booked" in done
    assert f"/bills/{Sale.objects.get().pk}/refund/" in done


def test_a_bill_for_nothing_needs_no_payment(till, shop, member):
    answer = till.send("sale", member.number, do="book", tender="cash", **bill(row("1", "0")))

    assert answer.status_code == 204
    assert paid(Sale.objects.get()) == []


def sold_memberships(shop, *tiers):
    for number, one in enumerate(tiers):
        PaidTier.objects.create(
            code=f"{one.code}-year",
            name="A year",
            entity=shop.store.entity,
            currency="CNY",
            tier=one,
            price=19900 + number,
        )


def drafted(till, member):
    rows = bill(row("2", "199.00", code="coat"), row("1", "30.00"))
    return till.send("sale", member.number, do="draft", **rows).text


def test_the_bill_says_what_joining_now_takes_off_it(till, shop, member):
    """Goods from the price list only; failed with free amounts reduced too."""
    product("coat", "Coat", 19900)
    sold_memberships(
        shop,
        tier("gold", 2, discount_percent=12),
        tier("silver", 1, discount_percent=5),
    )

    page = drafted(till, member)

    assert "Join Gold now for ¥199.00, and this bill is ¥47.76 less." in " ".join(page.split())
    assert page.count("data-joining") == 1
    assert written() == (0, 0)


def test_who_has_joined_or_gains_nothing_is_not_told(till, shop, member):
    product("coat", "Coat", 19900)
    gold, plain = tier("gold", 2, discount_percent=12), tier("plain", 3)
    sold_memberships(shop, gold, plain)

    put_into(member, gold)

    assert "data-joining" not in drafted(till, member)
    assert "data-joining" not in till.send("anonymous_sale", do="draft", **bill(row())).text
