"""The audit finds nothing in a ledger in use, and finds each kind of damage by its own proof."""

import json
from dataclasses import dataclass
from datetime import timedelta
from io import StringIO
from uuid import UUID, uuid4

import pytest
from django.core.management import call_command
from django.db import connection

from ledger.models import Contra, LotOrigin, Movement, Outcome, Txn, TxnKind
from ledger.models.sales import LineKind
from ledger.operations import assets
from ledger.operations.posting import (
    expire,
    give_back,
    grant,
    post,
    revoke,
    settle,
    share_of_money,
    take,
)
from ledger.operations.sales import Line, Tender, record_sale
from ledger.queries.audit import PROOFS, differences
from members.models import Member, Till
from tests.ledger.holding import (
    NOON,
    Shop,
    as_superuser,
    balance,
    contract_terms,
    give,
    member_holding,
    open_shop,
    sell_beers,
    spend,
    top_up,
)


@dataclass
class Books:
    """A ledger in which everything has happened once, and the ids a test damages it by."""

    shop: Shop
    anna: Member
    ben: Member
    top_up: UUID
    spent_twice: UUID
    undone: UUID
    transferred: UUID
    refused: UUID
    sale: UUID


@pytest.fixture
def books(db: None) -> Books:
    return keep_books()


def keep_books() -> Books:
    """Reach the state by posting one operation of every kind."""
    shop = open_shop()
    anna, ben = shop.member(), member_holding(shop, points=100)
    topped_up = top_up(shop, anna, paid=10_000, bonus=2_000, priorities=(50, 50))
    sell_beers(shop, anna, 101, 2018)
    spent_twice = shop.post(
        take(member=anna, asset=shop.beer, amount=3),
        take(member=anna, asset=shop.beer, amount=10),
        till=Till.objects.create(store=shop.store, code="t1"),
        member=anna,
    ).id
    undone = shop.post(give_back(), kind=TxnKind.REVERSE, reverses=spent_twice).id
    give(shop, ben, shop.points, 40)
    transferred = shop.post(
        take(member=ben, asset=shop.points, amount=20, contra=Contra.TRANSFER),
        grant(
            member=anna,
            asset=shop.points,
            amount=20,
            origin=LotOrigin.EARNED,
            contra=Contra.TRANSFER,
        ),
        kind=TxnKind.TRANSFER,
    ).id
    take_back_earned_points(shop, anna)
    give(shop, anna, shop.beer, 5, expires_at=NOON + timedelta(hours=1))
    shop.post(
        expire(member_id=anna.pk, asset_id=shop.beer.pk),
        kind=TxnKind.EXPIRE,
        at=NOON + timedelta(hours=2),
    )
    refused = spend(shop, ben, shop.beer, 1).id
    buy_beers_with_stored_value(shop, anna)
    sale = sell_meal(shop, anna)
    return Books(shop, anna, ben, topped_up, spent_twice, undone, transferred, refused, sale)


def take_back_earned_points(shop: Shop, member: Member) -> None:
    """Spend earned points, take the earning back as a debt, and pay it from the next earning."""
    earned = give(shop, member, shop.points, 100, origin=LotOrigin.EARNED, contra=Contra.PROMOTION)
    spend(shop, member, shop.points, 90)
    shop.post(
        revoke(member=member, asset=shop.points, debt_asset=shop.owed_points),
        kind=TxnKind.REVERSE,
        reverses=earned.id,
    ).or_raise()
    shop.post(
        grant(
            member=member,
            asset=shop.points,
            amount=200,
            origin=LotOrigin.EARNED,
            contra=Contra.PROMOTION,
        ),
        settle(member=member, asset=shop.points, debt_asset=shop.owed_points, amount=200),
        kind=TxnKind.EARN,
    ).or_raise()


def buy_beers_with_stored_value(shop: Shop, member: Member) -> None:
    """Half of what the money pays was paid for, so the bundle costs less than it was sold for."""
    header = shop.header(TxnKind.SELL_BUNDLE)
    lot = grant(
        member=member,
        asset=shop.beer,
        amount=10,
        origin=LotOrigin.BUNDLE,
        contra=Contra.CASH_IN,
        contract=header.id,
    )
    post(
        header,
        [
            take(member=member, asset=shop.money, amount=600, charged_value=600),
            contract_terms(shop, header, member, 600),
            share_of_money(lot, fills="cost", money=0, before=0, after=1, whole=1),
        ],
    ).or_raise()


def sell_meal(shop: Shop, member: Member) -> UUID:
    """A bill of 88.00 paid by 50.00 of stored value and the rest in cash."""
    assets.ensure_tenders(shop.store)
    cash = assets.TenderType.objects.get(code="cash")
    return record_sale(
        request_id=uuid4(),
        store=shop.store,
        member=member,
        lines=[
            Line(
                kind=LineKind.PRODUCT,
                description="Skewers",
                list_value=9_000,
                charged_value=8_800,
            )
        ],
        tenders=[
            Tender(tender=assets.stored_value_tender(shop.store), amount=5_000),
            Tender(tender=cash, amount=3_800),
        ],
        at=NOON,
        by=shop.clerk,
        request={"bill": 1},
    ).pk


