"""Who stands at the counter, in which store and at which till: the guard of every counter page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from common.edges import (
    STORE_IN_SESSION,
    NoStoreToWorkIn,
    StoreNotYours,
    answers_refusals,
    roles_required,
)
from counter.forms.permissions import read_permission
from ledger.operations.overrides import Permission
from ledger.operations.proving import Debits, value_to_prove
from members.models import Member, Store, Till, User
from members.operations.proofs import Shown, needs_proof, prove_debit

TILL_IN_SESSION = "till"
MANAGERS = (User.Role.MANAGER, User.Role.OWNER)
OPERATORS = (User.Role.CLERK, *MANAGERS)


@dataclass(frozen=True)
class Desk:
    """Where this request happens, by whom and when.

    ``issuers`` are the issuing entities whose records of value the person may see, as
    ``members.queries.issuers_seen_by`` has it.
    """

    user: User
    store: Store
    till: Till | None
    at: datetime
    stores: Sequence[Store]
    tills: Sequence[Till]
    issuers: frozenset[int]
    request: HttpRequest = field(repr=False, compare=False)

    @property
    def header(self) -> dict[str, Any]:
        """The arguments every verb takes."""
        return {"store": self.store, "at": self.at, "by": self.user, "till": self.till}

    @property
    def is_manager(self) -> bool:
        """Whether the person may do what clerks ask managers for."""
        return self.user.is_superuser or self.user.role in MANAGERS

    def permission(self, typed: QueryDict) -> Permission | None:
        """The over-ride typed into a panel; None where there is none.

        Raises ApprovalNeeded, OwnApproval, ApprovalRefused, ApproverMayNot.
        """
        return read_permission(
            typed,
            request=self.request,
            store=self.store,
            by=self.user,
            is_manager=self.is_manager,
        )

    def prove(self, member: Member, typed: QueryDict, entry: UUID, *, debits: Debits) -> None:
        """Let the member show that debits are theirs, where the store asks for it.

        Call it before the verb of the same ``entry``. Raises what ``prove_debit`` raises.
        """
        value = value_to_prove(
            request_id=entry, member=member, store=self.store, debits=debits, at=self.at
        )
        if not needs_proof(store=self.store, value=value):
            return
        permission = self.permission(typed)
        shown = Shown(
            code=typed.get("code", "").strip(),
            pin=typed.get("pin", "").strip(),
            reason=permission.reason if permission else "",
            approved_by=permission.approved_by if permission else None,
        )
        prove_debit(
            request_id=entry,
            member=member,
            store=self.store,
            value=value,
            shown=shown,
            at=self.at,
            by=self.user,
        )

    @property
    def has_choice(self) -> bool:
        """Whether there is another store or till to go to."""
        return len(self.stores) > 1 or len(self.tills) > 1


def at_the_counter(*methods: str) -> Callable[[Callable[..., Any]], Any]:
    """Let clerks, managers and owners in, in one of their stores; the view gets the ``desk``.

    Everybody else gets 403, so does a form that names a store of others; a refusal is answered
    with its sentence.
    """

    def decorate(view: Callable[..., Any]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def at_desk(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            try:
                desk = desk_of(request)
                # Clocks on the page are the store's.
                with timezone.override(desk.store.zone):
                    page: HttpResponse = view(request, desk=desk, **kwargs)
                    return page
            except StoreNotYours as error:
                return render(request, "common/refused.html", {"error": error}, status=403)

        answered = roles_required(*OPERATORS)(answers_refusals(at_desk))
        guarded: Any = require_http_methods(methods)(answered)
        guarded.is_guarded = True
        return guarded  # type: ignore[no-any-return]

    return decorate


def desk_of(request: HttpRequest) -> Desk:
    """The desk the person works at; a form says at which it was opened.

    Raises NoStoreToWorkIn, StoreNotYours.
    """
    user: Any = request.user
    seen = list(user.visible_stores().order_by("code"))
    stores = [store for store in seen if store.is_open]
    if not stores:
        raise NoStoreToWorkIn
    store = _store(request, stores)
    tills = list(Till.objects.filter(store=store, is_active=True).order_by("code"))
    return Desk(
        user=user,
        store=store,
        till=_till(request, tills),
        at=timezone.now(),
        stores=stores,
        tills=tills,
        issuers=frozenset(store.entity_id for store in seen),
        request=request,
    )


def _store(request: HttpRequest, stores: Sequence[Store]) -> Store:
    # A form opened before the clerk changed the store in another window still books where it said.
    code = request.POST.get("store")
    if code is not None:
        named = next((store for store in stores if store.code == code), None)
        if named is None:
            raise StoreNotYours(store=code)
        return named
    chosen = request.session.get(STORE_IN_SESSION)
    return next((store for store in stores if store.pk == chosen), stores[0])


def _till(request: HttpRequest, tills: Sequence[Till]) -> Till | None:
    chosen = request.POST.get("till") or str(request.session.get(TILL_IN_SESSION, ""))
    found = next((till for till in tills if str(till.pk) == chosen), None)
    return found or (tills[0] if len(tills) == 1 else None)
