"""The member's page with what they hold, what can be done for them, and what happened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from common.days import lazy_day
from common.edges import has_role
from common.money import format_minor, format_units
from ledger.models import Asset, AssetKind, Wallet
from ledger.operations.adjust import adjust
from ledger.operations.visits import check_in
from members.admin import MemberAdmin
from members.admin_permissions import MANAGERS, WORKERS, dialog_action, operator_of
from members.models import Member, User
from members.queries import issuers_seen_by
from promotions import operations
from promotions.forms.dialogs import (
    AdjustForm,
    BundleForm,
    CoinsForm,
    DrawForm,
    InStoreForm,
    RewardForm,
    TakeInForm,
    TopUpForm,
    UndoForm,
)
from promotions.models import DayRule
from promotions.queries import Entry, MemberSheet, sheet, timeline

LATEST = 30
NONE = "—"

admin.site.unregister(Member)


@admin.register(Member)
class MemberPageAdmin(MemberAdmin):
    """A member as their home store sees them, with the clerk's verbs as dialogs."""

    change_form_template = "admin/promotions/member.html"
    actions_detail = (
        "note_visit",
        "draw_down",
        {"title": _("Sell"), "items": ["top_up", "sell_bundle", "sell_coins"]},
        {"title": _("More"), "items": ["take_in", "exchange", "adjust", "undo"]},
        *MemberAdmin.actions_detail,
    )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """With the sheet and the latest entries."""
        member = self.get_object(request, object_id)
        works = has_role(request.user, WORKERS)
        context = page_of(member, by=operator_of(request), at_counter=works) if member else {}
        page: HttpResponse = super().change_view(
            request, object_id, form_url, context | (extra_context or {})
        )
        return page

    def has_trade_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever works in a store, for members they may see."""
        return has_role(request.user, WORKERS) and self.reaches(request, obj)

    @dialog_action(
        _("Check in"),
        may="trade",
        title=_("Note a visit"),
        form=InStoreForm,
        done=_("The visit was noted."),
    )
    def note_visit(self, request: HttpRequest, form: InStoreForm, member: Member) -> None:
        """The member is here."""
        check_in(**form.asked(timezone.now()))

    @dialog_action(_("Top up"), may="trade", form=TopUpForm, done=_("The top-up was booked."))
    def top_up(self, request: HttpRequest, form: TopUpForm, member: Member) -> None:
        """Take money in advance."""
        said = form.cleaned_data
        operations.top_up(
            **form.asked(timezone.now()),
            offer=said["offer"],
            amount=said["amount"],
            tenders=form.pays(said["amount"]),
        )

    @dialog_action(
        _("Sell bundle"),
        may="trade",
        title=_("Sell a bundle"),
        form=BundleForm,
        button=_("Sell"),
        done=_("The bundle was sold."),
    )
    def sell_bundle(self, request: HttpRequest, form: BundleForm, member: Member) -> None:
        """Sell a prepaid bundle at today's price."""
        bundle, quantity = form.cleaned_data["bundle"], form.cleaned_data["quantity"]
        asked = form.asked(timezone.now())
        price = bundle.price_on(asked["store"].business_date(asked["at"])) * quantity
        operations.sell_bundle(**asked, bundle=bundle, quantity=quantity, tenders=form.pays(price))

    @dialog_action(
        _("Sell coins"),
        may="trade",
        title=_("Sell a coin pack"),
        form=CoinsForm,
        button=_("Sell"),
        done=_("The coins were sold."),
    )
    def sell_coins(self, request: HttpRequest, form: CoinsForm, member: Member) -> None:
        """Sell a coin pack."""
        pack = form.cleaned_data["pack"]
        operations.sell_coins(
            **form.asked(timezone.now()), pack=pack, tenders=form.pays(pack.price)
        )

    @dialog_action(_("Draw down"), may="trade", form=DrawForm, done=_("The draw-down was booked."))
    def draw_down(self, request: HttpRequest, form: DrawForm, member: Member) -> None:
        """Hand out units of a bundle, or coins."""
        asset, quantity = form.cleaned_data["asset"], form.cleaned_data["quantity"]
        asked = form.asked(timezone.now())
        form.prove({asset: quantity})
        if asset.kind == AssetKind.COIN:
            operations.dispense_coins(**asked, asset=asset, coins=quantity)
        else:
            operations.draw_down(**asked, asset=asset, quantity=quantity)

    @dialog_action(
        _("Take in a garment"),
        may="trade",
        form=TakeInForm,
        button=_("Take in"),
        done=_("The garment was taken in."),
    )
    def take_in(self, request: HttpRequest, form: TakeInForm, member: Member) -> None:
        """For a free use, or charged."""
        said = form.cleaned_data
        operations.take_in(
            **form.asked(timezone.now()),
            programme=said["programme"],
            garment=said["garment"],
            sale_line=said["sale_line"],
            tenders=form.pays(said["programme"].charge_price or 0),
        )

    @dialog_action(
        _("Exchange points"),
        may="trade",
        form=RewardForm,
        button=_("Exchange"),
        done=_("The points were exchanged."),
    )
    def exchange(self, request: HttpRequest, form: RewardForm, member: Member) -> None:
        """Take points for a reward."""
        said = form.cleaned_data
        operations.exchange(
            **form.asked(timezone.now()), reward=said["reward"], quantity=said["quantity"]
        )

    def has_put_right_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Managers, for members they may see."""
        return has_role(request.user, MANAGERS) and self.reaches(request, obj)

    @dialog_action(
        _("Adjust a balance"),
        may="put_right",
        form=AdjustForm,
        button=_("Adjust"),
        done=_("The balance was adjusted."),
    )
    def adjust(self, request: HttpRequest, form: AdjustForm, member: Member) -> None:
        """Give or take with a reason; much of it with a second person."""
        said = form.cleaned_data
        adjust(
            **form.asked(timezone.now()),
            asset=said["asset"],
            amount=said["amount"],
            reason=said["reason"],
            approved_by=said["approved_by"],
        )

    @dialog_action(
        _("Undo"),
        may="trade",
        title=_("Undo an operation"),
        form=UndoForm,
        done=_("It was undone."),
    )
    def undo(self, request: HttpRequest, form: UndoForm, member: Member) -> None:
        """Undo one of the latest operations, with a reason."""
        said = form.cleaned_data
        operations.undo(
            request_id=said["request_id"],
            txn_id=form.txn_id,
            store=said["store"],
            at=timezone.now(),
            by=operator_of(request),
            reason=said["reason"],
        )


def page_of(member: Member, *, by: User, at_counter: bool) -> dict[str, Any]:
    """What the page shows of a member beside the form; balances lead to why they are so.

    ``by`` sees the history and the reasons of balances of the own issuing entities.

    ``at_counter``: to the counter's page of the balance, else to the record of the wallet.
    """
    issuers = issuers_seen_by(by)
    found = sheet(member=member, store=member.home_store, at=timezone.now())
    entries = timeline(member=member, issuers=issuers, limit=LATEST).entries
    held = Wallet.objects.of(member).filter(asset__entity__in=issuers)
    wallets = {one.asset_id: one for one in held.select_related("member")}
    links = {asset: _why(wallet, at_counter=at_counter) for asset, wallet in wallets.items()}
    tables = (_balances(found, links), _units(found, links), _services(found))
    return {
        "alerts": found.alerts,
        "tables": [table for table in tables if table],
        "history": _history(entries, member) if entries else None,
    }


type Links = Mapping[int, str]


def _why(wallet: Wallet, *, at_counter: bool) -> str:
    """Where the lots, contracts and movements of a wallet are shown."""
    if at_counter:
        return reverse("counter:wallet", args=[wallet.member.number, wallet.asset_id])
    return reverse("admin:ledger_wallet_change", args=[wallet.pk])


def _explained(asset: Asset, links: Links) -> SafeString | str:
    """The asset's name, leading to why its balance is what it is."""
    if asset.pk not in links:
        return asset.label
    why = gettext("Why?")
    return format_html('{} · <a href="{}">{}</a>', asset.label, links[asset.pk], why)