def test_a_ledger_in_which_everything_has_happened_is_sound(books: Books):
    assert differences() == []
    assert Txn.objects.filter(outcome=Outcome.REFUSED).count() == 1
    assert set(Movement.objects.values_list("contra", flat=True)) == {1, 2, 3, 4, 5, 6, 8}
    assert Movement.objects.filter(reverses_line__isnull=False).count() == 3
    assert balance(books.anna, books.shop.owed_points) == 0


# What is done to the tables, proof by proof: a query for the rows to damage and how many there must
# be (a damage that hits nothing proves nothing), then the damage. `{...}` are ids of the books.
DAMAGE = {
    "lot_is_its_movements": (
        "SELECT id FROM ledger_lot WHERE wallet_id = {ben_points} ORDER BY id LIMIT 2",
        2,
        (
            "UPDATE ledger_lot SET remaining = remaining + CASE id WHEN {0} THEN 1 ELSE -1 END"
            " WHERE id IN ({0}, {1})"
        ),
    ),
    "lot_granted_is_its_grants": (
        "SELECT id FROM ledger_lot WHERE wallet_id = {ben_points} ORDER BY id LIMIT 1",
        1,
        "UPDATE ledger_lot SET granted = granted + 1 WHERE id = {0}",
    ),
    "wallet_is_its_lots": (
        "SELECT id FROM ledger_lot WHERE wallet_id = {ben_points} ORDER BY id LIMIT 1",
        1,
        "UPDATE ledger_lot SET wallet_id = {anna_points} WHERE id = {0}",
    ),
    "wallet_numbers_its_movements": (
        "SELECT id FROM ledger_wallet WHERE id = {ben_points}",
        1,
        "UPDATE ledger_wallet SET seq = seq + 1 WHERE id = {0}",
    ),
    "balance_is_the_last_one_noted": (
        "SELECT id FROM ledger_lot WHERE wallet_id = {ben_points} ORDER BY id DESC LIMIT 1",
        1,
        (
            "UPDATE ledger_lot SET wallet_id = {anna_points} WHERE id = {0};"
            "UPDATE ledger_wallet w"
            " SET balance = (SELECT sum(remaining) FROM ledger_lot WHERE wallet_id = w.id)"
            " WHERE id IN ({anna_points}, {ben_points})"
        ),
    ),
    "running_balance_is_unbroken": (
        "SELECT txn_id FROM ledger_movement WHERE wallet_id = {ben_points} AND wallet_seq = 2",
        1,
        (
            "UPDATE ledger_movement SET balance_after = balance_after + 1"
            " WHERE wallet_id = {ben_points} AND wallet_seq = 2"
        ),
    ),
    "running_lot_is_unbroken": (
        "SELECT txn_id FROM ledger_movement WHERE wallet_id = {ben_points} AND wallet_seq = 2",
        1,
        (
            "UPDATE ledger_movement SET lot_after = lot_after + 1"
            " WHERE wallet_id = {ben_points} AND wallet_seq = 2"
        ),
    ),
    "posted_moves_and_refused_does_not": (
        "SELECT id FROM ledger_txn WHERE id = '{refused}' AND outcome = 'refused'",
        1,
        "UPDATE ledger_txn SET outcome = 'posted' WHERE id = '{refused}'",
    ),
    "undo_names_what_it_undoes": (
        "SELECT line FROM ledger_movement WHERE txn_id = '{undone}' AND reverses_line = 1",
        1,
        "UPDATE ledger_movement SET reverses_line = 99 WHERE txn_id = '{undone}' AND line = {0}",
    ),
    "undone_is_within_moved": (
        "SELECT line FROM ledger_movement WHERE txn_id = '{undone}' AND reverses_line = 2",
        1,
        "UPDATE ledger_movement SET reverses_line = 1 WHERE txn_id = '{undone}' AND line = {0}",
    ),
    "cost_is_conserved": (
        "SELECT line FROM ledger_movement WHERE txn_id = '{spent_twice}' AND line = 1",
        1,
        "UPDATE ledger_movement SET cost = cost + 1 WHERE txn_id = '{spent_twice}' AND line = 1",
    ),
    "transfer_sums_to_zero": (
        "SELECT line FROM ledger_movement WHERE txn_id = '{transferred}' AND line = 1",
        1,
        "UPDATE ledger_movement SET contra = 6 WHERE txn_id = '{transferred}' AND line = 1",
    ),
    "contract_paid_is_the_cost_of_its_lots": (
        "SELECT id FROM ledger_contract WHERE id = '{top_up}'",
        1,
        "UPDATE ledger_contract SET paid = paid + 1 WHERE id = '{top_up}'",
    ),
    "txn_knows_who_and_where": (
        "SELECT id FROM ledger_txn WHERE id = '{spent_twice}' AND store_id IS NOT NULL",
        1,
        "UPDATE ledger_txn SET store_id = -1 WHERE id = '{spent_twice}'",
    ),
    "bill_adds_up": (
        "SELECT id FROM ledger_saletender WHERE sale_id = '{sale}' AND line = 2",
        1,
        "UPDATE ledger_saletender SET amount = amount - 1 WHERE id = {0}",
    ),
    "stored_value_paid_was_drawn": (
        "SELECT id FROM ledger_saletender WHERE sale_id = '{sale}' ORDER BY line",
        2,
        (
            "UPDATE ledger_saletender SET amount = amount + CASE id WHEN {0} THEN 1 ELSE -1 END"
            " WHERE id IN ({0}, {1})"
        ),
    ),
}


