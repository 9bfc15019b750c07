import io
import time
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from common.errors import DomainError
from imports.rules.guard import HasDocumentType, UnpacksTooLarge
from imports.rules.reading import open_book
from imports.rules.sheets import (
    UNCALCULATED,
    FileEmpty,
    FileEncrypted,
    FileUnreadable,
    StrayCell,
)
from tests.imports.sheets_made import DATA, checked, csv_file, rows_of, without_values, xlsx_file

SAMPLE = DATA / "cn_members_title_rows.xlsx"


def test_content_decides_and_not_the_name(tmp_path: Path) -> None:
    named_csv = tmp_path / "members.csv"
    named_csv.write_bytes(SAMPLE.read_bytes())

    with open_book(named_csv) as book:
        assert book.format == "xlsx"
        assert next(iter(book.sheets[0].rows())).cells == ("会员信息统计表",)


def test_blank_lines_count_in_row_numbers(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", [["a", "b"], [""], ["", ""], ["1", "2"]])

    assert rows_of(path) == [(1, ("a", "b")), (4, ("1", "2"))]


def test_rows_of_a_sheet_keep_their_number_and_place(tmp_path: Path) -> None:
    path = xlsx_file(
        tmp_path / "a.xlsx", [[], [], [None, "姓名", "电话"], [], [None, "张三", 13800138000]]
    )

    assert rows_of(path) == [(3, (None, "姓名", "电话")), (5, (None, "张三", 13800138000))]


def test_reads_a_web_page_saved_as_a_workbook(tmp_path: Path) -> None:
    path = tmp_path / "export.xls"
    path.write_bytes(
        "<html><body><table><tr><td rowspan=2>姓名</td><td colspan=2>账户</td></tr>"
        "<tr><td>本金</td><td>赠送</td></tr>"
        "<tr><td>张三</td><td x:num='100'>100.00</td><td>5<br>0</td></tr></table>".encode("gb18030")
    )

    with open_book(path) as book:
        assert (book.format, book.encoding) == ("html", "gb18030")
        rows = [row.cells for row in book.sheets[0].rows()]
    assert rows == [("姓名", "账户"), (None, "本金", "赠送"), ("张三", "100", "5 0")]


def test_reads_an_xml_spreadsheet(tmp_path: Path) -> None:
    path = tmp_path / "export.xls"
    path.write_text(
        '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="S"><Table>'
        '<Row ss:Index="3"><Cell><Data ss:Type="String">姓名</Data></Cell>'
        '<Cell ss:Index="3"><Data ss:Type="Number">1.5</Data></Cell></Row>'
        "</Table></Worksheet></Workbook>",
        encoding="utf-8",
    )

    assert rows_of(path) == [(3, ("姓名", None, 1.5))]


def test_the_encoding_of_foreign_names_far_down_counts(tmp_path: Path) -> None:
    path = tmp_path / "late.csv"
    path.write_bytes(b"name,phone\n" + b"abc,1\n" * 60_000 + "吕栋杰,2\n".encode("gb18030"))

    with open_book(path) as book:
        assert book.encoding == "gb18030"
        *_rest, last = book.sheets[0].rows()
    assert last == (60_002, ("吕栋杰", "2"))


def test_the_owner_may_name_the_encoding(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("é".encode("cp1252") + b",x\n")

    assert rows_of(path, encoding="cp1251") == [(1, ("й", "x"))]


def test_marks_formulas_that_were_never_calculated(tmp_path: Path) -> None:
    path = tmp_path / "f.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["姓名", "余额", "积分"])
        sheet.write(1, 0, "张三")
        sheet.write_formula(1, 1, "=1+1", None, "")
        sheet.write_formula(1, 2, "=1/0", None, "#DIV/0!")

    assert rows_of(path)[1] == (2, ("张三", UNCALCULATED, "#DIV/0!"))


def test_dates_and_numbers_come_as_they_are_meant(tmp_path: Path) -> None:
    path = xlsx_file(tmp_path / "d.xlsx", [["a", "b", "c"], [18600214796.0, 35.5, True]])

    assert rows_of(path)[1] == (2, (18600214796, 35.5, True))


def bomb(path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/worksheets/sheet1.xml", b"<" + b" " * 170_000_000)
    return path


def corner(path: Path) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "a")
        sheet.write(1_048_575, 16_383, 1)
    return path


def with_entities(path: Path) -> Path:
    path.write_bytes(SAMPLE.read_bytes())
    prolog = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><worksheet'
    return without_values(path, {b"<worksheet": prolog})


def in_utf16(path: Path) -> Path:
    source = zipfile.ZipFile(io.BytesIO(SAMPLE.read_bytes()))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name in source.namelist():
            data = source.read(name)
            if name.endswith("sheet1.xml"):
                data = data.decode().encode("utf-16")
            out.writestr(name, data)
    return path


def cut_short(path: Path) -> Path:
    path.write_bytes(SAMPLE.read_bytes()[:4000])
    return path


def torn_inside(path: Path) -> Path:
    data = bytearray(SAMPLE.read_bytes())
    data[600:900] = b"\x55" * 300
    path.write_bytes(data)
    return path


def rubbish_xls(path: Path) -> Path:
    path.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + b"abc" * 1000)
    return path


def locked(path: Path) -> Path:
    stream = "EncryptedPackage".encode("utf-16-le")
    path.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600 + stream + b"\0" * 600)
    return path


