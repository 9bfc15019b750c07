"""Workbooks as tills and people leave them: what stands in every cell, or one clear sentence."""

import io
import os
import resource
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter

from common.errors import DomainError
from imports.rules.guard import HasDocumentType, UnpacksTooLarge
from imports.rules.reading import ParsingTooHeavy, open_book
from imports.rules.sheets import UNCALCULATED, FileEncrypted, FileUnreadable, StrayCell
from tests.imports.old_workbooks import Formula, compound, xls_file
from tests.imports.sheets_made import checked, ods_file, rows_of, said, sheet_xml_file, xlsx_file

HEAD = ["姓名", "手机号", "余额"]
TEXT = '<c r="{0}" t="inlineStr"><is><t>{1}</t></is></c>'


def seconds_of_children() -> float:
    """Work done by processes that were started and have ended, whatever else the machine does."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime


def head_xml(row: int = 1) -> str:
    cells = "".join(TEXT.format(f"{c}{row}", t) for c, t in zip("ABC", HEAD, strict=True))
    return f'<row r="{row}">{cells}</row>'


def test_an_old_workbook_says_what_a_new_one_says(tmp_path: Path) -> None:
    path = xls_file(
        tmp_path / "old.xls",
        {"会员": [HEAD, ["张三", 13800138000, 5.5], [None], ["李四", "013", True]]},
    )

    assert rows_of(path) == [
        (1, ("姓名", "手机号", "余额")),
        (2, ("张三", 13800138000, 5.5)),
        (4, ("李四", "013", True)),
    ]


def test_errors_and_formulas_of_an_old_workbook_are_no_blanks(tmp_path: Path) -> None:
    rows = [HEAD, ["张三", "#N/A", Formula("#REF!")], ["李四", Formula(3), Formula("")]]

    path = xls_file(tmp_path / "old.xls", {"a": rows, "b": [["x"], ["#NUM!"]]})

    with open_book(path) as book:
        first, second = ([row.cells for row in sheet.rows()] for sheet in book.sheets)
    assert first[1:] == [("张三", "#N/A", "#REF!"), ("李四", 3)]
    assert second == [("x",), ("#NUM!",)]


def test_formulas_of_an_old_workbook_that_nothing_calculated(tmp_path: Path) -> None:
    path = xls_file(tmp_path / "old.xls", {"a": [HEAD, ["张三", None, Formula()]]})

    assert rows_of(path)[1] == (2, ("张三", None, UNCALCULATED))


def test_merged_cells_and_days_from_1904_of_an_old_workbook(tmp_path: Path) -> None:
    path = xls_file(
        tmp_path / "old.xls",
        {"a": [["门店", *HEAD], ["一店", "张三"], [None, "李四"]]},
        merged=[(1, 2, 0, 0)],
        from_1904=True,
    )

    with open_book(path) as book:
        assert book.sheets[0].merged == ((2, 1, 3, 1),)
        assert (book.format, book.serials_from_1904) == ("xls", True)


def test_rows_of_blanks_are_no_rows(tmp_path: Path) -> None:
    path = xlsx_file(tmp_path / "a.xlsx", [[" ", "\u200b"], HEAD, ["\xa0"], ["张三", " ", 5, " "]])

    assert rows_of(path) == [(2, tuple(HEAD)), (4, ("张三", " ", 5))]


def test_hidden_sheets_are_read_after_the_others(tmp_path: Path) -> None:
    path = xls_file(
        tmp_path / "old.xls",
        {"旧": [HEAD, ["甲", "13800138000", 1]], "新": [HEAD, ["乙", "13800138001", 2]]},
        hidden=["旧"],
    )

    with open_book(path) as book:
        shown = [(sheet.name, sheet.is_hidden) for sheet in book.sheets]
    _plan, _check, rows = checked(path)

    assert shown == [("新", False), ("旧", True)]
    assert [row.judged.values["name"] for row in rows] == ["乙"]


def test_a_hidden_sheet_is_taken_where_no_other_has_a_table(tmp_path: Path) -> None:
    path = xls_file(
        tmp_path / "old.xls",
        {"说明": [["请勿修改"]], "数据": [HEAD, ["甲", "13800138000", 1]]},
        hidden=["数据"],
    )

    plan, _check, _rows = checked(path)

    assert plan.sheet == "数据"


@pytest.mark.parametrize("name", ["list.xlsx", "list.csv", "list.ods", "list"])
def test_an_old_workbook_under_another_name_is_still_one(tmp_path: Path, name: str) -> None:
    path = xls_file(tmp_path / name, {"a": [HEAD]})

    assert rows_of(path) == [(1, tuple(HEAD))]


def ods_cell(text: str, attributes: str = 'office:value-type="string"') -> str:
    return f"<table:table-cell {attributes}><text:p>{text}</text:p></table:table-cell>"


def ods_row(*cells: str, times: int = 1) -> str:
    repeated = f' table:number-rows-repeated="{times}"' if times > 1 else ""
    return f"<table:table-row{repeated}>{''.join(cells)}</table:table-row>"


def test_an_open_document_says_errors_blanks_and_merged_cells(tmp_path: Path) -> None:
    error = 'office:value-type="float" office:value="0" calcext:value-type="error"'
    rows = (
        ods_row(*map(ods_cell, HEAD))
        + ods_row("<table:table-cell/>", times=3)
        + ods_row(
            ods_cell("张三", 'office:value-type="string" table:number-rows-spanned="2"'),
            ods_cell("", 'table:formula="of:=[.A1]"'),
            ods_cell("Err:502", f'table:formula="of:=1/0" {error}'),
        )
        + ods_row("<table:covered-table-cell/>", ods_cell("#N/A", error))
        + ods_row('<table:table-cell table:number-columns-repeated="16384"/>', times=1_048_570)
    )

    with open_book(ods_file(tmp_path / "a.ods", rows)) as book:
        assert (book.format, book.sheets[0].merged) == ("ods", ((5, 1, 6, 1),))
        assert [tuple(row) for row in book.sheets[0].rows()] == [
            (1, tuple(HEAD)),
            (5, ("张三", UNCALCULATED, "#ERROR!")),
            (6, (None, "#N/A")),
        ]


def repeated_to_the_end(path: Path) -> Path:
    cell = ods_cell("1", 'office:value-type="float" office:value="1"')
    wide = cell.replace(
        "<table:table-cell", '<table:table-cell table:number-columns-repeated="999"'
    )
    return ods_file(path, ods_row(wide, times=1_048_576))


def locked_open_document(path: Path) -> Path:
    return ods_file(path, ods_row(ods_cell("a")), encrypted=True)


def test_cells_without_a_place_stand_side_by_side(tmp_path: Path) -> None:
    row = '<row><c t="inlineStr"><is><t>张三</t></is></c><c><v>13800138000</v></c>{}</row>'
    path = sheet_xml_file(
        tmp_path / "a.xlsx",
        head_xml()
        + row.format('<c t="e"><v>#N/A</v></c>')
        + row.format("<c><f>A1</f></c>")
        + row.format("<c/><c><v>7</v></c>"),
    )

    assert [cells for _number, cells in rows_of(path)[1:]] == [
        ("张三", 13800138000, "#N/A"),
        ("张三", 13800138000, UNCALCULATED),
        ("张三", 13800138000, None, 7),
    ]


def test_a_formula_that_says_nothing_is_not_one_that_was_never_calculated(tmp_path: Path) -> None:
    row = (
        '<row r="2"><c r="A2" t="str"><f>IF(1,"","x")</f><v></v></c><c r="B2"><f>1+1</f></c></row>'
    )

    path = sheet_xml_file(tmp_path / "a.xlsx", head_xml() + row)

    assert rows_of(path)[1] == (2, (None, UNCALCULATED))


def test_every_cell_that_was_never_calculated_is_named(tmp_path: Path) -> None:
    row = TEXT.format("A2", "张三") + TEXT.format("B2", "13800138000") + '<c r="C2"><f>1</f></c>'

    path = sheet_xml_file(tmp_path / "a.xlsx", head_xml() + f'<row r="2">{row}</row>')

    _plan, _check, rows = checked(path)
    assert said(rows) == [(2, "error", [("余额", "formula_without_value")])]


def test_a_tag_prefix_changes_nothing(tmp_path: Path) -> None:
    path = sheet_xml_file(
        tmp_path / "a.xlsx",
        '<x:row r="1"><x:c r="A1" t="e"><x:v>#N/A</x:v></x:c>'
        '<x:c r="B1"><x:f>1</x:f></x:c><x:c r="C1"><x:v>5</x:v></x:c></x:row>',
        prefix="x:",
    )

    assert rows_of(path) == [(1, ("#N/A", UNCALCULATED, 5))]


def test_numbers_that_are_none_are_words_and_not_nothing(tmp_path: Path) -> None:
    row = TEXT.format("A2", "张三") + TEXT.format("B2", "13800138000") + '<c r="C2"><v>nan</v></c>'
    path = sheet_xml_file(tmp_path / "a.xlsx", head_xml() + f'<row r="2">{row}</row>')

    _plan, _check, rows = checked(path)

    assert said(rows) == [(2, "error", [("余额", "bad_amount")])]


def test_hidden_rows_and_columns_are_rows_and_columns(tmp_path: Path) -> None:
    row = f'<row r="2" hidden="1">{TEXT.format("A2", "张三")}<c r="B2"><v>13800138000</v></c></row>'
    path = sheet_xml_file(
        tmp_path / "a.xlsx",
        head_xml() + row,
        before='<cols><col min="1" max="1" width="9" hidden="1"/></cols>',
    )

    assert rows_of(path)[1] == (2, ("张三", 13800138000))


@pytest.mark.slow
@pytest.mark.parametrize("ghost", ['<c r="{0}{1}" s="1"/>', '<c r="{0}{1}" s="1"></c>'])
def test_rows_that_are_only_formatted_cost_seconds_and_are_none(tmp_path: Path, ghost: str) -> None:
    # One in eight of all the rows there can be, over the width of the widest lists.
    ghosts = "".join(
        f'<row r="{row}" s="1" customFormat="1">'
        + "".join(ghost.format(letter, row) for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        + "</row>"
        for row in range(1_028_576, 1_048_577)
    )
    path = sheet_xml_file(
        tmp_path / "a.xlsx",
        head_xml() + f'<row r="2">{TEXT.format("A2", "张三")}<c r="C2"><v>5</v></c></row>' + ghosts,
    )
    began = seconds_of_children()

    assert rows_of(path)[1:] == [(2, ("张三", None, 5))]

    assert seconds_of_children() - began < 10


def wide_and_deep(path: Path) -> Path:
    """No cell says where it stands, and yet the table reaches into the last corner."""
    wide = "<row>" + "<c><v>1</v></c>" * 16_000 + "</row>"
    return sheet_xml_file(path, wide + '<row r="1048576"><c><v>1</v></c></row>')


def far_to_the_right(path: Path) -> Path:
    return sheet_xml_file(path, head_xml() + '<row r="2"><c r="XFD2"><v>1</v></c></row>')


def one_string_many_times(path: Path) -> Path:
    """Thirty kilobytes of text in one place, shown in forty thousand cells."""
    cells = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 40_001))
    return sheet_xml_file(path, cells, strings=["x" * 30_000])


def bomb_of_cells(path: Path) -> Path:
    row = b'<row r="1">' + b'<c r="A1"><v>1</v></c>' * 40_000 + b"</row>"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as parts,
        parts.open("xl/worksheets/sheet1.xml", "w") as part,
    ):
        part.write(b"<worksheet><sheetData>")
        for _step in range(200):
            part.write(row)
    return path


def nested_bomb(path: Path) -> Path:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/worksheets/sheet1.xml", b"<" + b" " * 50_000_000)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as parts:
        for number in range(20):
            parts.writestr(f"{number}.xlsx", inner.getvalue())
    return path


def lying_about_its_size(path: Path) -> Path:
    """The directory says ten bytes; the part unpacks to far more than is allowed."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/worksheets/sheet1.xml", b"<x>" + b"a" * 170_000_000)
    data = path.read_bytes()
    path.write_bytes(data.replace(struct.pack("<I", 170_000_003), struct.pack("<I", 10)))
    return path


