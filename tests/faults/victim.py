"""A migrated server of our own that may be killed: never the one this machine works with."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

import psutil
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from django.test import override_settings

from config.embedded import places, server
from tests.private_servers import folders

PATIENCE = 30


@dataclass(frozen=True)
class Victim:
    """The server under ``var``, to which every connection of this process goes."""

    var: Path

    @property
    def postmaster(self) -> psutil.Process:
        pid = (places.place_under(self.var).data / "postmaster.pid").read_text().split("\n")[0]
        return psutil.Process(int(pid))

    def kill_postmaster(self, _random: Random) -> None:
        """Kill the process that all others depend on; they notice, and go."""
        self.postmaster.kill()

    def kill_backend(self, random: Random) -> None:
        """Kill the process that serves one connection; the server ends all others too."""
        name = f" {places.DATABASE} [local]"
        backends = [
            child for child in self.postmaster.children() if any(name in a for a in child.cmdline())
        ]
        random.choice(backends).kill()

    def kill_everything(self, random: Random) -> None:
        """Kill all processes at once, in any order, as when the machine stops."""
        parent = self.postmaster
        everything = [parent, *parent.children()]
        random.shuffle(everything)
        for process in everything:
            with suppress(psutil.NoSuchProcess):  # gone by itself, after its parent
                process.kill()

    def restart(self) -> None:
        """Wait until the server has put itself in order, or start it again."""
        connections.close_all()
        server.start(self.var)

    def set(self, name: str, value: str) -> None:
        """Change a setting of the whole server."""
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")
            cursor.execute(f"ALTER SYSTEM SET {name} = {value}")
            cursor.execute("SELECT pg_reload_conf()")
        connection.close()


@contextmanager
def victim() -> Iterator[Victim]:
    """Point Django at a new server with our tables, used by the application's role."""
    entry = connection.settings_dict
    before, options = dict(entry), dict(entry["OPTIONS"])
    with folders() as make:
        var = make()
        connections.close_all()
        entry.update(server_settings(var))
        entry["OPTIONS"] = {name: options[name] for name in options if name != "assume_role"}
        try:
            with override_settings(VAR_DIR=var):
                server.start(var)
                call_command("migrate", verbosity=0)
                connections.close_all()
                entry["OPTIONS"]["assume_role"] = settings.APP_DB_ROLE
                yield Victim(var)
        finally:
            connections.close_all()
            entry.update(before)


def server_settings(var: Path) -> dict[str, str]:
    """Where the server under ``var`` is found."""
    return {
        "NAME": places.DATABASE,
        "USER": places.SUPERUSER,
        "PASSWORD": "",
        "HOST": str(places.place_under(var).socket),
        "PORT": str(places.PORT),
    }
