"""The statement on the screen, on paper and as a file: whole, in both languages, on record."""

import csv
import io

import pytest
from django.urls import reverse

from members.models import MemberChange
from promotions.operations import draw_down, sell, sell_bundle, top_up
from tests.common.test_pdf import meanings
from tests.counter.conftest import now
from tests.promotions.shops import goods

pytestmark = pytest.mark.slow


@pytest.fixture
def trade(shop, member):
    offer = shop.top_up_offer(50000, 10000)
    top_up(**shop.asks(member, at=now()), offer=offer, tenders=shop.in_cash(50000))
    sell_bundle(**shop.asks(member, at=now()), bundle=shop.beers(), tenders=shop.in_cash(2018))
    draw_down(**shop.asks(member, at=now()), asset=shop.beer, quantity=5)
    lines = [goods(3000, quantity=6)]
    sell(**shop.asks(member, at=now()), lines=lines, tenders=shop.in_value(3000))
    return sell(
        **shop.asks(member, at=now()),
        lines=[goods(800, description="=1+1")],
        tenders=shop.in_cash(800),
    )


def take(client, member, kind, **period):
    return client.post(reverse("counter:statement_file", args=[member.number, kind]), period)


def test_the_screen_tells_all_and_the_sheet_leads_there(till, member, trade):
    sheet = till.open("member", member.number).content.decode()
    assert reverse("counter:statement", args=[member.number]) in sheet

    page = till.open("statement", member.number).content.decode()

    for text in ("Skewers × 6", "¥570.00", "101 beers", "Draw-down", "adds up", "not yet"):
        assert text in page, text


def test_the_file_is_exact_and_runs_no_formula(till, member, trade):
    answer = take(till.client, member, "csv")

    text = answer.content.decode()
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"].startswith("attachment; filename=")
    assert text.startswith("\ufeffBusiness date,")
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    drawn = next(row for row in rows if row[5] == "draw-down")
    assert drawn[8:14] == ["Beer", "-5", "96", "40.00", "0.99", "CNY"]
    assert [row[6] for row in rows if row[6].endswith("1+1")] == ["'=1+1"]
    closing = {row[8]: row[10] for row in rows if row[5] == "closing balance"}
    assert closing["Beer"] == "96"
    assert closing["Stored value"] == "570.00"


def test_the_paper_speaks_the_language_of_the_store(till, shop, member, trade):
    shop.store.language = "zh-hans"
    shop.store.save(update_fields=["language"])

    answer = take(till.client, member, "pdf")

    assert answer["Content-Type"] == "application/pdf"
    printed = meanings(answer.content)
    for character in "会员对账单王小明期初余额":
        assert f"<{ord(character):04X}>" in printed, character


def test_who_took_it_and_for_which_days_is_on_record(till, shop, member):
    take(till.client, member, "csv", **{"from": "2026-01-01", "to": "2026-06-30"})

    change = MemberChange.objects.get(member=member, after__has_key="statement")
    assert change.after == {"statement": "csv 2026-01-01 2026-06-30"}
    assert change.changed_by == shop.clerk


def test_looking_at_it_writes_nothing(till, member):
    till.open("statement", member.number)

    assert not MemberChange.objects.filter(after__has_key="statement").exists()


@pytest.mark.parametrize(
    ("period", "code"),
    [
        ({"from": "yesterday"}, "not_a_day"),
        ({"from": "2026-06-02", "to": "2026-06-01"}, "period_backwards"),
        ({"to": "9999-12-31"}, "not_a_day"),
    ],
)
def test_refuses_days_that_make_no_period(till, member, period, code):
    answer = till.open("statement", member.number, **period)

    assert answer.status_code == 409
    assert code in answer.content.decode()


def test_people_of_stores_the_member_never_came_to_are_refused(client, shop, member, staff):
    client.force_login(staff("clerk", [shop.branch("far")]))

    answer = client.get(reverse("counter:statement", args=[member.number]))

    assert answer.status_code == 403
    assert "member_of_other_stores" in answer.content.decode()
    assert take(client, member, "csv").status_code == 403
    assert not MemberChange.objects.filter(after__has_key="statement").exists()


@pytest.mark.parametrize("role", ["owner", "auditor"])
def test_owners_and_auditors_read_every_account(client, member, staff, trade, role):
    client.force_login(staff(role, []))

    assert client.get(reverse("counter:statement", args=[member.number])).status_code == 200
    assert take(client, member, "csv").status_code == 200


def test_the_admin_leads_there(client, member, staff):
    client.force_login(staff("auditor", []))

    page = client.get(reverse("admin:members_member_change", args=[member.pk])).content.decode()
    address = reverse("admin:members_member_statement", args=[member.pk])
    assert address in page

    answer = client.get(address)

    assert answer["Location"] == reverse("counter:statement", args=[member.number])
