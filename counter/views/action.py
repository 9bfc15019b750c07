"""One thing done at the counter: a panel to fill in, one call, and then what came of it."""

from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.views import View

from common.edges import StoreNotYours, is_htmx, request_id
from common.errors import DomainError
from counter.views.desk import Desk
from counter.views.pages import go, member_url, panel_facts, show
from counter.views.sheet import member_page
from members.models import Member
from members.operations.proofs import send_code
from members.queries import member_numbered


class Action(View):
    """GET shows the panel, POST acts; a refusal shows the panel again, with what was typed.

    The panel's id stays the same until the ledger has answered, so that a second Enter or a retry
    finds the first answer; after a refusal the next try has a new one. A POST with ``do=preview``
    only computes.
    """

    template: ClassVar[str]
    name: ClassVar[str]

    def facts(self, desk: Desk, member: Member, typed: QueryDict) -> dict[str, Any]:
        """What the panel shows for what was typed so far."""
        raise NotImplementedError

    def act(self, desk: Desk, member: Member, typed: QueryDict, entry: UUID) -> None:
        """Do it under the id ``entry``. Raises a DomainError where it is refused."""
        raise NotImplementedError

    def get(self, request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
        """Show the empty panel, or the one that ``?`` has filled in."""
        return self.show(request, desk, member_numbered(number), request.GET)

    def post(self, request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
        """Act, or say why not."""
        member = member_numbered(number)
        if request.POST.get("do") == "preview":
            keep = request.POST.get("request_id", "")
            return self.show(request, desk, member, request.POST, keep=keep)
        try:
            if request.POST.get("do") == "code":
                send_code(member=member, store=desk.store, at=desk.at, by=desk.user)
                keep = request.POST.get("request_id", "")
                return self.show(request, desk, member, request.POST, keep=keep)
            entry = request_id(request)
            self.act(desk, member, request.POST, entry)
        except StoreNotYours:
            raise
        except DomainError as error:
            return self.show(request, desk, member, request.POST, refusal=error)
        return go(request, self.after(request, member, entry))

    def after(self, request: HttpRequest, member: Member, entry: UUID) -> str:
        """Where to go when it is done: the sheet that says so."""
        return member_url(member, done=entry)

    def show(
        self,
        request: HttpRequest,
        desk: Desk,
        member: Member,
        typed: QueryDict,
        *,
        refusal: DomainError | None = None,
        keep: str = "",
    ) -> HttpResponse:
        """The panel alone for htmx, else the member's sheet with the panel open."""
        url = reverse(f"counter:{self.name}", args=[member.number])
        facts = panel_facts(url, refusal, keep) | {"member": member, "typed": typed}
        facts |= self.facts(desk, member, typed)
        status = 422 if refusal else 200
        if is_htmx(request):
            return show(request, desk, self.template, facts, status)
        return self.page(request, desk, member, facts | {"panel": self.template}, status)

    def page(
        self,
        request: HttpRequest,
        desk: Desk,
        member: Member,
        facts: dict[str, Any],
        status: int,
    ) -> HttpResponse:
        """The page under the panel, for a browser without scripts."""
        return member_page(request, desk, member, facts, status)
