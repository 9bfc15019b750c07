"""Brings one file into one database, as the worker does, and says what it took."""

import json
import resource
import sys
from pathlib import Path
from time import perf_counter

from django.db import connection
from django.utils import timezone

from imports.operations import check_file, run_batch
from members.models import Store


def main(database: str, path: Path, store_pk: int) -> int:
    """Check and run; prints "applying" between the two and the seconds and megabytes at the end."""
    connection.settings_dict["NAME"] = database
    connection.settings_dict["OPTIONS"].pop("assume_role", None)
    store, now = Store.objects.get(pk=store_pk), timezone.now()
    start = perf_counter()
    batch = check_file(path=path, file_name=path.name, store=store, at=now, by=None)
    checked = perf_counter()
    sys.stdout.write("applying\n")
    sys.stdout.flush()
    run_batch(batch=batch, at=now, by=None)
    seconds = {"check": checked - start, "apply": perf_counter() - checked}
    parsing = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    peak = max(_own_peak(), parsing) / 1024
    sys.stdout.write(json.dumps(seconds | {"megabytes": peak}))
    return 0


def _own_peak() -> int:
    """Kilobytes; ``ru_maxrss`` would count what the starter held when it made this process."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))