def damage(books: Books, name: str) -> None:
    """Do one damage; the rows it is done to must be there."""
    ids = {field: str(value) for field, value in vars(books).items()}
    for member in ("anna", "ben"):
        wallet = getattr(books, member).wallets.get(asset=books.shop.points)
        ids[f"{member}_points"] = str(wallet.pk)
    find, expected, change = DAMAGE[name]
    with as_superuser() as cursor:
        cursor.execute(find.format(**ids))
        targets = [row[0] for row in cursor.fetchall()]
        assert len(targets) == expected
        cursor.execute(change.format(*targets, **ids))
        assert cursor.rowcount >= 1


def test_every_proof_has_its_damage():
    assert list(DAMAGE) == [proof.name for proof in PROOFS]


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damage_is_reported_by_its_own_proof_and_by_no_other(books: Books, name: str):
    damage(books, name)

    findings = differences()

    assert [finding.proof.name for finding in findings] == [name]


@pytest.mark.parametrize("column", ["till_id", "operator_id", "member_id"])
def test_a_txn_that_names_nobody_known_is_reported(books: Books, column: str):
    with as_superuser() as cursor:
        cursor.execute(
            f"UPDATE ledger_txn SET {column} = -1 WHERE id = %s AND {column} IS NOT NULL",
            [books.spent_twice],
        )
        assert cursor.rowcount == 1

    (finding,) = differences()

    assert finding.proof.name == "txn_knows_who_and_where"
    assert finding.rows[0]["txn"] == books.spent_twice


def test_a_damage_to_one_balance_is_reported_by_all_it_contradicts(books: Books):
    with as_superuser() as cursor:
        cursor.execute(
            "UPDATE ledger_wallet SET balance = balance + 1 WHERE member_id = %s AND asset_id = %s",
            [books.ben.pk, books.shop.points.pk],
        )
        assert cursor.rowcount == 1

    findings = differences()

    assert [finding.proof.name for finding in findings] == [
        "wallet_is_its_lots",
        "balance_is_the_last_one_noted",
    ]
    assert findings[0].rows == [
        {"wallet": findings[0].rows[0]["wallet"], "stored": 121, "proven": 120}
    ]


def test_only_the_first_rows_are_carried_and_all_are_counted(books: Books):
    with as_superuser() as cursor:
        cursor.execute("UPDATE ledger_txn SET store_id = -1")
        changed = cursor.rowcount

    (finding,) = differences(shown=3)

    assert (finding.count, len(finding.rows)) == (changed, 3)


def run(*arguments: str) -> tuple[int, str]:
    """Run the command; return its exit code and what it printed."""
    out = StringIO()
    try:
        call_command("audit_ledger", *arguments, stdout=out)
    except SystemExit as stop:
        return int(stop.code or 0), out.getvalue()
    return 0, out.getvalue()


@pytest.mark.django_db(transaction=True)
def test_the_command_says_nothing_differs_and_how_much_it_looked_at():
    keep_books()

    code, printed = run()

    assert code == 0
    assert printed.startswith("0 differences (16 proofs; wallet ")


@pytest.mark.django_db(transaction=True)
def test_the_command_shows_the_rows_that_differ_and_fails():
    books = keep_books()
    damage(books, "lot_granted_is_its_grants")

    code, printed = run()

    assert code == 1
    assert "lot_granted_is_its_grants  What a lot was granted is the sum of its grants." in printed
    assert [line.split() for line in printed.splitlines()[1:2]] == [["lot", "stored", "proven"]]
    assert printed.splitlines()[2].split()[1:] == ["101", "100"]
    assert "1 difference (" in printed


@pytest.mark.django_db(transaction=True)
def test_the_command_answers_machines_in_json():
    books = keep_books()
    damage(books, "cost_is_conserved")

    code, printed = run("--json")

    answer = json.loads(printed)
    assert code == 1
    assert (answer["differences"], answer["proofs"]) == (1, 16)
    assert [found["proof"] for found in answer["findings"]] == ["cost_is_conserved"]
    assert answer["rows"]["contract"] == 3


@pytest.mark.django_db(transaction=True)
def test_the_command_reads_one_snapshot_and_cannot_write(monkeypatch: pytest.MonkeyPatch):
    seen = []

    def look(**_given: object) -> list[object]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT current_setting('transaction_isolation'),"
                " current_setting('transaction_read_only')"
            )
            seen.append(cursor.fetchone())
        return []

    monkeypatch.setattr("ledger.operations.evidence.differences", look)

    code, _printed = run()

    assert (code, seen) == (0, [("repeatable read", "on")])
