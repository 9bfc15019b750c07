"""Nasty texts go out harmless and come back as they were, in Python, PostgreSQL and both files."""

import csv
import io

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from common.guarding import PATTERN, guard, is_risky, unguard
from exports.operations.listing import Text, Workbook, write_listing
from exports.queries.lists import Listing
from exports.rules.columns import Column

BITING = st.sampled_from([*"=+-@\t\r\n'’`＝＋－＠− \u3000\u200b\ufeff\u202e0,;\"\\", "NULL", "🐼"])
TEXTS = st.one_of(
    st.lists(BITING, max_size=8).map("".join),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20),
)


@given(TEXTS)
def test_what_was_guarded_is_harmless_and_comes_back(text):
    told = guard(text)

    assert told in {text, f"'{text}"}
    assert told.startswith("'") or not is_risky(told)
    assert unguard(told) == text


@pytest.mark.slow
@pytest.mark.django_db
@settings(max_examples=200, deadline=None)
@given(texts=st.lists(TEXTS, min_size=1, max_size=20))
def test_postgresql_guards_the_same_texts(texts):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t ~ %s FROM unnest(%s::text[]) WITH ORDINALITY u (t, n) ORDER BY n",
            [PATTERN, texts],
        )
        assert [risky for (risky,) in cursor.fetchall()] == [is_risky(text) for text in texts]


@settings(max_examples=50, deadline=None)
@given(texts=st.lists(TEXTS, min_size=1, max_size=5))
def test_a_csv_gives_back_every_text(texts):
    file = io.BytesIO()
    listing = Listing([Column("=Text")], lambda: iter([[text] for text in texts]))

    write_listing(listing, [Text(file, listing.columns)])

    rows = list(csv.reader(io.StringIO(file.getvalue().decode("utf-8-sig"), newline="")))
    # A line that holds one empty text and nothing else is read as no cells at all.
    assert [unguard(row[0]) if row else "" for row in rows] == ["=Text", *texts]


@settings(max_examples=30, deadline=None)
@given(texts=st.lists(TEXTS.filter(str.strip), min_size=1, max_size=5))
def test_a_workbook_gives_back_every_text_as_a_text(tmp_path_factory, texts):
    path = tmp_path_factory.mktemp("book") / "list.xlsx"
    listing = Listing([Column("Text"), Column("n")], lambda: iter([[text, 1] for text in texts]))

    write_listing(listing, [Workbook(path, listing.columns)])

    rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()[1:]
    assert [unguard(row[0]) for row in rows] == texts
