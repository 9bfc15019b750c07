"""Columns nobody can be sure of are asked about, never taken for money."""

from pathlib import Path

import pytest

from imports.rules.choices import Choices
from imports.rules.mapping import Plan
from tests.imports.sheets_made import checked, csv_file, xlsx_file

PEOPLE = [[f"张{i}", f"1380013800{i}"] for i in range(6)]


def planned(
    tmp_path: Path, names: list[str], cells: list[list[str]], choices: Choices | None = None
) -> Plan:
    rows = [[*who, *more] for who, more in zip(PEOPLE, cells, strict=False)]
    path = csv_file(tmp_path / "a.csv", [["姓名", "手机号", *names], *rows], delimiter="\t")
    return checked(path, choices=choices)[0]


def asked(plan: Plan) -> dict[str, str]:
    return {column.header: column.guess for column in plan.columns if column.how == "asked"}


def fields(plan: Plan) -> dict[str, str]:
    return {column.header: column.field for column in plan.columns}


AMOUNTS = [["100.00"], ["50.50"], ["0.00"], ["12.00"], ["7.25"], ["1.00"]]


@pytest.mark.parametrize(
    ("name", "guess"),
    [
        ("储值金额", "stored_value"),
        ("赠送金额", "stored_value_bonus"),
        ("总积分", "points"),
        ("次数", "units"),
        ("Credit", "stored_value"),
        ("Balanse", "stored_value"),
        ("Column3", "stored_value"),
    ],
)
def test_a_column_that_may_be_a_balance_is_asked_about(
    tmp_path: Path, name: str, guess: str
) -> None:
    plan = planned(tmp_path, [name], AMOUNTS)

    assert asked(plan) == {name: guess}
    assert fields(plan)[name] == ""


@pytest.mark.parametrize(
    ("name", "cell", "guess"),
    [
        ("剩余", "40", "stored_value"),
        ("10月余额", "40", "stored_value"),
        ("Balance as of 10/31", "40", "stored_value"),
        ("期末积分", "40", "points"),
        ("洗车次数", "4", "units"),
        ("洗剪吹", "4", "units"),
        ("啤酒(扎)", "4", "units"),
        ("Beer (glasses)", "4", "units"),
        ("其他情况", "洗车:3次", "bundles"),
        ("情况", "余额300", "stored_value"),
        ("积分/余额", "30/100", "points"),
        ("Extra", "Massage (3 left)", "bundles"),
    ],
)
def test_what_may_be_left_is_asked_about_beside_any_balance(
    tmp_path: Path, name: str, cell: str, guess: str
) -> None:
    plan = planned(tmp_path, ["余额", name], [["100", cell] for _row in AMOUNTS])

    assert asked(plan) == {name: guess}


@pytest.mark.parametrize(
    ("name", "cell"), [("余额更新时间", "2026-10-31 08:00"), ("年龄", "33"), ("剩余天数", "33")]
)
def test_other_columns_are_only_kept(tmp_path: Path, name: str, cell: str) -> None:
    plan = planned(tmp_path, ["余额", name], [["100", cell] for _row in AMOUNTS])

    assert asked(plan) == {}


def test_the_rest_of_what_was_paid_in_and_spent_is_the_balance(tmp_path: Path) -> None:
    cells = [["1000", "700", "300"], ["500", "500", "0"], ["200", "80", "120"]]

    plan = planned(tmp_path, ["充值", "消费", "剩余"], cells)

    taken = fields(plan)
    assert [taken[name] for name in ("充值", "消费", "剩余")] == [
        "history",
        "history",
        "stored_value",
    ]


def test_a_name_much_like_that_of_a_card_is_asked_about(tmp_path: Path) -> None:
    plan = planned(tmp_path, ["membercore"], [[str(number)] for number in range(6)])

    assert asked(plan) == {"membercore": "card"}


def test_the_phone_of_who_brought_somebody_is_not_theirs(tmp_path: Path) -> None:
    rows = [
        ["姓名", "卡号", "推荐人手机号"],
        *([f"张{i}", f"K{i}", "13800138000"] for i in range(3)),
    ]

    _plan, _check, judged = checked(csv_file(tmp_path / "a.csv", rows))

    assert [row.outcome for row in judged] == ["right"] * 3
    assert not any("phone" in row.judged.values for row in judged)


