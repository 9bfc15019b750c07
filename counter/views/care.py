"""Take care of what a member has: hand over, pause, bring back, hold, cards, PIN, two records."""

from typing import Any, ClassVar
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from counter.forms import care as forms
from counter.forms.reading import read_amount, read_count
from counter.views.action import Action
from counter.views.desk import Desk, at_the_counter
from counter.views.pages import show
from ledger.models import Asset, Hold, Merge
from ledger.operations.handing_over import transfer_contract
from ledger.operations.moving_visits import move_visit
from ledger.operations.pausing import pause_contract, resume_contract
from ledger.operations.reviving import reactivate
from ledger.queries.contracts import open_lots, pause_in_force
from ledger.queries.merging import merge_preview, standing_merges
from members.models import Card, Member, MemberPin
from members.operations.cards import find_again, give_card, replace_card, report_lost
from members.operations.pins import set_pin
from members.queries import member_numbered
from promotions.operations import merge_members, undo_merge
from promotions.operations.deposits import capture_deposit, hold_deposit, release_deposit


class FieldsWrong(DomainError):
    """The panel's fields do not hold together; each says why."""

    code = "fields_wrong"
    message = _("Something is missing or cannot be read. Correct what is marked.")


class Care(Action):
    """An action whose panel is a form; managers' actions are closed to clerks."""

    template = "counter/panels/care.html"
    form: ClassVar[type[forms.CareForm]]
    title: ClassVar[Any]
    verb: ClassVar[Any]
    done: ClassVar[Any]
    for_managers: ClassVar[bool] = False

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Let only managers and owners near what is theirs to do."""
        if self.for_managers and not kwargs["desk"].is_manager:
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def facts(self, desk: Desk, member: Member, typed: QueryDict) -> dict[str, Any]:
        """The form, filled in with what was typed or what the address names."""
        return {
            "form": self.form_of(desk, member, typed),
            "title": self.title,
            "verb": self.verb,
        }

    def form_of(self, desk: Desk, member: Member, typed: QueryDict) -> forms.CareForm:
        """The panel's form."""
        facts: dict[str, Any] = {"member": member, "store": desk.store, "at": desk.at} | self.more(
            member
        )
        is_sent = "request_id" in typed and typed.get("do") not in {"preview", "code"}
        data = typed if is_sent else None
        return self.form(data, initial=typed.dict(), **facts)

    def more(self, member: Member) -> dict[str, Any]:
        """What else the form needs to know."""
        return {}

    def act(self, desk: Desk, member: Member, typed: QueryDict, entry: UUID) -> None:
        """Do it with the form's values. Raises FieldsWrong and what the verb refuses."""
        form = self.form_of(desk, member, typed)
        if not form.is_valid():
            raise FieldsWrong
        self.do(desk, member, form.cleaned_data, entry)

    def do(self, desk: Desk, member: Member, said: dict[str, Any], entry: UUID) -> None:
        """Call the verb."""
        raise NotImplementedError

    def page(
        self,
        request: HttpRequest,
        desk: Desk,
        member: Member,
        facts: dict[str, Any],
        status: int,
    ) -> HttpResponse:
        """The page of care."""
        return care_page(request, desk, member, facts, status)

    def after(self, request: HttpRequest, member: Member, entry: UUID) -> str:
        """Back to the page of care, which says that it is done."""
        messages.success(request, self.done)
        return reverse("counter:care", args=[member.number])


class Transfer(Care):
    """Hand a contract to another member."""

    name, form, for_managers = "transfer", forms.TransferForm, True
    title, verb = _("Hand a contract to another member"), _("Hand over")
    done = _("The contract was handed over. Both records say so.")

    def do(self, desk: Desk, member: Member, said: dict[str, Any], entry: UUID) -> None:
        """Hand it over; a notice of today reached the shop by now."""
        day = said["noticed_on"]
        noticed = desk.store.day_bounds(day)[0]
        today = day == desk.store.business_date(desk.at)
        transfer_contract(
            request_id=entry,
            contract=said["contract"],
            to_member=forms.other_member(said["to"], desk.stores),
            noticed_at=desk.at if today else noticed,
            card=said["card"],
            reason=said["reason"],
            **desk.header,
        )


