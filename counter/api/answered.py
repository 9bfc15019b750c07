"""What the API answers: shapes for the schema; tests hold the answers to them."""

from typing import Any

from rest_framework import serializers

from ledger.models import AssetKind, LotOrigin, TxnKind
from ledger.models.sales import LineKind

Shape = serializers.Serializer[Any]


class ErrorAnswer(Shape):
    """Every refusal: a stable code, a sentence in the caller's language, and its facts."""

    code = serializers.CharField()
    message = serializers.CharField()
    params = serializers.DictField()


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
