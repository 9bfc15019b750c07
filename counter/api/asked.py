"""What the API can be asked: the bodies of its requests."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from ledger.api.fields import (
    LARGEST_AMOUNT,
    Amount,
    Count,
    Moment,
    RequestId,
    StrictSerializer,
    Text,
    Whole,
    many,
)
from ledger.models.activity import VisitSource
from ledger.models.sales import LineKind
from members.models import Member
from members.rules.fields import LENGTHS

MOST_LINES = 50
MOST_TENDERS = 10
MOST_PLAYS = 1000
LARGEST_ROUNDING = 10**6
GOODS = [LineKind.PRODUCT.value, LineKind.SERVICE.value]


class MemberNumber(Text):
    """The number of a member."""

    def __init__(self, **more: Any) -> None:
        more.setdefault("help_text", "The member's number, as the search returns it.")
        super().__init__(max_length=32, **more)


class Asked(StrictSerializer):
    """What every request that writes carries."""

    id = RequestId(help_text="Made by the client before sending; a retry sends the same one.")


class SearchAsked(StrictSerializer):
    """What is searched for."""

    q = Text(min_length=1, max_length=80, help_text="Phone, last four digits, card or name.")
    limit = serializers.IntegerField(min_value=1, max_value=50, default=20)


class TenderAsked(StrictSerializer):
    """One payment."""

    tender = Text(max_length=40, help_text="Code of the tender, as the shop set it up.")
    amount = Amount(least=1)
    reference = Text(max_length=120, required=False, default="", allow_blank=True)


class BirthdayAsked(StrictSerializer):
    """What is known of a birthday; a day needs its month."""

    year = Whole(min_value=1880, max_value=2200, required=False)
    month = Whole(min_value=1, max_value=12, required=False)
    day = Whole(min_value=1, max_value=31, required=False)


class EnrolAsked(Asked):
    """A member to enrol: at least a name, a phone, an e-mail or a card."""

    name = Text(max_length=LENGTHS["name"], required=False)
    phone = Text(max_length=40, required=False, help_text="As dialled in the store's country.")
    email = Text(max_length=LENGTHS["email"], required=False)
    gender = serializers.ChoiceField(Member.Gender.values, required=False)
    birthday = BirthdayAsked(required=False)
    lunar_birthday = Text(max_length=LENGTHS["lunar_birthday"], required=False)
    address = Text(max_length=LENGTHS["address"], required=False)
    region = Text(max_length=LENGTHS["region"], required=False)
    occupation = Text(max_length=LENGTHS["occupation"], required=False)
    education = Text(max_length=LENGTHS["education"], required=False)
    channel = Text(max_length=LENGTHS["channel"], required=False)
    notes = Text(max_length=2000, required=False)
    cards = serializers.ListField(
        child=Text(max_length=64), max_length=5, required=False, default=list
    )
    referrer = MemberNumber(required=False)


class CheckInAsked(Asked):
    """A member who came."""

    member = MemberNumber()
    source = serializers.ChoiceField(  # type: ignore[assignment]  # a declared field is no attribute
        [source for source in VisitSource.values if source != VisitSource.IMPORTED],
        default=VisitSource.WALKED_IN,
    )
    note = Text(max_length=200, required=False, default="", allow_blank=True)


class TopUpAsked(Asked):
    """A top-up by an offer of the shop, or of an amount without bonus."""

    member = MemberNumber()
    offer = Text(max_length=40, required=False, help_text="Code of the top-up offer.")
    amount = Amount(least=1, required=False)
    tenders = many(TenderAsked(), most=MOST_TENDERS)

    default_error_messages = {"offer_or_amount": _("Name an offer or an amount.")}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a top-up of nothing."""
        if not attrs.keys() & {"offer", "amount"}:
            raise serializers.ValidationError({"offer": [self._fault("offer_or_amount")]})
        return attrs


class ProofAsked(Asked):
    """A debit above the store's limit needs what the member typed."""

    pin = Text(max_length=6, required=False, help_text="Above the store's limit: their PIN,")
    code = Text(max_length=6, required=False, help_text="or the code sent to their phone.")


class BundleAsked(ProofAsked):
    """A prepaid bundle to sell."""

    member = MemberNumber()
    bundle = Text(max_length=40, help_text="Code of the bundle.")
    quantity = Count(default=1)
    tenders = many(TenderAsked(), most=MOST_TENDERS)


