"""What columns are called by many systems: balances, history, and what can only be asked."""

import tomllib

import pytest

from imports.rules.aliases import recognise, suggest
from tests.imports.sheets_made import DATA

HEADERS = tomllib.loads((DATA / "headers.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("header", HEADERS["history"])
def test_what_was_ever_there_is_history(header: str) -> None:
    match = recognise(header, "members")

    assert match is not None
    assert match.field == "history"


@pytest.mark.parametrize(
    ("field", "header"),
    [(field, header) for field, names in HEADERS["fields"].items() for header in names],
)
def test_a_name_says_its_field(field: str, header: str) -> None:
    match = recognise(header, "members")

    assert match is not None
    assert (match.field, match.is_either) == (field, False)


@pytest.mark.parametrize("header", HEADERS["either"])
def test_what_could_be_either_is_only_a_guess(header: str) -> None:
    match = recognise(header, "members")

    assert match is not None
    assert match.is_either


@pytest.mark.parametrize("header", HEADERS["nothing"])
def test_other_names_say_nothing(header: str) -> None:
    assert recognise(header, "members") is None
    assert suggest(header, "members") is None
