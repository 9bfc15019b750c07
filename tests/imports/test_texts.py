"""Delimited text as people leave it: every cell in its place, or one clear sentence."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from common.errors import DomainError
from imports.rules.delimited import DelimiterUnusable
from imports.rules.reading import EncodingUnknown, open_book
from imports.rules.sheets import FileEmpty, FileTooLarge, FileUnreadable
from imports.rules.text_lines import LineTooLong
from tests.imports.sheets_made import checked, csv_file, rows_of, said

TABLE = [
    ["卡号", "姓名", "手机号", "余额"],
    ["0001", "吕栋杰", "13800138000", "1.50"],
    ["0002", "冯小美", "13800138001", "20"],
    ["0003", "欧阳月", "13800138002", "300"],
]
READ = [(number, tuple(row)) for number, row in enumerate(TABLE, start=1)]


@pytest.mark.parametrize("delimiter", [*",;\t|^~!#&*，；｜、\x1f\x01¦§", "||", "<>", " ", ":"])
def test_any_delimiter_separates(tmp_path: Path, delimiter: str) -> None:
    path = csv_file(tmp_path / "a.txt", TABLE, delimiter=delimiter)

    # A sign that words hold as well is not guessed, but may be named.
    told = {"delimiter": delimiter} if delimiter in {"||", "<>"} else {}

    assert rows_of(path, **told) == READ


@pytest.mark.parametrize(
    ("encoding", "found", "least"),
    [
        ("utf-8", "utf-8", 95),
        ("utf-8-sig", "utf-8-sig", 100),
        ("utf-16", "utf-16", 100),
        ("utf-16-le", "utf-16-le", 90),
        ("utf-16-be", "utf-16-be", 90),
        ("gbk", "gb18030", 60),
        ("gb18030", "gb18030", 60),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_encoding_is_told_with_how_sure_that_is(
    tmp_path: Path, encoding: str, found: str, least: int, end: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("".join(",".join(row) + end for row in TABLE).encode(encoding))

    with open_book(path) as book:
        assert book.encoding == found
        assert book.confidence is not None
        assert least <= book.confidence <= 100
        assert book.delimiter == ","
        assert not book.damaged_characters
        assert [tuple(row) for row in book.sheets[0].rows()] == READ


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("會員編號,姓名,電話,餘額\n1,陳大文,91234567,5\n2,黃美玲,91234568,6\n", "big5"),
        ("Prénom,Nom,Téléphone\nZoé,Lefèvre,0612345678\n", "cp1252"),
        ("Imię;Nazwisko;Telefon\nŁukasz;Wójcik;500100200\n", "cp1250"),
        ("Имя;Телефон;Баланс\nИван;+79161234567;100\n", "cp1251"),
        ("会員番号,お名前,電話番号\n001,やまだ はなこ,0312345678\n", "cp932"),
    ],
)
def test_code_pages_are_told_and_less_sure(tmp_path: Path, text: str, encoding: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode(encoding))

    with open_book(path) as book:
        assert book.confidence is not None
        assert 30 <= book.confidence < 100
        cells = [cell for row in book.sheets[0].rows() for cell in row.cells]
    assert cells == [
        cell for line in text.splitlines() for cell in line.replace(";", ",").split(",")
    ]


def test_the_owner_names_encoding_and_delimiter(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("a;b,c\n1;2,3\n".encode("utf-16-le"))

    with open_book(path, encoding="utf-16-le", delimiter="semicolon") as book:
        assert (book.encoding, book.delimiter, book.confidence) == ("utf-16-le", ";", 100)
        assert [row.cells for row in book.sheets[0].rows()] == [("a", "b,c"), ("1", "2,3")]


@pytest.mark.parametrize("name", ["klingon", "base64", "rot13", "undefined", "zlib"])
def test_what_is_no_encoding_is_refused(tmp_path: Path, name: str) -> None:
    with (
        pytest.raises(EncodingUnknown),
        open_book(csv_file(tmp_path / "a.csv", TABLE), encoding=name),
    ):
        raise AssertionError("opened")


@pytest.mark.parametrize("text", ["x", '"', "\n", "1", "aaaaa", "；；；；；"])
def test_what_cannot_separate_is_refused(tmp_path: Path, text: str) -> None:
    with (
        pytest.raises(DelimiterUnusable),
        open_book(csv_file(tmp_path / "a.csv", TABLE), delimiter=text),
    ):
        raise AssertionError("opened")


def test_mixed_line_ends_make_one_row_each(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\r\n1,2\r3,4\n\n5,6\r\r7,8")

    assert rows_of(path) == [
        (1, ("a", "b")),
        (2, ("1", "2")),
        (3, ("3", "4")),
        (5, ("5", "6")),
        (7, ("7", "8")),
    ]


def test_a_line_end_between_two_pieces_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imports.rules.text_lines.CHUNK", 4)
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\r\n1,2\r\n3,4\r5,6\r\n")

    assert [number for number, _cells in rows_of(path)] == [1, 2, 3, 4]


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "\ufeffsep=;", "SEP=;"])
def test_the_line_that_names_the_separator_counts_for_nothing(tmp_path: Path, first: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"{first}\r\nname;b,c\r\nJo;1,5\r\n", encoding="utf-8", newline="")

    assert rows_of(path) == [(1, ("name", "b,c")), (2, ("Jo", "1,5"))]


def test_quotes_hold_separators_ends_of_lines_and_quotes(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        'Title,List of 2026\nid,name,note\n1,"Doe, Jo","said ""hi""\r\n\nand left"\n2,Al,x\n',
        encoding="utf-8",
        newline="",
    )

    assert rows_of(path)[1:] == [
        (2, ("id", "name", "note")),
        (3, ("1", "Doe, Jo", 'said "hi"\r\n\nand left')),
        (4, ("2", "Al", "x")),
    ]


def test_a_name_over_two_lines_in_the_header_of_a_list_of_nobody(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('"";""\n"卡号";"姓名";"a\nb";"余额"\n', encoding="utf-8", newline="")

    assert rows_of(path) == [(2, ("卡号", "姓名", "a\nb", "余额"))]


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        ('1,"Doe, Jo,5', ("1", '"Doe', " Jo", "5")),
        ('1,"Doe, Jo","5', ("1", "Doe, Jo", '"5')),
        ('1,Jo "the boss" Doe,5', ("1", 'Jo "the boss" Doe', "5")),
        ('1,"Jo" the boss,5', ("1", "Jo the boss", "5")),
        ('1,"Jo,"5', ("1", '"Jo', '"5')),
        ('1,6" pipe,5"', ("1", '6" pipe', '5"')),
        ('1,"",5', ("1", "", "5")),
    ],
)
def test_quotes_that_went_astray_harm_one_row_only(
    tmp_path: Path, line: str, cells: tuple[str, ...]
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"id,name,n\n0,Al,1\n{line}\n2,Bo,3\n3,Cy,4\n", encoding="utf-8")

    assert rows_of(path)[2:] == [(3, cells), (4, ("2", "Bo", "3")), (5, ("3", "Cy", "4"))]


def test_ragged_rows_are_as_long_as_they_are(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", [["a", "b", "c"], ["1"], ["1", "2", "3", "4"], ["", "2"]])

    assert [cells for _n, cells in rows_of(path)] == [
        ("a", "b", "c"),
        ("1",),
        ("1", "2", "3", "4"),
        ("", "2"),
    ]


def test_what_nobody_sees_changes_nothing(tmp_path: Path) -> None:
    rows = [
        ["卡号", "姓名", "手机号", "余额"],
        ["'00080", "\u200b张三\ufeff", "\t13800138000", "１００．５０"],
        ['="00123"', "李\xa0四", " 138\u200b0013\u200d8001", "\xa0¥1,000"],
        ["００９", "王五", "１３８００１３８００２", "0"],
    ]

    path = csv_file(tmp_path / "a.csv", rows, delimiter=";")

    _plan, _check, found = checked(path)
    values = [row.judged.values for row in found]
    assert [row["card"] for row in values] == ["00080", "00123", "009"]
    assert [row["name"] for row in values] == ["张三", "李\xa0四", "王五"]
    assert [row["phone"] for row in values] == [f"+861380013800{n}" for n in range(3)]
    assert [row["balances"]["stored_value_principal"] for row in values] == [10_050, 100_000, 0]


def test_nul_bytes_and_the_end_mark_of_old_systems_are_not_text(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"name,phone\r\nJo\x00,1\r\n\x00\x00\r\nAl,2\r\n\x1a" + b"\x00" * 500)

    assert rows_of(path) == [(1, ("name", "phone")), (2, ("Jo", "1")), (4, ("Al", "2"))]


def test_a_file_cut_inside_a_character_keeps_all_before(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("姓名,备注\n张三,好\n李四,常客".encode()[:-1])

    with open_book(path) as book:
        assert (book.encoding, book.damaged_characters) == ("utf-8", True)
        rows = [row.cells for row in book.sheets[0].rows()]
    assert rows == [("姓名", "备注"), ("张三", "好"), ("李四", "常\ufffd")]


def test_lists_glued_together_are_each_read_in_their_own_encoding(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    first = "姓名,手机号\n" + "吕栋杰,13800138000\n" * 50
    path.write_bytes(first.encode("gb18030") + "欧阳月,13800138001\n".encode())

    with open_book(path) as book:
        *_rest, last = book.sheets[0].rows()
        assert (book.encoding, book.damaged_characters) == ("gb18030", False)
    assert last.cells == ("欧阳月", "13800138001")


@pytest.mark.parametrize(("first", "second"), [("utf-8", "gb18030"), ("gb18030", "utf-8")])
def test_short_names_of_a_glued_list_are_read_too(tmp_path: Path, first: str, second: str) -> None:
    path = tmp_path / "a.csv"
    some = "会员姓名,手机号\n" + "吕栋杰,1\n张伟,2\n王秀英,3\n李小明,4\n" * 20
    more = "欧阳月明,2\n张三,3\n李四,4\n王小五,5\n"
    path.write_bytes(some.encode(first) + more.encode(second) + "冯杰,6\n".encode(first))

    assert [cells[0] for _n, cells in rows_of(path)[-5:]] == [
        *("欧阳月明", "张三", "李四", "王小五", "冯杰"),
    ]


def test_a_torn_line_keeps_what_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    lines = ["姓名,备注", "张三,常客很好", "李四,喜欢喝茶"]
    data = "\n".join(lines).encode()
    path.write_bytes(data.replace("很".encode(), "很".encode()[:2]))

    assert [cells for _n, cells in rows_of(path)] == [
        ("姓名", "备注"),
        ("张三", "常客\ufffd好"),
        ("李四", "喜欢喝茶"),
    ]


def test_a_page_torn_in_one_place_keeps_its_encoding(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    data = bytearray(("卡号,姓名,手机号\n" + "001,吕栋杰,13800138000\n" * 30).encode())
    data[60:80] = b"\xff\x80\xc3\x90" * 5
    path.write_bytes(data)

    with open_book(path) as book:
        assert (book.encoding, book.damaged_characters) == ("utf-8", True)


def nothing(path: Path) -> None:
    path.write_bytes(b"")


def only_blanks(path: Path) -> None:
    path.write_bytes(b"\xef\xbb\xbf,,,\r\n , ,\t\r\n\xe3\x80\x80,\r\n" * 300)


def one_endless_line(path: Path) -> None:
    path.write_bytes(b"name,phone\n" + b"abc," * 15_000_000)


def one_endless_wide_line(path: Path) -> None:
    path.write_bytes(("name,phone\n" + "a" * 20_000_000).encode("utf-16"))


def a_million_columns(path: Path) -> None:
    path.write_bytes(b"a,b\n" + b"," * 1_000_000 + b"x\n")


def beyond_the_limit(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(65 << 20)


def rubbish(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 200)


@pytest.mark.parametrize(
    ("make", "refusal"),
    [
        (nothing, FileEmpty),
        (only_blanks, FileEmpty),
        (one_endless_line, LineTooLong),
        (one_endless_wide_line, LineTooLong),
        (a_million_columns, LineTooLong),
        (beyond_the_limit, FileTooLarge),
        (rubbish, FileUnreadable),
    ],
)
def test_a_text_not_to_be_read_gets_one_clear_answer_in_seconds(
    tmp_path: Path, make: Callable[[Path], None], refusal: type[DomainError]
) -> None:
    path = tmp_path / "a.csv"
    make(path)
    began = time.process_time()

    with pytest.raises(refusal) as refused, open_book(path) as book:
        list(book.sheets[0].rows())

    assert time.process_time() - began < 4
    assert str(refused.value).endswith(".")


@pytest.mark.slow
@pytest.mark.parametrize(
    "line", ['"a\n', 'a"b\n', '"a""\n', 'x","y\n', '"""a,\n', '",\n', '"' * 999 + "\n", '","' * 99]
)
def test_quotes_made_to_be_read_again_and_again_are_not(tmp_path: Path, line: str) -> None:
    path = tmp_path / "a.csv"
    text = f"a,b,c\n1,2,3\n{line * (200_000 // len(line))}"
    path.write_text(text, encoding="utf-8", newline="")
    began = time.process_time()

    read = len(rows_of(path))

    assert time.process_time() - began < 8
    assert read > 2 or line.count("\n") == 0


def test_a_header_alone_is_a_list_of_nobody(tmp_path: Path) -> None:
    plan, check, rows = checked(csv_file(tmp_path / "a.csv", TABLE[:1]))

    assert (plan.header.row, check.count, rows) == (1, 0, [])


def test_rows_of_other_lengths_are_said(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", [*TABLE, ["0004", "甲", "13800138003", "1", "000"]])

    _plan, _check, rows = checked(path)

    assert said(rows) == [(5, "error", [("余额", "too_many_cells")])]
