"""A file from the upload over a mended cell to the proof and back, in a real browser."""

import pytest
from playwright.sync_api import expect

from imports.models import ImportBatch, ImportRow
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
    page.get_by_role("link", name="Columns").click()
    expect(page.get_by_role("heading", name="Keep this for the next file")).to_be_visible()
    page.get_by_label("Name of the mapping").fill("till export")
    page.get_by_role("button", name="Save the mapping").click()
    expect(page.get_by_text("by the saved mapping till export")).to_be_visible()
    page.get_by_role("button", name="Import now").click()

    expect(page.get_by_role("heading", name="Proof")).to_be_visible()
    assert ImportBatch.objects.get().status == "done"