class Pause(Care):
    """Let a contract rest."""

    name, form, for_managers = "pause", forms.PauseForm, True
    title, verb = _("Pause a contract"), _("Pause")
    done = _("The contract is paused; its end moves along.")

    def do(self, desk: Desk, member: Member, said: dict[str, Any], entry: UUID) -> None:
        """Pause it."""
        pause_contract(
            request_id=entry,
            contract=said["contract"],
            until=said["until"],
            reason=said["reason"],
            **desk.header,
        )


class Resume(Care):
    """Let a paused contract go on."""

    name, form, for_managers = "resume", forms.ResumeForm, True
    title, verb = _("Resume a paused contract"), _("Resume")
    done = _("The contract can be used again.")

    def do(self, desk: Desk, member: Member, said: dict[str, Any], entry: UUID) -> None:
        """Resume it."""
        resume_contract(
            request_id=entry, contract=said["contract"], reason=said["reason"], **desk.header
        )


class Reactivate(Care):
    """Bring back what had ended."""

    name, form, for_managers = "reactivate", forms.ReactivateForm, True
    title, verb = _("Bring back what has ended"), _("Bring back")
    done = _("It can be used again until its new last day.")

    def do(self, desk: Desk, member: Member, said: dict[str, Any], entry: UUID) -> None:
        """Bring it back."""
        reactivate(
            request_id=entry,
            lot=said["lot"],
            last_day=said["last_day"],
            reason=said["reason"],
            **desk.header,
        )


class HoldDeposit(Care):
    """Set value aside."""

    name, form = "hold", forms.HoldForm
    title, verb = _("Hold a deposit"), _("Hold")
    done = _("The deposit is held. It can be neither spent nor lost meanwhile.")

    def act(self, desk: Desk, member: Member, typed: QueryDict, entry: UUID) -> None:
        """Hold it, with the member's proof above the store's limit."""
        form = self.form_of(desk, member, typed)
        if not form.is_valid():
            raise FieldsWrong
        said = form.cleaned_data
        amount = read_of(said["asset"], said["amount"])
        desk.prove(member, typed, entry, debits={said["asset"]: amount})
        hold_deposit(
            request_id=entry,
            member=member,
            asset=said["asset"],
            amount=amount,
            purpose=said["purpose"],
            expires_at=desk.store.end_of(said["until"]),
            **desk.header,
        )


class SettleDeposit(Care):
    """Take a deposit, or give it back."""

    name, form = "settle_deposit", forms.SettleForm
    title, verb = _("Take or release a deposit"), _("Confirm")
    done = _("The deposit is settled. What was not taken went back.")

    def do(self, desk: Desk, member: Member, said: dict[str, Any], entry: UUID) -> None:
        """Take so much of it; nothing typed or zero gives all of it back."""
        kept: Hold = said["hold"]
        amount = read_of(kept.asset, said["amount"]) if said["amount"].strip() else 0
        if amount:
            permission = desk.permission(desk.request.POST)
            capture_deposit(deposit=kept, amount=amount, permission=permission, **desk.header)
        else:
            release_deposit(deposit=kept, **desk.header)


def read_of(asset: Asset, text: str) -> int:
    """What was typed of an asset, in its smallest unit."""
    return read_amount(text, asset.currency) if asset.currency else read_count(text)


class CardCare(Care):
    """A card was lost, turned up, or is given anew."""

    name, form = "card", forms.CardForm
    title, verb = _("Lost or new card"), _("Confirm")
    done = _("The card's new state holds from now on.")

    def do(self, desk: Desk, member: Member, said: dict[str, Any], entry: UUID) -> None:
        """Do what was chosen."""
        facts: dict[str, Any] = {"card": said.get("card"), "at": desk.at, "by": desk.user}
        if said["what"] == "give":
            give_card(member=member, number=said["number"], at=desk.at, by=desk.user)
        elif said["what"] == "replace":
            replace_card(number=said["number"], **facts)
        elif said["what"] == "found":
            find_again(**facts)
        else:
            report_lost(**facts)


class Pin(Care):
    """The member sets a PIN."""

    name, form = "pin", forms.PinForm
    title, verb = _("Set a PIN"), _("Set the PIN")
    done = _("The PIN is set.")

    def do(self, desk: Desk, member: Member, said: dict[str, Any], entry: UUID) -> None:
        """Set it."""
        set_pin(member=member, pin=said["pin"], again=said["again"], at=desk.at, by=desk.user)


