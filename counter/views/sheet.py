"""The member's sheet: what they hold, what can be done, what was done last."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode

from common.edges import read_uuid
from counter.operations.undo import may_undo
from counter.queries.outcomes import enrolled_as, outcome_of
from counter.rules.undoing import obstacle
from counter.views.desk import Desk, at_the_counter
from counter.views.pages import show
from ledger.models import AssetKind, Hold, Wallet
from members.models import Member
from members.queries import member_numbered
from promotions.queries.offers import bundles_on_sale, coin_packs, paid_tiers, rewards
from promotions.queries.sheet import MemberSheet, sheet
from promotions.queries.timeline import Entry, Mark, timeline

RECENT = 6
PAGE = 30


@at_the_counter("GET")
def member_sheet(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    """The sheet, with what was just done (``done``) on top."""
    return member_page(request, desk, member_numbered(number), {})


def member_page(
    request: HttpRequest, desk: Desk, member: Member, facts: dict[str, Any], status: int = 200
) -> HttpResponse:
    """The sheet of ``member``, with a panel open where ``facts`` name one."""
    entry = read_uuid(request.GET.get("done", ""))
    done = outcome_of(entry, stores=desk.stores)
    if done and done.booking.member != member:
        done = None
    recent = timeline(member=member, issuers=desk.issuers, limit=RECENT).entries
    held = sheet(member=member, store=desk.store, at=desk.at)
    context = {
        "member": member,
        "sheet": held,
        "deposits": Hold.objects.open().filter(member=member).select_related("asset"),
        "recent": _with_last_undo(recent, desk),
        "done": done,
        "may_undo_done": done
        and may_undo(done.booking, store=desk.store, at=desk.at, by=desk.user),
        "check_in_id": uuid4(),
        "is_new": entry is not None and done is None and enrolled_as(entry) == member,
    }
    context |= _offered(desk, member, held)
    context |= _used_up(desk, held)
    return show(request, desk, "counter/member.html", context | facts, status)


def _used_up(desk: Desk, held: MemberSheet) -> dict[str, str]:
    """Where an empty balance of money and of points tells what became of it."""
    if held.money and held.points:
        return {}
    kinds: dict[str, str] = {AssetKind.MONEY: "money_url", AssetKind.POINTS: "points_url"}
    wallets = Wallet.objects.of(held.member).filter(
        balance=0, asset__kind__in=kinds, asset__entity=desk.store.entity_id
    )
    return {
        kinds[wallet.asset.kind]: reverse(
            "counter:wallet", args=[held.member.number, wallet.asset_id]
        )
        for wallet in wallets.select_related("asset")
        if wallet.asset.currency in {"", desk.store.currency}
    }


def _offered(desk: Desk, member: Member, held: MemberSheet) -> dict[str, bool]:
    """What there is to sell and to hand out here; a tile that leads to nothing is not shown."""
    asked: Any = {"store": desk.store, "at": desk.at, "member": member}
    sells_coins = bool(coin_packs(**asked))
    spendable = held.coins is not None and held.coins.spendable > 0
    return {
        "sells_bundles": bool(bundles_on_sale(**asked)),
        "sells_coins": sells_coins,
        "sells_tiers": bool(paid_tiers(**asked)),
        "has_coins": sells_coins or spendable,
        "has_rewards": bool(rewards(**asked)),
    }


@at_the_counter("GET")
def history(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    """Everything that happened with the member, page by page."""
    member = member_numbered(number)
    mark = request.GET.get("before", "")
    page = timeline(
        member=member,
        issuers=desk.issuers,
        before=Mark.read(mark) if mark else None,
        limit=PAGE,
    )
    url = reverse("counter:history", args=[member.number])
    context = {
        "member": member,
        "entries": [
            (entry, can_undo(entry, desk), can_pay_back(entry, desk)) for entry in page.entries
        ],
        "first_url": url if mark else "",
        "next_url": f"{url}?{urlencode({'before': str(page.next)})}" if page.next else "",
    }
    return show(request, desk, "counter/history.html", context)


def can_undo(entry: Entry, desk: Desk) -> bool:
    """Whether the person at the desk may undo it; the verb has the last word."""
    if entry.store is None:
        return False
    same_day = entry.store.business_date(entry.at) == desk.store.business_date(desk.at)
    in_the_way = obstacle(
        entry.kind,
        is_manager=desk.is_manager,
        same_store=entry.store == desk.store,
        same_day=same_day,
    )
    return entry.can_be_undone and in_the_way is None


def can_pay_back(entry: Entry, desk: Desk) -> bool:
    """Whether goods of it may be brought back to the desk's store."""
    return entry.can_be_paid_back and entry.store == desk.store


def _with_last_undo(entries: Sequence[Entry], desk: Desk) -> list[tuple[Entry, bool, bool]]:
    """The entries; only the latest that stands offers its undo, every bill its paying back."""
    last = next((entry for entry in entries if entry.can_be_undone), None)
    return [
        (entry, entry is last and can_undo(entry, desk), can_pay_back(entry, desk))
        for entry in entries
    ]
