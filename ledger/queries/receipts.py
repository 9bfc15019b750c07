"""The receipt of a contract: everything the jurisdiction asks for, as a document to show or print.

It speaks the active language; amounts and days are as they stood at the sale, from the contract's
snapshot, lots and bill. Which further items it shows is the policy's of the day of sale.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.money import format_minor
from common.pdf import Block, Document, Facts, Heading, Signatures, Table, Text
from ledger.models import Contract, Lot, LotOrigin, Policy, ReceiptItem
from ledger.models.policies import RefundRule
from ledger.models.terms import text_for_reader
from ledger.queries.policies import policy_for
from ledger.queries.scopes import limits_in_words
from ledger.queries.why import tenders_of
from ledger.rules.snapshots import Kept, kept
from members.models import Store

Rows = list[tuple[str, str]]
AN_INSTANT = timedelta(microseconds=1)


def contract_document(contract: Contract) -> Document:
    """The contract as a receipt, with lines to sign on. Raises PolicyMissing."""
    store = contract.store
    policy = policy_for(store, store.business_date(contract.sold_at))
    said = kept(contract.snapshot)
    lots = _first_lots(contract)
    blocks: list[Block] = [
        Facts(_parties(contract, said)),
        Heading(_("What was sold")),
        _content(lots, store),
        Facts([*_price(contract), *_gifts(contract, said)]),
        Heading(_("Payment")),
        _payment(contract),
        Heading(_("Conditions")),
        Facts(_conditions(contract, lots, policy)),
        *_terms(contract, said),
        Signatures([_("Customer"), _("For the shop")]),
    ]
    return Document(
        title=_("Contract and receipt"),
        subtitle=f"{contract.title or contract.get_kind_display()} · {contract.pk}",
        blocks=blocks,
        footer=f"{contract.entity.name} · {contract.pk}",
    )


def _first_lots(contract: Contract) -> list[Lot]:
    """The lots of the sale; what later hand-overs opened is another story."""
    lots = Lot.objects.filter(contract=contract, granted_at__lte=contract.sold_at)
    found = list(lots.select_related("wallet__asset", "scope").order_by("pk"))
    return found or list(Lot.objects.filter(contract=contract).select_related("wallet__asset"))


def _moment(at: datetime, store: Store) -> str:
    return date_format(at.astimezone(store.zone), "DATETIME_FORMAT")


def _last_day(ends: datetime, store: Store) -> str:
    """The last business day before the exclusive end."""
    return date_format(store.business_date(ends - AN_INSTANT), "DATE_FORMAT")


def _parties(contract: Contract, said: Kept) -> Rows:
    store, entity = contract.store, contract.entity
    member, payer = contract.member, contract.payer or contract.member
    rows = [
        (_("Issued by"), _joined(entity.name, entity.registration_number)),
        (_("Sold in"), _joined(store.name, store.address, store.phone)),
        (_("Beneficiary"), _joined(str(member), member.number, member.masked_phone)),
        (
            _("Payer"),
            _joined(str(payer), payer.number) if payer != member else _("the beneficiary"),
        ),
    ]
    if said.presented_by:
        rows.append((_("Presented by"), said.presented_by))
    if said.guardian_name:
        consent = _moment(datetime.fromisoformat(said.guardian_consent_at), store)
        rows.append((_("Guardian"), _joined(said.guardian_name, consent)))
    sold = _joined(_moment(contract.sold_at, store), str(contract.sold_by or ""))
    return [*rows, (_("Sold at, by"), sold)]


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def _content(lots: Sequence[Lot], store: Store) -> Table:
    words = limits_in_words(lots)
    return Table(
        [_("What"), _("Origin"), _("Quantity"), _("Valid"), _("Limited to")],
        [
            [
                lot.wallet.asset.label,
                lot.get_origin_display(),
                lot.wallet.asset.show(lot.granted),
                _validity(lot, store),
                words.get(lot.pk) or _("no limits"),
            ]
            for lot in lots
        ],
        numbers={2},
        widths=[2, 1.4, 1.5, 2.6, 2.5],
    )


def _validity(lot: Lot, store: Store) -> str:
    begins = date_format(store.business_date(lot.available_from), "DATE_FORMAT")
    if lot.expires_at is None:
        return _("from %(begins)s, without an end") % {"begins": begins}
    return _("%(begins)s to %(ends)s") % {
        "begins": begins,
        "ends": _last_day(lot.expires_at, store),
    }


def _price(contract: Contract) -> Rows:
    rows = [
        (_("Price paid"), format_minor(contract.paid, contract.currency)),
        (_("List value"), format_minor(contract.list_value, contract.currency)),
    ]
    if contract.bonus:
        rows.append((_("Bonus on top"), _bonus(contract)))
    return rows


def _bonus(contract: Contract) -> str:
    """Bonus is money with a top-up and coins with a coin pack: the lot knows of what."""
    lot = Lot.objects.filter(contract=contract, origin=LotOrigin.BONUS).order_by("pk").first()
    if lot is None:
        return format_minor(contract.bonus, contract.currency)
    return lot.wallet.asset.show(contract.bonus)


def _gifts(contract: Contract, said: Kept) -> Rows:
    return [
        (
            _("Gift"),
            _joined(
                f"{text_for_reader({'en': gift.name, 'zh-hans': gift.name_zh})} × {gift.quantity}",
                format_minor(gift.list_value, contract.currency),
            ),
        )
        for gift in said.gifts
    ]


def _payment(contract: Contract) -> Table:
    return Table(
        [_("Paid with"), _("Reference"), _("Amount")],
        [
            [str(paid.tender), paid.reference, format_minor(paid.amount, contract.currency)]
            for paid in tenders_of(contract)
        ],
        numbers={2},
        widths=[2, 2, 1],
    )


def _conditions(contract: Contract, lots: Sequence[Lot], policy: Policy) -> Rows:
    """The end of the days to change one's mind, and each item the policy asks for."""
    rows: Rows = []
    if contract.cooling_off_ends_at:
        rows.append((_("Change of mind"), _change_of_mind(contract, policy)))
    asked = {
        ReceiptItem.BONUS: (_("Bonus"), _bonus_words(lots)),
        ReceiptItem.HONOURED_AT: (_("Can be used in"), _honoured_at(contract)),
        ReceiptItem.REFUND: (_("Refund"), _refund_words(contract, policy)),
        ReceiptItem.LOSS_AND_TRANSFER: (_("Loss and transfer"), _loss_words()),
        ReceiptItem.ENQUIRY: (_("Balance and records"), _enquiry_words()),
        ReceiptItem.LIABILITY: (_("Liability"), _liability_words(contract)),
        ReceiptItem.DISPUTES: (_("Complaints"), _dispute_words(contract)),
    }
    wanted = {*policy.receipt_items, ReceiptItem.HONOURED_AT, ReceiptItem.DISPUTES}
    rows += [row for item, row in asked.items() if item in wanted and row[1]]
    return rows