def many_parts(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as parts:
        for number in range(6_000):
            parts.writestr(f"{number}", b"")
    return path


def laughing(path: Path) -> Path:
    declared = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "lol"}">' for n in range(10))
    return sheet_xml_file(path, head_xml(), prolog=f"<!DOCTYPE x [{declared}]>")


def entities_in_the_index(path: Path) -> Path:
    xlsx_file(path, [HEAD])
    source = zipfile.ZipFile(io.BytesIO(path.read_bytes()))
    with zipfile.ZipFile(path, "w") as out:
        for name in source.namelist():
            data = source.read(name)
            if name == "xl/workbook.xml":
                data = data.replace(b"<workbook", b'<!DOCTYPE x [<!ENTITY a "b">]><workbook')
            out.writestr(name, data)
    return path


def locked_old(path: Path) -> Path:
    return xls_file(path, {"a": [HEAD]}, locked=True)


def another_compound_file(path: Path) -> Path:
    path.write_bytes(compound({"WordDocument": b"x" * 5_000}))
    return path


def circling_compound_file(path: Path) -> Path:
    data = bytearray(compound({"Workbook": b"\x09\x08" + b"\0" * 9_000}))
    table = data.rindex(struct.pack("<I", 1) + struct.pack("<I", 2))
    data[table : table + 4] = struct.pack("<I", 0)
    path.write_bytes(data)
    return path


