"""The pages about other systems say of each column what the rules say."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from imports.rules.aliases import recognise

PAGES = sorted((Path(settings.BASE_DIR) / "docs" / "coming-from").glob("*.md"))
TABLE = re.compile(r"^## .*\(`(?P<kind>\w+)`\)$")
LINE = re.compile(r"^\| (?P<header>[^|]+) \|[^|]+\|[^|]+\| `(?P<field>\w+)` \|$")


def claims() -> list[tuple[str, str, str, str]]:
    """Page, kind, header and field of every line of every table."""
    found, kind = [], ""
    for page in PAGES:
        for line in page.read_text(encoding="utf-8").splitlines():
            if table := TABLE.match(line):
                kind = table["kind"]
            elif said := LINE.match(line):
                found.append((page.stem, kind, said["header"], said["field"]))
    return found


@pytest.mark.parametrize(("page", "kind", "header", "field"), claims())
def test_a_column_is_taken_for_what_its_page_says(
    page: str, kind: str, header: str, field: str
) -> None:
    match = recognise(header, kind)

    if field == "kept":
        assert match is None
    else:
        assert match is not None
        assert (match.field, match.score, match.is_either) == (field, 100, False)


@pytest.mark.parametrize("name", ["import.md", "import.zh.md"])
def test_every_page_is_led_to(name: str) -> None:
    text = (Path(settings.BASE_DIR) / "docs" / name).read_text(encoding="utf-8")

    assert [page.name for page in PAGES if f"coming-from/{page.name}" not in text] == []
    assert len(PAGES) == 16
