"""Bills, visits and plays say what was: what may change later is named, all else is refused."""

from uuid import uuid4

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from ledger.models import (
    CoinPlay,
    Machine,
    Sale,
    TenderType,
    Visit,
)
from ledger.models.sales import LineKind
from ledger.operations.assets import ensure_tenders
from ledger.operations.invoices import record_invoice
from ledger.operations.reversal import undo
from ledger.operations.sale_refunds import refund_sale
from ledger.operations.sales import Line, Tender, record_sale
from ledger.operations.visits import check_in
from ledger.roles import HISTORY, TAKEN_BACK, WRITTEN_ONCE, changes_in
from members.models import MemberChange
from members.operations import erase_member, update_member
from tests.ledger.holding import NOON, Shop, open_shop

pytestmark = pytest.mark.django_db

PERMISSION_DENIED = "42501"
DAY_AND_MONTH = {"business_date": NOON.date(), "month_no": 24316}
# What is so today: people, set-up, figures that are worked out again, work to be done. Changes of
# members are noted in members_memberchange.
CHANGES_FREELY = {
    *("counter_apirequest",),
    *("imports_importbatch", "imports_importrow", "imports_opening", "imports_savedmapping"),
    *("ledger_asset", "ledger_interestrate", "ledger_machine", "ledger_policy", "ledger_product"),
    *("ledger_productcategory", "ledger_reserve", "ledger_storelimits", "ledger_tendertype"),
    *("ledger_dirtymember", "ledger_memberday", "ledger_memberfacts", "ledger_membermonth"),
    *("ledger_valueday", "ledger_valuehorizon", "ledger_valuemonth"),
    *("members_attributedefinition", "members_calendarday", "members_card", "members_dependant"),
    *("members_issuingentity", "members_member", "members_memberpin", "members_membertag"),
    *("members_onetimecode", "members_outgoingtext", "members_store", "members_tag"),
    *("members_tier", "members_till", "members_tillkey", "members_user"),
    *("promotions_bundle", "promotions_bundlecomponent", "promotions_coinpack"),
    *("promotions_paidtier", "promotions_pointsrule", "promotions_pointstierrate"),
    *("promotions_promotionpolicy", "promotions_reward", "promotions_serviceprogramme"),
    *("promotions_serviceticket", "promotions_tierentitlement", "promotions_topupoffer"),
}
BILL = ("ledger_saletender", "ledger_saleline", "ledger_sale")
APPS = "^(counter|exports|imports|ledger|members|promotions)_"
LINKS = "_(groups|user_permissions|stores|tiers|categories|excluded_categories)$"  # two ids a row


def rows_of(statement: str, *params: object) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall()


def refused(statement: str, *params: object) -> str | None:
    """The SQLSTATE with which the owner of the tables was refused."""
    with connection.cursor() as cursor:
        try:
            with transaction.atomic():
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET LOCAL ROLE NONE")
                cursor.execute(statement, params)
        except DatabaseError as error:
            return error.__cause__.sqlstate
    return None


@pytest.fixture
def shop() -> Shop:
    shop = open_shop()
    ensure_tenders(shop.store)
    return shop


def sold(shop: Shop, **facts: object) -> Sale:
    """A bill of one line of 30.00, paid in cash."""
    said = {"store": shop.store, "at": NOON, "by": shop.clerk, "request": {}, **facts}
    return record_sale(
        request_id=uuid4(),
        lines=[Line(kind=LineKind.PRODUCT, charged_value=3000, list_value=3000, description="Tea")],
        tenders=[Tender(tender=TenderType.objects.get(code="cash"), amount=3000)],
        **said,
    )


def test_the_application_changes_of_history_what_is_named_and_no_more():
    granted = rows_of(
        "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
        " WHERE c.relname = ANY(%s) AND a.attnum > 0"
        " AND has_column_privilege(%s, c.oid, a.attname, 'UPDATE')",
        [*changes_in(), *HISTORY, *WRITTEN_ONCE],
        settings.APP_DB_ROLE,
    )
    deletable = rows_of(
        "SELECT c.relname FROM pg_class c WHERE c.relname = ANY(%s)"
        " AND has_table_privilege(%s, c.oid, 'DELETE')",
        [*changes_in(), *HISTORY, *WRITTEN_ONCE],
        settings.APP_DB_ROLE,
    )

    named = {(table, column) for table, columns in changes_in().items() for column in columns}
    assert set(granted) == named
    assert {table for (table,) in deletable} == set(TAKEN_BACK)


def test_each_table_that_may_change_freely_is_known_to_be_no_history():
    free = rows_of(
        "SELECT c.relname FROM pg_class c WHERE c.relkind = 'r' AND c.relname ~ %s"
        " AND (has_table_privilege(%s, c.oid, 'UPDATE') OR has_table_privilege(%s, c.oid,"
        " 'TRUNCATE')) AND c.relname !~ %s",
        APPS,
        *[settings.APP_DB_ROLE] * 2,
        LINKS,
    )

    assert {table for (table,) in free} == CHANGES_FREELY