def _balances(found: MemberSheet, links: Links) -> dict[str, Any] | None:
    kept = [one for one in (found.money, found.points, found.coins, *found.others) if one]
    if not kept:
        return None
    return {
        "title": _("Balances"),
        "headers": [
            _("balance"), _("principal"), _("bonus"), _("usable here today"), _("ends next"),
        ],
        "rows": [
            [
                _explained(one.asset, links),
                one.asset.show(one.principal),
                one.asset.show(one.bonus),
                one.asset.show(one.spendable),
                f"{one.asset.show(one.ends_next.amount)} · {lazy_day(one.ends_next.day)}"
                if one.ends_next
                else NONE,
            ]
            for one in kept
        ],
    }  # fmt: skip


def _units(found: MemberSheet, links: Links) -> dict[str, Any] | None:
    if not found.units:
        return None
    return {
        "title": _("Bundles"),
        "headers": [_("bundle"), _("unit"), _("left"), _("usable on"), _("stores"), _("last day")],
        "rows": [
            [
                one.title or NONE,
                _explained(one.asset, links),
                f"{format_units(one.left)} / {format_units(one.granted)}",
                ", ".join(str(DayRule(kind).label) for kind in one.day_kinds) or DayRule.ANY.label,
                ", ".join(one.store_names) or NONE,
                lazy_day(one.last_day) if one.last_day else NONE,
            ]
            for one in found.units
        ],
    }


def _services(found: MemberSheet) -> dict[str, Any] | None:
    services = [
        [one.programme.label, f"{one.left} / {one.per_month}", NONE] for one in found.services
    ]
    garments = [
        [one.programme.label, one.get_status_display(), one.garment] for one in found.tickets
    ]
    if not services and not garments:
        return None
    return {
        "title": _("Services"),
        "headers": [_("service"), _("left this month, or status"), _("garment")],
        "rows": [*services, *garments],
    }


def _history(entries: Any, member: Member) -> dict[str, Any]:
    return {
        "headers": [_("when"), _("what"), _("details"), _("store"), _("by"), _("state")],
        "rows": [_history_row(entry, member) for entry in entries],
    }


def _history_row(entry: Entry, member: Member) -> list[Any]:
    moved = [f"{change.asset.show(change.amount)} {change.asset.label}" for change in entry.changes]
    total = [] if entry.total is None else [format_minor(entry.total, entry.currency)]
    return [
        date_format(entry.at.astimezone(member.home_store.zone), "DATETIME_FORMAT"),
        str(entry.label),
        " · ".join([*entry.texts, *total, *moved, *([entry.reason] if entry.reason else [])]),
        str(entry.store),
        str(entry.operator or NONE),
        pgettext("operation", "undone") if entry.is_undone else "",
    ]