def no_workbook_inside(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as parts:
        parts.writestr("photo.jpg", b"\xff\xd8\xff" * 1_000)
    return path


def text_of_endless_tags(path: Path) -> Path:
    return sheet_xml_file(path, "<c r='A1' " + "r='A1' " * 400_000)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "refusal"),
    [
        (wide_and_deep, ParsingTooHeavy),
        (far_to_the_right, StrayCell),
        (one_string_many_times, ParsingTooHeavy),
        (bomb_of_cells, UnpacksTooLarge),
        (nested_bomb, FileUnreadable),
        (lying_about_its_size, FileUnreadable),
        (many_parts, UnpacksTooLarge),
        (laughing, HasDocumentType),
        (entities_in_the_index, HasDocumentType),
        (locked_old, FileEncrypted),
        (locked_open_document, FileEncrypted),
        (repeated_to_the_end, FileUnreadable),
        (another_compound_file, FileUnreadable),
        (circling_compound_file, FileUnreadable),
        (no_workbook_inside, FileUnreadable),
        (text_of_endless_tags, UnpacksTooLarge),
    ],
)
def test_what_would_hurt_is_refused_in_seconds_and_leaves_no_mark(
    tmp_path: Path, make: Callable[[Path], Path], refusal: type[DomainError]
) -> None:
    path = make(tmp_path / "file.xlsx")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = seconds_of_children()

    with pytest.raises(refusal) as refused, open_book(path):
        raise AssertionError("opened")

    assert seconds_of_children() - began < 10
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000
    assert str(refused.value).endswith(".")
    assert not list(tmp_path.glob("core*"))


