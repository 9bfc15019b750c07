"""Collects the browser's files for the demo, only when they changed."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.core.management import call_command


def collect_if_changed() -> None:
    """Collect into ``STATIC_ROOT`` unless the last collection is still true."""
    stamp = settings.VAR_DIR / "static-stamp"
    now = _fingerprint(settings.BASE_DIR)
    collected = settings.STATIC_ROOT / "staticfiles.json"
    if collected.exists() and stamp.exists() and stamp.read_text() == now:
        return
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(now)


def _fingerprint(base: Path) -> str:
    """Return what tells a changed file or another version of a package."""
    lines = [
        f"{path.relative_to(base)} {path.stat().st_size} {path.stat().st_mtime_ns}"
        for path in sorted((base / "static").rglob("*"))
        if path.is_file()
    ]
    packages = (base / "requirements.txt").read_text()
    return hashlib.sha256("\n".join([*lines, packages]).encode()).hexdigest()
