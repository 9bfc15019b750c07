"""Everything goes out and comes in again: the same bytes, the same sums, sound seals."""

import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import call_command

from exports.operations.everything import export_everything
from exports.operations.restore import restore_everything
from ledger.models import Txn
from ledger.operations.evidence import audit, check_seals, seal_up
from members.models import Member, User
from promotions.demo.loading import load

AT = datetime(2026, 5, 11, 12, tzinfo=UTC)


def silence(_step: str, _done: int, _total: int) -> None:
    pass


@pytest.fixture
def lively_shop(transactional_db):
    load(members=30, months=4, seed=7, at=AT, progress=silence)
    while seal_up():
        pass


def empty() -> None:
    call_command("flush", interactive=False, verbosity=0)


def told(path: Path) -> tuple[dict, dict[str, bytes]]:
    """The manifest without its times, and every other file."""
    with zipfile.ZipFile(path) as package:
        files = {name: package.read(name) for name in package.namelist()}
    manifest = json.loads(files.pop("manifest.json"))
    manifest.pop("made_at")
    return manifest, files


def test_a_restored_shop_exports_the_same_bytes(lively_shop, tmp_path):
    first, second = tmp_path / "first.zip", tmp_path / "second.zip"
    export_everything(path=first, at=AT, by=None)
    members, txns = Member.objects.count(), Txn.objects.count()
    empty()

    restored = restore_everything(path=first)
    export_everything(path=second, at=AT, by=None)

    assert told(second) == told(first)
    assert (Member.objects.count(), Txn.objects.count()) == (members, txns)
    assert restored.seals >= 1
    assert audit(at=AT).run.ok
    assert check_seals(at=AT).run.ok
    assert not any(user.has_usable_password() for user in User.objects.all())
