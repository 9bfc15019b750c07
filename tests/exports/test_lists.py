"""The list of members goes out as csv and xlsx and comes in again as any list does."""

import csv
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.db.models import Sum
from django.utils import translation
from openpyxl import load_workbook

from exports.operations.everything import LISTS
from exports.operations.listing import Text, Workbook, write_listing
from exports.queries.lists import Listing
from exports.queries.member_list import members
from exports.rules.asked import Asked
from imports.models import ImportBatch, ImportRow
from imports.operations import check_file, run_batch, undo_batch
from imports.queries import report_of
from imports.rules.own_list import OwnLedger
from imports.rules.sheets import visible
from ledger.models import Lot, Txn, Visit, Wallet
from ledger.operations.visits import void_visit
from ledger.queries.audit import differences
from members.models import Card, Consent, Member, MemberTag, Store, Tier, TierHolding
from members.operations import create_staff, set_tier
from members.operations.cards import report_lost, retire_card
from promotions.operations import grant_entitlements, sell
from tests.exports.shops import AT, open_lively_shop, passing_lively_shop
from tests.imports.sheets_made import csv_file
from tests.members.factories import UserFactory
from tests.promotions.refunding import topped_up
from tests.promotions.shops import DAY, WORKDAY, goods, open_shop
from tests.promotions.test_services import Menswear

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


@dataclass
class Written:
    """The lists of a lively shop, and what stood in it."""

    folder: Path
    rows: dict[str, int]
    sums: dict[str, dict[str, int]]
    balances: dict[str, int]
    people: list[tuple]


@pytest.fixture(scope="module")
def lists(django_db_setup, django_db_blocker, tmp_path_factory) -> Written:
    """Every list as csv and xlsx; the installation is empty again."""
    made = Written(tmp_path_factory.mktemp("lists"), {}, {}, {}, [])
    with django_db_blocker.unblock(), passing_lively_shop(made.folder):
        for name, listing in LISTS.items():
            made.rows[name], made.sums[name] = written(listing(Asked()), made.folder / name)
        with translation.override("zh-hans"):
            written(LISTS["members"](Asked()), made.folder / "会员")
        made.balances, made.people = balances(), people()
    return made


def written(listing: Listing, path: Path) -> tuple[int, dict[str, int]]:
    with path.with_suffix(".csv").open("wb") as file:
        book = Workbook(path.with_suffix(".xlsx"), listing.columns)
        return write_listing(listing, (Text(file, listing.columns), book))


def brought(path: Path, store: Store) -> dict:
    batch = check_file(path=path, file_name=path.name, store=store, at=AT, by=None)
    run_batch(batch=batch, at=AT, by=None)
    return report_of(batch)


def balances() -> dict[str, int]:
    held = Wallet.objects.exclude(asset__kind__in=["debt", "entitlement"]).values("asset__name")
    sums = held.annotate(total=Sum("balance")).values_list("asset__name", "total")
    return {name: total for name, total in sums if total}


def people() -> list[tuple]:
    """What a list can say of them: texts without what nobody sees."""
    fields = ("name", "notes", "phone", "email", "gender", "birth_month", "birth_day", "region")
    found = Member.objects.findable().values_list(*fields)
    return sorted(((visible(row[0]), visible(row[1]), *row[2:]) for row in found), key=repr)


@pytest.mark.parametrize("name", ["members.csv", "members.xlsx", "会员.csv", "会员.xlsx"])
def test_members_come_back_with_all_they_hold(lists, name):
    shop = open_shop()

    report = brought(lists.folder / name, shop.store)

    assert report["errors"] == []
    assert report["flagged"] == []
    assert balances() == lists.balances
    assert people() == lists.people


def test_the_same_list_again_changes_nothing(lists):
    shop = open_shop()
    path = lists.folder / "members.csv"
    brought(path, shop.store)
    txns = Txn.objects.count()

    report = brought(path, shop.store)

    assert report["created"] == report["updated"] == 0
    assert report["unchanged"] + report["merged"] == lists.rows["members"]
    assert (Txn.objects.count(), balances()) == (txns, lists.balances)


def records() -> list[list[tuple]]:
    tables = (Member, Card, MemberTag, TierHolding, Consent, Txn, Lot)
    return [list(table.objects.order_by("pk").values_list()) for table in tables]


def test_a_list_brought_back_into_its_own_shop_changes_nothing(tmp_path):
    shop = open_lively_shop(tmp_path)
    rows, _sums = written(members(Asked()), tmp_path / "members")
    before = records()

    reports = [brought(tmp_path / "members.csv", shop.store) for _time in range(2)]

    for report in reports:
        assert (report["created"], report["updated"], report["flagged"]) == (0, 0, [])
        assert report["unchanged"] + report["merged"] == rows == 28
    assert records() == before