def test_a_file_that_takes_too_long_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = xlsx_file(tmp_path / "a.xlsx", [HEAD])
    monkeypatch.setattr("imports.rules.reading.PARSE_SECONDS", 0.01)

    with pytest.raises(ParsingTooHeavy), open_book(path):
        raise AssertionError("opened")


def test_nothing_of_the_surroundings_gets_into_the_process_that_parses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(os.environ, "PYTHONPATH", str(tmp_path))

    path = xlsx_file(tmp_path / "a.xlsx", [HEAD])

    assert rows_of(path) == [(1, tuple(HEAD))]


def test_rows_that_are_hidden_are_read_and_told(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(
            [["姓名", "手机号"], ["张三", 13800138000], ["李四", 13800138001]]
        ):
            sheet.write_row(number, 0, row)
        sheet.set_row(2, None, None, {"hidden": True})

    _plan, check, found = checked(path)

    assert [row.outcome.value for row in found] == ["right", "right"]
    assert [(note["code"], note["params"]) for note in check.notes] == [
        ("hidden_rows", {"rows": "3"})
    ]


def test_hidden_rows_of_older_and_open_workbooks_are_told(tmp_path: Path) -> None:
    people = [["姓名", "手机"], ["张三", 13800138000], ["李四", 13800138001]]
    old = xls_file(tmp_path / "a.xls", {"会员": people}, hidden_rows=[2])
    cells = "".join(
        f"<table:table-row{seen}>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{text}</text:p>'
            "</table:table-cell>"
            for text in person
        )
        + "</table:table-row>"
        for person, seen in zip(people, ["", "", ' table:visibility="collapse"'], strict=True)
    )
    ghosts = '<table:table-row table:visibility="collapse" table:number-rows-repeated="9"/>'

    for path in (old, ods_file(tmp_path / "a.ods", cells + ghosts)):
        _plan, check, found = checked(path)

        assert [row.outcome.value for row in found] == ["right", "right"]
        assert [(note["code"], note["params"]) for note in check.notes] == [
            ("hidden_rows", {"rows": "3"})
        ]


def test_rows_that_are_struck_through_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        struck, bold = book.add_format({"font_strikeout": True}), book.add_format({"bold": True})
        for number, look in enumerate([bold, None, struck, bold]):
            row = [f"张{number}", 13800138000 + number] if number else ["姓名", "手机号"]
            sheet.write_row(number, 0, row, look)

    _plan, check, found = checked(path)

    assert [row.outcome.value for row in found] == ["right", "right", "right"]
    assert [(note["code"], note["params"]) for note in check.notes] == [
        ("struck_rows", {"rows": "3"})
    ]
