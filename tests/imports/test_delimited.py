import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imports.rules.delimited import guess_delimiter, read_rows, records, survey
from imports.rules.text_lines import LineTooLong


@pytest.mark.parametrize(
    ("lines", "delimiter"),
    [
        (["a,b,c", "1,2,3"], ","),
        (["a;b;c", "1,5;2,5;3"], ";"),
        (["a\tb", "1,000\t2"], "\t"),
        (["姓名|电话", "张三|138"], "|"),
        (["姓名，电话，余额", "张三，138，5"], "，"),
        (['"Last, First",phone', '"Doe, Jo",1'], ","),
        (["phone", "13800138000"], ","),
        (["sep=;", "a;b"], ";"),
    ],
)
def test_finds_the_delimiter(lines: list[str], delimiter: str) -> None:
    assert guess_delimiter(lines) == delimiter


def test_a_quoted_cell_over_two_lines_is_one_row() -> None:
    lines = ["name,address\n", '"Jo","1 Main St\n', 'Flat 2"\n', "Al,x\n"]

    assert list(records(lines, ",")) == [
        ["name", "address"],
        ["Jo", "1 Main St\nFlat 2"],
        ["Al", "x"],
    ]


def test_an_unclosed_quote_does_not_swallow_the_rows_below() -> None:
    lines = ["a,b,c\n", '1,"x,3\n', "4,5,6\n", "7,8,9\n"]

    assert list(records(lines, ",")) == [
        ["a", "b", "c"],
        ["1", '"x', "3"],
        ["4", "5", "6"],
        ["7", "8", "9"],
    ]


def test_a_quote_closed_by_the_opening_one_of_a_later_row_is_seen_through() -> None:
    lines = ["a,b,c\n", '1,"x,3\n', "4,5,6\n", '7,"y",9\n']

    assert list(records(lines, ","))[1:] == [["1", '"x', "3"], ["4", "5", "6"], ["7", "y", "9"]]


def test_nobody_reads_on_through_a_million_lines_of_commas(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    commas = "," * 20 + "\n"
    file.write_text("name,phone\nJo,1\n" + commas * 300 + "," * (2 << 20) + "\n")

    rows = [row.cells for row in read_rows(file, "utf-8", ",", most=2)]

    assert rows == [("name", "phone"), ("Jo", "1")]
    with pytest.raises(LineTooLong):
        survey(file, "utf-8", ",")


def test_inches_inside_a_cell_stay() -> None:
    assert list(records(['5" pipe,2\n', "x,3\n"], ",")) == [['5" pipe', "2"], ["x", "3"]]


def test_the_line_that_names_the_separator_is_no_row() -> None:
    assert list(records(["sep=;\n", "a;b\n", "1;2\n"], ";")) == [["a", "b"], ["1", "2"]]


cells = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))


@given(st.lists(st.lists(cells, min_size=2, max_size=4), min_size=1, max_size=8))
def test_reads_back_what_any_program_writes(table: list[list[str]]) -> None:
    width = max(map(len, table))
    table = [["head"] * width, *([*row, *[""] * (width - len(row))] for row in table)]
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(table)

    lines = io.StringIO(out.getvalue(), newline="")

    assert list(records(lines, ",")) == table
