"""The rows of a member statement in words, the same on the screen, on paper and in the file.

Everything is text in the active language; moments are on the clock of the store they happened in.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from common.money import MINUS, format_minor
from ledger.models import Asset, Seal
from ledger.queries.statement import ContractLine, Statement
from ledger.queries.statement_parts import Entry, GoodsLine, ValueLine
from members.models import Store

ENTERED_LATER = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of a statement; the first one of an entry says when, where and what."""

    what: str
    when: str = ""
    where: str = ""
    details: Sequence[str] = ()
    contract: str = ""
    contract_id: UUID | None = None
    list_value: str = ""
    charged: str = ""
    change: str = ""
    balance: str = ""
    seal: str = ""
    is_first: bool = False
    is_undone: bool = False


def rows_of(entry: Entry) -> Iterator[Row]:
    """An entry: a head, then the lines of its bill, then what it moved.

    An entry without a bill tells the first thing it moved in its head.
    """
    values = list(entry.values)
    alone = values.pop(0) if values and not entry.goods and entry.total is None else None
    yield _head(entry, alone)
    for goods in entry.goods:
        yield _of_goods(goods, entry)
    for line in values:
        yield _of_value(line, entry)


def _head(entry: Entry, line: ValueLine | None) -> Row:
    currency = entry.currency
    return Row(
        is_first=True,
        is_undone=entry.is_undone,
        when=moment(entry.local_at),
        where=" · ".join(_where(entry)),
        what=capfirst(str(entry.label)),
        details=list(_details(entry, line)),
        contract=_contract(line),
        contract_id=line.contract.pk if line and line.contract else None,
        list_value=amount(line.list_value if line else entry.list_total, _money_of(line, currency)),
        charged=amount(line.charged_value if line else entry.total, _money_of(line, currency)),
        change=change(line) if line else "",
        balance=balance(line.balance_after, line.asset) if line else "",
        seal=seal_of(entry),
    )


def _where(entry: Entry) -> Iterator[str]:
    if entry.store:
        yield entry.store.name
    if entry.till:
        yield str(entry.till)
    if entry.operator:
        yield str(entry.operator)


def _money_of(line: ValueLine | None, currency: str) -> str:
    return line.currency if line else currency


def _contract(line: ValueLine | None) -> str:
    return str(line.contract) if line and line.contract else ""


def _of_goods(goods: GoodsLine, entry: Entry) -> Row:
    return Row(
        what=f"{goods.text} × {signed_count(goods.quantity)}",
        list_value=amount(goods.list_value, entry.currency),
        charged=amount(goods.charged_value, entry.currency),
        is_undone=entry.is_undone,
    )


def _of_value(line: ValueLine, entry: Entry) -> Row:
    return Row(
        what=_origin(line),
        details=[_of_record(line.record.number)] if line.record else [],
        contract=_contract(line),
        contract_id=line.contract.pk if line.contract else None,
        list_value=amount(line.list_value, line.currency),
        charged=amount(line.charged_value, line.currency),
        change=change(line),
        balance=balance(line.balance_after, line.asset),
        is_undone=entry.is_undone,
    )


def _origin(line: ValueLine) -> str:
    return f"{line.asset.label}: {line.origin}"


def _of_record(number: str) -> str:
    return _("kept for member %(number)s, merged since") % {"number": number}


def _details(entry: Entry, line: ValueLine | None) -> Iterator[str]:
    """What stands below the head, one remark each."""
    if line:
        yield _origin(line)
    if entry.is_undone:
        yield undone_text(entry)
    if entry.reason:
        yield entry.reason
    yield from entry.notes
    if entry.tenders:
        paid = (f"{name} {amount(much, entry.currency)}" for name, much in entry.tenders)
        yield _("Paid: %(ways)s") % {"ways": ", ".join(paid)}
    if entry.undoes:
        yield _("Refers to %(id)s") % {"id": entry.undoes}
    if entry.record:
        yield _of_record(entry.record.number)
    if was_entered_later(entry) and entry.recorded_at:
        entered = entry.recorded_at.astimezone(entry.local_at.tzinfo)
        yield _("recorded on %(moment)s") % {"moment": moment(entered)}


def undone_text(entry: Entry) -> str:
    """That an entry was undone, when, by whom and why; empty where it stands."""
    if entry.undone_at is None:
        return ""
    said = [moment(entry.undone_at.astimezone(entry.local_at.tzinfo))]
    said += [str(entry.undone_by)] if entry.undone_by else []
    said += [entry.undone_because] if entry.undone_because else []
    return _("UNDONE: %(facts)s") % {"facts": " · ".join(said)}


def was_entered_later(entry: Entry) -> bool:
    """Whether it was written down more than a day after it happened."""
    return entry.recorded_at is not None and entry.recorded_at - entry.key.at > ENTERED_LATER


