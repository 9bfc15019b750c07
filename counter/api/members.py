"""Find members, read their sheet, enrol new ones."""

from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from common.phones import mask_phone
from counter.api import answered, asked
from counter.api.base import Order, WritingView
from counter.api.described import reads, writes
from counter.operations.requests import ENROL
from counter.queries.entity_sheet import entity_sheet
from counter.queries.transactions import enrolment_answer
from ledger.api.base import TillView
from ledger.api.keys import key_of
from members.models import Member, TillKey
from members.operations import enrol
from members.queries import member_numbered, search_members
from members.rules.birthdays import Birthday

READ = (TillKey.Scope.READ.value,)
SELL = (TillKey.Scope.SELL.value,)


@reads(name="find_members", asks=[asked.SearchAsked], answers=answered.MembersFound, scopes=READ)
@writes(name="enrol", answers=answered.EnrolAnswer)
class Members(WritingView):
    """Find members by phone, last four digits, card, name or initials; enrol at this store."""

    scopes_by_method: ClassVar = {"POST": SELL}
    scopes: ClassVar = READ
    verb: ClassVar = ENROL
    asks: ClassVar = asked.EnrolAsked

    def get(self, request: Request) -> Response:
        """Search."""
        said = asked.SearchAsked(data=request.query_params.dict())
        said.is_valid(raise_exception=True)
        store = key_of(request).till.store
        found = search_members(said.validated_data["q"], [store], said.validated_data["limit"])
        return Response({"members": [shown(member) for member in found]})

    def act(self, order: Order) -> dict[str, Any]:
        """Enrol."""
        said = {name: value for name, value in order.said.items() if name != "id"}
        if "birthday" in said:
            said["birthday"] = Birthday(**said["birthday"])
        if "referrer" in said:
            said["referrer"] = member_numbered(said["referrer"])
        member = enrol(store=order.store, at=order.at, by=None, request_id=order.id, **said)
        return enrolment_answer(order.id, member)


@reads(
    name="read_member",
    asks=[OpenApiParameter("number", str, OpenApiParameter.PATH)],
    answers=answered.SheetAnswer,
    scopes=READ,
)
class Sheet(TillView):
    """Show what a member holds and is owed, as this store's issuing entity knows it."""

    scopes: ClassVar = READ

    def get(self, request: Request, number: str) -> Response:
        """Read the sheet."""
        member = member_numbered(number)
        store = key_of(request).till.store
        found = entity_sheet(member=member, store=store, at=timezone.now())
        return Response({"member": shown(member), **found})


def shown(member: Member) -> dict[str, Any]:
    """A member as a list shows them; the phone masked."""
    return {
        "number": member.number,
        "name": member.name,
        "phone": mask_phone(member.phone) if member.phone else "",
        "tier": member.tier.code if member.tier else None,
        "status": member.status,
        "home_store": member.home_store.code,
    }