class LineAsked(StrictSerializer):
    """One line of a bill; values are for the whole quantity."""

    product = Text(max_length=40, required=False, help_text="Code of the product.")
    description = Text(max_length=200, required=False, help_text="Needed without a product.")
    kind = serializers.ChoiceField(GOODS, default=LineKind.PRODUCT.value)
    quantity = Count(default=1)
    charged_value = Amount(help_text="What the member pays for the line, in the smallest unit.")
    list_value = Amount(
        required=False, help_text="Before reductions; without it the product's list price."
    )

    default_error_messages = {"product_or_description": _("Name a product or a description.")}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a line that nobody could name."""
        if not attrs.keys() & {"product", "description"}:
            fault = self._fault("product_or_description")
            raise serializers.ValidationError({"description": [fault]})
        return attrs


class SaleAsked(ProofAsked):
    """A bill; its tenders add up to its lines and the rounding."""

    member = MemberNumber(required=False, help_text="Left out for an anonymous sale.")
    lines = many(LineAsked(), most=MOST_LINES)
    tenders = many(TenderAsked(), most=MOST_TENDERS, least=0)
    rounding = Whole(
        min_value=-LARGEST_ROUNDING,
        max_value=LARGEST_ROUNDING,
        default=0,
        help_text="Added to the lines; a negative number lets the odd cents go.",
    )
    external_ref = Text(max_length=120, required=False, default="", allow_blank=True)
    invoice_number = Text(max_length=60, required=False, default="", allow_blank=True)
    tax_amount = Amount(required=False)


class DrawDownAsked(ProofAsked):
    """Units to draw from what a member paid for in advance."""

    member = MemberNumber()
    unit = Text(max_length=40, help_text="Code of the unit or coin, as the sheet shows it.")
    quantity = Count()
    note = Text(max_length=200, required=False, default="", allow_blank=True)


class DepositAsked(ProofAsked):
    """Value to set aside for something to come."""

    member = MemberNumber()
    asset = Text(max_length=40, help_text="Code of what is set aside, as the sheet shows it.")
    amount = Whole(min_value=1, max_value=LARGEST_AMOUNT, help_text="In its smallest unit.")
    purpose = Text(max_length=200, help_text="What it is for; the member reads it.")
    until = Moment(help_text="When it is released by itself.")


class DepositReleaseAsked(Asked):
    """A deposit to give back whole."""

    deposit = RequestId(help_text="The id of the deposit.")
    reason = Text(max_length=200, required=False, default="", allow_blank=True)


class DepositCaptureAsked(DepositReleaseAsked):
    """A deposit to take; what is not taken goes back."""

    amount = Whole(min_value=1, max_value=LARGEST_AMOUNT, help_text="In its smallest unit.")


class CodeAsked(Asked):
    """A code for the phone of a member who is to debit more than the store's limit."""

    member = MemberNumber()


class PlayAsked(StrictSerializer):
    """One play of a machine."""

    machine = Text(max_length=40, help_text="Code of the machine in this store.")
    source_id = Text(max_length=120, help_text="The controller's own id; it counts once.")
    coins = Whole(min_value=-LARGEST_ROUNDING, max_value=LARGEST_ROUNDING)
    at = Moment()
    card = Text(max_length=60, required=False, default="", allow_blank=True)


class PlaysAsked(Asked):
    """A batch of plays, late or repeated ones among them."""

    plays = many(PlayAsked(), most=MOST_PLAYS)


class LineBackAsked(StrictSerializer):
    """So much of one line of a bill."""

    line = Count(help_text="Its place on the bill, from 1.")
    quantity = Amount(default=0, help_text="Pieces that come back.")
    amount = Amount(
        required=False, help_text="What is paid back; without it the part the pieces have of it."
    )


class PaidBackAsked(StrictSerializer):
    """So much of one payment of a bill."""

    line = Count(help_text="Its place among the payments, from 1.")
    amount = Amount(least=1)
    tender = Text(max_length=40, required=False, help_text="Another way to pay back, by its code.")
    reference = Text(max_length=120, required=False, default="", allow_blank=True)


class SaleRefundAsked(Asked):
    """A bill to pay back, in whole or in part."""

    sale = RequestId(help_text="The id of the bill.")
    reason = Text(max_length=200)
    lines = many(LineBackAsked(), most=MOST_LINES, required=False)
    payments = many(PaidBackAsked(), most=MOST_TENDERS, required=False)


class UndoAsked(Asked):
    """An operation to undo, and why."""

    transaction = RequestId(help_text="The id of the operation to undo.")
    reason = Text(max_length=200)
