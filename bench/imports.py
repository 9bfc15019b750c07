"""A member list of 200,000 rows, as csv and as xlsx: checked and applied, against a bare COPY.

Each file is brought in by a process of its own, whose memory is measured, into a database of its
own; meanwhile a till draws down. The same rows go through django-import-export, a few thousand of
them, to members alone and to the same end (cards and opening balances too).
`BENCH_IMPORT_ROWS=20000` makes the files smaller.
"""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from time import perf_counter, sleep
from typing import Any
from uuid import uuid4

import tablib
import xlsxwriter
from django.db import connection
from django.utils import timezone
from import_export import resources

from bench.report import tell
from bench.scratch import own_database
from common.names import name_keys
from imports.models import ImportBatch
from ledger.models import LotOrigin, TxnKind
from ledger.operations.assets import points, stored_value
from ledger.operations.opening import OpeningBalance, opening
from ledger.operations.posting import Header, post, take
from members.models import Member, Store
from members.operations import add_card, create_store, enrol

ROWS = int(os.environ.get("BENCH_IMPORT_ROWS", "200000"))
FEW = min(5_000, ROWS)
TO_COPY, TO_IMPORT_EXPORT, MEGABYTES, SLOWER_TILL = 8.0, 1 / 20, 400, 2.0
CHECKED_A_SECOND = 2_000
DRAWS, PAUSE = 400, 0.01
WRITTEN = (
    *("members_member", "members_card", "members_tierholding", "imports_opening"),
    *("ledger_txn", "ledger_contract", "ledger_wallet", "ledger_lot", "ledger_movement"),
)
HEAD = [
    "卡号",
    "姓名",
    "手机号",
    "性别",
    "生日",
    "会员等级",
    "开卡时间",
    "余额",
    "赠送余额",
    "积分",
]
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗"
GIVEN = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂"
TIERS = ("普通会员", "银卡", "金卡")


def main() -> int:
    """Print the figures of both formats; 1 when one is over its limit."""
    figures: list[dict[str, Any]] = []
    with TemporaryDirectory() as folder:
        paths = _csv(Path(folder) / "list.csv"), _xlsx(Path(folder) / "list.xlsx")
        for path in paths:
            with own_database("regulars_bench_imports"):
                figures += _figures(path)
        with own_database("regulars_bench_imports"):
            pace = {figure["bench"]: figure for figure in figures}
            figures.append(_to_import_export(pace["import_apply_csv_to_copy"]["rows_per_second"]))
    return tell(figures)


