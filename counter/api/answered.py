"""What the API answers: shapes for the schema; tests hold the answers to them."""

from rest_framework import serializers

from ledger.api.shapes import ErrorAnswer, Shape
from ledger.models import AssetKind, LotOrigin, TxnKind
from ledger.models.sales import LineKind
from promotions.queries.holdings import Obstacle


class MemberFound(Shape):
    """A member as a list shows them: enough to confirm who it is."""

    number = serializers.CharField()
    name = serializers.CharField()
    phone = serializers.CharField(help_text="Masked.")
    tier = serializers.CharField(allow_null=True, help_text="Code of the tier.")
    status = serializers.CharField()
    home_store = serializers.CharField()


class MembersFound(Shape):
    """Members the text may mean, likeliest first."""

    members = MemberFound(many=True)


class EndingAnswer(Shape):
    """What of a balance ends next, and the last day it can be used."""

    amount = serializers.IntegerField()
    day = serializers.DateField()


class BalanceAnswer(Shape):
    """One asset, in its smallest unit; what was paid apart from what was given on top."""

    asset = serializers.CharField()
    kind = serializers.ChoiceField(AssetKind.values)
    name = serializers.CharField()
    currency = serializers.CharField(allow_null=True)
    principal = serializers.IntegerField()
    bonus = serializers.IntegerField()
    spendable = serializers.IntegerField(help_text="What can be used here today.")
    pending = serializers.IntegerField(help_text="What can be used only later.")
    ends_next = EndingAnswer(allow_null=True)


class UnitsAnswer(Shape):
    """What is left of one part of a bundle, and where and when it can be used."""

    unit = serializers.CharField()
    name = serializers.CharField()
    contract = serializers.UUIDField(allow_null=True)
    title = serializers.CharField(allow_blank=True)
    left = serializers.IntegerField()
    granted = serializers.IntegerField()
    is_usable = serializers.BooleanField(help_text="Here and today.")
    obstacle = serializers.ChoiceField([one.value for one in Obstacle], allow_null=True)
    day_kinds = serializers.ListField(child=serializers.CharField(), help_text="Empty: any day.")
    stores = serializers.ListField(child=serializers.CharField(), help_text="Empty: any store.")
    usable_from = serializers.DateTimeField()
    last_day = serializers.DateField(allow_null=True)


class ServiceAnswer(Shape):
    """Free uses left this month."""

    service = serializers.CharField()
    name = serializers.CharField()
    left = serializers.IntegerField()
    per_month = serializers.IntegerField()


class DebtAnswer(Shape):
    """What the member owes, to be settled by the next they earn."""

    asset = serializers.CharField()
    amount = serializers.IntegerField()


class TicketAnswer(Shape):
    """A garment in the shop's care."""

    id = serializers.IntegerField()
    garment = serializers.CharField()
    status = serializers.CharField()


class AlertAnswer(Shape):
    """What whoever serves the member should know."""

    code = serializers.CharField()
    message = serializers.CharField()
    is_warning = serializers.BooleanField()


class SheetAnswer(Shape):
    """A member as the store's issuing entity knows them."""

    member = MemberFound()
    at = serializers.DateTimeField()
    store = serializers.CharField()
    balances = BalanceAnswer(many=True)
    units = UnitsAnswer(many=True)
    services = ServiceAnswer(many=True)
    debts = DebtAnswer(many=True)
    tickets = TicketAnswer(many=True)
    alerts = AlertAnswer(many=True)


class MovementAnswer(Shape):
    """One change of one lot; positive when the member gains."""

    asset = serializers.CharField()
    asset_kind = serializers.ChoiceField(AssetKind.values)
    origin = serializers.ChoiceField(LotOrigin.values)
    amount = serializers.IntegerField()
    balance_after = serializers.IntegerField()
    contract = serializers.UUIDField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True)


class LineAnswer(Shape):
    """One line of a bill."""

    kind = serializers.ChoiceField(LineKind.values)
    product = serializers.CharField(allow_null=True)
    description = serializers.CharField()
    quantity = serializers.IntegerField()
    list_value = serializers.IntegerField()
    charged_value = serializers.IntegerField()
    contract = serializers.UUIDField(allow_null=True)


class TenderAnswer(Shape):
    """One payment of a bill."""

    tender = serializers.CharField()
    amount = serializers.IntegerField()
    reference = serializers.CharField(allow_blank=True)


class BillAnswer(Shape):
    """A bill; amounts in the currency's smallest unit."""

    currency = serializers.CharField()
    list_total = serializers.IntegerField()
    total = serializers.IntegerField()
    rounding = serializers.IntegerField()
    external_ref = serializers.CharField(allow_blank=True)
    lines = LineAnswer(many=True)
    tenders = TenderAnswer(many=True)


class TransactionAnswer(Shape):
    """What an operation did."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(TxnKind.values)
    at = serializers.DateTimeField()
    business_date = serializers.DateField()
    store = serializers.CharField()
    till = serializers.CharField(allow_null=True)
    member = serializers.CharField(allow_null=True)
    reverses = serializers.UUIDField(allow_null=True)
    sale = BillAnswer(allow_null=True)
    movements = MovementAnswer(many=True)


class LineBackAnswer(Shape):
    """So much of one line of a bill."""

    line = serializers.IntegerField()
    quantity = serializers.IntegerField()
    amount = serializers.IntegerField()


class PaidBackAnswer(Shape):
    """So much of one payment of a bill."""

    line = serializers.IntegerField()
    tender = serializers.CharField()
    amount = serializers.IntegerField()
    reference = serializers.CharField(allow_blank=True)


class SaleRefundAnswer(Shape):
    """What was paid back; amounts in the currency's smallest unit."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    sale = serializers.UUIDField()
    at = serializers.DateTimeField()
    business_date = serializers.DateField()
    total = serializers.IntegerField()
    rounding = serializers.IntegerField(help_text="The bill's rounding that went with it.")
    left = serializers.IntegerField(help_text="What of the bill can still be paid back.")
    lines = LineBackAnswer(many=True)
    payments = PaidBackAnswer(many=True)
    movements = MovementAnswer(many=True)


class OutcomeAnswer(Shape):
    """How an operation ended."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    outcome = serializers.ChoiceField(["done", "refused"])
    is_undone = serializers.BooleanField()
    transaction = TransactionAnswer(allow_null=True)
    refusal = ErrorAnswer(allow_null=True)


class EnrolAnswer(Shape):
    """The member who was enrolled."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    member = serializers.CharField()
    joined_on = serializers.DateField()


class CodeAnswer(Shape):
    """A code was sent; what it is, only the phone tells."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    member = serializers.CharField()
    good_until = serializers.DateTimeField()


class CheckInAnswer(Shape):
    """The member's visit of the business day."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    member = serializers.CharField()
    at = serializers.DateTimeField()
    business_date = serializers.DateField()
    is_new = serializers.BooleanField(help_text="Whether this request made the visit.")


class PlayAnswer(Shape):
    """What became of one play."""

    machine = serializers.CharField()
    source_id = serializers.CharField()
    outcome = serializers.ChoiceField(["accepted", "repeated", "rejected"])
    fault = serializers.CharField(allow_blank=True, help_text="Why it was rejected.")
    shortfall = serializers.IntegerField(help_text="Coins the member's balance did not cover.")
    has_member = serializers.BooleanField()


class PlaysAnswer(Shape):
    """What became of a batch, play by play, in the order sent."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    accepted = serializers.IntegerField()
    repeated = serializers.IntegerField()
    rejected = serializers.IntegerField()
    plays = PlayAnswer(many=True)
