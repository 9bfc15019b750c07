"""Sets up an empty installation from an export of everything, whole or not at all."""

import hashlib
import zipfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _
from psycopg import sql

from common.errors import DomainError
from common.release import VERSION
from exports.models import Restoration
from exports.operations.everything import MARK, SPELLING, Progress, schema, silent
from exports.operations.packing import PIECE
from exports.queries.tables import Table, all_tables
from exports.queries.totals import control_sums
from exports.rules import leaving_out
from exports.rules.manifest import LIMIT_BYTES, NAME, FileEntry, Manifest
from ledger.queries.audit import differences
from ledger.queries.seals import prove_seals


class NotAnExport(DomainError):
    code = "not_an_export"
    message = _(
        "The file is no export of everything: it is no zip, or its manifest cannot be read."
        " Choose a file that manage.py export_all or the page Exports has made."
    )


class OtherVersion(DomainError):
    code = "other_version"
    message = _(
        "The export was made by version %(theirs)s, and this is version %(ours)s. Install that"
        " version, restore the export there, and bring it up to date with manage.py migrate."
    )


class FileChanged(DomainError):
    code = "file_changed"
    message = _(
        "%(name)s in the export is missing or not as it was written. Nothing was restored."
        " Take another copy of the export."
    )


class NotEmpty(DomainError):
    code = "not_empty"
    message = _(
        "This installation is not empty: %(table)s has %(count)s rows. An export is restored into"
        " an empty one only; make a new database and run manage.py migrate."
    )


class NotTheOwner(DomainError):
    code = "not_the_owner"
    message = _(
        "The database login may not write history. Run the command with the login that runs"
        " manage.py migrate."
    )


class SumsDiffer(DomainError):
    code = "sums_differ"
    message = _(
        "After restoring, %(what)s is %(found)s and must be %(expected)s. Nothing was restored."
    )


class Unsound(DomainError):
    code = "restored_unsound"
    message = _(
        "The restored ledger is not sound: %(count)s differences, the first one is %(first)s."
        " Nothing was restored; say --keep-differences to restore it as it is."
    )


@dataclass(frozen=True)
class Restored:
    """What was set up: rows by table, seals proved, differences that were kept."""

    manifest: Manifest
    rows: int
    seals: int
    differences: int


def restore_everything(
    *,
    path: Path,
    at: datetime,
    by: str,
    progress: Progress = silent,
    keeps_differences: bool = False,
) -> Restored:
    """Fill an empty installation with an export of everything; nothing is kept if anything fails.

    Who did it (``by``: a login of the machine), when and from which file stays on record. Users
    come without passwords. Runs as the owner of the tables: history takes no rows from the
    application. The guards against changing history stay in place throughout.

    Raises NotAnExport, OtherVersion, FileChanged, NotEmpty, NotTheOwner, SumsDiffer, Unsound.
    """
    try:
        with zipfile.ZipFile(path) as package:
            manifest = _manifest(package)
            _refuse_other_version(manifest)
            _refuse_changed(package, manifest)
            with transaction.atomic(durable=True):
                restored = _restore(
                    package, manifest, progress, keeps_differences=keeps_differences
                )
                _note(path, restored, at=at, by=by)
            return restored
    except (zipfile.BadZipFile, OSError, EOFError) as error:
        raise NotAnExport from error


def _manifest(package: zipfile.ZipFile) -> Manifest:
    try:
        with package.open(NAME) as file:
            return Manifest.from_json(file.read(LIMIT_BYTES).decode())
    except (KeyError, TypeError, ValueError) as error:
        raise NotAnExport from error


def _refuse_other_version(manifest: Manifest) -> None:
    if manifest.version != VERSION:
        raise OtherVersion(theirs=manifest.version, ours=VERSION)
    ours = schema()
    if dict(manifest.schema) != ours:
        app = min(app for app in ours if manifest.schema.get(app) != ours[app])
        raise OtherVersion(
            theirs=f"{manifest.version} ({app} {manifest.schema.get(app)})",
            ours=f"{VERSION} ({app} {ours[app]})",
        )


def _refuse_changed(package: zipfile.ZipFile, manifest: Manifest) -> None:
    named = [NAME, *(entry.name for entry in manifest.files)]
    told, found = Counter(named), Counter(package.namelist())
    if told != found:
        raise FileChanged(name=min((told - found) | (found - told)))
    for entry in manifest.files:
        if package.getinfo(entry.name).file_size != entry.bytes:
            raise FileChanged(name=entry.name)
        with package.open(entry.name) as file:
            try:
                checksum = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # a ZipExtFile reads like any file
            except zipfile.BadZipFile as error:
                raise FileChanged(name=entry.name) from error
        if checksum != entry.sha256:
            raise FileChanged(name=entry.name)


