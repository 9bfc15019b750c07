#!/usr/bin/env python3
"""Fetch the pinned browser assets from the npm registry into static/vendor/.

The result is committed, so only the person who raises a version needs npm:

    python scripts/vendor.py            # fetch, verify, write
    python scripts/vendor.py --check    # compare static/vendor/ with its checksums, no network
"""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

VENDOR = Path(__file__).resolve().parent.parent / "static" / "vendor"
CHECKSUMS = VENDOR / "SHA256SUMS"


@dataclass(frozen=True)
class Package:
    """One npm package: the exact version, its registry checksum, and the files taken from it."""

    name: str
    version: str
    licence: str
    sha512: str
    files: tuple[tuple[str, str], ...]


PACKAGES = (
    # htmx 4 changes inheritance and how 4xx answers are swapped: stay on 2.
    Package(
        name="htmx.org",
        version="2.0.11",
        licence="0BSD",
        sha512="Thx/WtpeOQqSrqBCw/A1cwGJGg4UrVa3+sW0GmrM3p4gJgO89ecH4qtbnyzDDWFvBTqjnIMCgELTNt636dtamA==",
        files=(("dist/htmx.min.js", "htmx.min.js"), ("LICENSE", "LICENSE.htmx")),
    ),
    Package(
        name="echarts",
        version="6.1.0",
        licence="Apache-2.0",
        sha512="q0yaFPggC9FUdsWH4blavRWFmxdrIodbkoKNAjJudAI6CA9gNPxHtV2RcZNEepZVlk4yvBYkOkbk6HIVpIyHZA==",
        files=(
            ("dist/echarts.min.js", "echarts.min.js"),
            ("LICENSE", "LICENSE.echarts"),
            ("NOTICE", "NOTICE.echarts"),
        ),
    ),
    Package(
        name="lucide-static",
        version="1.62.0",
        licence="ISC",
        sha512="WBZA/m2PvkFpMGHDtsBck5P2A9G4ehLlYu4GwwICcmEm1BvYVgj00lCDxKRWLlbMlOibLaiwdQ88G5pHkSWgwA==",
        files=(("LICENSE", "LICENSE.lucide"),),
    ),
)

# Only the icons that a template draws; they become one sprite, icons.svg.
ICONS = (
    "arrow-down-right", "arrow-left", "arrow-right", "arrow-up-right", "beer", "bell",
    "calendar-days", "chart-column", "check", "chevron-down", "chevron-left", "chevron-right",
    "circle-alert", "circle-check", "circle-question-mark", "coins", "download",
    "file-spreadsheet", "funnel", "gamepad-2", "gift", "history", "house", "inbox", "info",
    "languages", "log-out", "map-pin-check", "menu", "minus", "phone", "plus", "printer",
    "receipt-text", "scan-line", "search", "settings", "shirt", "shopping-bag", "star",
    "store", "ticket", "trash-2", "triangle-alert", "undo-2", "upload", "user-plus",
    "user-round", "users", "wallet", "x",
)  # fmt: skip


def download(package: Package, folder: Path) -> Path:
    """Fetch ``package`` into ``folder`` by ``npm pack``; refuse another checksum."""
    npm = shutil.which("npm")
    if npm is None:
        sys.exit("npm is needed to raise a version (the vendored files themselves need no Node).")
    spec = f"{package.name}@{package.version}"
    subprocess.run(  # noqa: S603  (a fixed command, pinned arguments)
        [npm, "pack", "--silent", spec], cwd=folder, check=True, stdout=subprocess.DEVNULL
    )
    tarball = folder / f"{package.name}-{package.version}.tgz"
    digest = base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()
    if digest != package.sha512:
        sys.exit(f"{spec}: the registry sent sha512-{digest}, not the pinned checksum.")
    return tarball


def read(tarball: Path, member: str) -> bytes:
    """Return one file of an npm tarball."""
    with tarfile.open(tarball) as archive:
        content = archive.extractfile(f"package/{member}")
        if content is None:
            sys.exit(f"{tarball.name} holds no {member}.")
        return content.read()


def symbol(name: str, svg: str) -> str:
    """Turn one icon file into a <symbol>; colour and line width come from the style sheet."""
    inner = re.sub(r"<!--.*?-->", "", svg, flags=re.DOTALL)
    shapes = re.search(r"<svg[^>]*>(.*)</svg>", inner, flags=re.DOTALL)
    if shapes is None:
        sys.exit(f"The icon {name} is not an SVG file.")
    body = re.sub(r"\s*\n\s*", "", shapes[1]).strip()
    return f'<symbol id="{name}" viewBox="0 0 24 24">{body}</symbol>'


def sprite(tarball: Path) -> str:
    """Join the icons in use into one SVG file, addressed as icons.svg#name."""
    symbols = [symbol(name, read(tarball, f"icons/{name}.svg").decode()) for name in ICONS]
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def versions() -> str:
    """Return the list of what is vendored, for people."""
    rows = [f"{p.name} {p.version}  {p.licence}  sha512-{p.sha512}" for p in PACKAGES]
    return "Made by scripts/vendor.py. Do not edit by hand.\n\n" + "\n".join(rows) + "\n"


def checksums() -> str:
    """Return one ``sha256  name`` line for each vendored file."""
    files = sorted(path for path in VENDOR.iterdir() if path != CHECKSUMS)
    return "".join(f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.name}\n" for p in files)


def fetch() -> None:
    """Fill static/vendor/ from the registry."""
    shutil.rmtree(VENDOR, ignore_errors=True)
    VENDOR.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as scratch:
        for package in PACKAGES:
            tarball = download(package, Path(scratch))
            for member, target in package.files:
                (VENDOR / target).write_bytes(read(tarball, member))
            if package.name == "lucide-static":
                (VENDOR / "icons.svg").write_text(sprite(tarball), encoding="utf-8")
    (VENDOR / "VERSIONS").write_text(versions(), encoding="utf-8")
    CHECKSUMS.write_text(checksums(), encoding="utf-8")


def main() -> None:
    """Fetch, or with ``--check`` only compare."""
    if sys.argv[1:] != ["--check"]:
        fetch()
    if checksums() != CHECKSUMS.read_text(encoding="utf-8"):
        sys.exit("static/vendor/ differs from its checksums: run python scripts/vendor.py.")
    print(checksums(), end="")


if __name__ == "__main__":
    main()
