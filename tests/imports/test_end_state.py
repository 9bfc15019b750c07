"""Lists, corrected lists and logs run and undone at random come to what the last ones alone bring.

``REGULARS_SEED`` repeats a run; each run has a seed of its own.
"""

import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from imports.models import ImportBatch
from imports.operations import run, undo_batch, undoing
from ledger.models import Sale
from members.models import Store
from tests.imports.sheets_made import open_store
from tests.imports.test_undoing_at_random import FRESH
from tests.imports.undoing import LATER, brought, state

pytestmark = pytest.mark.django_db
PEOPLE = [
    *("卡号", "姓名", "手机号", "余额", "赠送余额", "积分", "剩余洗车次数"),
    *("会员等级", "邮箱", "生日", "QQ"),
]
SALES = ["单号", "时间", "会员卡号", "商品", "实收金额", "状态"]
VISITS = ["会员卡号", "到店时间", "单号"]
PLAYS = ["流水号", "时间", "机台", "投币数", "会员卡号"]

type Rows = list[list[str]]
type File = tuple[str, Rows]


def some(dice: random.Random, of: int) -> list[int]:
    return sorted(dice.sample(range(of), dice.randint(1, of)))


def card(number: int) -> str:
    """Whose an entry is: everybody's card in turn, one nobody has, or none."""
    return f"C{number % 6}" if number % 4 else ""


def people(dice: random.Random) -> Rows:
    texts = (("", "金卡"), ("", "a{}@b.cn", "c{}@b.cn"), ("", "1990-08-15"), ("", "123", "456"))
    rows = [PEOPLE]
    for n in some(dice, 5):
        phone = dice.choice(("1380013", "1380013", "1390013"))
        amounts = [str(dice.choice((0, 0, 1, 30, 100))) for _column in PEOPLE[3:7]]
        said = [dice.choice(words).format(n) for words in texts]
        rows.append([f"C{n}", f"客人{n}", f"{phone}{n:04}", *amounts, *said])
    return rows


def sales(dice: random.Random) -> Rows:
    rows = [SALES]
    for n in some(dice, 6):
        price, kind = 10 * (n + 1), dice.random()
        day = [f"2026-03-0{1 + n % 5} 1{n % 3}:00", card(n), "啤酒"]
        if kind < 0.8:
            rows.append([f"S{n}", *day, str(price), "已完成"])
        if kind > 0.6:
            back = 5 if kind < 0.8 else price
            rows.append([f"S{n}", f"2026-03-07 1{n}:00", *day[1:], str(-back), "已退款"])
    return rows


def visits(dice: random.Random) -> Rows:
    days = [[f"C{n % 6}", f"2026-03-0{1 + n % 5} 1{n % 4}:30", f"V{n}"] for n in some(dice, 6)]
    return [VISITS, *days]


def plays(dice: random.Random) -> Rows:
    rows = [
        [f"P{n}", f"2026-03-0{1 + n % 5} 1{n % 4}:40", "M1", "2", card(n)] for n in some(dice, 6)
    ]
    return [PLAYS, *rows]


MAKERS: dict[str, Callable[[random.Random], Rows]] = {
    "members": people,
    "sales": sales,
    "visits": visits,
    "coin_plays": plays,
}
DEALT = ["members"] * 4 + ["sales"] * 3 + ["visits", "coin_plays"]


def whole() -> dict[str, Any]:
    """All there is, without numbers that are given out once."""
    sums = ("external_ref", "total", "refunded_total", "member__name")
    bills = [tuple(map(str, bill)) for bill in Sale.objects.completed().values_list(*sums)]
    found = state()
    found["history"]["sales"] = sorted(bills)
    return found


def steps_of(dice: random.Random) -> tuple[list[File | None], list[File]]:
    """Files to run, where None undoes the last of those that stand; and those left at the end."""
    steps: list[File | None] = []
    stand: list[File] = []
    for _step in range(dice.randint(3, 6)):
        if stand and dice.random() < 0.35:
            steps.append(None)
            stand.pop()
            continue
        kind = dice.choice(DEALT)
        file = (kind, MAKERS[kind](dice))
        if stand and dice.random() < 0.25:
            file = dice.choice(stand)
        steps.append(file)
        stand.append(file)
    return steps, stand


def bring(store: Store, path: Path, file: File) -> ImportBatch:
    batch = brought(store, path, file[1], kind=file[0])
    assert not batch.import_rows.filter(outcome="error").exists()
    return batch


@pytest.mark.parametrize("seed", [116, FRESH])
def test_what_is_left_at_the_end_is_what_the_last_files_alone_bring(
    seed: int | str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if seed == FRESH:
        seed = int(os.environ.get("REGULARS_SEED") or random.SystemRandom().randrange(10**6))
    print("seed", seed)  # noqa: T201 - shown where the test fails
    dice = random.Random(seed)
    for module in (run, undoing):
        monkeypatch.setattr(module, "ROWS_AT_A_TIME", dice.choice((2, 1_000)))
    steps, stand = steps_of(dice)
    store = open_store()
    clean = transaction.savepoint()
    for file in stand:
        bring(store, tmp_path, file)
    wanted = whole()
    transaction.savepoint_rollback(clean)

    batches: list[ImportBatch] = []
    for step in steps:
        if step is None:
            report = undo_batch(batch=batches.pop(), at=LATER, by=None).undo_report
            assert report["left"] == 0
        else:
            batches.append(bring(store, tmp_path, step))

    assert whole() == wanted