def _restore(
    package: zipfile.ZipFile,
    manifest: Manifest,
    progress: Progress,
    *,
    keeps_differences: bool,
) -> Restored:
    _become_owner()
    tables = all_tables()
    entries = _entries(manifest, tables)
    _lock_empty(tables)
    for done, table in enumerate(tables):
        progress(table.name, done, len(tables))
        _fill(package, table, entries[table.name])
    _number_on(manifest)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    _prove_sums(manifest)
    seals, count = _prove_soundness(keeps_differences=keeps_differences)
    rows = sum(entry.rows for entry in entries.values())
    return Restored(manifest, rows, seals, count)


def _note(path: Path, restored: Restored, *, at: datetime, by: str) -> None:
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    Restoration.objects.create(
        at=at,
        by=by,
        sha256=sha256,
        made_at=datetime.fromisoformat(restored.manifest.made_at),
        rows=restored.rows,
        differences=restored.differences,
    )


def _become_owner() -> None:
    with connection.cursor() as cursor:
        for statement in ("SET LOCAL ROLE NONE", *SPELLING):
            cursor.execute(statement)
        cursor.execute("SELECT has_table_privilege('ledger_movement', 'INSERT')")
        if not cursor.fetchone()[0]:
            raise NotTheOwner


def _entries(manifest: Manifest, tables: Sequence[Table]) -> dict[str, FileEntry]:
    entries = {entry.table: entry for entry in manifest.files if entry.table}
    for table in tables:
        entry = entries.get(table.name)
        if entry is None or [column["name"] for column in entry.columns] != table.names:
            raise FileChanged(name=table.file)
    return entries


def _lock_empty(tables: Sequence[Table]) -> None:
    """Let nobody else write, and make sure nobody has."""
    with connection.cursor() as cursor:
        for table in tables:
            name = sql.Identifier(table.name)
            cursor.execute(sql.SQL("LOCK TABLE {} IN EXCLUSIVE MODE").format(name))
            if table.name in leaving_out.SHIPPED:
                cursor.execute(sql.SQL("DELETE FROM {}").format(name))
                continue
            cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(name))
            if count := cursor.fetchone()[0]:
                raise NotEmpty(table=table.name, count=count)


def _fill(package: zipfile.ZipFile, table: Table, entry: FileEntry) -> None:
    """Through a table of texts, so that the server takes the guards off and checks every type."""
    texts = sql.Identifier("restored_texts")
    names = sql.SQL(", ").join(map(sql.Identifier, table.names))
    columns = sql.SQL(", ").join(sql.SQL("{} text").format(sql.Identifier(n)) for n in table.names)
    values = sql.SQL(", ").join(column.read() for column in table.columns)
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("CREATE TEMP TABLE {} ({})").format(texts, columns))
        statement = sql.SQL("COPY {} FROM STDIN (FORMAT csv, HEADER MATCH)").format(texts)
        with package.open(entry.name) as file, cursor.copy(statement) as copy:
            if file.read(len(MARK)) != MARK:
                raise FileChanged(name=entry.name)
            while piece := file.read(PIECE):
                copy.write(piece)
        cursor.execute(
            sql.SQL(
                "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM {} ORDER BY ctid"
            ).format(sql.Identifier(table.name), names, values, texts)
        )
        rows = cursor.rowcount
        cursor.execute(sql.SQL("DROP TABLE {}").format(texts))
        cursor.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table.name)))
    if rows != entry.rows:
        raise SumsDiffer(what=f"{table.name}: rows", found=rows, expected=entry.rows)


def _number_on(manifest: Manifest) -> None:
    with connection.cursor() as cursor:
        for name, number in manifest.sequences.items():
            cursor.execute("SELECT setval(%s::regclass, %s, false)", [name, number])


def _prove_sums(manifest: Manifest) -> None:
    found = control_sums()
    for entry in (entry for entry in manifest.files if entry.table):
        for measure, sums in entry.control.items():
            now = found.get(entry.table, {}).get(measure, {})
            for key in sorted({*sums, *now}):
                if sums.get(key) != now.get(key):
                    raise SumsDiffer(
                        what=f"{entry.table}: {measure} {key}",
                        found=now.get(key, 0),
                        expected=sums.get(key, 0),
                    )


def _prove_soundness(*, keeps_differences: bool) -> tuple[int, int]:
    """Seals proved, and differences that are kept because somebody said so."""
    findings, proof = differences(), prove_seals()
    count = sum(finding.count for finding in findings) + sum(flaw.count for flaw in proof.flaws)
    if count and not keeps_differences:
        first = findings[0].proof.name if findings else proof.flaws[0].problem.label
        raise Unsound(count=count, first=first)
    return proof.seals, count
