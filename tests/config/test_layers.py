"""The rules of pyproject.toml reach every package there is."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "bench"}


def test_the_layers_name_every_package():
    assert set(PYPROJECT["tool"]["importlinter"]["root_packages"]) == PACKAGES


def test_types_are_checked_in_every_package():
    assert set(PYPROJECT["tool"]["mypy"]["files"]) == PACKAGES


def test_doctests_run_in_every_package():
    assert set(PYPROJECT["tool"]["pytest"]["ini_options"]["testpaths"]) == PACKAGES | {"tests"}
