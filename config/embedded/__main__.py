"""`python -m config.embedded start|stop|status|env|run COMMAND …`: the embedded server by hand."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

from config.embedded import server
from config.embedded.places import DATABASE, PORT, SUPERUSER, binaries, place_under

USAGE = "Usage: python -m config.embedded start|stop|status|env|run COMMAND …"


def main(arguments: list[str]) -> int:
    """Do the one thing asked for; return the exit code."""
    commands = {"start": _start, "stop": _stop, "status": _status, "env": _env}
    try:
        match arguments:
            case ["run", _, *_]:
                return _run(_var(), arguments[1:])
            case [name] if name in commands:
                return commands[name](_var())
    except server.EmbeddedServerError as error:
        _say(str(error))
        return 1
    _say(USAGE)
    return 2


def _var() -> Path:
    here = Path(__file__).resolve().parents[2] / "var"
    return Path(os.environ.get("REGULARS_VAR") or here).resolve()


def _start(var: Path) -> int:
    _say("started" if server.start(var) else "already running")
    return 0


def _stop(var: Path) -> int:
    _say("stopped" if server.stop(var) else "not running")
    return 0


def _status(var: Path) -> int:
    running = server.answers(var)
    _say("running" if running else "not running")
    return 0 if running else 3


def _env(var: Path) -> int:
    """Print lines for `eval`, so that psql and pg_dump find the server."""
    host = str(place_under(var).socket)
    _say(f"export PGHOST='{host}' PGPORT={PORT} PGUSER={SUPERUSER} PGDATABASE={DATABASE}")
    _say(f"export DATABASE_URL='postgresql://{SUPERUSER}@{quote(host, safe='')}/{DATABASE}'")
    _say(f"export PATH='{binaries()}':\"$PATH\"")
    return 0


def _run(var: Path, command: list[str]) -> int:
    """Run ``command`` and stop the server after it, if it was not running before."""
    ours = not os.environ.get("DATABASE_URL") and server.start(var)
    try:
        return subprocess.run(command, check=False).returncode  # noqa: S603 -- the caller's own
    except KeyboardInterrupt:
        return 130
    finally:
        if ours:
            server.stop(var)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
