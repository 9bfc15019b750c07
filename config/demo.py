"""Runs everything on this machine, from an empty folder to an address to open.

Starts the embedded database, brings the tables up to date, loads demo data where there is none,
then runs web and worker until Ctrl-C, which stops all that was started here.
"""

import fcntl
import json
import os
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

from django.conf import settings
from django.core.management import call_command

from config import heartbeat, processes, static_files
from config.embedded import server
from members.models import Member, User
from promotions.demo.shops import PASSWORD

HOST = "127.0.0.1"
PATIENCE = 120.0


class DemoError(Exception):
    """The demo cannot run; the message says why and what to do."""


def run(port: int) -> None:
    """Run the demo at ``port`` until it is interrupted.

    Raises DemoError, EmbeddedServerError.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        _run(port)
    except KeyboardInterrupt:
        _say("Stopped.")


def _run(port: int) -> None:
    _refuse_used(port)
    with _only_demo_here(settings.VAR_DIR), _database_running(), ExitStack() as stack:
        _prepare()
        children: list[processes.Child] = []
        stack.callback(_stop, children)
        children += [_start_web(port), _start_worker()]
        _wait_until_healthy(children, port)
        _greet(port)
        _watch(children)


# Before the start ---------------------------------------------------------


def port_from(text: str) -> int:
    """Return the port that ``text`` names, 8000 for nothing.

    >>> port_from("")
    8000
    >>> port_from("eight")
    Traceback (most recent call last):
        ...
    config.demo.DemoError: PORT must be a number from 1024 to 65535, not eight.
    """
    port = int(text or "8000") if (text or "8000").isdigit() else 0
    if not 1024 <= port <= 65535:
        raise DemoError(f"PORT must be a number from 1024 to 65535, not {text}.")
    return port


def _refuse_used(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise DemoError(
                f"Port {port} is in use by another program. Choose another:"
                f" PORT={port + 1} make demo"
            ) from error


@contextmanager
def _only_demo_here(var: Path) -> Iterator[None]:
    with (var / "demo.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DemoError("A demo already runs in this folder. Stop it first.") from error
        yield


@contextmanager
def _database_running() -> Iterator[None]:
    """Have a database; stop it afterwards if it was started here."""
    if not settings.DATABASE_URL:
        _say("Starting the database")
    ours = not settings.DATABASE_URL and server.start(settings.VAR_DIR)
    try:
        yield
    finally:
        if ours:
            server.stop(settings.VAR_DIR)


def _prepare() -> None:
    """Bring tables, data and files up to date."""
    half_loaded = settings.VAR_DIR / "demo-data-loading"
    if half_loaded.exists():
        _drop_half_loaded_data()
    _say("Bringing the tables up to date")
    call_command("migrate", interactive=False, verbosity=0)
    if not Member.objects.exists():
        half_loaded.touch()
        _load_demo_data()
    half_loaded.unlink(missing_ok=True)
    static_files.collect_if_changed()
    heartbeat.forget()


def _drop_half_loaded_data() -> None:
    """Begin anew after a loading that was interrupted; nothing but demo data was there."""
    if settings.DATABASE_URL:
        raise DemoError(
            "The loading of demo data was interrupted. Make the database of DATABASE_URL anew."
        )
    server.drop_database(settings.VAR_DIR)


def _load_demo_data() -> None:
    _say("Loading demo data (once, some minutes)")
    members = int(os.environ.get("DEMO_MEMBERS") or 2000)
    months = int(os.environ.get("DEMO_MONTHS") or 18)
    call_command("demo_data", members=members, months=months, seed=1)


# Running ------------------------------------------------------------------


def _start_web(port: int) -> processes.Child:
    # Above our own limit, so that a person gets our page, and not as much as the disk holds.
    options = ["--threads=8", f"--max-request-body-size={2 * settings.UPLOAD_LIMIT_BYTES}"]
    listen = f"--listen={HOST}:{port}"
    return _start("web", ["waitress", *options, listen, "config.wsgi:application"])


def _start_worker() -> processes.Child:
    options = ["--beat", "--concurrency=1", "--loglevel=WARNING"]
    quiet = ["--without-mingle", "--without-gossip"]
    command = ["celery", "-A", "config", "worker", *options, *quiet]
    return _start("worker", command, GIVES_WAY="true")


def _start(name: str, module: list[str], **environment: str) -> processes.Child:
    log = settings.VAR_DIR / "log" / f"{name}.log"
    return processes.start(name, [sys.executable, "-m", *module], log=log, **environment)


def _wait_until_healthy(children: list[processes.Child], port: int) -> None:
    """Wait for web, database and worker; nudge the worker rather than wait for its clock."""
    _say("Waiting for web and worker")
    heartbeat.beat.delay()
    deadline = time.monotonic() + PATIENCE
    while not _is_healthy(port):
        _refuse_dead(children)
        if time.monotonic() > deadline:
            logs = ", ".join(str(child.log) for child in children)
            raise DemoError(f"Web and worker did not become healthy; see {logs}.")
        time.sleep(0.25)


def _is_healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/healthz", timeout=5) as answer:
            return bool(json.load(answer)["healthy"])
    except (OSError, ValueError, urllib.error.URLError):
        return False


def _refuse_dead(children: list[processes.Child]) -> None:
    for child in children:
        if not child.is_running:
            raise DemoError(
                f"The {child.name} process ended by itself: {_last_line(child.log)}\n"
                f"The rest is in {child.log}."
            )


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").split("\n")
    return next((line for line in reversed(lines) if line.strip()), "it said nothing.")


def _watch(children: list[processes.Child]) -> None:
    while True:
        _refuse_dead(children)
        time.sleep(1)


def _greet(port: int) -> None:
    _say(f"\nRegulars runs at http://{HOST}:{port}\n")
    staff = list(User.objects.filter(is_active=True).order_by("role", "username"))
    if staff and staff[0].check_password(PASSWORD):
        _say(f"Log in as one of these; the password is {PASSWORD}")
        for user in staff:
            _say(f"  {user.username:<16} {user.role}")
    _say("\nCtrl-C stops it.")


# The end ------------------------------------------------------------------


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Leave by the way that cleans up."""
    raise KeyboardInterrupt


def _stop(children: list[processes.Child]) -> None:
    """Stop what runs; a second Ctrl-C must not cut that short."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    processes.stop(children)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
