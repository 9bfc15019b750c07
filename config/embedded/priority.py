"""Keeps a process that gives way, and its server process, to one processor.

A draw-down takes two milliseconds. An import that has both processors of a small machine busy
makes it wait some three more for its turn, whatever niceness says: Linux shares processors out by
sessions, and every server process is a session of its own. With a processor left free it need not.
"""

import os
from contextlib import suppress

import psutil


def give_way(server_process: int) -> None:
    """Keep this process and its ``server_process`` to the last processor that it may use.

    Where the system has no such thing, as macOS, or does not let us, as a container's root at the
    server of another user, nothing is done.
    """
    for process in (psutil.Process(), psutil.Process(server_process)):
        if hasattr(process, "cpu_affinity"):
            with suppress(psutil.AccessDenied):
                process.cpu_affinity([max(os.sched_getaffinity(0))])
