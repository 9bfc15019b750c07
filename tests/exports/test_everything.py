"""Everything goes out and comes in again: the same bytes, the same sums, sound seals."""

import csv
import hashlib
import io
import json
import zipfile
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from common.release import VERSION
from exports.models import Restoration
from exports.operations.everything import pack
from exports.operations.restore import (
    FileChanged,
    NotAnExport,
    NotEmpty,
    NotTheOwner,
    OtherVersion,
    SumsDiffer,
    restore_everything,
)
from ledger.models import Asset, Movement, Policy, Txn
from ledger.operations.adjust import adjust
from ledger.queries.audit import differences
from ledger.queries.seals import prove_seals
from members.models import Member, User
from tests.exports.shops import AT, empty, open_lively_shop, passing_lively_shop
from tests.members.factories import StoreFactory

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


@pytest.fixture(scope="module")
def export(django_db_setup, django_db_blocker, tmp_path_factory) -> Path:
    """A lively shop in a zip; the installation is empty again."""
    folder = tmp_path_factory.mktemp("export")
    with django_db_blocker.unblock(), passing_lively_shop(folder):
        pack(path=folder / "first.zip", at=AT, by=None)
    return folder / "first.zip"


def told(path: Path) -> tuple[dict, dict[str, bytes]]:
    """The manifest without its times, and every other file."""
    with zipfile.ZipFile(path) as package:
        files = {name: package.read(name) for name in package.namelist()}
    manifest = json.loads(files.pop("manifest.json"))
    manifest.pop("made_at")
    return manifest, files


