"""A clerk finds a bill again and pays it back, in whole or in part."""

from uuid import uuid4

from django.urls import reverse

from ledger.models import Sale, SaleRefund
from promotions.operations import sell, top_up
from tests.counter.conftest import now
from tests.promotions.shops import goods


def sold(shop, member=None, *, lines=None, paid=3000):
    lines = lines or [goods(3000, quantity=6)]
    return sell(**shop.asks(member, at=now(), lines=lines, tenders=shop.in_cash(paid)))


def test_a_bill_of_one_line_is_offered_whole(till, shop, member):
    sale = sold(shop, member)

    panel = till.panel("refund_sale", sale.pk).content.decode()

    assert 'value="6"' in panel
    assert "¥30.00" in panel


def test_pays_a_part_back_and_says_so(till, shop, member):
    sale = sold(shop, member)

    answer = till.send("refund_sale", sale.pk, **{"q-1": "2", "t-1": "cash", "reason": "Burnt"})

    assert answer.status_code == 204
    refund = SaleRefund.objects.get()
    assert (refund.total, refund.reason) == (1000, "Burnt")
    page = till.open("member", member.number, done=refund.pk).content.decode()
    assert "Paid back" in page
    assert reverse("counter:refund_sale", args=[sale.pk]) in page
    slip = till.open("receipt", refund.pk).content.decode()
    assert "Skewers × 2" in slip
    assert str(sale.pk) in slip


def test_the_same_panel_sent_twice_pays_once(till, shop, member):
    sale = sold(shop, member)
    typed = {"entry": uuid4(), "q-1": "2", "reason": "Burnt"}

    answers = [till.send("refund_sale", sale.pk, **typed) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [204, 204]
    assert Sale.objects.get().refunded_total == 1000


def test_a_preview_shows_the_sum_and_writes_nothing(till, shop):
    sale = sold(shop)

    panel = till.send("refund_sale", sale.pk, **{"do": "preview", "q-1": "1"}).content.decode()

    assert "5.00" in panel
    assert not SaleRefund.objects.exists()


def test_the_whole_bill_is_filled_in_with_its_ways_back_and_nothing_is_written(till, shop, member):
    top_up(**shop.asks(member, at=now()), offer=None, amount=1000, tenders=shop.in_cash(1000))
    lines = [goods(3000, quantity=6), goods(500)]
    tenders = [*shop.in_cash(2500), *shop.in_value(1000)]
    sale = sell(**shop.asks(member, lines=lines, tenders=tenders, at=now()))
    opened = till.panel("refund_sale", sale.pk)

    whole = till.send("refund_sale", sale.pk, do="whole", **{"p-1": "3", "reason": "Burnt"})

    assert opened.context["whole"] == 3500
    assert opened.context["preview"].total == 0
    assert [row.quantity for row in whole.context["lines"]] == ["6", "1"]
    assert [row.back.amount for row in whole.context["payments"]] == [2500, 1000]
    assert 'value="Burnt"' in whole.content.decode()
    assert not SaleRefund.objects.exists()


def test_the_whole_of_a_bill_is_what_is_left_of_it(till, shop):
    sale = sold(shop, lines=[goods(3000, quantity=6), goods(500)], paid=3500)
    till.send("refund_sale", sale.pk, **{"q-1": "6", "a-1": "29", "reason": "Burnt"})

    whole = till.send("refund_sale", sale.pk, do="whole").context
    typed = {f"q-{row.number}": row.quantity for row in whole["lines"]}
    typed |= {f"a-{row.number}": row.amount for row in whole["lines"]}
    till.send("refund_sale", sale.pk, **typed, reason="Burnt")

    assert typed == {"q-1": "", "a-1": "1.00", "q-2": "1", "a-2": ""}
    assert Sale.objects.get().refunded_total == 3500


def test_pays_back_by_the_way_somebody_types(till, shop):
    sale = sold(shop)

    typed = {"q-1": "6", "p-1": "30", "t-1": "wechat", "r-1": "wx9", "reason": "Burnt"}
    till.send("refund_sale", sale.pk, **typed)

    paid = SaleRefund.objects.get().tenders.get()
    assert (paid.tender.code, paid.amount, paid.reference) == ("wechat", 3000, "wx9")


def test_a_refusal_shows_the_panel_again_with_what_was_typed(till, shop):
    sale = sold(shop)

    answer = till.send("refund_sale", sale.pk, **{"q-1": "7", "reason": "Burnt"})

    assert answer.status_code == 422
    assert "more_than_was_bought" in answer.content.decode()
    assert 'value="7"' in answer.content.decode()
    assert not SaleRefund.objects.exists()


def test_a_bill_paid_back_in_part_is_no_longer_offered_for_undo(till, shop, member):
    sale = sold(shop, member)
    till.send("refund_sale", sale.pk, **{"q-1": "2", "reason": "Burnt"})

    page = till.open("history", member.number).content.decode()

    assert reverse("counter:undo", args=[sale.pk]) not in page
    assert reverse("counter:refund_sale", args=[sale.pk]) in page


def test_bills_of_other_stores_are_not_known(till, shop):
    branch = shop.branch("two")
    sale = sell(**shop.asks(at=now(), lines=[goods(100)], tenders=shop.in_cash(100), store=branch))

    assert till.open("refund_sale", sale.pk).status_code == 404
    assert str(sale.pk)[:8] not in till.open("bills").content.decode()


def test_a_bill_is_found_by_its_day_or_any_of_its_numbers(till, shop):
    bill = shop.asks(at=now(), lines=[goods(3000)], tenders=shop.in_cash(3000))
    sale = sell(**bill, external_ref="pos-17", invoice_number="FP-1")

    def is_found(**asked):
        return (
            reverse("counter:refund_sale", args=[sale.pk])
            in till.open("bills", **asked).content.decode()
        )

    assert is_found()
    assert is_found(number=str(sale.pk)[:8])
    assert is_found(number="pos-17")
    assert is_found(number="FP-1")
    assert not is_found(number="FP-2")
    assert not is_found(day="2020-01-01")


def test_an_invoice_is_written_on_its_bill_once(till, shop):
    sale = sold(shop)

    assert "Number of the invoice" in till.panel("invoice", sale.pk).content.decode()
    assert till.send("invoice", sale.pk, number="FP-7", tax="1.75").status_code == 204
    refused = till.send("invoice", sale.pk, number="FP-8")

    sale.refresh_from_db()
    assert (sale.invoice_number, sale.tax_amount) == ("FP-7", 175)
    assert sale.invoiced_by == shop.clerk
    assert (refused.status_code, "invoice_on_record" in refused.content.decode()) == (422, True)


def test_a_top_up_among_the_bills_is_not_offered_to_come_back(till, shop, member):
    offer = shop.top_up_offer(50_000, 0)
    sale = top_up(**shop.asks(member, offer=offer, tenders=shop.in_cash(50_000), at=now()))

    page = till.open("bills").content.decode()

    assert str(sale.pk)[:8] in page
    assert reverse("counter:refund_sale", args=[sale.pk]) not in page
