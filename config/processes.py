"""Starts the processes of the demo and stops them, each by its own id."""

import os
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PATIENCE = 20.0


@dataclass(frozen=True)
class Child:
    """A process we started, and the file that it writes to."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def is_running(self) -> bool:
        return self.process.poll() is None


def start(name: str, command: Sequence[str], *, log: Path, **environment: str) -> Child:
    """Start ``command`` in a session of its own: the terminal's Ctrl-C is ours to pass on.

    ``environment`` is added to what the process finds there.
    """
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 -- our own commands
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=os.environ | environment,
        )
    return Child(name, process, log)


def stop(children: Sequence[Child]) -> None:
    """Ask every child to end, wait for each, and end what is left of its session."""
    for child in children:
        if child.is_running:
            child.process.terminate()
    for child in children:
        try:
            child.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            child.process.kill()
            child.process.wait()
        _end_session(child)


def _end_session(child: Child) -> None:
    """End what a child that had to be killed left behind."""
    with suppress(ProcessLookupError):
        os.killpg(child.process.pid, signal.SIGKILL)
