"""What is to be said of a file as a whole, beside what is wrong with single rows."""

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from imports.rules.amounts import BadCell


class RowTorn(BadCell):
    code = "row_torn"
    message = _("The file ends in the middle of this row; export it again, or complete the row.")


class FileTorn(DomainError):
    code = "file_torn"
    message = _(
        "The file breaks off in row %(row)s, so rows below it may be missing: export it again."
    )


class FileCut(DomainError):
    code = "file_cut"
    message = _(
        "The file ends before its table does, after row %(row)s, so rows below it may be missing: "
        "export it again."
    )


class TextDamaged(DomainError):
    code = "text_damaged"
    message = _(
        "Some characters of the file cannot be read: choose another encoding, or export it again."
    )


class TwiceSideBySide(DomainError):
    code = "twice_side_by_side"
    message = _(
        "The columns %(names)s stand twice side by side. Only the first of each is read, the "
        "others are kept as notes: put the second block below the first one."
    )


class ReadBelow(DomainError):
    code = "read_below"
    message = _(
        "%(tables)s tables of the same columns stand side by side and are read one below the "
        "other. Row numbers of each further table have %(step)s added: row %(example)s is row "
        "%(row)s of the second one."
    )


class MarksUnfolded(DomainError):
    code = "marks_unfolded"
    message = _(
        "The sheet has %(days)s days across: each mark is read as a visit of its own. Row numbers "
        "under each further day have %(step)s added: row %(number)s is row %(row)s under the "
        "second one."
    )


class PeopleUnfolded(DomainError):
    code = "people_unfolded"
    message = _(
        "The sheet has %(people)s people across: each mark is read as a visit of its own. Row "
        "numbers under each further one have %(step)s added: row %(number)s is row %(row)s under "
        "the second one."
    )


class HiddenRows(DomainError):
    code = "hidden_rows"
    message = _(
        "Rows that are hidden in the sheet, by hand or by a filter, are read like the others: "
        "%(rows)s. Leave them out where they do not belong to the list."
    )


class StruckRows(DomainError):
    code = "struck_rows"
    message = _(
        "Rows with cells that are struck through in the sheet are read like the others: %(rows)s. "
        "Leave them out where striking them through meant that they no longer count."
    )


class LinesBetween(DomainError):
    code = "lines_between"
    message = _(
        "Rows with one text alone are read as headings or remarks, not as rows of the list: "
        "%(rows)s. Where one of them is somebody, write the phone or card number into its row."
    )


class StoresAbove(DomainError):
    code = "stores_above"
    message = _(
        "The rows do not say their store: it is the one that stands on the line above them "
        "(%(names)s; lines %(rows)s)."
    )


class FilledDown(DomainError):
    code = "filled_down"
    message = _(
        "Blank cells under %(names)s are read as those of the row above, of which these rows are "
        "further lines: %(rows)s."
    )


class DayAsAbove(DomainError):
    code = "day_as_above"
    message = _(
        "The day stands only in the first row of each day: these rows under %(name)s have that "
        "of the row above: %(rows)s."
    )


class DaysAbove(DomainError):
    code = "days_above"
    message = _(
        "The rows do not say their day: it is the one that stands above them "
        "(lines between the rows that say a day: %(lines)s)."
    )


class SumUnread(DomainError):
    code = "sum_unread"
    message = _(
        "The totals row %(row)s says %(text)s under %(column)s, which is no sum of such a column: "
        "nothing is compared with it. Type in what the column comes to, or correct the file."
    )


class SameAsAbove(DomainError):
    code = "same_as_above"
    message = _("Cells that say 同上 or the like are read as the cell above them: rows %(rows)s.")


class CardsBelow(DomainError):
    code = "cards_below"
    message = _(
        "A card without a name, right below somebody with a card, is read as nobody's. Where it is "
        "another card of whoever stands above, write name and phone into its row: %(rows)s."
    )


class StoresUnknown(DomainError):
    code = "stores_unknown"
    message = _(
        "The file names stores there are none of: %(names)s. Their rows (%(rows)s) are taken to "
        "the store of this import; say which store is meant, or open it first."
    )


class InSeveralSheets(DomainError):
    code = "in_several_sheets"
    message = _(
        "Rows of people who stand in an earlier sheet too: %(rows)s. Their balances are added up. "
        "If the sheets are one list on different days, choose the latest one alone."
    )
