"""The pages of one file: which sheets are shown, what is kept, and what may still be done."""

from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from imports.models import ImportBatch
from imports.operations import sweep_uploads, undo_batch
from members.models import Store
from tests.imports.sheets_made import NOW, xlsx_file
from tests.imports.test_pages import CARDS, as_role, upload
from tests.members.factories import StoreFactory

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
PEOPLE = [["姓名", "手机号", "余额"], ["王小明", "13800138001", 100]]
SOUTH = [["南店会员"], PEOPLE[0], ["李四", "13800138002", 5], ["赵六", "1380013", 7]]


@pytest.fixture
def store() -> Store:
    return StoreFactory()


@pytest.fixture
def manager(client: Client, store: Store) -> Client:
    return as_role(client, "manager", store)


@pytest.fixture
def batch_url(manager: Client, store: Store, tmp_path: Path) -> str:
    file = xlsx_file(tmp_path / "a.xlsx", PEOPLE, sheets={"南店": SOUTH, "卡": CARDS})
    return upload(manager, store, file.read_bytes()).url


def tables(manager: Client, url: str, **said: str) -> list[tuple[str, int, int]]:
    preview = manager.get(url, said).context["preview"]
    return [(one["sheet"], one["header_row"], len(one["rows"])) for one in preview["tables"]]


def test_each_sheet_that_is_read_is_shown(manager: Client, batch_url: str) -> None:
    shown = tables(manager, f"{batch_url}file/")

    assert shown == [("Sheet1", 1, 2), ("南店", 2, 4)]


def test_one_sheet_that_is_looked_at_is_shown_alone(manager: Client, batch_url: str) -> None:
    shown = tables(manager, f"{batch_url}file/", sheet="卡")

    assert shown == [("卡", 1, 2)]


def test_more_sheets_than_are_shown_are_counted(
    manager: Client, store: Store, tmp_path: Path
) -> None:
    file = xlsx_file(tmp_path / "a.xlsx", PEOPLE, sheets={f"店{n}": PEOPLE for n in range(5)})
    url = upload(manager, store, file.read_bytes()).url

    page = manager.get(f"{url}file/")

    assert (len(page.context["preview"]["tables"]), page.context["preview"]["more"]) == (4, 2)
    assert "2 more sheets are read with these." in page.content.decode()


def test_the_file_of_an_import_that_is_done_is_deleted_when_asked(
    manager: Client, batch_url: str
) -> None:
    early = manager.post(f"{batch_url}file/forget/")
    manager.post(f"{batch_url}run/")
    path = Path(ImportBatch.objects.get().upload.path)
    assert "Delete the file now" in manager.get(batch_url).content.decode()

    manager.post(f"{batch_url}file/forget/")
    again = manager.post(f"{batch_url}file/forget/")

    assert (early.status_code, again.status_code, path.exists()) == (409, 302, False)
    assert "Import another sheet" not in manager.get(batch_url).content.decode()
    assert sweep_uploads(at=timezone.now()) == 0


def test_rows_of_an_import_that_was_undone_are_not_mended(manager: Client, batch_url: str) -> None:
    manager.post(f"{batch_url}run/")
    assert "Correct</a>" in manager.get(batch_url).content.decode()

    undo_batch(batch=ImportBatch.objects.get(), at=NOW, by=None)

    page = manager.get(batch_url).content.decode()
    assert "Correct</a>" not in page
    assert f"{batch_url}undo/" not in page


def test_the_import_that_brings_corrected_rows_is_named(
    manager: Client, store: Store, batch_url: str
) -> None:
    batch = ImportBatch.objects.get()
    corrected = "姓名,手机号,余额\n赵六,13800138003,7\n".encode()
    upload(manager, store, corrected)
    ImportBatch.objects.exclude(pk=batch.pk).update(mends=batch)

    assert (
        "Rows of this file were brought again, corrected, in"
        in manager.get(batch_url).content.decode()
    )


def test_a_word_that_is_made_anew_is_asked_about_once(manager: Client, store: Store) -> None:
    data = "姓名,手机号,会员等级\n王小明,13800138001,VIP9\n".encode()
    url = upload(manager, store, data).url
    assert "1 word of the file is not known here" in manager.get(url).content.decode()

    manager.post(f"{url}values/", {"word-0": "create"})

    assert ImportBatch.objects.get().choices["values"] == {"tier": {"VIP9": {"create": "VIP9"}}}
    assert "1 word of the file is not known here" not in manager.get(url).content.decode()


def test_days_that_may_be_read_in_two_ways_are_told_until_somebody_says(
    manager: Client, store: Store
) -> None:
    data = "姓名,手机号,入会日期\n王小明,13800138001,03/04/2024\n".encode()
    url = upload(manager, store, data).url
    assert "The days of 1 column can be read in two ways" in manager.get(url).content.decode()

    manager.post(
        f"{url}columns/",
        {"field-0": "name", "field-1": "phone", "field-2": "joined", "dates-2": "dmy"},
    )

    assert "can be read in two ways" not in manager.get(url).content.decode()


def test_columns_of_an_import_that_is_done_say_so(manager: Client, batch_url: str) -> None:
    manager.post(f"{batch_url}run/")

    page = manager.get(f"{batch_url}columns/").content.decode()

    assert "The columns can no longer be changed" in page
    assert "Check with these columns" not in page