def attendance() -> list[tuple]:
    seen = Visit.objects.values_list("member__name", "at", "business_date", "note")
    return sorted((name, at.replace(microsecond=0), *said) for name, at, *said in seen)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_visits_come_back_once(tmp_path, language):
    with passing_lively_shop(tmp_path) as shop, translation.override(language):
        visit = Visit.objects.select_related("member").order_by("pk").first()
        void_visit(visit=visit, at=AT, by=None, reason="wrong")
        for name in ("members", "visits"):
            written(LISTS[name](Asked()), tmp_path / name)
        before = attendance()
        own = brought(tmp_path / "visits.csv", shop.store)
        assert attendance() == before
    shop = open_shop()
    brought(tmp_path / "members.csv", shop.store)

    reports = [brought(tmp_path / "visits.xlsx", shop.store) for _time in range(2)]

    assert (own["created"], [one["created"] for one in reports]) == (0, [3, 0])
    assert attendance() == [seen for seen in before if seen[0] != visit.member.name]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_list_of_the_ledger_is_refused_with_the_way_back(tmp_path, language):
    shop = open_shop()
    with translation.override(language):
        written(LISTS["ledger"](Asked()), tmp_path / "ledger")

    with pytest.raises(OwnLedger):
        brought(tmp_path / "ledger.csv", shop.store)

    assert not ImportBatch.objects.exists()


def test_a_balance_that_is_another_by_now_waits_in_its_own_shop(tmp_path):
    shop = open_shop()
    anna = shop.member(name="Anna")
    topped_up(shop, anna, 10_000, 0, "pro_rata")
    written(members(Asked()), tmp_path / "members")
    first = brought(tmp_path / "members.csv", shop.store)
    sell(**shop.asks(anna, lines=[goods(4_500)], tenders=shop.in_value(4_500)))
    held = balances()

    again = brought(tmp_path / "members.csv", shop.store)

    assert (first["unchanged"], again["unchanged"], balances()) == (1, 0, held)
    assert ImportRow.objects.get(outcome="flagged").why[0]["code"] == "holds_value_already"


# Whose, what, its last day, how much.
ENDING = [
    ("李雷", "洗车", date(2027, 1, 31), 5),
    ("李雷", "洗车", date(2027, 6, 30), 2),
    ("李雷", "打蜡", None, 3),
    ("", "Stored value", date(2027, 5, 31), 7_250),
]


def lots_and_cards() -> tuple[list, list]:
    lots = Lot.objects.filter(is_open=True).values_list(
        "wallet__member__name", "wallet__asset__name", "expires_at"
    )
    cards = Card.objects.values_list("member__name", "number", "status")
    return sorted(lots.annotate(left=Sum("remaining")), key=repr), sorted(cards)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_last_days_of_balances_and_lost_cards_come_back(tmp_path, language):
    with passing_lively_shop(tmp_path) as shop:
        bundles = "洗车 剩余5次 到期 2027-01-31；洗车 剩余2次 到期 2027-06-30；打蜡 剩余3次"
        rows = [["姓名", "手机号", "余额", "套餐"], ["李雷", "13700000001", "10.5", bundles]]
        brought(csv_file(tmp_path / "old.csv", rows), shop.store)
        rows = [["礼品卡号", "面值", "余额", "有效期"], ["G-1", "100", "72.5", "2027-05-31"]]
        brought(csv_file(tmp_path / "gifts.csv", rows), shop.store)
        lost, retired = Card.objects.get(number="0081"), Card.objects.get(number="0083")
        report_lost(card=lost, at=AT, by=None)
        retire_card(card=retired, at=AT, by=None)
        with translation.override(language):
            written(members(Asked()), tmp_path / "members")
        before = lots_and_cards()
    shop = open_shop()

    report = brought(tmp_path / "members.xlsx", shop.store)

    assert (report["errors"], report["flagged"]) == ([], [])
    assert lots_and_cards() == before
    assert [lot[2] and shop.store.end_of(lot[2]) for lot in ENDING] == [
        end
        for lot in ENDING
        for *what, end, left in before[0]
        if (*what, left) == (*lot[:2], lot[3])
    ]
    assert {("Anna", "0081", "lost"), ("", "0083", "replaced")} <= set(before[1])
    assert differences() == []


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_services_of_a_month_are_told_and_not_brought_along(tmp_path, language):
    menswear = Menswear()
    member = menswear.member("gold")
    grant_entitlements(month=WORKDAY.date().replace(day=1), at=WORKDAY)
    with translation.override(language):
        written(members(Asked()), tmp_path / "members")
    with (tmp_path / "members.csv").open(encoding="utf-8-sig", newline="") as file:
        row = next(csv.DictReader(file))
    before = records()

    report = brought(tmp_path / "members.csv", menswear.shop.store)

    named = "服务：" if language == "zh-hans" else "Services: "
    assert (row[f"{named}Dry-cleaning"], member.attributes) == ("3", {})
    assert (report["updated"], report["unchanged"]) == (0, 1)
    assert records() == before