def _change_of_mind(contract: Contract, policy: Policy) -> str:
    ends = contract.cooling_off_ends_at
    said = _("Until %(day)s the whole payment goes back on request, unless it was used before.") % {
        "day": _last_day(ends, contract.store) if ends else ""
    }
    return said + _paid_within(policy.cooling_off_payout_days)


def _paid_within(days: int | None) -> str:
    if days is None:
        return ""
    return " " + ngettext(
        "It is paid within %(days)d day.", "It is paid within %(days)d days.", days
    ) % {"days": days}


def _bonus_words(lots: Sequence[Lot]) -> str:
    """In which order principal and bonus are spent, and what a refund does with the bonus."""
    by_origin = {lot.origin: lot.priority for lot in lots}
    if LotOrigin.BONUS not in by_origin:
        return ""
    principal, bonus = by_origin.get(LotOrigin.PAID, 0), by_origin[LotOrigin.BONUS]
    if principal == bonus:
        order = _("Principal and bonus are spent in proportion.")
    elif principal < bonus:
        order = _("The bonus is spent after the principal.")
    else:
        order = _("The bonus is spent before the principal.")
    closing = _(
        "It is not paid out. When the contract is paid back it ends; for the shop's cause, what "
        "was used counts only in the proportion of what was paid to paid and bonus together."
    )
    return f"{order} {closing}"


def _honoured_at(contract: Contract) -> str:
    stores = Store.objects.filter(entity=contract.entity_id).order_by("code")
    if contract.honoured_at:
        stores = stores.filter(pk__in=contract.honoured_at)
    return _joined(*(store.name for store in stores))


def _refund_words(contract: Contract, policy: Policy) -> str:
    if policy.refund_rule == RefundRule.REMAINING_PRINCIPAL:
        said = _("Later on what is left of the principal is paid back.")
    elif contract.snapshot.get("refunds_at_price_paid"):
        said = _(
            "Later on what was paid less what was delivered is paid back; it counts at the price "
            "paid, whoever ends the contract."
        )
    else:
        said = _(
            "Later on what was paid less what was delivered is paid back: for the shop's cause "
            "delivered at the reduced price, for the member's cause at the list price."
        )
    return said + _paid_within(policy.payout_days)


def _loss_words() -> str:
    return _(
        "A lost card is reported and replaced at every desk; what is on it stays. The contract may "
        "be handed to another person; that holds from the notice to the shop on."
    )


def _enquiry_words() -> str:
    return _("Balance and every movement are shown and printed at every desk on request.")


def _liability_words(contract: Contract) -> str:
    return _(
        "%(entity)s owes what was promised. When a store closes or a promise is not kept, the "
        "member may end the contract; the refund is then worked out as for the shop's cause."
    ) % {"entity": contract.entity.name}


def _dispute_words(contract: Contract) -> str:
    return _(
        "Tell the store first: %(contact)s. After that the consumer association or a court."
    ) % {"contact": _joined(contract.store.phone, contract.store.address) or contract.store.name}


def _terms(contract: Contract, said: Kept) -> list[Block]:
    text = text_for_reader(dict(said.texts))
    if not text:
        return []
    title = _("Terms, version %(version)s") % {"version": contract.terms_version or "–"}
    return [Heading(title), Text(text, small=True)]
