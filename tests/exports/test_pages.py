"""Asking for an export, who may, what is kept of it, and when it is gone."""

import csv
import io
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation

from exports.models import Download, Export
from exports.operations.everything import LISTS
from exports.operations.exporting import (
    KEPT,
    ExportNotReady,
    ExportNotYours,
    ExportOver,
    ask_export,
    note_download,
    run_export,
    sweep_exports,
)
from exports.queries.asked_words import words_of
from exports.rules.asked import Asked
from exports.tasks import run_waiting_exports
from members.models import Tag
from members.operations import create_staff
from tests.exports.shops import AT
from tests.promotions.shops import open_shop

pytestmark = pytest.mark.django_db
LIST = {"what": "members", "form": "csv", "text": ""}


def staff(role: str, shop) -> object:
    stores = [] if role in {"owner", "auditor"} else [shop.store]
    return create_staff(
        username=role, password="korrekt-horse-9", role=role, stores=stores, language="en"
    )


@pytest.fixture
def shop():
    shop = open_shop()
    shop.member(name="Anna")
    return shop


def client_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def break_down(_asked: Asked) -> None:
    raise RuntimeError("a disk is full")


def asked(by, **more) -> Export:
    told = {"what": "members", "form": "csv", "asked": Asked(), "language": "en"} | more
    return ask_export(**told, at=AT, by=by)


def test_an_owner_asks_for_everything_and_a_manager_does_not(shop):
    assert client_of(staff("owner", shop)).post(reverse("exports:everything")).status_code == 302
    assert client_of(staff("manager", shop)).post(reverse("exports:everything")).status_code == 403

    assert list(Export.objects.values_list("what", "form", "stores")) == [
        ("everything", "zip", ["bbq"])
    ]


def test_a_manager_gets_lists_of_their_own_stores_alone(shop):
    manager, other = staff("manager", shop), open_shop("ski").store

    mine = asked(manager)

    assert (mine.stores, mine.asked) == (["bbq"], {"stores": [shop.store.pk]})
    with pytest.raises(ExportNotYours):
        asked(manager, asked=Asked(stores=(other.pk,)))
    with pytest.raises(ExportNotYours):
        asked(manager, what="everything", form="zip")
    assert Export.objects.count() == 1


@pytest.mark.parametrize("role", ["clerk", "auditor"])
def test_nobody_else_exports(shop, role):
    user = staff(role, shop)

    assert client_of(user).get(reverse("exports:home")).status_code == 403
    with pytest.raises(ExportNotYours):
        asked(user)


def test_the_form_keeps_what_was_asked(shop):
    owner = staff("owner", shop)
    period = {"since": "2026-05-01", "until": "2026-05-31", "stores": [shop.store.pk]}

    response = client_of(owner).post(reverse("exports:home"), LIST | period)

    export = Export.objects.get()
    assert response.status_code == 302
    assert (export.created_by, export.status, export.language) == (owner, "queued", "en")
    assert export.asked == {
        "stores": [shop.store.pk],
        "since": "2026-05-01",
        "until": "2026-05-31",
    }


def test_the_page_says_what_narrowed_a_list(shop):
    owner, days = staff("owner", shop), {"since": date(2026, 5, 1), "until": date(2026, 5, 31)}
    exports = [
        asked(owner),
        asked(owner, asked=Asked(stores=(shop.store.pk,), **days, text="王")),
        asked(owner, asked=Asked(since=date(2026, 5, 1), tier=99)),
        asked(owner, asked=Asked(until=date(2026, 5, 31), tag=Tag.objects.create(name="VIP").pk)),
    ]

    with translation.override("en"):
        words = words_of(exports)

    assert [words[export.pk] for export in exports] == [
        "",
        f"{shop.store} · May 1, 2026 to May 31, 2026 · “王”",
        "from May 1, 2026",
        "until May 31, 2026 · VIP",
    ]
    assert "“王”" in client_of(owner).get(reverse("exports:home")).content.decode()


def test_a_period_that_ends_before_it_begins_is_refused(shop):
    period = {"since": "2026-05-31", "until": "2026-05-01"}

    response = client_of(staff("owner", shop)).post(reverse("exports:home"), LIST | period)

    assert response.status_code == 422
    assert "The last day is before the first one." in response.content.decode()
    assert not Export.objects.exists()


def test_what_was_asked_and_fetched_is_never_rewritten(shop):
    owner = staff("owner", shop)
    export = asked(owner)
    Download.objects.create(export=export, at=AT, by=owner)

    for change in (
        "DELETE FROM exports_download",
        "UPDATE exports_download SET at = now()",
        "UPDATE exports_export SET created_by_id = NULL",
        "UPDATE exports_export SET asked = '{}'",
        "DELETE FROM exports_export",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)

    assert (Export.objects.count(), Download.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_the_worker_makes_the_file_and_the_link_ends(shop):
    owner = staff("owner", shop)
    client = client_of(owner)
    export = asked(owner)
    with pytest.raises(ExportNotReady):
        note_download(export=export, at=AT, by=owner)

    assert run_waiting_exports() == 1
    assert run_waiting_exports() == 0

    export.refresh_from_db()
    address = reverse("exports:download", args=[export.pk])
    response = client.get(address)
    rows = list(csv.DictReader(io.StringIO(b"".join(response).decode("utf-8-sig"))))
    assert [row["Name"] for row in rows] == ["Anna"]
    assert (export.status, export.rows, len(export.sha256)) == ("done", 1, 64)
    assert list(Download.objects.values_list("by__username", flat=True)) == ["owner"]
    assert client_of(staff("manager", shop)).get(address).status_code == 404
    page = client.get(reverse("exports:home")).content.decode()
    assert address in page

    over = export.finished_at + KEPT
    name = export.file.name
    assert sweep_exports(at=over - timedelta(seconds=1)) == 0
    assert sweep_exports(at=over) == 1
    assert not export.file.storage.exists(name)
    export.refresh_from_db()
    with pytest.raises(ExportOver):
        note_download(export=export, at=over, by=owner)
    assert (export.rows, len(export.sha256)) == (1, 64)
    assert Download.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_what_failed_says_so_and_is_not_tried_for_ever(shop, monkeypatch):
    owner = staff("owner", shop)
    export = asked(owner, what="visits", form="xlsx")
    monkeypatch.setitem(LISTS, "visits", break_down)

    with pytest.raises(RuntimeError):
        run_export(export=export, at=AT)

    export.refresh_from_db()
    assert (export.status, export.file.name) == ("failed", "")
    assert run_waiting_exports() == 0
