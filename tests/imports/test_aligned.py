"""Text whose columns are parted by blanks alone is cut where the columns stand."""

from __future__ import annotations

from pathlib import Path

from imports.rules.sheets import Row
from tests.imports.sheets_made import checked, rows_of

REPORT = """\
CUSTOMER BALANCES                        05/31/2024

Card       Name            Phone            Balance
---------- --------------- ------------- ----------
0001001    Ann Lee         617 5550111       120.50
0001002    Bob Ray Smith                   1,020.00
0001003    Zoe             617 5550113         5.00
           Total                           1,145.50
"""
CHINESE = """\
会员卡号    姓名      手机号码       等级      余额
00000001    张三      13800138001    金卡      100.50
00000002    欧阳娜娜  13800138002              0.00
00000003    王 五                    普通卡    88.00
"""


def file_of(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "list.txt"
    path.write_bytes(text.encode(encoding))
    return path


def test_lines_below_the_names_say_where_columns_are(tmp_path: Path) -> None:
    path = file_of(tmp_path, REPORT)

    _plan, check, rows = checked(path, country="US", currency="USD")

    assert [row.judged.values["name"] for row in rows] == ["Ann Lee", "Bob Ray Smith", "Zoe"]
    assert [row.judged.values.get("phone") for row in rows] == [
        "+16175550111",
        None,
        "+16175550113",
    ]
    totals = {total.meaning: total for total in check.totals.values()}
    assert totals["stored_value"].file_total == totals["stored_value"].rows == 114_550
    assert check.ignored == [4, 8]


def test_chinese_signs_are_two_places_wide(tmp_path: Path) -> None:
    path = file_of(tmp_path, CHINESE, "gb18030")

    rows = rows_of(path)

    assert rows[1:] == [
        (2, ("00000001", "张三", "13800138001", "金卡", "100.50")),
        (3, ("00000002", "欧阳娜娜", "13800138002", "", "0.00")),
        (4, ("00000003", "王 五", "", "普通卡", "88.00")),
    ]


def test_a_value_that_runs_into_the_next_column_is_an_error(tmp_path: Path) -> None:
    glued = "00000004    很长很长的名字13800138004  金卡      1.00\n"
    path = file_of(tmp_path, CHINESE + glued)

    _plan, _check, rows = checked(path)

    assert [row.outcome for row in rows] == ["right", "right", "right", "error"]
    assert [found["code"] for found in rows[-1].judged.errors][-1:] == ["too_many_cells"]
    assert "很长很长的名字13800138004" in str(rows[-1].raw)


def test_commas_and_single_blanks_are_no_columns(tmp_path: Path) -> None:
    commas = file_of(tmp_path, "name,phone\nAnn  Lee,1\nBob  Ray,2\nZoe  Fox,3\n")

    assert rows_of(commas)[1] == Row(2, ("Ann  Lee", "1"))


def test_tabs_part_columns_even_where_they_stand_below_each_other(tmp_path: Path) -> None:
    ragged = '"name"\t"phone"\t"note"\n"Ann"\t"1"\n"Bob"\n"Zoe"\t"3"\n'

    assert rows_of(file_of(tmp_path, ragged))[0] == (1, ("name", "phone", "note"))