def test_triggers_hold_the_owner_to_the_same_columns():
    found = rows_of(
        "SELECT tgrelid::regclass::text, tgargs FROM pg_trigger WHERE tgenabled = 'O'"
        " AND tgfoid = 'ledger_refuse_other_changes'::regproc"
    )

    named = {table: bytes(args).decode().rstrip("\0").split("\0") for table, args in found}
    assert named == {
        table: list(columns)
        for table, columns in changes_in().items()
        if columns and table.startswith(("ledger_", "promotions_"))
    }


def test_a_bill_keeps_what_was_bought_and_paid(shop: Shop):
    sale = sold(shop)

    for change in (
        "UPDATE ledger_sale SET total = total + 1",
        "UPDATE ledger_sale SET txn_id = gen_random_uuid()",
        "UPDATE ledger_saleline SET charged_value = 1",
        "UPDATE ledger_saletender SET amount = 1",
        *(f"DELETE FROM {table}" for table in BILL),
        *(f"TRUNCATE {table} CASCADE" for table in BILL),
    ):
        assert refused(change) == PERMISSION_DENIED, change

    assert Sale.objects.get().total == sale.total == 3000


def test_a_bill_is_voided_once_and_its_invoice_entered_once(shop: Shop):
    sale = sold(shop)
    record_invoice(sale_id=sale.pk, store=shop.store, number="FP-1", at=NOON, by=None)
    undo(request_id=uuid4(), txn_id=sale.pk, store=shop.store, at=NOON, by=None, reason="wrong")

    for change in (
        "UPDATE ledger_sale SET voided_at = NULL, void_reason = ''",
        "UPDATE ledger_sale SET void_reason = 'another'",
        "UPDATE ledger_sale SET invoice_number = 'FP-2'",
    ):
        assert refused(change) == PERMISSION_DENIED, change

    sale.refresh_from_db()
    assert (sale.voided_at, sale.void_reason, sale.invoice_number) == (NOON, "wrong", "FP-1")


def test_what_was_paid_back_of_a_bill_is_never_less_than_its_refunds(shop: Shop):
    sale = sold(shop)
    refund_sale(
        request_id=uuid4(),
        sale_id=sale.pk,
        store=shop.store,
        at=NOON,
        by=shop.clerk,
        reason="cold",
    )

    assert refused("UPDATE ledger_sale SET refunded_total = 2999") == PERMISSION_DENIED
    assert Sale.objects.get().refunded_total == 3000


def test_only_what_an_import_brought_over_can_be_taken_back(shop: Shop):
    member = shop.member()
    for number, (source, batch) in enumerate((("imported", "import 7"), ("counter", "17"))):
        Visit.objects.create(
            member=member, store=shop.store, at=NOON, source=source, **DAY_AND_MONTH
        )
        Sale.objects.create(
            id=uuid4(),
            store=shop.store,
            source=source,
            at=NOON,
            currency="CNY",
            **dict.fromkeys(("list_total", "total", "goods_total"), 100),
            is_purchase=True,
            **DAY_AND_MONTH,
        )
        CoinPlay.objects.create(
            machine=Machine.objects.get_or_create(store=shop.store, code="M1", name="Claw")[0],
            store=shop.store,
            coins=2,
            at=NOON,
            source_id=str(number),
            batch=batch,
            **DAY_AND_MONTH,
        )
    for rows, of_import in (
        (Sale.objects, {"source": "imported"}),
        (Visit.objects, {"source": "imported"}),
        (CoinPlay.objects, {"batch": "import 7"}),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            rows.exclude(**of_import).delete()

        assert rows.filter(**of_import).delete()[0] == 1
        assert rows.count() == 1


def test_a_visit_that_an_import_told_of_stays_once_somebody_was_checked_in(shop: Shop):
    for source in ("imported", "counter"):
        Visit.objects.create(
            member=shop.member(), store=shop.store, at=NOON, source=source, **DAY_AND_MONTH
        )
    told_of = Visit.objects.get(source="imported")
    check_in(request_id=uuid4(), member=told_of.member, store=shop.store, at=NOON, by=shop.clerk)

    for change in (
        "UPDATE ledger_visit SET request_id = gen_random_uuid() WHERE source = 'imported'",
        "UPDATE ledger_visit SET request_id = gen_random_uuid() WHERE source = 'counter'",
        "DELETE FROM ledger_visit WHERE source = 'imported'",
    ):
        assert refused(change) == PERMISSION_DENIED, change

    told_of.refresh_from_db()
    assert (told_of.operator, Visit.objects.count()) == (shop.clerk, 2)


def test_changes_of_a_member_are_forgotten_with_the_person_only(shop: Shop):
    member = shop.member()
    update_member(member=member, at=NOON, by=shop.clerk, name="Another")
    for change in ("UPDATE {} SET before = after", "DELETE FROM {}"):
        assert refused(change.format("members_memberchange")) == PERMISSION_DENIED, change
    assert MemberChange.objects.get().after["name"] == "Another"

    erase_member(member=member, at=NOON, by=shop.clerk)

    assert MemberChange.objects.get().after == {"status": "erased"}