def test_beside_a_balance_of_its_own_it_is_history(tmp_path: Path) -> None:
    cells = [[*cell, "5", "30", "9"] for cell in AMOUNTS]

    plan = planned(tmp_path, ["储值余额", "储值金额", "积分", "总积分"], cells)

    assert asked(plan) == {}
    assert fields(plan) | {"储值金额": "history", "总积分": "history"} == fields(plan)
    assert fields(plan)["储值余额"] == "stored_value"


def test_a_gift_beside_a_principal_is_its_bonus(tmp_path: Path) -> None:
    plan = planned(tmp_path, ["本金", "赠送金额"], [[*cell, "5"] for cell in AMOUNTS])

    assert fields(plan)["赠送金额"] == "stored_value_bonus"


def test_a_second_balance_with_other_amounts_is_asked_about(tmp_path: Path) -> None:
    plan = planned(tmp_path, ["余额", "卡余额"], [[*cell, "5"] for cell in AMOUNTS])
    same = planned(tmp_path, ["余额", "卡余额"], [[*cell, *cell] for cell in AMOUNTS])

    assert asked(plan) == {"卡余额": "stored_value"}
    assert asked(same) == {}


def test_the_answer_is_taken(tmp_path: Path) -> None:
    choices = Choices.from_json({"columns": {"储值金额": "stored_value", "Credit": None}})

    plan = planned(
        tmp_path, ["储值金额", "Credit"], [[*cell, "5"] for cell in AMOUNTS], choices=choices
    )

    assert asked(plan) == {}
    assert fields(plan)["储值金额"] == "stored_value"
    assert fields(plan)["Credit"] == ""


def test_what_is_asked_is_kept_with_the_member_and_no_money(tmp_path: Path) -> None:
    rows = [[*PEOPLE[0], "88.00"]]
    path = csv_file(tmp_path / "a.csv", [["姓名", "手机号", "储值金额"], *rows])

    plan, _check, found = checked(path)

    values = found[0].judged.values
    assert values["attributes"] == {"储值金额": "88.00"}
    assert values["balances"]["stored_value_principal"] == 0
    assert plan.as_json()["asked"] == ["储值金额"]


@pytest.mark.parametrize(
    ("cells", "guess"),
    [
        (["1988-05-06", "1990/1/2", "2001-12-31", "1975-03-04", "1969-01-01", "2003-02-02"], "b"),
        (["2021-05-06", "2020/1/2", "2021-12-31", "2019-03-04", "2022-01-01", "2023-02-02"], "j"),
    ],
)
def test_days_under_a_name_that_says_nothing_are_asked_about(
    tmp_path: Path, cells: list[str], guess: str
) -> None:
    plan = planned(tmp_path, ["字段1"], [[cell] for cell in cells])

    assert asked(plan) == {"字段1": {"b": "birthday", "j": "joined"}[guess]}


def test_tiers_and_genders_are_known_by_their_words(tmp_path: Path) -> None:
    words = [["金卡", "男"], ["银卡", "女"], ["金卡", "女"], ["普通卡", "男"], ["金卡", "男"]]

    plan = planned(tmp_path, ["分组", "称呼"], words)

    assert fields(plan)["分组"] == "tier"
    assert fields(plan)["称呼"] == "gender"


def test_a_phone_column_of_other_names_is_no_phone(tmp_path: Path) -> None:
    rows = [[f"张{i}", f"wx_{i}", f"C{i}"] for i in range(6)]
    path = csv_file(tmp_path / "a.csv", [["姓名", "联系方式", "卡号"], *rows])

    plan, _check, found = checked(path)

    assert asked(plan) == {"联系方式": "phone"}
    assert [row.outcome.value for row in found] == ["right"] * 6


def test_points_with_cents_are_asked_about(tmp_path: Path) -> None:
    plan = planned(
        tmp_path, ["loyalty_balance"], [["1.25"], ["3.50"], ["0.75"], ["2.10"], ["9.99"]]
    )

    assert asked(plan) == {"loyalty_balance": "stored_value"}


def test_brackets_tell_columns_apart(tmp_path: Path) -> None:
    names = ["余额（本金）", "余额（赠送）", "金额（累计）"]

    plan = planned(tmp_path, names, [[*cell, "5", "500"] for cell in AMOUNTS])

    assert [fields(plan)[name] for name in names] == [
        *("stored_value_principal", "stored_value_bonus", "history")
    ]


