"""Judges one row of a member list: what it says, what cannot be right, what is worth a word."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any, ClassVar

from common.errors import DomainError
from common.phones import PhoneLostDigits
from imports.rules import findings
from imports.rules.aliases import HISTORY, SECRET
from imports.rules.birthdays import part_of_birthday, whole_birthday
from imports.rules.card_words import SPENT, UNISSUED, VALID, status_of
from imports.rules.cells import (
    code_of,
    consent_of,
    full_name,
    gender_of,
    in_one_line,
    looks_like_formula,
    text_of,
    value_of,
)
from imports.rules.dates import BadDate, birthday_of, day_of, last_day_of
from imports.rules.doubts import doubts
from imports.rules.fields import EMAIL, Column
from imports.rules.header_signs import says_last_signs
from imports.rules.judging_holdings import HoldingRow
from imports.rules.log_words import is_marked
from imports.rules.mapping import Plan
from imports.rules.own_list import BLOCKED, LONGEST_TAG, OWN_NUMBER, tags_in
from imports.rules.phone_cells import no_phone_in, phone_beside, phone_in
from imports.rules.row_readers import LOST_DIGITS, Judged
from imports.rules.sheets import UNCALCULATED, Cell, Row
from imports.rules.struck_off import strikes_off
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


class MemberRow(HoldingRow):
    """The cells of one row, each handed to the reader of its field."""

    def __init__(self, row: Row, plan: Plan, today: date) -> None:
        super().__init__(row, plan, today)
        self.texts: dict[str, str] = {}
        self.consents: dict[str, str] = {}
        self.external: dict[str, str] = {}
        self.formula_columns: list[str] = []
        self.born: dict[str, int] = {}
        self.is_gone = False

    def judged(self) -> Judged:
        """Read every cell, then put together what belongs together."""
        for column in self.plan.columns:
            cell = self.row.cell(column.index)
            if column.field in NOT_KEPT or not text_of(cell):
                continue
            self._read_as_told(column, cell)
            if isinstance(cell, str) and strikes_off(column, cell):
                self.values["said_gone"] = value_of(cell)
        self._put_together()
        if self.is_gone:
            # Whatever else such a row says, nothing of it is booked.
            self.values["left_out"] = "gone"
            self.result.errors.clear()
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

    def _part_of_birthday(self, column: Column, cell: Cell) -> None:
        """A year, month or day in a column of its own; a whole birthday is read as one."""
        part = part_of_birthday(cell, column.field.removeprefix("birthday_"), self.today)
        if part is None:
            self._birthday(column, cell)
        elif part:
            self.born[column.field.removeprefix("birthday_")] = part

    def _gone(self, column: Column, cell: Cell) -> None:
        if is_marked(value_of(cell)):
            self.is_gone = True
        self._keep(column, cell)

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

    READERS: ClassVar = HoldingRow.READERS | {
        "phone": _phone,
        "card": _card,
        "external_id": _external_id,
        "email": _email,
        "gender": _gender,
        "birthday": _birthday,
        "lunar_birthday": _lunar_birthday,
        **dict.fromkeys(("birthday_year", "birthday_month", "birthday_day"), _part_of_birthday),
        "gone_mark": _gone,
        "joined": _day,
        "card_status": _card_status,
        "tier_until": _day,
        "channel": _channel,
        "consent_email": _consent,
        "consent_sms": _consent,
        "tags": _tags,
        "standing": _standing,
    }

    def _put_together(self) -> None:
        values = self.values
        if "phone" not in self.texts and "other_phone" in self.texts and self.result.is_right:
            self.texts["phone"] = self.texts["other_phone"]
        values |= {key: self.texts[key] for key in KEPT_TEXTS if key in self.texts}
        name = self.texts.get("name") or full_name(
            self.texts.get("first_name", ""), self.texts.get("last_name", "")
        )
        # Our own list, which alone has such a column, is read to the letter.
        line = str if self.plan.column("standing") else in_one_line
        name = self._name_alone(line(name)) or line(self.texts.get("other_name", ""))
        values["name"] = self._cut(name, ("first_name", "last_name"), TEXT_LIMITS["name"])
        if self.born:
            self._put_birthday_together(values)
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

    def _put_birthday_together(self, values: dict[str, Any]) -> None:
        try:
            values["birthday"] = whole_birthday(values.get("birthday") or {}, self.born)
        except BadDate as refusal:
            self._wrong(refusal, self.plan.header_of("birthday_day"))

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

    def _nobody(self) -> None:
        # A phone that could not be read already says why the row is out.
        if not self.result.errors:
            first = next((column.header for column in self.plan.columns if column.header), "")
            self._wrong(findings.NobodyNamed(), first)
