"""What a row of a list of people says that they hold: money, points, coins and units."""

import re
from dataclasses import replace
from datetime import date
from typing import Any, ClassVar

from imports.rules import findings
from imports.rules.accounts import KEPT, MONEY, POINTS, account_of, by_account
from imports.rules.amounts import BadAmount, MoneyStyle, count_of, money_of, not_negative
from imports.rules.bundles import (
    UNLIMITED,
    Lot,
    Piece,
    as_units,
    has_ended,
    lots_in,
    lots_of,
    names_its_units,
    says_how_many,
)
from imports.rules.cells import text_of, value_of
from imports.rules.dates import BadDate, last_day_of
from imports.rules.fields import Column
from imports.rules.mapping import Plan
from imports.rules.own_list import ends_in
from imports.rules.row_readers import RowReader
from imports.rules.sheets import Cell, Row

LEFT_IN_MONEY = re.compile(r"balance|left|remain|余|剩", re.IGNORECASE)
# What a bundle is that nobody can use any more; "Active (Refunded)" is none of them.
OVER = re.compile(
    r"(?:closed|expired|refunded|cancell?ed|void|used up|fully used|finished|completed|terminated"
    r"|已?(?:退[卡款费]?|用完|使用完|过期|失效|作废|结束|终止|完结|完成|关闭|取消|转出)|停用)\b",
    re.IGNORECASE,
)