def changed(path: Path, manifest=lambda said: said, **files) -> Path:
    """A copy whose manifest, or a file by its table, says something else."""
    copy = path.with_name("changed.zip")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(copy, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "manifest.json":
                data = json.dumps(manifest(json.loads(data))).encode()
            for table, change in files.items():
                data = change(data) if name == f"data/{table}.csv" else data
            new.writestr(name, data)
    return copy


def refused(error: type, path: Path) -> str:
    """The sentence of the refusal, after which the installation is as empty as before."""
    with pytest.raises(error) as refusal:
        restore_everything(path=path, at=AT, by="root")

    assert not Member.objects.exists()
    assert not Txn.objects.exists()
    assert not Restoration.objects.exists()
    assert Policy.objects.exists()
    return str(refusal.value)


def test_a_restored_shop_exports_the_same_bytes(export, tmp_path):
    restored = restore_everything(path=export, at=AT, by="root")
    pack(path=tmp_path / "second.zip", at=AT, by=None)

    first, second = told(export), told(tmp_path / "second.zip")
    assert [name for name in first[1] if first[1][name] != second[1][name]] == []
    assert second == first
    assert (Member.objects.count(), Movement.objects.count()) == (26, 22)
    assert (restored.seals, restored.differences) == (1, 0)
    assert differences() == []
    assert prove_seals().flaws == []
    assert not any(user.has_usable_password() for user in User.objects.all())


def test_a_restore_stays_on_record(export):
    restored = restore_everything(path=export, at=AT, by="root")

    kept = Restoration.objects.get()
    assert (kept.at, kept.by, kept.rows, kept.differences) == (AT, "root", restored.rows, 0)
    assert kept.sha256 == hashlib.sha256(export.read_bytes()).hexdigest()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        kept.delete()


def test_a_restored_shop_goes_on_where_it_was(export):
    restore_everything(path=export, at=AT, by="root")
    last = Txn.objects.order_by("number").last().number
    member = Member.objects.get(name="陈晓")

    adjust(
        request_id=uuid4(),
        member=member,
        asset=Asset.objects.get(code="points"),
        amount=5,
        reason="moved house",
        store=member.home_store,
        at=AT,
        by=User.objects.get(username="@boss"),
    )

    assert Txn.objects.order_by("number").last().number > last
    assert differences() == []


def test_no_cell_of_an_export_can_run(export):
    manifest, files = told(export)
    types = {
        entry["name"]: [column["type"] for column in entry["columns"]]
        for entry in manifest["files"]
    }
    numbers = {"bigint", "integer", "smallint", "numeric", "number"}
    for name, data in files.items():
        if not name.endswith(".csv"):
            continue
        rows = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
        next(rows)
        for row in rows:
            for cell, kind in zip(row, types[name], strict=True):
                risky = cell.lstrip(" \u200b\u3000")[:1] in set("=+-@\t\r\n＝＋－＠")
                assert not cell or kind in numbers or not risky, (name, cell)


def test_the_manifest_counts_proves_and_says_what_is_missing(export):
    manifest, files = told(export)
    by_name = {entry["name"]: entry for entry in manifest["files"]}

    assert manifest["version"] == VERSION
    assert manifest["stores"] == ["bbq"]
    assert by_name["data/ledger_movement.csv"]["rows"] == 22
    balances = by_name["data/ledger_wallet.csv"]["control"]["balance"]
    assert balances["bbq/beer"] == 99
    assert {"name": "cost", "type": "bigint", "unit": "the currency's smallest unit"} in by_name[
        "data/ledger_lot.csv"
    ]["columns"]
    assert "members_user.password" in {left["what"] for left in manifest["left_out"]}
    assert set(files) == set(by_name)


def test_a_shop_in_use_takes_no_export(export):
    StoreFactory()

    said = refused(NotEmpty, export)

    assert "members_issuingentity has 1 rows" in said


def test_another_version_is_refused(export):
    said = refused(OtherVersion, changed(export, lambda m: m | {"version": "0.0.7"}))

    assert "0.0.7" in said


def test_another_state_of_the_tables_is_refused(export):
    older = changed(export, lambda m: m | {"schema": m["schema"] | {"ledger": "0001_initial"}})

    assert "ledger 0001_initial" in refused(OtherVersion, older)


def test_a_changed_file_is_refused(export):
    richer = changed(export, ledger_wallet=lambda data: data.replace(b"99", b"98"))

    assert "data/ledger_wallet.csv" in refused(FileChanged, richer)


def test_a_manifest_that_promises_more_is_refused(export):
    def richer(manifest):
        for entry in manifest["files"]:
            if entry["name"] == "data/ledger_wallet.csv":
                entry["control"]["balance"]["bbq/beer"] = 100
        return manifest

    assert "bbq/beer is 99 and must be 100" in refused(SumsDiffer, changed(export, richer))


def test_a_file_that_the_manifest_does_not_name_is_refused(export, tmp_path):
    more = tmp_path / "more.zip"
    more.write_bytes(export.read_bytes())
    with zipfile.ZipFile(more, "a") as package:
        package.writestr("data/ledger_gift.csv", "id")

    assert "data/ledger_gift.csv" in refused(FileChanged, more)


def test_a_login_that_may_not_write_history_is_refused(export):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL SESSION AUTHORIZATION regulars_app")

    assert "manage.py migrate" in refused(NotTheOwner, export)


def test_any_other_file_is_refused(tmp_path):
    (tmp_path / "list.zip").write_bytes(b"no zip")

    refused(NotAnExport, tmp_path / "list.zip")


@pytest.mark.django_db(transaction=True)
def test_the_commands_export_and_restore(tmp_path, capsys):
    open_lively_shop(tmp_path)
    path = tmp_path / "all.zip"

    call_command("export_all", to=path)
    with pytest.raises(CommandError, match="there already"):
        call_command("export_all", to=path)
    with pytest.raises(CommandError, match="not_empty"):
        call_command("import_export", path)
    empty()
    call_command("import_export", path)

    said = capsys.readouterr().out
    assert "all control sums agree, 1 seals hold, 0 differences" in said
    assert "changepassword" in said
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("regulars_app",)