def pdf(path: Path) -> Path:
    path.write_bytes(b"%PDF-1.7\n...")
    return path


def blank(path: Path) -> Path:
    path.write_bytes(b"\xef\xbb\xbf\r\n\r\n")
    return path


def picture_bytes(path: Path) -> Path:
    path.write_bytes(bytes(range(256)) * 20)
    return path


def empty_book(path: Path) -> Path:
    return xlsx_file(path, [[]])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "refusal"),
    [
        (bomb, UnpacksTooLarge),
        (corner, StrayCell),
        (with_entities, HasDocumentType),
        (in_utf16, HasDocumentType),
        (cut_short, FileUnreadable),
        (torn_inside, FileUnreadable),
        (rubbish_xls, FileUnreadable),
        (locked, FileEncrypted),
        (pdf, FileUnreadable),
        (blank, FileEmpty),
        (picture_bytes, FileUnreadable),
        (empty_book, FileEmpty),
    ],
)
def test_a_file_not_to_be_read_gets_one_clear_answer_in_seconds(
    tmp_path: Path, make: object, refusal: type[DomainError]
) -> None:
    path = make(tmp_path / "file.xlsx")  # type: ignore[operator]
    began = time.monotonic()

    with pytest.raises(refusal) as refused, open_book(path):
        raise AssertionError("opened")

    assert time.monotonic() - began < 5
    assert str(refused.value).endswith(".")


@pytest.mark.slow
def test_a_workbook_that_wants_all_memory_ends_its_own_process_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Past the guard, as a cell without a reference would be.
    monkeypatch.setattr("imports.rules.guard.CELLS_LIMIT", 1 << 60)

    with pytest.raises(DomainError), open_book(corner(tmp_path / "corner.xlsx")):
        raise AssertionError("opened")


def test_a_column_without_a_name_beside_a_table_as_wide_has_not_slipped(tmp_path: Path) -> None:
    rows = [["姓名", "手机号", ""], ["张三", "13800138000", "老客"], ["李四", "13800138001", ""]]
    wider = [["姓名", "手机号"], ["张三", "13800138000", "老客"], ["李四", "13800138001"]]

    kept = checked(csv_file(tmp_path / "a.csv", rows))[2]
    slipped = checked(csv_file(tmp_path / "b.csv", wider))[2]

    assert kept[0].judged.values["attributes"] == {"column 3": "老客"}
    assert [row.outcome.value for row in (*kept, *slipped)] == ["right", "right", "error", "right"]
