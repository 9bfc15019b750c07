"""The pages of an import, as managers, clerks and auditors meet them."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from python_calamine import CalamineWorkbook

from imports.models import ImportBatch, ImportRow, SavedMapping
from imports.operations import sweep_uploads
from imports.queries import report_of
from imports.tasks import run_waiting_imports
from ledger.models import Machine, Product
from members.models import Member, Store
from tests.imports.sheets_made import DATA, xlsx_file
from tests.members.factories import StoreFactory, UserFactory

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
SAMPLE = "cn_members_gb18030.csv"
CARDS = [["卡号", "手机号", "卡状态"], ["C1", "13800138001", "正常"]]


@pytest.fixture
def store() -> Store:
    return StoreFactory()


def as_role(client: Client, role: str, *stores: Store) -> Client:
    client.force_login(UserFactory(role=role, stores=list(stores)))
    return client


def upload(client: Client, store: Store, data: bytes, **said: str) -> Any:
    fields = {
        "store": store.pk,
        "kind": "",
        "on_duplicate": "flag",
        "balance": "principal",
        "file": SimpleUploadedFile("会员.csv", data),
    }
    return client.post("/imports/", fields | said)


def sample() -> bytes:
    return (DATA / SAMPLE).read_bytes()


def test_a_manager_checks_sees_and_runs_an_import(client: Client, store: Store) -> None:
    manager = as_role(client, "manager", store)

    answer = upload(manager, store, sample())
    batch = ImportBatch.objects.get()
    page = manager.get(answer.url).content.decode()

    assert answer.url == f"/imports/{batch.pk}/"
    assert "Nothing is booked yet" in page
    assert "13900123 is not a phone number" in page
    assert Member.objects.count() == 0

    manager.post(f"/imports/{batch.pk}/run/")

    page = manager.get(f"/imports/{batch.pk}/").content.decode()
    assert "¥25,597.64" in page
    assert Member.objects.count() == 57


def test_a_row_that_waits_is_decided_on_the_page(client: Client, store: Store) -> None:
    manager = as_role(client, "manager", store)
    batch_url = upload(manager, store, sample()).url
    manager.post(f"{batch_url}run/")

    manager.post(f"{batch_url}rows/26/decide/", {"decision": "merge"})
    manager.post(f"{batch_url}run/")

    assert "¥26,444.40" in manager.get(batch_url).content.decode()


def test_what_was_decided_is_asked_again_until_it_is_booked(client: Client, store: Store) -> None:
    manager = as_role(client, "manager", store)
    batch_url = upload(manager, store, sample()).url
    manager.post(f"{batch_url}rows/26/decide/", {"decision": "skip"})

    page = manager.post(f"{batch_url}rows/26/decide/", {"decision": "ask"}, follow=True)
    manager.post(f"{batch_url}rows/26/decide/", {"decision": "merge"})
    manager.post(f"{batch_url}run/")
    manager.post(f"{batch_url}rows/26/decide/", {"decision": "ask"})

    assert 'value="merge"' in page.content.decode()
    assert ImportRow.objects.get(number=26).outcome == "merged"
    assert "¥26,444.40" in manager.get(batch_url).content.decode()


def test_rows_not_imported_come_as_a_workbook_with_reasons(client: Client, store: Store) -> None:
    manager = as_role(client, "manager", store)
    batch_url = upload(manager, store, sample()).url

    answer = manager.get(f"{batch_url}bad-rows.xlsx")

    sheet = CalamineWorkbook.from_filelike(BytesIO(answer.content)).get_sheet_by_index(0)
    rows = sheet.to_python()
    assert [row[-2] for row in rows[1:]] == [19.0, 26.0, 34.0]
    assert rows[1][0] == "000097"
    assert rows[1][-1].startswith("13900123 is not a phone number")


def test_a_long_list_goes_to_the_worker(
    client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = as_role(client, "manager", store)
    sent: list[str] = []
    monkeypatch.setattr("imports.operations.steering.ROWS_AT_ONCE", 10)
    monkeypatch.setattr("common.edges.current_app.send_task", sent.append)
    batch_url = upload(manager, store, sample()).url

    manager.post(f"{batch_url}run/")

    assert "the work goes on" in manager.get(batch_url).content.decode()
    assert "progress" in manager.get(batch_url, headers={"HX-Request": "true"}).content.decode()
    assert Member.objects.count() == 0
    assert sent == [run_waiting_imports.name]

    assert run_waiting_imports() == 1

    assert Member.objects.count() == 57
    assert manager.get(batch_url, headers={"HX-Request": "true"})["HX-Refresh"] == "true"


@pytest.mark.parametrize(
    "data",
    [b"", b"%PDF-1.7 x", bytes(range(256)), b"PK\x03\x04rubbish"],
)
def test_a_file_that_cannot_be_used_is_refused_on_the_form(
    client: Client, store: Store, data: bytes
) -> None:
    manager = as_role(client, "manager", store)

    answer = upload(manager, store, data)

    assert answer.status_code == 422
    assert b"field-error" in answer.content
    assert ImportBatch.objects.count() == 0


def test_strangers_and_clerks_stay_out(client: Client, store: Store) -> None:
    assert client.get("/imports/").url.startswith("/accounts/login/")

    clerk = as_role(client, "clerk", store)

    assert clerk.get("/imports/").status_code == 403
    assert upload(clerk, store, sample()).status_code == 403
    assert ImportBatch.objects.count() == 0


def test_an_auditor_reads_and_imports_nothing(client: Client, store: Store) -> None:
    manager = as_role(Client(), "manager", store)
    batch_url = upload(manager, store, sample()).url

    auditor = as_role(client, "auditor")

    assert auditor.get(batch_url).status_code == 200
    assert upload(auditor, store, sample()).status_code == 403
    assert auditor.post(f"{batch_url}run/").status_code == 403
    assert auditor.get(f"{batch_url}bad-rows.xlsx").status_code == 403
    assert (ImportBatch.objects.count(), Member.objects.count()) == (1, 0)


def test_another_stores_manager_finds_nothing(client: Client, store: Store) -> None:
    manager = as_role(Client(), "manager", store)
    batch_url = upload(manager, store, sample()).url
    other = as_role(client, "manager", StoreFactory())

    answers = [
        other.get(batch_url),
        other.post(f"{batch_url}run/"),
        other.post(f"{batch_url}rows/26/decide/", {"decision": "merge"}),
        other.get(f"{batch_url}bad-rows.xlsx"),
    ]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert upload(other, store, sample()).status_code == 422
    assert (ImportBatch.objects.count(), Member.objects.count()) == (1, 0)


def admin_import(client: Client, model: str, data: bytes) -> Any:
    """Upload to the admin's small import and confirm what it shows."""
    url = f"/admin/ledger/{model}/import/"
    preview = client.post(
        url, {"format": "0", "resource": "", "import_file": SimpleUploadedFile("t.csv", data)}
    )
    form = preview.context.get("confirm_form")
    if form is None:
        return preview
    return client.post(f"/admin/ledger/{model}/process_import/", form.initial)