class HoldingRow(RowReader):
    """The cells of one row that say what somebody holds."""

    def __init__(self, row: Row, plan: Plan, today: date) -> None:
        super().__init__(row, plan)
        self.today = today
        self.money: dict[str, int] = {}
        self.pieces: list[Piece] = []
        # The word that says that the units are no longer good, where one says so.
        self.over = ""
        self.lots: list[Lot] = []
        # What ends on a day, by part of the balances.
        self.ends: dict[str, list[list[Any]]] = {}

    def _ends(self, column: Column, cell: Cell) -> None:
        try:
            said = ends_in(value_of(cell))
        except ValueError as error:
            raise BadDate(text=text_of(cell)) from error
        style = MoneyStyle(self.plan.exponent) if column.unit.startswith("stored_value") else None
        read = ((money_of(text, style) if style else count_of(text), day) for text, day in said)
        self.ends[column.unit] = [[amount or 0, day] for amount, day in read]

    def _money(self, column: Column, cell: Cell) -> None:
        amount = money_of(cell, self.plan.money_style(column))
        if amount is not None:
            self.result.amounts[column.index] = amount
            self.result.of_account.add(column.index)
            self.money[column.field] = not_negative(amount, cell)

    def _amount_of_account(self, column: Column, cell: Cell) -> None:
        """Points or money: what the account of the row holds, where a column names that."""
        found = by_account(self.plan.columns) if self.plan.names_accounts else None
        if found is None or found[1] != column:
            said = column.field
        else:
            said = self._said_of(found[0], column)
        if said in {"", KEPT}:
            self._keep(column, cell)
        elif said == MONEY:
            self._money(replace(column, field=MONEY), cell)
        else:
            self._count(replace(column, field=POINTS), cell)

    def _said_of(self, account: Column, amounts: Column) -> str:
        """What the account of this row is of: the owner's word, else its name, else the header."""
        name = value_of(self.row.cell(account.index))
        if told := self.plan.told_of("account", name):
            return account_of(told.name)
        said = account_of(name)
        # Who says that the column is a balance knows better.
        return (
            MONEY if amounts.how == "mapping" and amounts.field == MONEY else said or amounts.field
        )

    def _account(self, column: Column, _cell: Cell) -> None:
        self._keep(column, self.row.cell(column.index))

    def _count(self, column: Column, cell: Cell) -> None:
        count = self.plan.count(column, cell)
        if count is not None:
            self.result.amounts[column.index] = count
            self.result.of_account.add(column.index)
            self.money[column.field] = not_negative(count, cell)

    def _units(self, column: Column, cell: Cell) -> None:
        if UNLIMITED.search(text_of(cell)):
            self._piece("count", column, 1)
        elif names_its_units(value_of(cell)):
            self._bundles(column, cell)
        elif (count := self.plan.count(column, cell)) is not None:
            self.result.amounts[column.index] = count
            self._piece("count", column, not_negative(count, cell))

    def _unit_status(self, column: Column, cell: Cell) -> None:
        self._keep(column, cell)
        if OVER.match(text := value_of(cell)):
            self.over = text
            self._warn(findings.BundleOver(text=text), column.header)

    def _unit_name(self, column: Column, cell: Cell) -> None:
        text = value_of(cell)
        if says_how_many(text):
            self._bundles(column, cell)
        elif text:
            self._piece("name", column, text)

    def _last_day(self, column: Column, cell: Cell) -> None:
        day = last_day_of(cell, self.plan.date_style("unit_expires"))
        if day or value_of(cell):
            self._piece("last_day", column, day.isoformat() if day else "")

    def _bundles(self, _column: Column, cell: Cell) -> None:
        self.lots += lots_in(value_of(cell), self.plan.date_style("unit_expires"))

    def _piece(self, what: str, column: Column, said: Any) -> None:
        self.pieces.append(Piece(column.index, what, column.unit, said, column.header))

    READERS: ClassVar = {
        "unit_expires": _last_day,
        "unit_name": _unit_name,
        "unit_status": _unit_status,
        "bundles": _bundles,
        "ends": _ends,
        "account": _account,
        **dict.fromkeys((POINTS, MONEY), _amount_of_account),
        "coins": _count,
        "units": _units,
        "stored_value_total": _money,
        **dict.fromkeys(("stored_value_principal", "stored_value_bonus"), _money),
    }

    def _balances(self) -> tuple[dict[str, Any], list[str]]:
        """The balances, nought where nothing is said; and which of them are said."""
        principal, bonus = self._stored_value()
        said = {
            "stored_value_principal": principal,
            "stored_value_bonus": bonus,
            "points": self.money.get("points"),
            "coins": self.money.get("coins"),
        }
        stated = [part for part, amount in said.items() if amount is not None]
        return {part: amount or 0 for part, amount in said.items()} | {
            "units": self._held_units()
        }, stated

    def _settle_ends(self, values: dict[str, Any]) -> None:
        """What ends on no day is the rest of a balance; more than the balance cannot end."""
        balances = values["balances"]
        for part, lots in self.ends.items():
            units = balances["units"].get(part.removeprefix("unit:"), {})
            whole = units.get("count", 0) if part.startswith("unit:") else balances.get(part, 0)
            rest = whole - sum(amount for amount, _day in lots)
            if rest < 0:
                column = next(c for c in self.plan.columns_of("ends") if c.unit == part)
                self._wrong(BadAmount(text=text_of(self.row.cell(column.index))), column.header)
                continue
            said = [*lots, *([[rest, ""]] if rest else [])]
            if part.startswith("unit:"):
                units["lots"] = said
            else:
                values.setdefault("ends", {})[part] = said

    def _held_units(self) -> dict[str, dict[str, Any]]:
        """Units by name; a name or a last day of nothing is kept as it stands."""
        if self.over:
            self.lots.clear()
            for piece in self.pieces:
                self.kept[piece.header] = text_of(self.row.cells[piece.index])
            return {}
        # A count that is still asked about is one too: its bundle is no pass.
        counted = any(
            (not column.unit and "units" in {column.field, column.guess}) or _is_worth_left(column)
            for column in self.plan.columns
        )
        lots, alone = lots_of(self.pieces, counted=counted)
        if len(days := [piece for piece in alone if piece.what == "last_day"]) == 1:
            # The last day beside a cell of bundles is that of all that name none.
            self.lots = [replace(b, last_day=b.last_day or str(days[0].said)) for b in self.lots]
            alone = [piece for piece in alone if piece is not days[0] or not self.lots]
        for piece in alone:
            self.kept[piece.header] = str(piece.said) or text_of(self.row.cells[piece.index])
        for lot in (*lots, *self.lots):
            if lot.count and has_ended(lot, self.today):
                self._warn(findings.EndedAlready(what=lot.name, day=lot.last_day))
        return as_units((*lots, *self.lots))

    def _stored_value(self) -> tuple[int | None, int | None]:
        """Principal and bonus; a column that is their sum proves them and is not added to them."""
        money = self.money
        one = money.get("stored_value")
        total = money.get("stored_value_total")
        principal, bonus = (
            money.get("stored_value_principal"),
            money.get("stored_value_bonus"),
        )
        if self.plan.column("stored_value_principal") is None:
            if one is None and total is not None:
                one = total - (bonus or 0)
            if self.plan.balance == "bonus" and self.plan.column("stored_value_bonus") is None:
                return None, one
            principal = one
        else:
            whole = total if total is not None else one
            if whole is not None and self.plan.column("stored_value_bonus") is None:
                bonus = whole - (principal or 0)
            elif whole is not None and whole != (principal or 0) + (bonus or 0):
                self._disagree()
        if min(principal or 0, bonus or 0) < 0:
            self._disagree()
        return principal, bonus

    def _disagree(self) -> None:
        name = "stored_value_total" if "stored_value_total" in self.money else "stored_value"
        header = self.plan.header_of(name)
        self._wrong(findings.BalancesDisagree(total=header), header)


def _is_worth_left(column: Column) -> bool:
    """Whether a column asked about may say in money what is left of a bundle."""
    return column.guess == "stored_value" and bool(LEFT_IN_MONEY.search(column.header))
