"""What can be said about a row: each finding has a code, a column, and a sentence made when read.

A finding travels as ``{"column", "code", "params"}``; the sentence is built from the refusal with
that code, in the language of whoever reads the report.
"""

import sys
from itertools import chain
from types import ModuleType
from typing import Any

from django.utils.translation import gettext_lazy as _

from common import phones
from common.errors import DomainError
from imports.rules import amounts, dates, file_notes, left_standing
from imports.rules.amounts import BadCell

type Finding = dict[str, Any]


class NobodyNamed(BadCell):
    code = "nobody_named"
    message = _("The row has no phone, card, e-mail or name to tell who it is; add one of them.")


class TooManyCells(BadCell):
    code = "too_many_cells"
    message = _(
        "The row has more cells than the header, so its values have slipped: put quotes around "
        "the text or the number that holds the separator."
    )


class CellError(BadCell):
    code = "cell_error"
    message = _("%(text)s is an error of the spreadsheet and no value; correct the cell.")


class LostCharacter(DomainError):
    code = "lost_character"
    message = _(
        "A character of the cell cannot be read; choose another encoding, or correct the text."
    )


class BalancesDisagree(BadCell):
    code = "balances_disagree"
    message = _("The total of %(total)s is not what the other balances add up to; correct the row.")


class UnknownStatus(BadCell):
    code = "unknown_status"
    message = _(
        "%(text)s does not say whether the card is valid, lost or void: say which under Words."
    )


class SpentButHolds(BadCell):
    code = "spent_but_holds"
    message = _("%(text)s says that nothing is left, yet the row has a balance; correct one.")


class CardNumberMissing(BadCell):
    code = "card_number_missing"
    message = _("The row has no card number; add it.")


class CardNotIssued(DomainError):
    code = "card_not_issued"
    message = _("Nobody holds the card yet: it is counted, not booked.")


class CardVoid(DomainError):
    code = "card_void"
    message = _(
        "The card is void: it is counted, not booked. If its value is still owed, correct "
        "its status."
    )


class GoneThere(DomainError):
    code = "gone_there"
    message = _(
        "The other system had struck this row off: counted, not booked. To bring it along, "
        "empty the cell, or say under Columns that the column is only kept."
    )


class SaidGone(DomainError):
    code = "said_gone"
    message = _(
        "%(text)s: the list says that this member was struck off. Leave them out, or make a member."
    )


class SeveralOfThatName(DomainError):
    code = "several_of_that_name"
    message = _("Several members are called %(name)s: decide whose card it is.")


class TierNameMissing(BadCell):
    code = "tier_name_missing"
    message = _("The row does not say what the tier is called; add its name.")


class BadDiscount(BadCell):
    code = "bad_discount"
    message = _(
        "%(text)s is not a discount in whole percent; write it as 9.5折, 95, 0.95 or 5%% off."
    )


class SameTier(DomainError):
    code = "same_tier"
    message = _("Row %(other)s describes the same tier otherwise: keep one of the two rows.")


class RankTaken(DomainError):
    code = "rank_taken"
    message = _("Rank %(rank)s belongs to the tier %(tier)s: this tier comes right after it.")


class SamePhone(DomainError):
    code = "same_phone_other_name"
    message = _(
        "Same phone as row %(other)s, another name: are they one person? If they are "
        "two, correct the phone of one."
    )


class SamePhoneAsMember(DomainError):
    code = "same_phone_as_member"
    message = _("Member %(member)s has this phone under another name: decide who it is.")


class SameCard(DomainError):
    code = "same_card"
    message = _("Same card as row %(other)s, another person: decide whose card it is.")


class SameCardAsMember(DomainError):
    code = "same_card_as_member"
    message = _("Member %(member)s already has this card: decide whose card it is.")


class SameEmail(DomainError):
    code = "same_email_other_name"
    message = _("Same e-mail as row %(other)s, another name: decide whether they are one person.")


class OtherBalance(DomainError):
    code = "other_balance"
    message = _("Row %(other)s is the same member with another balance: decide which one counts.")


class SameNameOnly(DomainError):
    code = "same_name_only"
    message = _("Same name as row %(other)s and nothing to tell them apart: decide who it is.")


class BalanceUsedSince(DomainError):
    code = "balance_used_since"
    message = _(
        "The balance differs from the one brought over before, and the member has used it since: "
        "adjust it by hand with a reason."
    )


class OpenedBefore(DomainError):
    code = "opened_before"
    message = _(
        "The member's balance was brought over before from another list: decide which one counts."
    )


class HoldsValueAlready(DomainError):
    code = "holds_value_already"
    message = _(
        "The member holds such a balance already, from business here: decide whether the list's"
        " comes on top of it."
    )


class SameNameAsMember(DomainError):
    code = "same_name_as_member"
    message = _("Member %(member)s has the same name, and nothing here tells them apart.")


class SameEmailAsMember(DomainError):
    code = "same_email_as_member"
    message = _("Member %(member)s has this e-mail under another name: decide who it is.")


class FormulaLike(DomainError):
    code = "formula_like"
    message = _("The cell looks like a formula: kept as text, made harmless on export.")


class MaskedPhone(DomainError):
    code = "masked_phone"
    message = _("The phone hides its middle digits: kept as a note, nobody can be called with it.")


class MaskedCard(DomainError):
    code = "masked_card"
    message = _("The number hides some of its signs: export the list with whole numbers.")


class DoubtfulDate(DomainError):
    code = "doubtful_date"
    message = _(
        "%(text)s may be read with day and month the other way round: taken as %(day)s. Say how "
        "the column writes days."
    )


class DoubtfulYear(DomainError):
    code = "doubtful_year"
    message = _(
        "%(text)s may count its year by the Western calendar or by another one: taken as %(day)s. "
        "Write years with four digits, or say which calendar the column counts by."
    )