def test_the_admin_takes_products_in_gbk(client: Client) -> None:
    owner = as_role(client, "owner")
    table = "code,name,currency,list_price,is_active\nbeer,青岛啤酒,CNY,8.50,1\n"

    admin_import(owner, "product", table.encode("gb18030"))

    product = Product.objects.get()
    assert (product.name, product.list_price) == ("青岛啤酒", 850)


def test_the_admin_refuses_a_long_table(client: Client) -> None:
    owner = as_role(client, "owner")
    rows = "".join(f"p{number},P,CNY,1,1\n" for number in range(2_001))

    answer = admin_import(
        owner, "product", f"code,name,currency,list_price,is_active\n{rows}".encode()
    )

    assert b"at most 2000" in answer.content
    assert Product.objects.count() == 0


def test_the_admin_refuses_a_workbook_that_bites(client: Client) -> None:
    owner = as_role(client, "owner")

    answer = admin_import(owner, "product", b"PK\x03\x04" + b"x" * 500)

    assert b"The file is damaged or not a table" in answer.content
    assert Product.objects.count() == 0


def test_machines_of_another_store_are_out_of_reach(client: Client, store: Store) -> None:
    other = StoreFactory()
    manager = as_role(client, "manager", store)
    table = "store,code,name,kind,mode,coins_per_play,is_active\n{},M1,One,claw,token,1,1\n"

    admin_import(manager, "machine", table.format(other.code).encode())
    admin_import(manager, "machine", table.format(store.code).encode())

    assert [machine.store for machine in Machine.objects.all()] == [store]


