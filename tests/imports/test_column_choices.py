"""How a person says by which order, calendar, mark and scale the cells of a column are read."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from imports.models import ImportBatch
from imports.operations import remember_mapping
from imports.queries.columns import Open, columns_of
from imports.rules.choices import Choices
from tests.imports.sheets_made import NOW, checked, csv_file
from tests.imports.test_wizard import checked as checked_batch
from tests.members.factories import StoreFactory, UserFactory

pytestmark = pytest.mark.slow
DAYS = """姓名,手机号,生日,入会日期
王明,13800138001,1990-08-15,03/04/2024
李四,13800138002,,05/06/2024
"""


@pytest.fixture
def batch(db: Any) -> ImportBatch:
    return checked_batch(StoreFactory(), DAYS)


def ways_of(batch: ImportBatch, header: str) -> dict[str, Open]:
    return next(column["ways"] for column in columns_of(batch) if column["header"] == header)


def said(found: Open) -> list[Any]:
    return [(way.said, way.text, way.read) for way in found.ways]


def post_columns(batch: ImportBatch, **told: str) -> None:
    client = Client()
    client.force_login(UserFactory(role="manager", stores=[batch.store]))
    fields = {f"field-{column['index']}": column["field"] for column in columns_of(batch)}
    client.post(reverse("imports:columns", args=[batch.pk]), fields | told)
    batch.refresh_from_db()


def test_a_column_of_doubtful_days_offers_each_order_with_a_day(batch: ImportBatch) -> None:
    ways = ways_of(batch, "入会日期")

    assert ways["dates"].taken == "mdy"
    assert said(ways["dates"]) == [
        ("dmy", "03/04/2024", (2024, 4, 3)),
        ("mdy", "03/04/2024", (2024, 3, 4)),
    ]
    assert "years" not in ways


def test_days_nobody_can_misread_offer_no_order(batch: ImportBatch) -> None:
    ways = ways_of(batch, "生日")

    assert [way.said for way in ways["years"].ways] == ["western", "lunar"]
    assert "dates" not in ways


def test_the_order_said_is_how_the_file_is_read(batch: ImportBatch) -> None:
    post_columns(batch, **{"dates-3": "dmy"})

    row = batch.import_rows.get(number=2)
    assert (batch.choices["dates"], batch.choices["years"]) == ({"入会日期": "dmy"}, {})
    assert (row.values["joined"], row.warnings) == ("2024-04-03", [])


def test_the_guess_comes_back_where_nothing_is_said(batch: ImportBatch) -> None:
    post_columns(batch, **{"dates-3": "dmy"})

    post_columns(batch, **{"dates-3": ""})

    assert batch.choices["dates"] == {}
    assert batch.import_rows.get(number=2).values["joined"] == "2024-03-04"


def test_birthdays_by_the_moon_are_kept_as_lunar_ones(batch: ImportBatch) -> None:
    post_columns(batch, **{"years-2": "lunar"})

    row = batch.import_rows.get(number=2)
    assert (row.values["lunar_birthday"], row.values.get("birthday")) == ("1990-08-15", None)


def test_years_of_the_republic_are_said_and_read(db: Any) -> None:
    text = "姓名,手機,生日\n王明,13800138001,75/03/15\n"
    batch = checked_batch(StoreFactory(), text)
    assert [way.said for way in ways_of(batch, "生日")["years"].ways] == [
        "buddhist", "western", "roc", "lunar",
    ]  # fmt: skip

    post_columns(batch, **{"years-2": "roc"})

    assert batch.import_rows.get(number=2).values["birthday"]["year"] == 1986


@pytest.mark.parametrize(
    ("cell", "year", "doubts"),
    [
        ("110/3/5", 2021, []),
        ("0750305", 1986, []),
        ("75年3月5日", 1986, ["doubtful_year"]),
        ("75/03/05", 1986, ["doubtful_year"]),
        ("1986/03/05", 1986, []),
    ],
)
def test_short_years_of_a_list_from_taiwan(
    tmp_path: Path, cell: str, year: int, doubts: list[str]
) -> None:
    rows = [["姓名", "手機", "生日"], ["王明", "0912345678", cell]]

    _plan, _check, judged = checked(csv_file(tmp_path / "a.csv", rows), country="TW")

    birthday = judged[0].judged.values["birthday"]
    assert date(*birthday.values()) == date(year, 3, 5)
    assert [found["code"] for found in judged[0].judged.warnings] == doubts


def test_a_calendar_said_beforehand_is_beyond_doubt(tmp_path: Path) -> None:
    rows = [["姓名", "手機", "生日"], ["王明", "0912345678", "75/03/05"]]
    choices = Choices(years={"生日": "western"})

    _plan, _check, judged = checked(
        csv_file(tmp_path / "a.csv", rows), country="TW", choices=choices
    )

    assert judged[0].judged.values["birthday"]["year"] == 1975
    assert judged[0].judged.warnings == []


def test_a_saved_mapping_says_how_days_are_read_and_may_be_edited(batch: ImportBatch) -> None:
    post_columns(batch, **{"dates-3": "dmy"})
    mapping = remember_mapping(batch=batch, name="till", is_shared=False, at=NOW, by=None)
    client = Client()
    client.force_login(UserFactory(role="manager", stores=[batch.store]))
    url = reverse("imports:mapping", args=[mapping.pk])
    form = client.get(url).context["form"]
    fields = {name: form[name].initial or "" for name in form.fields if name != "is_shared"}

    client.post(url, fields | {"dates-0": "mdy"})

    mapping.refresh_from_db()
    assert (form["dates-0"].initial, form["dates-0"].label) == (
        "dmy",
        "How days are written: 入会日期",
    )
    assert mapping.choices["dates"] == {"入会日期": "mdy"}
    assert mapping.choices["columns"]["手机号"] == "phone"


def listed(text: str, **store: Any) -> ImportBatch:
    return checked_batch(StoreFactory(**store), text)


@pytest.mark.usefixtures("db")
def test_an_amount_that_cannot_be_read_offers_the_other_mark() -> None:
    batch = listed("姓名,手机号,余额\n王明,13800138001,1.234\n李四,13800138002,50\n")
    assert said(ways_of(batch, "余额")["marks"]) == [(".", "1.234", None), (",", "1.234", 123400)]

    post_columns(batch, **{"marks-2": ","})

    assert (batch.choices["marks"], batch.choices["scales"]) == ({"余额": ","}, {})
    assert batch.import_rows.get(number=2).values["balances"]["stored_value_principal"] == 123400
    # It may be taken back.
    assert ways_of(batch, "余额")["marks"].taken == ","


@pytest.mark.usefixtures("db")
def test_amounts_that_are_read_ask_for_no_mark() -> None:
    batch = listed('姓名,手机号,余额\n王明,13800138001,1234.50\n李四,13800138002,"1,234"\n')

    assert "marks" not in ways_of(batch, "余额")


@pytest.mark.usefixtures("db")
def test_amounts_in_cents_are_told_with_a_cell_of_the_file() -> None:
    batch = listed("姓名,手机号,余额\n王明,13800138001,0\n李四,13800138002,8850\n")
    scales = ways_of(batch, "余额")["scales"]
    assert (scales.taken, [(way.said, way.text, way.read) for way in scales.ways]) == (
        "1",
        [
            ("0.01", "8850", 8_850),
            ("1", "8850", 885_000),
            ("1000", "8850", 885_000_000),
            ("10000", "8850", 8_850_000_000),
        ],
    )

    post_columns(batch, **{"scales-2": "0.01"})

    assert batch.import_rows.get(number=3).values["balances"]["stored_value_principal"] == 8_850
    assert ways_of(batch, "余额")["scales"].taken == "0.01"


@pytest.mark.usefixtures("db")
def test_points_with_a_fraction_ask_what_one_of_them_means() -> None:
    batch = listed("姓名,手机号,积分\n王明,13800138001,120.00\n李四,13800138002,12.5\n")
    before = [row.outcome for row in batch.import_rows.order_by("number")]

    assert said(ways_of(batch, "积分")["scales"]) == [("10", "12.5", 125), ("100", "12.5", 1250)]
    post_columns(batch, **{"scales-2": "10"})

    held = [row.values["balances"]["points"] for row in batch.import_rows.order_by("number")]
    assert (before, held) == (["created", "error"], [1200, 125])
    assert ways_of(batch, "积分")["scales"].taken == "10"


@pytest.mark.usefixtures("db")
def test_what_a_number_of_a_discount_tells_is_said() -> None:
    batch = listed("Tier,Discount,Min spend\nSilver,9,100\nGold,8,1000\n")
    discounts = ways_of(batch, "Discount")["discounts"]
    assert discounts.taken == "off"
    assert said(discounts) == [("paid", "9", 91), ("off", "9", 9), ("tenths", "9", 10)]

    post_columns(batch, **{"discounts-1": "tenths"})

    read = batch.import_rows.order_by("number").values_list("values__discount_percent", flat=True)
    assert list(read) == [10, 20]


@pytest.mark.usefixtures("db")
def test_the_page_shows_a_cell_for_each_way() -> None:
    batch = listed("姓名,手机号,余额\n王明,13800138001,8850\n", currency="CNY")
    client = Client()
    client.force_login(UserFactory(role="manager", stores=[batch.store]))

    page = client.get(reverse("imports:columns", args=[batch.pk])).content.decode()

    assert "hundredths: cents, fen: 8850 is ¥88.50" in page