def rows_of(count: int) -> Iterator[list[str]]:
    """Rows of people nobody has met, the same at every run."""
    for n in range(count):
        name = SURNAMES[n % 20] + GIVEN[n // 20 % 24] + GIVEN[n // 480 % 24]
        yield [
            *(f"{n:08d}", name, f"13{n * 7919 % 10**9:09d}", "男女"[n % 2]),
            f"{1960 + n % 45}-{1 + n % 12:02d}-{1 + n % 28:02d}",
            TIERS[n % 3],
            f"{2010 + n % 15}-{1 + n % 12:02d}-{1 + n % 28:02d}",
            *(f"{n % 997 + 1}.{n % 100:02d}", str(n % 50), str(n % 3000)),
        ]


def _csv(path: Path) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([HEAD, *rows_of(ROWS)])
    return path


def _xlsx(path: Path) -> Path:
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for line, row in enumerate([HEAD, *rows_of(ROWS)]):
            sheet.write_row(line, 0, row)
    return path


def _figures(path: Path) -> list[dict[str, Any]]:
    """Bring one file in by a child while a till draws down, and say how it went."""
    store = _open_store()
    draw = _till(store)
    idle = _p95(draw, range(DRAWS))
    done, busy = _brought(path, store, draw)
    _prove()
    copied = _bare_copy()
    kind = path.suffix[1:]
    pace, check_pace = ROWS / done["apply"], ROWS / done["check"]
    return [
        {
            "bench": f"import_check_{kind}",
            "rows_per_second": round(check_pace),
            "ratio": round(CHECKED_A_SECOND / check_pace, 2),
            "limit": 1.0,
        },
        {
            "bench": f"import_apply_{kind}_to_copy",
            "rows": ROWS,
            "rows_per_second": round(pace),
            "copied_per_second": round(ROWS / copied),
            "ratio": round(done["apply"] / copied, 1),
            "limit": TO_COPY,
            # Of the least there is to write: the same rows of all tables, with their indexes.
            "to_copy_of_what_it_wrote": round(done["apply"] / _copy_of_written(), 1),
        },
        {
            "bench": f"import_memory_{kind}",
            "megabytes": round(done["megabytes"]),
            "ratio": round(done["megabytes"] / MEGABYTES, 2),
            "limit": 1.0,
        },
        {
            "bench": f"draw_down_while_importing_{kind}_to_idle",
            "p95_milliseconds": round(busy * 1000, 2),
            "idle_p95_milliseconds": round(idle * 1000, 2),
            "ratio": round(busy / idle, 2),
            "limit": SLOWER_TILL,
        },
    ]


def _open_store() -> Store:
    return create_store(
        code="bench",
        name="Bench",
        country="CN",
        currency="CNY",
        time_zone="Asia/Shanghai",
        language="zh-hans",
    )


def _till(store: Store) -> Callable[[int], None]:
    """A call that draws one yuan from one of a hundred members who hold plenty."""
    now = timezone.now()
    members = [enrol(store=store, at=now, by=None, name=f"Till {n}") for n in range(100)]
    for member in members:
        _open_balance(member, store, 10**9, 0)
    asset = stored_value(store)

    def draw(number: int) -> None:
        header = Header(
            id=uuid4(),
            kind=TxnKind.REDEEM,
            request={},
            store=store,
            at=timezone.now(),
            by=None,
            member=members[number % 100],
        )
        post(header, [take(member=members[number % 100], asset=asset, amount=100)]).or_raise()

    return draw


def _p95(draw: Callable[[int], None], numbers: Any) -> float:
    """The 95th percentile of the seconds of a draw, each a moment after the other."""
    taken = []
    for number in numbers:
        start = perf_counter()
        draw(number)
        taken.append(perf_counter() - start)
        sleep(PAUSE)
    return quantiles(taken, n=20)[-1]


def _brought(
    path: Path, store: Store, draw: Callable[[int], None]
) -> tuple[dict[str, float], float]:
    """What the child measured, and the p95 of draws while it applied."""
    name = connection.settings_dict["NAME"]
    command = [sys.executable, "-m", "bench.importing", name, str(path), str(store.pk)]
    as_worker = os.environ | {"GIVES_WAY": "true"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=as_worker) as child:  # noqa: S603
        if child.stdout is None or child.stdout.readline() != "applying\n":
            raise RuntimeError("the import did not come as far as applying")
        busy = _p95(draw, iter(lambda: _alive(child), None))
        done: dict[str, float] = json.loads(child.stdout.read())
    return done, busy


def _alive(child: "subprocess.Popen[str]") -> int | None:
    return 1 if child.poll() is None else None


def _prove() -> None:
    """Every row became a member, and all lots together are what the cells say."""
    batch = ImportBatch.objects.get()
    created = batch.import_rows.filter(outcome="created").count()
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(granted)::bigint FROM ledger_lot WHERE origin = 'opening'")
        granted = cursor.fetchone()[0]
    expected = sum(n % 3000 for n in range(ROWS))
    if (created, granted) != (ROWS, expected):
        raise RuntimeError(f"{created} of {ROWS} rows, {granted} of {expected} points")


def _bare_copy() -> float:
    """Seconds to COPY the same rows as texts into one table with a key."""
    columns = ", ".join(f"c{n} text" for n in range(len(HEAD)))
    rows = list(rows_of(ROWS))
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE bare ({columns}, PRIMARY KEY (c0))")
        start = perf_counter()
        with cursor.copy("COPY bare FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return perf_counter() - start


def _copy_of_written() -> float:
    """Seconds to COPY what the import wrote into tables like those, keys to others aside."""
    seconds = 0.0
    with connection.cursor() as cursor:
        for table in WRITTEN:
            with cursor.copy(f"COPY {table} TO STDOUT") as copy:
                rows = list(copy)
            cursor.execute(f"CREATE TABLE like_{table} (LIKE {table} INCLUDING ALL)")
            start = perf_counter()
            with cursor.copy(f"COPY like_{table} FROM STDIN") as copy:
                copy.write(b"".join(rows))
            seconds += perf_counter() - start
    return seconds


class MemberResource(resources.ModelResource):
    """The list as django-import-export takes it: one row at a time."""

    store: Store
    is_whole = False

    class Meta:
        model = Member
        import_id_fields = ("phone",)
        fields = ("name", "phone", "gender", "joined_on", "birth_year", "birth_month", "birth_day")
        skip_unchanged = True

    def before_save_instance(self, instance: Member, row: Any, **kwargs: Any) -> None:
        """What a member needs and the list does not say."""
        keys = name_keys(instance.name)
        instance.home_store, instance.created_at = self.store, timezone.now()
        instance.pinyin, instance.initials, instance.last_word = keys

    def after_save_instance(self, instance: Member, row: Any, **kwargs: Any) -> None:
        """The card and the balances, by the verbs for one member."""
        if self.is_whole:
            add_card(member=instance, number=row["card"], at=timezone.now())
            _open_balance(instance, self.store, int(row["principal"]), int(row["points"]))


def _open_balance(member: Member, store: Store, principal: int, earned: int) -> None:
    balances = [
        OpeningBalance(
            asset=stored_value(store), amount=principal, origin=LotOrigin.PAID, cost=principal
        )
    ]
    if earned:
        balances.append(OpeningBalance(asset=points(store.entity), amount=earned))
    key = uuid4()
    header, legs = opening(
        request_id=key,
        member=member,
        store=store,
        balances=balances,
        at=timezone.now(),
        by=None,
        source={"key": str(key)},
        title="Balance brought over",
    )
    post(header, legs).or_raise()


def _to_import_export(pace: float) -> dict[str, Any]:
    """Rows a second of django-import-export to those of ours: to the same end, and without it."""
    store = _open_store()
    alone = _import_export(store, 0, is_whole=False)
    whole = _import_export(store, FEW, is_whole=True)
    return {
        "bench": "import_export_to_ours",
        "rows_per_second": round(whole),
        "members_alone_per_second": round(alone),
        "times": round(pace / whole, 1),
        "times_members_alone": round(pace / alone, 1),
        "ratio": round(whole / pace, 4),
        "limit": TO_IMPORT_EXPORT,
    }


def _import_export(store: Store, first: int, *, is_whole: bool) -> float:
    resource = MemberResource()
    resource.store, resource.is_whole = store, is_whole
    names = ("name", "phone", "gender", "joined_on", "birth_year", "birth_month", "birth_day")
    table = tablib.Dataset(headers=[*names, "card", "principal", "points"])
    for card, name, phone, gender, born, _tier, joined, money, _bonus, earned in islice(
        rows_of(first + FEW), first, None
    ):
        year, month, day = (int(part) for part in born.split("-"))
        sex = {"男": "M", "女": "F"}[gender]
        principal = int(float(money) * 100)
        table.append((name, f"+86{phone}", sex, joined, year, month, day, card, principal, earned))
    start = perf_counter()
    result = resource.import_data(table, raise_errors=True)
    seconds = perf_counter() - start
    if result.totals["new"] != FEW:
        raise RuntimeError(str(result.totals))
    return FEW / seconds


if __name__ == "__main__":
    sys.exit(main())