def test_a_list_without_balances_changes_nothing_in_its_own_shop(tmp_path):
    shop, path = open_lively_shop(tmp_path), tmp_path / "members.csv"
    written(members(Asked()), tmp_path / "members")
    with path.open(encoding="utf-8-sig", newline="") as file:
        head, *rows = csv.reader(file)
    # What is kept beside a member, not as one of its fields.
    held = ("balance", "Points", "Coins", "Left:", "Attribute:", "Tags", "Other", "Standing")
    kept = [n for n, name in enumerate(head) if not any(word in name for word in held)]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([row[n] for n in kept] for row in (head, *rows))
    before = list(Member.objects.order_by("pk").values())

    batch = check_file(path=path, file_name=path.name, store=shop.store, at=AT, by=None)
    foreseen = report_of(batch)
    run_batch(batch=batch, at=AT, by=None)
    report = report_of(batch)

    assert (foreseen["updated"], report["updated"], report["created"]) == (0, 0, 0)
    assert report["unchanged"] + report["merged"] == len(rows)
    assert list(Member.objects.order_by("pk").values()) == before


@pytest.mark.parametrize(
    ("role", "status", "kept"), [("owner", "blocked", None), ("manager", "active", "blocked")]
)
def test_an_owner_brings_blocked_members_back_and_nobody_else(lists, role, status, kept):
    shop, path = open_shop(), lists.folder / "members.csv"
    said = {"username": role, "password": "korrekt-horse-9", "role": role}
    by = create_staff(**said, stores=[shop.store])

    run_batch(
        batch=check_file(path=path, file_name="m.csv", store=shop.store, at=AT, by=by), at=AT, by=by
    )

    member = Member.objects.get(phone="+8613800000024")
    assert (member.status, member.attributes.get("Standing")) == (status, kept)
    assert Member.objects.filter(status="blocked").count() == (status == "blocked")


@pytest.mark.parametrize("name", ["members.xlsx", "会员.csv"])
def test_tags_come_back_and_go_with_an_undo(lists, name):
    shop = open_shop()
    path = lists.folder / name
    batch = check_file(path=path, file_name=name, store=shop.store, at=AT, by=None)

    run_batch(batch=batch, at=AT, by=None)
    pinned = set(MemberTag.objects.values_list("member__phone", "tag__name"))
    undo_batch(batch=batch, at=AT, by=None)

    assert pinned == {
        ("+8613800000002", "=VIP"),
        *(("+8613800000003", word) for word in ("a; b", "vegan")),
    }
    assert not MemberTag.objects.exists()
    assert not Member.objects.findable().exists()


def test_a_tier_held_for_a_time_comes_back_with_its_last_day(tmp_path):
    with passing_lively_shop(tmp_path) as shop:
        gold, end = Tier.objects.get(code="gold"), shop.store.end_of(date(2027, 3, 31))
        for anna in Member.objects.filter(name="Anna"):
            set_tier(member=anna, tier=gold, source="granted", at=WORKDAY, by=None, until=end)
        written(members(Asked()), tmp_path / "members")
    shop = open_shop()

    brought(tmp_path / "members.csv", shop.store)

    held = TierHolding.objects.values_list("member__name", "tier__name", "until")
    assert set(held) == {("Anna", "Gold", end), ("陈晓", "Gold", None)}


def test_another_files_words_pin_and_block_nobody(tmp_path):
    shop, path = open_shop(), tmp_path / "old.csv"
    path.write_text("Name,Phone,Tags,Standing\nAnna,13800000001,VIP,blocked\n")

    brought(path, shop.store)

    member = Member.objects.get()
    assert (member.status, member.attributes) == ("active", {"Tags": "VIP", "Standing": "blocked"})
    assert not MemberTag.objects.exists()


