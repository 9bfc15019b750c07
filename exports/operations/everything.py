"""Takes everything along: each table as it stood at one moment, in a zip with its manifest."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from django.db import connection
from django.utils import translation
from psycopg import sql

from common.release import VERSION
from exports.operations.listing import Text, Workbook, write_listing
from exports.operations.packing import PIECE, Package
from exports.queries.lists import Listing, movements, visits
from exports.queries.member_list import members
from exports.queries.tables import Table, all_tables, next_numbers
from exports.queries.totals import control_sums
from exports.rules import leaving_out
from exports.rules.asked import Asked
from exports.rules.manifest import NAME, FileEntry, Manifest
from ledger.queries.audit import snapshot
from members.models import Store, User

# Spreadsheet programs read UTF-8 as such only behind a byte order mark.
MARK = "\ufeff".encode()
# So that the same value is the same text in every session.
SPELLING = (
    "SET LOCAL TimeZone = 'UTC'",
    "SET LOCAL DateStyle = 'ISO, YMD'",
    "SET LOCAL bytea_output = 'hex'",
    "SET LOCAL extra_float_digits = 1",
)

# Lists for people; restoring reads the tables alone.
LISTS: Mapping[str, Callable[[Asked], Listing]] = {
    "members": members,
    "visits": visits,
    "ledger": movements,
}

type Progress = Callable[[str, int, int], None]


def silent(_name: str, _done: int, _total: int) -> None:
    """Tell nobody how far it is."""


def export_everything(
    *, path: Path, at: datetime, by: User | None, progress: Progress = silent
) -> Manifest:
    """Write all of the shop's records to a zip at ``path``, as they stood at one moment.

    ``progress`` is told the table, how many are done, and how many there are. Memory stays the
    same however much there is: rows go from the server's cursor through the compressor to disk.
    """
    with snapshot():
        return pack(path=path, at=at, by=by, progress=progress)


def pack(*, path: Path, at: datetime, by: User | None, progress: Progress = silent) -> Manifest:
    """Do what ``export_everything`` does, in the snapshot that the caller has begun."""
    with Package(path) as package:
        _spell_alike()
        tables, sums = all_tables(), control_sums()
        files, steps = [], len(tables) + len(LISTS)
        for done, table in enumerate(tables):
            progress(table.name, done, steps)
            files.append(_write_table(package, table, sums.get(table.name, {})))
        for done, name in enumerate(LISTS, start=len(tables)):
            progress(name, done, steps)
            files += _write_list(package, name)
        manifest = _manifest(tables, files, at=at, by=by)
        with package.entry(NAME) as entry:
            entry.write(manifest.as_json().encode())
    return manifest


def _spell_alike() -> None:
    with connection.cursor() as cursor:
        for statement in SPELLING:
            cursor.execute(statement)


def _write_table(
    package: Package, table: Table, control: Mapping[str, Mapping[str, int]]
) -> FileEntry:
    statement = sql.SQL("COPY ({}) TO STDOUT (FORMAT csv, HEADER)").format(table.select())
    with package.entry(table.file) as entry:
        entry.write(MARK)
        with connection.cursor() as cursor:
            with cursor.copy(statement) as copy:
                for data in copy:
                    entry.write(data)
            rows = cursor.rowcount
    return FileEntry(
        name=table.file,
        table=table.name,
        rows=rows,
        bytes=entry.bytes,
        sha256=entry.sha256,
        columns=[
            {"name": column.name, "type": column.full_kind}
            | ({"unit": column.unit} if column.unit else {})
            for column in table.columns
        ],
        control=control,
    )


def _write_list(package: Package, name: str) -> list[FileEntry]:
    """A csv and a workbook of one list, in English: the same whoever asks."""
    with tempfile.TemporaryDirectory(prefix="export-") as folder, translation.override("en"):
        listing, book = LISTS[name](Asked()), Path(folder) / f"{name}.xlsx"
        with package.entry(f"lists/{name}.csv") as text:
            outputs = (Text(text, listing.columns), Workbook(book, listing.columns))
            rows, sums = write_listing(listing, outputs)
        with package.entry(f"lists/{name}.xlsx") as copy, book.open("rb") as file:
            while piece := file.read(PIECE):
                copy.write(piece)
    about = [column.about() for column in listing.columns]
    return [
        FileEntry(
            name=f"lists/{name}.{kind}",
            table="",
            rows=rows,
            bytes=entry.bytes,
            sha256=entry.sha256,
            columns=about,
            control={"sum": sums} if sums else {},
        )
        for kind, entry in (("csv", text), ("xlsx", copy))
    ]


def _manifest(
    tables: Sequence[Table], files: Sequence[FileEntry], *, at: datetime, by: User | None
) -> Manifest:
    return Manifest(
        version=VERSION,
        schema=schema(),
        made_at=at.astimezone(UTC).isoformat(timespec="seconds"),
        made_by=by.username if by else "",
        stores=list(Store.objects.order_by("code").values_list("code", flat=True)),
        files=files,
        sequences=next_numbers(tables),
        left_out=[
            *({"what": name, "why": why} for name, why in leaving_out.TABLES.items()),
            *(
                {"what": f"{table}.{column}", "why": why}
                for (table, column), (_stands_in, why) in leaving_out.COLUMNS.items()
            ),
        ],
    )


def schema() -> dict[str, str]:
    """The last migration of each of the product's apps: what the tables look like."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT app, max(name) FROM django_migrations WHERE app = ANY (%s) GROUP BY app"
            " ORDER BY app",
            [list(leaving_out.APPS)],
        )
        return dict(cursor.fetchall())