class MergeIn(Care):
    """Let another record of the same person go into this one."""

    name, form, for_managers = "merge", forms.MergeForm, True
    template = "counter/panels/merge.html"
    title, verb = _("Merge with another record"), _("Compare")
    done = _("The two are one member now.")

    def facts(self, desk: Desk, member: Member, typed: QueryDict) -> dict[str, Any]:
        """Both side by side as soon as the other one is named."""
        facts = super().facts(desk, member, typed)
        try:
            other = forms.other_member(typed.get("other", ""), desk.stores)
        except forms.OtherMemberUnclear as unclear:
            return facts | ({"unclear": unclear} if typed.get("do") == "preview" else {})
        preview = merge_preview(survivor=member, merged=other)
        return facts | {"preview": preview, "taken_over": typed.getlist("take_over")}

    def act(self, desk: Desk, member: Member, typed: QueryDict, entry: UUID) -> None:
        """Merge what was compared."""
        form = self.form_of(desk, member, typed)
        if not form.is_valid():
            raise FieldsWrong
        merge_members(
            request_id=entry,
            survivor=member,
            merged=forms.other_member(form.cleaned_data["other"], desk.stores),
            take_over=typed.getlist("take_over"),
            reason=form.cleaned_data["reason"],
            store=desk.store,
            at=desk.at,
            by=desk.user,
        )


class Unmerge(Care):
    """Take a merge back."""

    name, form, for_managers = "unmerge", forms.UnmergeForm, True
    title, verb = _("Take a merge back"), _("Take apart")
    done = _("They are two members again.")

    def more(self, member: Member) -> dict[str, Any]:
        """Merges that stand."""
        return {"merges": Merge.objects.filter(survivor=member, undone_at__isnull=True)}

    def do(self, desk: Desk, member: Member, said: dict[str, Any], entry: UUID) -> None:
        """Take it back."""
        undo_merge(
            request_id=entry,
            merge=said["merge"],
            reason=said["reason"],
            store=desk.store,
            at=desk.at,
            by=desk.user,
        )


class MoveVisit(Care):
    """A visit noted for the wrong member."""

    name, form, for_managers = "move_visit", forms.MoveVisitForm, True
    title, verb = _("Move a visit to another member"), _("Move")
    done = _("The visit was moved. Both records say so.")

    def do(self, desk: Desk, member: Member, said: dict[str, Any], entry: UUID) -> None:
        """Move it."""
        move_visit(
            visit=said["visit"],
            to_member=forms.other_member(said["to"], desk.stores),
            reason=said["reason"],
            at=desk.at,
            by=desk.user,
        )


ACTIONS: dict[str, type[Care]] = {
    "transfer": Transfer,
    "pause": Pause,
    "resume": Resume,
    "reactivate": Reactivate,
    "hold": HoldDeposit,
    "deposit": SettleDeposit,
    "card": CardCare,
    "pin": Pin,
    "merge": MergeIn,
    "unmerge": Unmerge,
    "move-visit": MoveVisit,
}


@at_the_counter("GET")
def care(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    """What the member has to be taken care of, and what can be done about it."""
    member = member_numbered(number)
    return care_page(request, desk, member, {})


def care_page(
    request: HttpRequest, desk: Desk, member: Member, facts: dict[str, Any], status: int = 200
) -> HttpResponse:
    """The page of care, with a panel open where ``facts`` name one."""
    contracts = [
        (one, pause_in_force(one, desk.at), sum(lot.remaining for lot in open_lots(one)))
        for one in forms.held_contracts(member)[:50]
    ]
    context = {
        "member": member,
        "contracts": contracts,
        "is_paused": any(pause for _one, pause, _left in contracts),
        "can_hold": forms.holdable(member, desk.store).exists(),
        "ended": forms.ended_lots(member, desk.at),
        "deposits": Hold.objects.open().filter(member=member).select_related("asset", "store"),
        "cards": Card.objects.filter(member=member).order_by("-issued_at", "-pk")[:20],
        "pin": MemberPin.objects.filter(member=member).first(),
        "merges": standing_merges(member),
    }
    return show(request, desk, "counter/care.html", context | facts, status)
