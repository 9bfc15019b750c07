"""Finds a Chromium for the browser tests; without one they are left out, and that is said."""

import os
import shutil
from pathlib import Path

import pytest

NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"]
MAC = Path("/Applications")
MAC_APPS = ["Google Chrome", "Chromium", "Microsoft Edge"]


def find_chromium() -> str | None:
    """Return the path of a Chromium: the one named by CHROMIUM, else one of this machine."""
    found = [os.environ.get("CHROMIUM"), *map(shutil.which, NAMES)]
    found += [str(MAC / f"{app}.app/Contents/MacOS/{app}") for app in MAC_APPS]
    return next((path for path in found if path and os.access(path, os.X_OK)), None)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the browser tests out where none can run, unless REQUIRE_CHROMIUM is set."""
    if find_chromium() or os.environ.get("REQUIRE_CHROMIUM"):
        return
    left_out = [item for item in items if item.get_closest_marker("browser")]
    if left_out:
        items[:] = [item for item in items if not item.get_closest_marker("browser")]
        config.hook.pytest_deselected(items=left_out)


def pytest_report_header() -> str:
    """Say which browser the tests drive, before they run."""
    return f"chromium: {find_chromium() or 'none found, so the browser tests are left out'}"


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, object]) -> dict[str, object]:
    """Launch the machine's Chromium; as root it cannot have a sandbox."""
    path = find_chromium()
    assert path, "REQUIRE_CHROMIUM is set and no Chromium was found."
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {**browser_type_launch_args, "executable_path": path, "args": arguments}
