"""A file from the upload over a mended cell to the proof and back, in a real browser."""

import pytest
from django.db.models import F
from playwright.sync_api import expect

from imports.models import ImportBatch, ImportRow
from imports.operations import run as running
from imports.tasks import run_waiting_imports
from imports.views.doors import QUIET
from ledger.models import Wallet
from members.models import Member
from tests.imports.sheets_made import DATA
from tests.members.factories import StoreFactory, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shop(live_server):
    return StoreFactory()


def at_the_imports(signed_in, live_server, store):
    page = signed_in(UserFactory(role="manager", stores=[store]))
    page.goto(f"{live_server.url}/imports/")
    return page


def upload(page, path):
    page.get_by_label("File", exact=True).set_input_files(path)
    page.get_by_role("button", name="Check the file").click()


def held():
    return sum(Wallet.objects.values_list("balance", flat=True))


def test_a_list_in_gb18030_is_mended_imported_and_undone(signed_in, live_server, shop):
    page = at_the_imports(signed_in, live_server, shop)

    upload(page, DATA / "cn_members_gb18030.csv")
    expect(page.get_by_text("Nothing is booked yet")).to_be_visible()
    expect(page.get_by_text("· GB18030")).to_be_visible()

    wrong = page.locator("#row-19")
    expect(wrong.get_by_text("13900123 is not a phone number")).to_be_visible()
    wrong.get_by_role("link", name="Correct").click()
    wrong.locator("[aria-invalid]").fill("13900123456")
    wrong.get_by_role("button", name="Judge the row anew").click()
    expect(wrong.get_by_text("mended")).to_be_visible()
    expect(page.locator("#sums")).to_contain_text("¥25,953.41")
    assert ImportRow.objects.get(number=19).outcome == ImportRow.Outcome.CREATED

    page.get_by_role("button", name="Import now").click()
    expect(page.get_by_role("heading", name="Proof")).to_be_visible()
    expect(page.get_by_text("differs")).to_have_count(0)
    assert Member.objects.count() == 58

    page.get_by_role("link", name="Undo the import").click()
    page.get_by_role("button", name="Undo the import").click()
    expect(page.get_by_role("heading", name="What was undone")).to_be_visible()
    assert (ImportBatch.objects.get().status, held()) == ("undone", 0)


def test_a_workbook_with_titles_is_read_and_its_difference_signed(signed_in, live_server, shop):
    page = at_the_imports(signed_in, live_server, shop)

    upload(page, DATA / "cn_members_title_rows.xlsx")
    expect(page.get_by_text("column names in row")).to_be_visible()
    page.get_by_role("link", name="Columns", exact=True).click()
    expect(page.get_by_role("heading", name="Keep this for the next file")).to_be_visible()
    page.get_by_label("Name of the mapping").fill("till export")
    page.get_by_role("button", name="Save the mapping").click()
    expect(page.get_by_text("by the saved mapping till export")).to_be_visible()
    page.get_by_role("button", name="Import now").click()

    expect(page.get_by_role("heading", name="Proof")).to_be_visible()
    assert ImportBatch.objects.get().status == "done"


SIX = "Name,Phone,Balance\n" + "".join(f"Guest {n},1380013800{n},{n}.50\n" for n in range(1, 7))


@pytest.fixture
def at_group(monkeypatch):
    """Books two rows at a time; what is noted under a group's number is done once it is booked."""
    then, book_group, booked = {}, running._book_group, []

    def book(group, job, tiers):
        book_group(group, job, tiers)
        booked.append(len(group))
        then.get(len(booked), lambda: None)()

    monkeypatch.setattr(running, "ROWS_AT_A_TIME", 2)
    monkeypatch.setattr(running, "_book_group", book)
    monkeypatch.setattr("imports.operations.steering.ROWS_AT_ONCE", 0)
    monkeypatch.setattr("common.edges.current_app.send_task", lambda name: None)
    return then


def on_its_way(signed_in, live_server, shop, tmp_path):
    page = at_the_imports(signed_in, live_server, shop)
    path = tmp_path / "six.csv"
    path.write_text(SIX)
    upload(page, path)
    page.get_by_role("button", name="Import now").click()
    expect(page.locator("#state")).to_have_text("waiting for the worker")
    return page


def test_a_run_is_watched_paused_and_goes_on(signed_in, live_server, shop, tmp_path, at_group):
    page = on_its_way(signed_in, live_server, shop, tmp_path)

    def look_and_pause():
        expect(page.get_by_text("2 of 6 rows")).to_be_visible()
        expect(page.locator("#state")).to_have_text("running")
        expect(page.locator("#progress")).to_have_js_property("value", 2)
        page.get_by_role("button", name="Pause").click()
        expect(page.get_by_text("It stops after the rows it is at")).to_be_visible()

    at_group[1] = look_and_pause
    run_waiting_imports()

    expect(page.get_by_text("The import is paused after 2 of 6 rows")).to_be_visible()
    assert (ImportBatch.objects.get().status, Member.objects.count()) == ("paused", 2)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("2 of 6 rows")).to_be_visible()
    run_waiting_imports()
    expect(page.get_by_role("heading", name="Proof")).to_be_visible()
    assert (Member.objects.count(), held()) == (6, 2_400)


def test_a_run_cut_off_is_told_and_resumed(signed_in, live_server, shop, tmp_path, at_group):
    page = on_its_way(signed_in, live_server, shop, tmp_path)

    def die():
        raise KeyboardInterrupt

    at_group[2] = die
    with pytest.raises(KeyboardInterrupt):
        run_waiting_imports()
    expect(page.get_by_text("4 of 6 rows")).to_be_visible()
    ImportBatch.objects.update(beat_at=F("beat_at") - QUIET)
    expect(page.get_by_text("Nothing has moved for")).to_be_visible()

    run_waiting_imports()

    expect(page.get_by_role("heading", name="Proof")).to_be_visible()
    assert (Member.objects.count(), held()) == (6, 2_400)
