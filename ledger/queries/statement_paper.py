"""A member statement as a document to print or hand over, in the active language."""

from datetime import date, datetime, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.pdf import Block, Document, Facts, Heading, Signatures, Table, Text
from ledger.queries import statement_rows as words
from ledger.queries.statement import Statement

# A table is set as a whole before it is broken over pages: short ones keep a long statement quick.
ROWS_A_TABLE = 200
WIDTHS = [2.5, 3.6, 1.9, 1.4, 1.4, 1.7, 1.7, 0.8]
NUMBERS = {3, 4, 5, 6, 7}


def statement_document(told: Statement, *, at: datetime, by: str) -> Document:
    """The whole statement, made at ``at`` by the person named ``by``."""
    member = told.member
    return Document(
        title=_("Member statement"),
        subtitle=period_text(told.start, told.end),
        blocks=[
            Facts(who(told, at=at, by=by)),
            Heading(_("Balances")),
            _sums(told),
            Heading(_("Contracts")),
            *_contracts(told),
            Heading(_("Entries")),
            *_entries(told),
            Heading(_("Seal")),
            Facts(words.seal_facts(told.seal, member.home_store)),
            Text(words.seal_words(told.seal), small=True),
            Signatures([_("Customer"), _("For the shop")]),
        ],
        footer=f"{member.home_store.entity.name} · {member.number}",
    )


def period_text(start: date, end: date) -> str:
    """The business dates [``start``, ``end``) as people say them: both days included."""
    return _("%(first)s to %(last)s, both days included") % {
        "first": date_format(start, "DATE_FORMAT"),
        "last": date_format(end - timedelta(days=1), "DATE_FORMAT"),
    }


def who(told: Statement, *, at: datetime, by: str) -> list[tuple[str, str]]:
    """The member, who was merged into them, who owes, and who made the statement when."""
    member, store = told.member, told.member.home_store
    rows = [
        (_("Member"), " · ".join(filter(None, [str(member), member.number, member.masked_phone]))),
        (_("Home store"), f"{store.name} · {store.entity.name}"),
        (_("As kept by"), ", ".join(one.name for one in told.issuers)),
        (_("Period"), period_text(told.start, told.end)),
    ]
    if told.merged:
        merged = ", ".join(one.number for one in told.merged)
        rows.append((_("Includes, merged since"), merged))
    made = f"{words.moment(at.astimezone(store.zone))} · {by}"
    count = len(told.keys)
    entries = ngettext("%(count)s entry", "%(count)s entries", count) % {"count": count}
    return [*rows, (_("Entries"), entries), (_("Made at, by"), made)]


def _sums(told: Statement) -> Block:
    if not told.sums:
        return Text(_("Nothing was ever held."))
    return Table(
        words.sum_headings(), words.sum_rows(told), numbers={1, 2, 3, 4}, widths=[2, 2, 2, 2, 2, 2]
    )


def _contracts(told: Statement) -> list[Block]:
    if not told.contracts:
        return [Text(_("None."))]
    rows = [words.contract_row(line) for line in told.contracts]
    return [Table(words.contract_headings(), rows, numbers={2}, widths=[2.6, 2.6, 1.4, 2, 2.6])]


def headings() -> list[str]:
    """The headings over the entries."""
    return [
        _("When, where, by whom"),
        _("What"),
        _("Contract"),
        _("List value"),
        _("Charged value"),
        _("Change"),
        _("Balance after"),
        _("Seal"),
    ]


def _entries(told: Statement) -> list[Block]:
    rows = [_cells(row) for entry in told.entries() for row in words.rows_of(entry)]
    if not rows:
        return [Text(_("Nothing happened in this period."))]
    return [
        Table(headings(), rows[first : first + ROWS_A_TABLE], numbers=NUMBERS, widths=WIDTHS)
        for first in range(0, len(rows), ROWS_A_TABLE)
    ]


def _cells(row: words.Row) -> list[str]:
    where = f"{row.when} · {row.where}" if row.where else row.when
    return [
        where or " ",
        " · ".join([row.what, *row.details]),
        row.contract or " ",
        row.list_value or " ",
        row.charged or " ",
        row.change or " ",
        row.balance or " ",
        row.seal or " ",
    ]
