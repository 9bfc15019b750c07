"""Some of the files that `make fuzz` mutates by the thousand, and those that once did harm."""

from pathlib import Path

import pytest

from tests.imports.fuzz import examine, forked_children
from tests.imports.mutants import mutant
from tests.imports.sheets_made import open_store

pytestmark = pytest.mark.slow
PURE, BOOKED = 140, 10


@pytest.fixture(autouse=True)
def _quick_children() -> object:
    with forked_children():
        yield


def test_mutated_files_lose_no_row_and_no_amount(tmp_path: Path) -> None:
    came = [examine(mutant(1, number), tmp_path / "list", None) for number in range(PURE)]

    assert came.count("read") > PURE // 2


@pytest.mark.django_db
def test_what_mutated_files_book_is_what_they_say(tmp_path: Path) -> None:
    store = open_store("en")

    for number in range(PURE, PURE + BOOKED):
        examine(mutant(1, number), tmp_path / "list", store)


def test_the_same_number_makes_the_same_file() -> None:
    assert mutant(3, 5).name == mutant(3, 5).name
    assert mutant(3, 5).rows == mutant(3, 5).rows