def seal_of(entry: Entry) -> str:
    """The number of the seal over an entry, that it waits for one, or a dash where none will be."""
    if entry.seal is not None:
        return str(entry.seal)
    return _("not yet") if entry.can_be_sealed else "–"


def moment(at: datetime) -> str:
    """A moment as the clock of its own zone shows it."""
    return date_format(at, "SHORT_DATETIME_FORMAT")


def amount(value: int | None, currency: str) -> str:
    """Money as people write it; empty for none."""
    return format_minor(value, currency) if value is not None and currency else ""


def signed_count(count: int) -> str:
    """A count of pieces, minus for what came back."""
    return f"{MINUS}{-count}" if count < 0 else str(count)


def balance(value: int, asset: Asset) -> str:
    """So much of an asset, with its name where the amount has no sign of its own."""
    return asset.show(value) if asset.currency else f"{asset.show(value)} {asset.label}"


def change(line: ValueLine) -> str:
    """What came or went, with its sign."""
    sign = "+" if line.amount > 0 else MINUS
    return sign + balance(abs(line.amount), line.asset)


# Sums, contracts, seal -----------------------------------------------------


def sum_rows(told: Statement) -> list[list[str]]:
    """Asset, opening, received, given, closing, and whether they add up, in words."""
    return [
        [
            one.asset.label,
            one.asset.show(one.opening),
            "+" + one.asset.show(one.received),
            MINUS + one.asset.show(one.given),
            one.asset.show(one.closing),
            _("adds up") if one.adds_up else _("DOES NOT ADD UP"),
        ]
        for one in told.sums
    ]


def sum_headings() -> list[str]:
    """The headings over ``sum_rows``."""
    return [
        _("What"),
        _("Opening balance"),
        _("Received"),
        _("Given"),
        _("Closing balance"),
        _("Proof"),
    ]


def contract_row(line: ContractLine) -> list[str]:
    """Contract, when and where, paid, bonus and list value, what is left now and what became."""
    one = line.contract
    return [
        f"{one.title or one.get_kind_display()} · {str(one.pk)[:8]}",
        f"{moment(one.sold_at.astimezone(one.store.zone))} · {one.store.name}",
        format_minor(one.paid, one.currency),
        ", ".join(balance(much, asset) for asset, much in line.left) or "–",
        "; ".join(_fates(line)) or "–",
    ]


def contract_headings() -> list[str]:
    """The headings over ``contract_row``."""
    return [_("Contract"), _("Sold"), _("Paid"), _("Left today"), _("Remarks")]


def _fates(line: ContractLine) -> Iterator[str]:
    one = line.contract
    if line.is_bought_for_another:
        yield _("held by %(member)s") % {"member": one.member.number}
    if one.payer and one.payer != one.member:
        yield _("paid by %(member)s") % {"member": one.payer.number}
    if one.terms_version:
        yield _("terms %(version)s") % {"version": one.terms_version}
    for refund in line.refunds:
        yield _("paid back %(amount)s (%(cause)s)") % {
            "amount": format_minor(refund.refund + refund.interest, refund.currency),
            "cause": refund.get_cause_display(),
        }


def seal_facts(seal: Seal | None, store: Store) -> list[tuple[str, str]]:
    """The latest seal: number, moment, how far it reaches, hash."""
    if seal is None:
        return [(_("Latest seal"), _("none yet"))]
    return [
        (_("Latest seal"), str(seal.number)),
        (_("Sealed at"), moment(seal.sealed_at.astimezone(store.zone))),
        (_("Covers transactions up to"), str(seal.last_number)),
        (_("Hash (SHA-256)"), bytes(seal.hash).hex()),
    ]


def seal_words(seal: Seal | None) -> str:
    """How anybody verifies the seals, a paragraph each."""
    return "\n".join(_seal_sentences(seal))


def _seal_sentences(seal: Seal | None) -> Iterable[str]:
    yield _(
        "Every hour all new transactions on value are put into a block, and each block carries the "
        "hash of the one before it. Whoever keeps this statement keeps the proof: if anything "
        "sealed was changed since, the hash above cannot come out again."
    )
    if seal:
        yield _(
            "To verify, run on the shop's server: manage.py verify_seals --expect "
            "%(number)s:%(hash)s – it computes all blocks again and names every row that differs."
        ) % {"number": seal.number, "hash": bytes(seal.hash).hex()}
    yield _(
        "The chain: hash = SHA-256 of “regulars seal|form|number|sealed_at|first_number|"
        "last_number|txns|rows_hash|previous_hash”, rows_hash = SHA-256 of the digests of the "
        "block's transactions in the order of their numbers. The manual says how a transaction is "
        "written for its digest."
    )
    yield _(
        "The column “Seal” names the block of each row. “not yet” is newer than the latest seal "
        "and will be in the next one. Visits, and bills that moved no stored value, are kept but "
        "not sealed."
    )