def test_a_list_of_two_entities_brings_each_store_its_own_money(tmp_path):
    passing = transaction.atomic()
    passing._from_testcase = True
    with passing:
        here, far = open_shop(), open_shop("hk", country="HK", currency="HKD")
        topped_up(here, here.member(name="Anna"), 10_000, 0, "pro_rata")
        topped_up(far, far.member(name="Ben", phone="91234567"), 7_700, 300, "pro_rata")
        written(members(Asked()), tmp_path / "members")
        transaction.set_rollback(True)
    open_shop()
    far = open_shop("hk", country="HK", currency="HKD")

    brought(tmp_path / "members.csv", far.store)

    held = Wallet.objects.filter(balance__gt=0).values_list("member__name", "asset", "balance")
    assert list(held) == [("Ben", far.money.pk, 8_000)]


def test_somebody_known_by_nothing_but_a_name_stays_one_person(tmp_path):
    shop = open_shop()
    shop.member(name="Anna", phone="")
    written(members(Asked()), tmp_path / "members")

    report = brought(tmp_path / "members.csv", shop.store)

    assert (report["created"], report["unchanged"]) == (0, 1)
    assert Member.objects.count() == 1


def test_attributes_cards_tiers_and_consent_come_back(lists):
    shop = open_shop()

    brought(lists.folder / "members.csv", shop.store)

    nasty = Member.objects.get(phone="+8613800000009")
    assert (nasty.name, nasty.attributes["color"]) == ("=1", "\t=1")
    assert nasty.external_ids["Square"] == "S-4"
    anna = Member.objects.get(name="Anna")
    assert set(anna.cards.values_list("number", flat=True)) == {"0080", "0081"}
    assert list(anna.consents.values_list("channel", "state")) == [("sms", "withdrawn")]
    assert Member.objects.get(name="陈晓").tier.name == "Gold"
    assert Member.objects.get(name="李四").birth_day == 15


def test_sums_and_rows_are_those_of_the_shop(lists):
    assert lists.sums["members"] == {
        "Principal balance": 44_512,
        "Bonus balance": 24_838,
        "Points": 7,
        "Coins": 110,
        "Left: Beer": 99,
    }
    assert lists.rows == {"members": 28, "visits": 4, "ledger": 22}


def test_a_filter_leaves_out_who_is_not_asked_for(lists):
    shop = open_shop()
    brought(lists.folder / "members.csv", shop.store)
    anna = Member.objects.get(name="Anna")
    elsewhere = open_shop("ski").store.pk

    def names(**asked) -> list:
        return [row[1] for row in members(Asked(**asked)).rows() if row[9] is not None]

    assert names(text="Anna") == ["Anna"]
    assert names(text="0081") == ["Anna"]
    assert names(text="%") == []
    assert names(tier=Member.objects.get(name="陈晓").tier_id) == ["陈晓"]
    assert names(stores=(elsewhere,)) == []
    assert names(since=anna.joined_on + DAY) == ["张三", "李四"]


def edited(path: Path) -> bytes:
    """The list as somebody leaves it: a title above, one card told, one person more."""
    book = load_workbook(path)
    sheet = book.active
    names = [cell.value for cell in sheet[1]]
    for row in sheet.iter_rows(min_row=2):
        if row[names.index("Name")].value == "Anna":
            row[names.index("Email")].value = "anna@example.com"
    more = {"Name": "New one", "Phone": "13800138777", "Principal balance": 88}
    sheet.append([more.get(name) for name in names])
    sheet.insert_rows(1)
    sheet["A1"] = "Members, cleaned"
    book.save(path)
    return path.read_bytes()


def test_an_edited_list_goes_through_the_pages_and_back(tmp_path, client):
    shop = open_shop()
    anna = shop.member(name="Anna")
    topped_up(shop, anna, 10_000, 0, "pro_rata")
    written(members(Asked()), tmp_path / "members")
    before, held = people(), balances()
    client.force_login(UserFactory(role="manager", stores=[shop.store]))
    file = SimpleUploadedFile("members.xlsx", edited(tmp_path / "members.xlsx"))
    said = {"store": shop.store.pk, "on_duplicate": "flag", "balance": "principal", "file": file}

    url = client.post("/imports/", said).url
    batch = ImportBatch.objects.get()
    outcomes = sorted(batch.import_rows.values_list("outcome", flat=True))
    client.post(f"{url}run/")
    booked = (Member.objects.get(pk=anna.pk).email, sum(balances().values()) - sum(held.values()))
    client.post(f"{url}undo/")

    assert outcomes == ["created", "updated"]
    assert booked == ("anna@example.com", 8_800)
    assert (people(), balances()) == (before, held)
