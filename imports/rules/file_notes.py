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


class StoresUnknown(DomainError):
    code = "stores_unknown"
    message = _(
        "The file names stores there are none of: %(names)s. Their rows (%(rows)s) are taken to "
        "the store of this import; say which store is meant, or open it first."
    )


ALL: tuple[type[DomainError], ...] = (
    RowTorn,
    FileTorn,
    TextDamaged,
    TwiceSideBySide,
    StoresUnknown,
)
