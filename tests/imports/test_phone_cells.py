"""Phones and card numbers as cells hold them: repaired, or refused, never guessed."""

from pathlib import Path

import pytest

from common.phones import BadPhone, PhoneLostDigits
from imports.rules.findings import sentence
from imports.rules.phone_cells import phone_in
from tests.imports.sheets_made import checked, csv_file, said, xlsx_file


@pytest.mark.parametrize(
    ("country", "text", "phone"),
    [
        ("CN", "13800138000.0", "+8613800138000"),
        ("CN", "+86 138-0013-8000", "+8613800138000"),
        ("CN", "0086 13800138000", "+8613800138000"),
        ("CN", "+86(0)13800138000", "+8613800138000"),
        ("CN", "１３８ ００１３ ８０００", "+8613800138000"),
        ("CN", "1.3912345678E+10", "+8613912345678"),
        ("CN", "(021)62345678", "+862162345678"),
        ("CN", "00852 9123 4567", "+85291234567"),
        ("GB", "+44 (0)20 7946 0958", "+442079460958"),
        ("US", "(212) 555-0143", "+12125550143"),
        ("TW", "0912-345-678", "+886912345678"),
        ("TH", "812345678", "+66812345678"),
        ("DE", "0151 23456789", "+4915123456789"),
    ],
)
def test_a_phone_of_its_country_is_repaired(country: str, text: str, phone: str) -> None:
    assert phone_in(text, country) == (phone, "")


@pytest.mark.parametrize(
    ("country", "text", "phone", "more"),
    [
        ("CN", "13800138000/13900139000", "+8613800138000", "second"),
        ("CN", "13800138000 13900139000", "+8613800138000", "second"),
        ("CN", "62345678、13800138000", "+8613800138000", "second"),
        ("CN", "021-62345678转801", "+862162345678", "remark"),
        ("CN", "021-62345678-801", "+862162345678", "remark"),
        ("CN", "手机：13800138000", "+8613800138000", "remark"),
        ("CN", "138 0013 8000（微信同号）", "+8613800138000", "remark"),
        ("CN", "13800138000 - 妈妈", "+8613800138000", "remark"),
        ("CN", "手机13800138000微信同号", "+8613800138000", "remark"),
        ("CN", "13800138000（本人）13900138000（老婆）", "+8613800138000", "second"),
        ("CN", "886912345678", "+886912345678", "remark"),
        ("US", "+1 (212) 555-0143 ext. 5", "+12125550143", "remark"),
        ("GB", "020 7946 0958 x12", "+442079460958", "remark"),
    ],
)
def test_more_than_a_phone_is_kept_beside_it(
    country: str, text: str, phone: str, more: str
) -> None:
    assert phone_in(text, country) == (phone, more)


@pytest.mark.parametrize("text", ["1.38E+10", "1.3800138E+10", "1.39e10"])
def test_lost_digits_are_lost(text: str) -> None:
    with pytest.raises(PhoneLostDigits):
        phone_in(text, "CN")


@pytest.mark.parametrize(
    "text", ["1380013800", "本人1380013800", "138001380000", "No phone", "12345", "1390013900O"]
)
def test_no_phone_is_guessed(text: str) -> None:
    with pytest.raises(BadPhone):
        phone_in(text, "CN")


def test_who_left_no_phone_is_a_member_all_the_same(tmp_path: Path) -> None:
    rows = [["姓名", "联系方式", "余额"], ["张三", "没留", "5"], ["李四", "微信:fan_er88", "6"]]

    _plan, _check, judged = checked(csv_file(tmp_path / "a.csv", rows))

    assert [row.judged.values["attributes"] for row in judged] == [
        {"联系方式": "没留"},
        {"联系方式": "微信:fan_er88"},
    ]
    assert said(judged) == [(3, "right", [("联系方式", "other_contact")])]
    assert "no phone" in sentence(judged[1].judged.warnings[0])


def test_name_and_phone_in_one_cell_are_told_apart(tmp_path: Path) -> None:
    rows = [
        ["会员", "余额"],
        ["张三13800138001", "5"],
        ["李四（138-0013-8002）老客", "6"],
        ["王五", ""],
    ]

    _plan, _check, judged = checked(csv_file(tmp_path / "a.csv", rows))

    who = [(row.judged.values["name"], row.judged.values.get("phone")) for row in judged]
    assert who == [("张三", "+8613800138001"), ("李四", "+8613800138002"), ("王五", None)]
    assert judged[1].judged.values["attributes"] == {"会员": "李四（138-0013-8002）老客"}


def test_the_whole_cell_stays_with_the_member(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", [["姓名", "电话"], ["张三", "手机：13800138000 转 5"]])

    _plan, _check, rows = checked(path)

    assert rows[0].judged.values["phone"] == "+8613800138000"
    assert rows[0].judged.values["attributes"] == {"电话": "手机：13800138000 转 5"}
    assert said(rows) == [(2, "right", [("电话", "phone_remark")])]


def test_card_numbers_keep_their_noughts_and_are_refused_when_rounded(tmp_path: Path) -> None:
    path = csv_file(
        tmp_path / "a.csv",
        [
            ["卡号", "姓名"],
            ["000080", "张三"],
            ["'0081", "李四"],
            ["6.22848E+18", "王五"],
            ["10086.0", "赵六"],
        ],
    )

    _plan, _check, rows = checked(path)

    assert [row.judged.values.get("card") for row in rows] == ["000080", "0081", None, "10086"]
    assert said(rows) == [(4, "error", [("卡号", "card_lost_digits")])]


def test_a_number_beyond_fifteen_digits_has_lost_some(tmp_path: Path) -> None:
    path = xlsx_file(tmp_path / "a.xlsx", [["卡号", "姓名"], [6228480402564890018, "张三"]])

    _plan, _check, rows = checked(path)

    assert said(rows) == [(2, "error", [("卡号", "card_lost_digits")])]


def test_names_are_left_as_they_are(tmp_path: Path) -> None:
    names = ["👩‍👧 Maya ☕", "冯䶮", "𠮷野", "O’Brien-Åse", "李 雷"]
    rows = [[name, f"1380013800{i}"] for i, name in enumerate(names)]

    _plan, _check, found = checked(csv_file(tmp_path / "a.csv", [["姓名", "手机号"], *rows]))

    assert [row.judged.values["name"] for row in found] == names


def test_a_second_phone_serves_those_who_have_no_first(tmp_path: Path) -> None:
    path = csv_file(
        tmp_path / "a.csv",
        [
            ["Name", "Mobile", "Home Phone"],
            ["Kofi", "+12125550143", "+12125550199"],
            ["Ruth", "", "+12125550188"],
            ["Maya", "", "ask her"],
        ],
    )

    _plan, _check, rows = checked(path, country="US", currency="USD")

    assert [row.judged.values.get("phone") for row in rows] == [
        *("+12125550143", "+12125550188", None)
    ]
    assert rows[1].judged.values["attributes"] == {"Home Phone": "+12125550188"}
    assert [row.outcome.value for row in rows] == ["right"] * 3