def test_two_tiers_part_history_from_balances(tmp_path: Path) -> None:
    path = xlsx_file(
        tmp_path / "a.xlsx",
        [
            ["姓名", "手机号", "积分", None, None, "储值", None, "洗车", None, "累计", None],
            [
                None,
                None,
                "累计",
                "已用",
                "可用",
                "余额",
                "赠送余额",
                "已用",
                "剩余",
                "充值",
                "消费",
            ],
            ["张三", "13800138000", 100, 40, 60, 12.5, 3, 4, 6, 1000, 987],
        ],
        merged=[
            (0, 0, 1, 0, "姓名"),
            (0, 1, 1, 1, "手机号"),
            (0, 2, 0, 4, "积分"),
            (0, 5, 0, 6, "储值"),
            (0, 7, 0, 8, "洗车"),
            (0, 9, 0, 10, "累计"),
        ],
    )

    _plan, _check, rows = checked(path)

    assert rows[0].judged.values["balances"] == {
        "stored_value_principal": 1_250,
        "stored_value_bonus": 300,
        "points": 60,
        "coins": 0,
        "units": {"洗车": {"count": 6}},
    }


def test_name_beside_a_given_name_is_the_family(tmp_path: Path) -> None:
    path = csv_file(
        tmp_path / "a.csv",
        [["Name", "Vorname", "Handynummer", "Guthaben"], ["Nadler", "Ruth", "+4915123456789", "5"]],
    )

    _plan, _check, rows = checked(path, country="DE", currency="EUR")

    assert rows[0].judged.values["name"] == "Ruth Nadler"
    assert rows[0].judged.values["balances"]["stored_value_principal"] == 500


def test_cents_are_told_by_the_header_or_by_the_owner(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", [["姓名", "余额(分)"], ["张三", "1250"]])
    told = csv_file(tmp_path / "b.csv", [["姓名", "余额"], ["张三", "1250"]])

    _plan, _check, by_header = checked(path)
    _plan, _check, by_owner = checked(told, choices=Choices(scales={"余额": "0.01"}))

    for rows in (by_header, by_owner):
        assert rows[0].judged.values["balances"]["stored_value_principal"] == 1_250


def test_what_may_be_owed_is_no_balance(tmp_path: Path) -> None:
    cells = [[*cell, "500", "7"] for cell in AMOUNTS]

    vend = planned(tmp_path, ["account_balance", "account_limit", "store_credit_balance"], cells)
    alone = planned(tmp_path, ["Balance", "Credit Limit", "note"], cells)

    assert fields(vend)["store_credit_balance"] == "stored_value"
    assert fields(vend)["account_balance"] == "history"
    assert asked(alone) == {"Balance": "stored_value"}


def test_what_friends_say_is_no_name_beside_the_real_one(tmp_path: Path) -> None:
    path = csv_file(
        tmp_path / "a.csv",
        [
            ["First Name", "Last Name", "Nickname", "Phone Number"],
            ["Kofi", "Larkspur", "Coffee", "+12125550143"],
        ],
    )

    plan, _check, rows = checked(path, country="US", currency="USD")

    assert rows[0].judged.values["name"] == "Kofi Larkspur"
    assert rows[0].judged.values["attributes"] == {"Nickname": "Coffee"}
    assert asked(plan) == {}


def test_allowed_is_not_owed(tmp_path: Path) -> None:
    plan = planned(tmp_path, ["Marketing Allowed"], [["Yes"], ["No"]])

    assert fields(plan)["Marketing Allowed"] == "consent_email"


def test_money_of_a_name_nobody_knows_is_asked_about(tmp_path: Path) -> None:
    rows = [["Name", "Zebra", "Mobile"]]
    rows += [[f"Ann {n}", f"{n}.50", f"617555011{n}"] for n in range(4)]
    known = [[*row, "5.00"] for row in rows]
    known[0][-1] = "Balance"

    alone, _check, _rows = checked(csv_file(tmp_path / "a.csv", rows), country="US")
    beside, _check, _rows = checked(csv_file(tmp_path / "b.csv", known), country="US")

    told = [(plan.columns[1].how, plan.columns[1].guess) for plan in (alone, beside)]
    assert told == [("asked", "stored_value"), ("unmapped", "")]