class PhoneRemark(DomainError):
    code = "phone_remark"
    message = _("The cell says more than a phone: the number is used, the whole cell is kept.")


class OtherContact(DomainError):
    code = "other_contact"
    message = _("The cell holds another way to reach somebody, and no phone; it is kept as it is.")


class CardLostDigits(BadCell):
    code = "card_lost_digits"
    message = _(
        "%(text)s is a number a spreadsheet has rounded: its last digits are lost. Look it up in "
        "the source and store the column as text."
    )


class ConditionKept(DomainError):
    code = "condition_kept"
    message = _(
        "What it takes is told in words that are kept as they stand: say the threshold yourself "
        "when the tier is there."
    )


class SecondPhone(DomainError):
    code = "second_phone"
    message = _("The cell holds several phones: the first is used, all are kept.")


class BadEmail(DomainError):
    code = "bad_email"
    message = _("%(text)s is not an e-mail address: kept as a note only.")


class UnknownWord(DomainError):
    code = "unknown_word"
    message = _("%(text)s is not a word known for this column: kept as a note only.")


class TextTooLong(DomainError):
    code = "text_too_long"
    message = _("There is no room for so long a text in its field: it is kept whole as a note.")


class UnknownStore(DomainError):
    code = "unknown_store"
    message = _("There is no store %(text)s: taken as the store of this import.")


class UnknownMember(DomainError):
    code = "unknown_member"
    message = _("No member has %(text)s: the row is kept without a member.")


class RepeatedRow(DomainError):
    code = "repeated_row"
    message = _("The row repeats row %(other)s and is counted once.")


class Cancelled(DomainError):
    code = "cancelled"
    message = _("The entry was cancelled: it is counted, not booked.")


class Refunded(DomainError):
    code = "refund"
    message = _("The entry is a refund: it is counted, not booked as a purchase.")


class RefundTakenOff(DomainError):
    code = "refund_taken_off"
    message = _("The entry is a refund: it is taken off the bill %(bill)s.")


class RefundAboveBill(DomainError):
    code = "refund_above_bill"
    message = _(
        "More was refunded than the bill %(bill)s came to: only what was left of it is taken off."
    )


class SameNumber(DomainError):
    code = "same_number"
    message = _("Row %(other)s has the same number at another time: decide if it is one bill.")


class NumberRepeated(DomainError):
    code = "number_repeated"
    message = _(
        "Row %(other)s has the same number and says otherwise: it counts, and this one does not. "
        "If this is another entry, correct its number."
    )


class NoVisitNoSale(DomainError):
    code = "no_visit_no_sale"
    message = _("The entry is neither a visit nor a sale: it is kept with the import.")


class BalanceBreaks(DomainError):
    code = "balance_breaks"
    message = _("The balance is not that of the line before with this amount: a line is missing.")


class MachineMissing(BadCell):
    code = "machine_missing"
    message = _("The row does not say which machine took the coins; add it.")


class MachineNameLong(BadCell):
    code = "machine_name_long"
    message = _(
        "A machine's name has at most %(limit)s signs, and %(text)s has more; give it a shorter "
        "one under its word."
    )


class NoCoins(DomainError):
    code = "no_coins"
    message = _("The play took no coins: it is counted, not booked.")


class PaidOtherwise(BadCell):
    code = "paid_otherwise"
    message = _(
        "What was paid (%(paid)s) does not add up to %(total)s: correct the cell that is wrong."
    )


class UnknownMark(BadCell):
    code = "unknown_mark"
    message = _(
        "%(text)s on %(day)s is no mark that is known: say under Words what it means, or write ✓ "
        "for whoever came and × for whoever did not."
    )


class NightAfter(DomainError):
    code = "night_after"
    message = _("Before the day's cut: read as the night after %(day)s, %(at)s.")


class BadBundle(BadCell):
    code = "bad_bundle"
    message = _("%(text)s does not say how many are left; write it as “car wash 5”.")


class BundleOver(DomainError):
    code = "bundle_over"
    message = _("%(text)s says that the units are no longer good: they are kept, not booked.")


class EndedAlready(DomainError):
    code = "ended_already"
    message = _("%(what)s ended on %(day)s: it is brought over as what has run out.")


class BalanceRepeated(DomainError):
    code = "balance_repeated"
    message = _("The balance is that of row %(other)s and is counted once.")


class ErasedHere(DomainError):
    code = "erased_here"
    message = _("The person of this row was erased here, so nothing of it is booked.")


class WalkIn(DomainError):
    code = "walk_in"
    message = _("The entry names nobody: a visit without a member is counted, not booked.")


class RowFailed(DomainError):
    code = "row_failed"
    message = _("The row could not be booked: %(why)s")


def _refusals_of(*modules: ModuleType) -> dict[str, type[DomainError]]:
    found = chain.from_iterable(vars(module).values() for module in modules)
    kinds = (one for one in found if isinstance(one, type) and issubclass(one, DomainError))
    return {kind.code: kind for kind in kinds}


ALL = _refusals_of(phones, amounts, dates, file_notes, left_standing, sys.modules[__name__])


def finding(refusal: DomainError, column: str = "") -> Finding:
    """A refusal about a column (its header as in the file), ready to be stored."""
    return {"column": column, "code": refusal.code, "params": refusal.as_dict()["params"]}


def sentence(found: Finding) -> str:
    """What a finding says, in the reader's language.

    >>> sentence({"column": "电话", "code": "bad_amount", "params": {"text": "待查"}})
    '待查 is no amount or count; write it as a number such as 7 or 12.50.'
    """
    return str(ALL[found["code"]](**found["params"]))
