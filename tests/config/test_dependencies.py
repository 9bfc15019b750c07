import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def names_in(file):
    lines = (ROOT / file).read_text().splitlines()
    return [re.split(r"[\[<>=;]", line)[0] for line in lines if line and line[0] not in "#-"]


@pytest.mark.parametrize("name", names_in("requirements.in") + names_in("requirements-dev.in"))
def test_every_dependency_has_a_reason(name):
    first_columns = re.findall(
        r"^\| ([^|]+) \|", (ROOT / "docs/dependencies.md").read_text(), re.MULTILINE
    )
    named = {re.sub(r"\[.*\]", "", part) for row in first_columns for part in row.split(", ")}

    assert name in named


def test_every_direct_dependency_is_pinned():
    pinned = set(
        re.findall(
            r"^([a-z0-9-]+)(?:\[.*\])?==", (ROOT / "requirements.txt").read_text(), re.MULTILINE
        )
    )

    assert {name.lower().replace("_", "-") for name in names_in("requirements.in")} <= pinned
