"""Judges one row of a member list: what it says, what cannot be right, what is worth a word."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any, ClassVar

from common.errors import DomainError
from common.phones import PhoneLostDigits
from imports.rules import findings
from imports.rules.aliases import HISTORY, SECRET, says_last_signs
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
from imports.rules.card_words import SPENT, UNISSUED, VALID, status_of
from imports.rules.cells import (
    code_of,
    consent_of,
    full_name,
    gender_of,
    looks_like_formula,
    text_of,
    value_of,
)
from imports.rules.dates import BadDate, birthday_of, day_of, last_day_of
from imports.rules.doubts import doubts
from imports.rules.fields import EMAIL, Column
from imports.rules.mapping import Plan
from imports.rules.own_list import BLOCKED, LONGEST_TAG, OWN_NUMBER, ends_in, tags_in
from imports.rules.phone_cells import no_phone_in, phone_beside, phone_in
from imports.rules.row_readers import LOST_DIGITS, Judged, RowReader
from imports.rules.sheets import UNCALCULATED, Cell, Row
from imports.rules.whose import CARD_LIMIT

# Texts that go into a column of their own, with the room there is for them.
TEXT_LIMITS = {
    **dict.fromkeys(("name", "occupation", "education", "region"), 120),
    "tier": 60,
    "notes": 4_000,
}
CODE_LIMIT, EMAIL_LIMIT = 120, 254
ADDRESS_FIELDS = ("address", "address_2", "district", "city", "state", "postcode", "country")
KEPT_TEXTS = (
    *("phone", "card", "email", "gender", "joined", "tier", "store", "notes"),
    *("channel", "occupation", "education", "lunar_birthday"),
)
ADDRESS_LIMIT, REGION_LIMIT, LUNAR_LIMIT = 300, TEXT_LIMITS["region"], 40
ENDS = frozenset({"unit_expires", "tier_until"})
CHANNEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}\Z")
NOT_KEPT = frozenset({"sequence", SECRET, "ignore"})
EMAILS_APART = re.compile(r"\s*[;；,，\s]\s*")
# What stands for signs that are not shown.
MASKED = re.compile(r"[*•●∙·]{2,}")
# Six noughts at the end of a number that was a number: digits a spreadsheet rounded away.
ROUNDED = re.compile(r"\d{3,}0{6,}")


def judge_member(row: Row, plan: Plan, today: date) -> Judged:
    """Read a row of a member list; ``today`` is the last day a birth can lie on.

    ``values``: name, phone (E.164), card, external_ids, email, gender, birthday, address, region,
    joined, tier, store, notes, channel, consents, attributes, and ``balances`` with
    stored_value_principal, stored_value_bonus, points, coins, units (name → count and last day).
    ``stated`` names the first four that the row states: an empty cell is no nought.
    """
    return MemberRow(row, plan, today).judged()


class MemberRow(RowReader):
    """The cells of one row, each handed to the reader of its field."""

    def __init__(self, row: Row, plan: Plan, today: date) -> None:
        super().__init__(row, plan)
        self.today = today
        self.texts: dict[str, str] = {}
        self.money: dict[str, int] = {}
        self.pieces: list[Piece] = []
        self.lots: list[Lot] = []
        self.consents: dict[str, str] = {}
        self.external: dict[str, str] = {}
        self.formula_columns: list[str] = []
        # What ends on a day, by part of the balances.
        self.ends: dict[str, list[list[Any]]] = {}

    def judged(self) -> Judged:
        """Read every cell, then put together what belongs together."""
        for column in self.plan.columns:
            cell = self.row.cell(column.index)
            if column.field in NOT_KEPT or not text_of(cell):
                continue
            self._read_as_told(column, cell)
        self._put_together()
        return self.result

    def _keep(self, column: Column, cell: Cell) -> None:
        """Keep a cell as the member's attribute, under the header it stood under."""
        if cell != UNCALCULATED:
            named = column.unit if not column.field else ""
            self.kept[named or column.shown] = text_of(cell)

    def _text(self, column: Column, cell: Cell) -> None:
        if looks_like_formula(cell):
            self.formula_columns.append(column.header)
        if column.field in {"", HISTORY}:
            self._keep(column, cell)
            if column.how == "second choice" and column.guess:
                self._second(column, cell)
        elif text := value_of(cell):
            limit = TEXT_LIMITS.get(column.field, ADDRESS_LIMIT)
            self._fits(column, cell, text, limit)
            self.texts[column.field] = text[:limit]

    def _phone(self, column: Column, cell: Cell) -> None:
        text = value_of(cell)
        if not text.strip("0"):
            return
        if "*" in text:
            self._warn(findings.MaskedPhone(), column.header)
            self._keep(column, cell)
            return
        if said := no_phone_in(text):
            if said == "other":
                self._warn(findings.OtherContact(), column.header)
            self._keep(column, cell)
            return
        if isinstance(cell, int | float) and ROUNDED.fullmatch(text):
            raise PhoneLostDigits(text=text)
        self.texts["phone"], more = phone_in(text, self.plan.country)
        if more:
            self._warn(
                findings.SecondPhone() if more == "second" else findings.PhoneRemark(),
                column.header,
            )
            self._keep(column, text)

    def _second(self, column: Column, cell: Cell) -> None:
        """A phone or name of a second column, for whoever has none in the first; else only kept."""
        if column.guess == "name":
            self.texts.setdefault("other_name", value_of(cell))
            return
        try:
            self.texts.setdefault("other_phone", phone_in(value_of(cell), self.plan.country)[0])
        except DomainError:
            return

    def _card(self, column: Column, cell: Cell) -> None:
        number = code_of(cell)
        if LOST_DIGITS.fullmatch(number):
            raise findings.CardLostDigits(text=number)
        if MASKED.search(number) or says_last_signs(column.header):
            self._masked_card(column, cell)
        elif self._fits(column, cell, number, CARD_LIMIT) and number.strip("0"):
            self.texts["card"] = number

    def _masked_card(self, column: Column, cell: Cell) -> None:
        self._warn(findings.MaskedCard(), column.header)
        self._keep(column, cell)

    def _card_status(self, column: Column, cell: Cell) -> None:
        """The state of the card beside the member; a card nobody was given is only a remark."""
        status = status_of(cell)
        if status is None:
            self._warn(findings.UnknownWord(text=text_of(cell)), column.header)
        if status and status != UNISSUED:
            self.texts["card_status"] = VALID if status == SPENT else status
        else:
            self._keep(column, cell)
            self.texts |= {UNISSUED: text_of(cell)} if status == UNISSUED else {}

    def _external_id(self, column: Column, cell: Cell) -> None:
        number = code_of(cell)
        if LOST_DIGITS.fullmatch(number):
            # Many people would share what is left of it.
            self._warn(findings.CardLostDigits(text=number), column.header)
            self._keep(column, cell)
        elif number and self._fits(column, cell, number, CODE_LIMIT):
            self.external[column.unit or column.header] = number
            if column.unit == OWN_NUMBER:
                self.values["member_number"] = number

    def _email(self, column: Column, cell: Cell) -> None:
        text, *others = EMAILS_APART.split(value_of(cell).removeprefix("mailto:"))
        if is_email := bool(EMAIL.fullmatch(text)) and len(text) <= EMAIL_LIMIT:
            self.texts["email"] = text.lower()
        elif text:
            self._warn(findings.BadEmail(text=text), column.header)
        if text and (others or not is_email):
            self._keep(column, cell)

    def _gender(self, column: Column, cell: Cell) -> None:
        gender = gender_of(cell)
        if gender is None:
            self._warn(findings.UnknownWord(text=text_of(cell)), column.header)
            self._keep(column, cell)
        elif gender:
            self.texts["gender"] = gender

    def _birthday(self, column: Column, cell: Cell) -> None:
        style = self.plan.date_style("birthday")
        if birthday := birthday_of(cell, style, self.today):
            if birthday.year and birthday.month and birthday.day:
                self._doubt(column, cell, date(birthday.year, birthday.month, birthday.day))
            self.result.values["birthday"] = {
                "year": birthday.year,
                "month": birthday.month,
                "day": birthday.day,
            }
            if birthday.lunar:
                self.texts["lunar_birthday"] = birthday.lunar

    def _lunar_birthday(self, column: Column, cell: Cell) -> None:
        if (text := value_of(cell)) and self._fits(column, cell, text, LUNAR_LIMIT):
            self.texts["lunar_birthday"] = text

    def _day(self, column: Column, cell: Cell) -> None:
        read = last_day_of if column.field in ENDS else day_of
        if day := read(cell, self.plan.date_style(column.field)):
            if column.field == "joined" and day > self.today:
                raise BadDate(text=text_of(cell))
            self._doubt(column, cell, day)
            self.texts[column.field] = day.isoformat()

    def _doubt(self, column: Column, cell: Cell, day: date) -> None:
        """Say so where a day could be read in two ways and the column does not tell."""
        for refusal in doubts(column.field, cell, day, self.plan):
            self._warn(refusal, column.header)

    def _channel(self, column: Column, cell: Cell) -> None:
        text = value_of(cell)
        if CHANNEL.match(text):
            self.texts["channel"] = text
        elif text:
            self._keep(column, cell)

    def _consent(self, column: Column, cell: Cell) -> None:
        if state := consent_of(cell):
            self.consents[column.field.removeprefix("consent_")] = state

    def _tags(self, column: Column, cell: Cell) -> None:
        names = tags_in(value_of(cell))
        if any(len(name) > LONGEST_TAG for name in names):
            self._keep(column, cell)
        elif names:
            self.result.values["tags"] = names

    def _standing(self, column: Column, cell: Cell) -> None:
        if value_of(cell) == BLOCKED:
            self.result.values["blocked"] = column.header
        else:
            self._keep(column, cell)

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

    def _count(self, column: Column, cell: Cell) -> None:
        count = count_of(cell, self.plan.decimal_mark(column))
        if count is not None:
            self.result.amounts[column.index] = count
            self.result.of_account.add(column.index)
            self.money[column.field] = not_negative(count, cell)

    def _units(self, column: Column, cell: Cell) -> None:
        if UNLIMITED.search(text_of(cell)):
            self._piece("count", column, 1)
        elif names_its_units(value_of(cell)):
            self._bundles(column, cell)
        elif (count := count_of(cell, self.plan.decimal_mark(column))) is not None:
            self.result.amounts[column.index] = count
            self._piece("count", column, not_negative(count, cell))

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
        "phone": _phone,
        "card": _card,
        "external_id": _external_id,
        "email": _email,
        "gender": _gender,
        "birthday": _birthday,
        "lunar_birthday": _lunar_birthday,
        "joined": _day,
        "unit_expires": _last_day,
        "unit_name": _unit_name,
        "bundles": _bundles,
        "card_status": _card_status,
        "tier_until": _day,
        "channel": _channel,
        "consent_email": _consent,
        "consent_sms": _consent,
        "tags": _tags,
        "standing": _standing,
        "ends": _ends,
        "points": _count,
        "coins": _count,
        "units": _units,
        **dict.fromkeys(("stored_value", "stored_value_total"), _money),
        **dict.fromkeys(("stored_value_principal", "stored_value_bonus"), _money),
    }

    def _put_together(self) -> None:
        values = self.values
        if "phone" not in self.texts and "other_phone" in self.texts and self.result.is_right:
            self.texts["phone"] = self.texts["other_phone"]
        values |= {key: self.texts[key] for key in KEPT_TEXTS if key in self.texts}
        name = self.texts.get("name") or full_name(
            self.texts.get("first_name", ""), self.texts.get("last_name", "")
        )
        name = self._name_alone(name) or self.texts.get("other_name", "")
        values["name"] = self._cut(name, ("first_name", "last_name"), TEXT_LIMITS["name"])
        self._address(values)
        values["external_ids"] = self.external
        values["consents"] = self.consents
        values["attributes"] = self.kept
        values["balances"], values["stated"] = self._balances()
        self._settle_ends(values)
        self._tier_until(values)
        if "card" in values and "card_status" in self.texts:
            values["card_status"] = self.texts["card_status"]
        if UNISSUED in self.texts and not self._is_somebody(values):
            values["left_out"] = UNISSUED
        if self.formula_columns:
            self._warn(findings.FormulaLike(), self.formula_columns[0])
        if not any(
            (name, values.get("phone"), values.get("card"), values.get("email"), self.external)
        ):
            self._nobody()

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

    def _is_somebody(self, values: dict[str, Any]) -> bool:
        """Whether a row says more than a card and its state: who has it, or what it holds."""
        said = (values.get(key) for key in ("name", "phone", "email"))
        return any((*said, *values["balances"].values()))

    def _name_alone(self, name: str) -> str:
        """The name without a phone in the same cell, which serves whoever has no other."""
        column = self.plan.column("name")
        apart = (
            phone_beside(name, self.plan.country) if column and "phone" not in self.texts else None
        )
        if column is None or apart is None or not self.result.is_right:
            return name
        self._warn(findings.PhoneRemark(), column.header)
        self._keep(column, name)
        self.result.values["phone"] = apart[1]
        return apart[0]

    def _tier_until(self, values: dict[str, Any]) -> None:
        """The last day of the tier; one without a tier, or a tier that has ended, is only kept."""
        last_day = self.texts.get("tier_until")
        if not last_day:
            return
        header = self.plan.header_of("tier_until")
        if values.get("tier") and date.fromisoformat(last_day) >= self.today:
            values["tier_until"] = last_day
            return
        self.kept[header] = last_day
        if tier := values.pop("tier", None):
            self.kept[self.plan.header_of("tier")] = tier
            self._warn(findings.EndedAlready(what=tier, day=last_day), header)

    def _address(self, values: dict[str, Any]) -> None:
        parts = [self.texts[key] for key in ADDRESS_FIELDS if self.texts.get(key)]
        region = [self.texts[key] for key in ("state", "city", "district") if self.texts.get(key)]
        values["address"] = self._cut(", ".join(parts), ADDRESS_FIELDS, ADDRESS_LIMIT)
        region_said = self.texts.get("region") or " ".join(region)
        values["region"] = self._cut(region_said, ("state", "city", "district"), REGION_LIMIT)

    def _cut(self, text: str, fields: Iterable[str], limit: int) -> str:
        """What there is room for of a text put together from fields, kept whole where it is not."""
        columns = filter(None, map(self.plan.column, fields)) if len(text) > limit else ()
        for column in columns:
            self._fits(column, self.row.cell(column.index), text, limit)
        return text[:limit]

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

    def _held_units(self) -> dict[str, dict[str, Any]]:
        """Units by name; a name or a last day of nothing is kept as it stands."""
        # A count that is still asked about is one too: its bundle is no pass.
        counted = any(
            not column.unit and "units" in {column.field, column.guess}
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

    def _nobody(self) -> None:
        # A phone that could not be read already says why the row is out.
        if not self.result.errors:
            first = next((column.header for column in self.plan.columns if column.header), "")
            self._wrong(findings.NobodyNamed(), first)