@pytest.mark.parametrize("page", ["", "rows/"])
def test_a_page_asks_as_little_of_a_long_list_as_of_a_short_one(
    client: Client, store: Store, page: str
) -> None:
    manager = as_role(client, "manager", store)
    lines = [f"人{number},{13800138000 + number},5" for number in range(120)]
    urls = [
        upload(manager, store, "\n".join(["姓名,手机号,余额", *lines[:count]]).encode()).url
        for count in (2, 120)
    ]
    manager.get(urls[0] + page)

    with CaptureQueriesContext(connection) as few:
        manager.get(urls[0] + page)
    with CaptureQueriesContext(connection) as many:
        answer = manager.get(urls[1] + page)

    assert len(many) == len(few)
    assert answer.content.decode().count('id="row-') <= 50


def test_a_large_file_is_left_to_the_worker(
    client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = as_role(client, "manager", store)
    monkeypatch.setattr("imports.operations.steering.BYTES_AT_ONCE", 10)
    monkeypatch.setattr("common.edges.current_app.send_task", lambda _name: None)

    url = upload(manager, store, sample()).url

    assert "The file is being read" in manager.get(url).content.decode()
    run_waiting_imports()
    assert "Nothing is booked yet" in manager.get(url).content.decode()


def test_a_file_nobody_can_tell_is_asked_about(client: Client, store: Store) -> None:
    manager = as_role(client, "manager", store)

    answer = upload(manager, store, b"foo,bar\n1,2\n")
    page = manager.get(answer.url).content.decode()

    assert answer.url.endswith("/file/")
    assert "It is not clear what the file lists" in page

    answer = manager.post(answer.url, {"kind": "members"})
    assert answer.url.endswith("/columns/")

    answer = manager.post(answer.url, {"field-0": "name", "field-1": "points"})
    assert "Nothing is booked yet" in manager.get(answer.url).content.decode()


def test_a_difference_is_signed_before_the_run(client: Client, store: Store) -> None:
    manager = as_role(client, "manager", store)
    url = upload(manager, store, "姓名,手机号,余额\n王小明,13800138001,5\n".encode()).url

    answer = manager.post(f"{url}totals/", {"total-2": "6"})
    assert "unexplained" in manager.get(answer.url).content.decode()
    manager.post(f"{url}run/")
    assert Member.objects.count() == 0

    manager.post(f"{url}totals/sign/", {"reason": "counted twice there"})
    manager.post(f"{url}run/")

    batch = ImportBatch.objects.get()
    assert (batch.sign_reason, Member.objects.count()) == ("counted twice there", 1)


def test_words_the_shop_does_not_know_are_said_once(client: Client, store: Store) -> None:
    manager = as_role(client, "manager", store)
    table = "姓名,手机号,会员等级\n王小明,13800138001,铁杆\n"
    url = upload(manager, store, table.encode()).url

    assert "铁杆" in manager.get(f"{url}values/").content.decode()
    manager.post(f"{url}values/", {"word-0": "leave"})

    batch = ImportBatch.objects.get()
    assert batch.choices["values"] == {"tier": {"铁杆": None}}
    assert "Every word" not in manager.get(url).content.decode()


def test_an_import_is_undone_on_its_page(client: Client, store: Store) -> None:
    manager = as_role(client, "manager", store)
    url = upload(manager, store, sample()).url
    manager.post(f"{url}run/")

    preview = manager.get(f"{url}undo/").content.decode()
    manager.post(f"{url}undo/")

    assert "57 rows are booked" in preview
    assert "met since" not in preview
    assert "taken back" in manager.get(url).content.decode()
    assert "differs" not in manager.get(url).content.decode()
    assert ImportBatch.objects.get().undo_report["taken_back"] == 57


def test_a_mapping_is_saved_named_and_forgotten(client: Client, store: Store) -> None:
    manager = as_role(client, "manager", store)
    url = upload(manager, store, sample()).url

    manager.post(f"{url}mapping/remember/", {"name": "till export"})
    assert "by the saved mapping till export" in manager.get(url).content.decode()

    saved = SavedMapping.objects.get()
    page = f"/imports/mappings/{saved.pk}/"
    fields = {
        f"column-{place}": field or ""
        for place, field in enumerate(saved.choices["columns"].values())
    }
    manager.post(page, {"name": "old till", **fields})
    assert "old till" in manager.get("/imports/mappings/").content.decode()

    manager.post(f"{page}forget/")
    assert SavedMapping.objects.count() == 0


def test_a_statement_asks_whose_it_is(client: Client, store: Store) -> None:
    manager = as_role(client, "manager", store)
    data = "日期,类型,金额,余额\n2025-01-11 12:00,充值,50.00,50.00\n".encode()

    answer = upload(manager, store, data)
    batch = ImportBatch.objects.get()
    page = manager.get(answer.url).content.decode()

    assert answer.url == f"/imports/{batch.pk}/file/"
    assert "does not say whose statement it is" in page

    answer = manager.post(answer.url, {"member": "13800138000", "open_balance": "on"})

    batch.refresh_from_db()
    assert (answer.url, batch.status) == (f"/imports/{batch.pk}/", "checked")
    assert (batch.choices["member"], batch.choices["open_balance"]) == ("13800138000", True)
    assert "Whose statement it is" in manager.get(f"/imports/{batch.pk}/file/").content.decode()


def test_a_file_of_names_alone_says_what_to_do(client: Client, store: Store) -> None:
    manager = as_role(client, "manager", store)

    page = manager.get(upload(manager, store, "姓名,手机号,余额\n".encode()).url).content.decode()

    assert "there is nothing to import" in page
    assert "Import now" not in page


def test_sheets_that_nobody_reads_are_named(client: Client, store: Store, tmp_path: Path) -> None:
    manager = as_role(client, "manager", store)
    table = [["姓名", "手机号"], ["王小明", "13800138001"]]
    others = {f"会员{n}": [["姓名", "备注"], *table[1:]] for n in range(24)}
    file = xlsx_file(tmp_path / "a.xlsx", [*table, ["李四", "13800138002"]], sheets=others)

    batch_url = upload(manager, store, file.read_bytes()).url
    page = manager.get(batch_url).content.decode()
    preview = manager.get(f"{batch_url}file/", {"sheet": "会员23"}).content.decode()

    assert "24 more sheets have rows and are not read" in page
    assert preview.count("王小明") == 1
    assert '<option value="会员23" selected>' in preview


def test_errors_are_summed_up_by_what_is_wrong(client: Client, store: Store) -> None:
    manager = as_role(client, "manager", store)
    rows = [f"Guest {n},1380013800{n % 10},{n}" for n in range(10, 20)]
    rows += [f"Guest {n},1390012,{n}" for n in range(11)] + ["Ann,13800138011,lots"]

    url = upload(manager, store, "\n".join(["Name,Phone,Balance", *rows]).encode()).url
    page = " ".join(manager.get(url).content.decode().split())

    assert '<span class="strong" translate="no">Phone</span> 11 rows, such as:' in page
    assert '<span class="strong" translate="no">Balance</span> 1 row, such as:' in page


def test_words_nobody_speaks_about_say_what_becomes_of_them(client: Client, store: Store) -> None:
    manager = as_role(client, "manager", store)
    data = "姓名,手机号,会员等级,所属门店\n王小明,13800138001,VIP9,南门店\n".encode()
    batch_url = upload(manager, store, data).url

    page = manager.get(f"{batch_url}values/").content.decode()
    answer = manager.post(f"{batch_url}values/", {"word-0": "leave", "word-1": "create"})

    assert "is made anew, under this name" in page
    assert "is counted in the store of the import" in page
    assert answer.url == batch_url
    said = {"tier": {"VIP9": None}, "store": {"南门店": {"create": "南门店"}}}
    assert ImportBatch.objects.get().choices["values"] == said


def test_the_bar_of_an_undo_counts_what_is_taken_back(client: Client, store: Store) -> None:
    manager = as_role(client, "manager", store)
    batch_url = upload(manager, store, sample()).url
    manager.post(f"{batch_url}run/")
    report = {"rows": 57, "taken_back": 20, "left": 1, "values": {"taken_back": {}, "left": {}}}
    ImportBatch.objects.update(status="undoing", undo_report=report)

    page = manager.get(batch_url).content.decode()

    assert "21 of 57 rows" in page


def test_many_columns_that_mean_nothing_are_folded_away(client: Client, store: Store) -> None:
    manager = as_role(client, "manager", store)
    others = [f"自定义{n}" for n in range(12)]
    rows = [["姓名", "手机号", *others], ["王小明", "13800138001", *("x" * 12)]]
    batch_url = upload(manager, store, "\n".join(map(",".join, rows)).encode()).url

    page = manager.get(f"{batch_url}columns/").content.decode()
    shown, folded = page.split('<details class="disclosure">')
    manager.post(
        f"{batch_url}columns/", {"field-0": "name", "field-1": "phone", "field-13": "tier"}
    )

    assert "12 columns that are kept as they stand" in folded
    assert ("手机号" in shown, "自定义11" in shown, "自定义11" in folded) == (True, False, True)
    assert ImportBatch.objects.get().choices["columns"] == {"自定义11": "tier"}


def test_the_page_and_the_report_say_what_is_wrong_with_the_whole_file(
    client: Client, store: Store
) -> None:
    manager = as_role(client, "manager", store)
    text = "姓名,手机,余额,门店\n张三,13800138000,5,不在店\n李四,13800138001,6,不在店\n王五,138"

    page = manager.get(upload(manager, store, text.encode()).url).content.decode()

    batch = ImportBatch.objects.get()
    said = {note["code"]: note["message"] for note in report_of(batch)["notes"]}
    assert sorted(said) == ["file_torn", "stores_unknown"]
    assert "不在店. Their rows (2)" in said["stores_unknown"]
    assert all(message in page for message in said.values())


def test_other_sheets_follow_from_the_same_upload(
    client: Client, store: Store, tmp_path: Path
) -> None:
    manager = as_role(client, "manager", store)
    people = [["姓名", "手机号", "余额"], ["王小明", "13800138001", 100]]
    others = {"南店": [people[0], ["李四", "13800138002", 5]], "卡": CARDS, "旧卡": CARDS}
    file = xlsx_file(tmp_path / "a.xlsx", people, sheets=others)
    batch_url = upload(manager, store, file.read_bytes()).url
    form = manager.get(f"{batch_url}file/").content.decode()
    early = manager.post(f"{batch_url}another/", {"sheet": "卡"})
    manager.post(f"{batch_url}run/")

    page = manager.get(batch_url).content.decode()
    refused = manager.post(f"{batch_url}another/", {"sheet": "南店"})
    answer = manager.post(f"{batch_url}another/", {"sheet": "旧卡"})
    manager.post(f"{answer.url}run/")
    last = manager.post(f"{answer.url}another/", {"sheet": "卡"})
    manager.post(f"{last.url}run/")

    assert '<option value="*0" selected>all 2 sheets with these columns: Sheet1 · 南店' in form
    assert "all 2 sheets with these columns: 卡 · 旧卡" in page
    assert (early.status_code, refused.status_code) == (409, 409)
    batches = ImportBatch.objects.order_by("pk")
    assert [(one.kind, one.plan["sheet"], one.rows, one.status) for one in batches] == [
        ("members", "Sheet1", 2, "done"),
        ("cards", "旧卡", 1, "done"),
        ("cards", "卡", 1, "done"),
    ]
    assert [bool(one.upload) for one in batches] == [True, True, False]
    assert "Import another sheet" not in manager.get(batch_url).content.decode()
    assert sweep_uploads(at=timezone.now()) == 2


def test_files_sent_without_end_are_refused_until_a_while_has_gone_by(
    client: Client, store: Store, settings: Any
) -> None:
    settings.UPLOAD_RATES = ["2/min"]
    manager = as_role(client, "manager", store)
    data = "姓名,手机号\n王小明,13800138001\n".encode()
    answers = [upload(manager, store, data) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [302, 302, 422]
    assert "Too many files were sent" in answers[2].content.decode()
    assert ImportBatch.objects.count() == 2


def test_long_cells_are_cut_where_rows_are_listed(client: Client, store: Store) -> None:
    manager = as_role(client, "manager", store)
    long = "https://example.com/" + "a" * 200
    url = upload(manager, store, f"姓名,手机号,备注\n王小明,13800138001,{long}\n".encode()).url

    assert f"{long[:60]}…" in manager.get(url).content.decode()
    assert long in manager.get(f"{url}rows/2/").content.decode()


@pytest.mark.parametrize(("amounts", "hinted"), [(("1.234", "5.678"), 1), (("1.234", "50"), 0)])
def test_many_amounts_that_cannot_be_read_point_to_the_columns(
    client: Client, store: Store, amounts: tuple[str, str], hinted: int
) -> None:
    manager = as_role(client, "manager", store)
    rows = [f"客{n},1380013800{n},{amount}" for n, amount in enumerate(amounts)]

    page = manager.get(upload(manager, store, "\n".join(["姓名,手机号,余额", *rows]).encode()).url)

    assert page.content.decode().count("may be written in another way") == hinted


def test_a_file_goes_into_the_store_one_works_in_unless_said(client: Client, store: Store) -> None:
    owner = as_role(client, "owner")
    other = StoreFactory(name="AAA")
    session = owner.session
    session["store"] = store.pk
    session.save()

    page = owner.get("/imports/").content.decode()

    assert f'<option value="{store.pk}" selected>' in page
    assert f'<option value="{other.pk}">' in page


def test_a_balance_held_already_is_added_on_top_and_no_question_of_who_it_is(
    client: Client, store: Store
) -> None:
    manager = as_role(client, "manager", store)
    table = "姓名,手机号,余额\n王小明,13800138001,{}\n"
    manager.post(f"{upload(manager, store, table.format('5').encode()).url}run/")
    again = table.replace("手机号", "电话,会员卡号").replace(",{}", ",C1,{}").format("7")

    url = upload(manager, store, again.encode()).url
    asked = manager.get(url).content.decode()
    manager.post(f"{url}rows/2/decide/", {"decision": "merge"})
    decided = manager.get(url).content.decode()

    assert ("Add on top" in asked, "One person" in asked) == (True, False)
    assert ("Add on top" in decided, ">decided<" in decided) == (False, True)


def test_what_was_decided_of_a_balance_is_asked_again_once_it_was_undone(
    client: Client, store: Store
) -> None:
    manager = as_role(client, "manager", store)
    first = "姓名,手机号,余额\n王小明,13800138000,5\n"
    other = "姓名,电话,会员卡号,余额\n王小明,13800138000,C1,7\n".encode()
    manager.post(f"{upload(manager, store, first.encode()).url}run/")
    url = upload(manager, store, other).url
    manager.post(f"{url}rows/2/decide/", {"decision": "merge"})
    manager.post(f"{url}run/")
    manager.post(f"{url}undo/")

    again = manager.get(upload(manager, store, other).url).content.decode()

    assert "Add on top" in again
