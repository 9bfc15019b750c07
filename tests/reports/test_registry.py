"""The registry: one shape for all figures, one sentence for each in the docs, clear refusals."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from ledger.operations.visits import check_in
from reports.queries.registry import figures
from tests.members.factories import MemberFactory, StoreFactory
from tests.reports.asking import figure

DOCS = Path(__file__).parent.parent.parent / "docs" / "figures.md"
SHAPE = {"name", "formula", "dimensions", "from", "to", "as_of", "store", "rows"}
AT = datetime(2026, 5, 1, 12, tzinfo=UTC)
ROW = {"value", "numerator", "denominator", "low", "high", "eligible"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return StoreFactory()


@pytest.mark.parametrize("key", figures())
def test_every_figure_answers_an_empty_shop_in_its_shape(store, key):
    answer = figure(key, as_of="2026-03-31")

    assert answer["key"] == key
    assert answer["definition"]
    assert {
        "name",
        "formula",
        "dimensions",
        "from",
        "to",
        "as_of",
        "store",
        "rows",
    } <= answer.keys()
    for row in answer["rows"]:
        assert row.keys() >= ROW
        assert set(answer["dimensions"]) <= row.keys()


@pytest.mark.parametrize("key", figures())
def test_every_figure_is_explained_in_the_docs(key):
    assert f"### `{key}`" in DOCS.read_text()


def test_an_unknown_figure_is_refused_with_the_ones_there_are():
    with pytest.raises(CommandError, match=r"There is no figure “nonsense”.*retention"):
        call_command("figure", "nonsense")


def test_an_option_that_is_not_offered_is_refused(store):
    with pytest.raises(CommandError, match="no kind “weekly”"):
        call_command("figure", "retention", kind="weekly")


def test_days_that_are_none_are_refused(store):
    with pytest.raises(CommandError, match="no number of days"):
        call_command("figure", "retention", days="soon")


def test_a_figure_knows_what_was_marked_a_moment_ago(store):
    member = MemberFactory(store=store)
    check_in(request_id=uuid4(), member=member, store=store, at=AT, by=None)

    (row,) = figure("lapsed", days="30", as_of="2026-06-30")["rows"]

    assert (row["numerator"], row["denominator"]) == (1, 1)


def test_the_day_is_the_last_closed_one_unless_told(store):
    answer = figure("lapsed")

    yesterday = store.business_date(datetime.now(UTC)) - timedelta(days=1)
    assert answer["as_of"] == yesterday.isoformat()
