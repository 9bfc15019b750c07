"""How the admin looks, and its menu: what a shop sets up, whom it serves, what happened."""

from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

# The brand's green, from light to dark.
PRIMARY = {
    "50": "238 248 244",
    "100": "223 241 234",
    "200": "183 224 209",
    "300": "122 219 185",
    "400": "63 191 152",
    "500": "24 140 110",
    "600": "15 107 84",
    "700": "11 85 67",
    "800": "11 70 56",
    "900": "23 58 47",
    "950": "6 38 27",
}

MENU: tuple[tuple[Promise, tuple[tuple[str, str], ...]], ...] = (
    (
        _("People"),
        (
            ("members.member", "group"),
            ("members.card", "badge"),
            ("promotions.serviceticket", "dry_cleaning"),
        ),
    ),
    (
        _("Offers"),
        (
            ("promotions.topupoffer", "savings"),
            ("promotions.bundle", "inventory_2"),
            ("promotions.coinpack", "toll"),
            ("promotions.paidtier", "card_membership"),
            ("ledger.terms", "handshake"),
            ("promotions.serviceprogramme", "local_laundry_service"),
            ("promotions.pointsrule", "stars"),
            ("promotions.reward", "redeem"),
            ("promotions.promotionpolicy", "policy"),
            ("members.tier", "workspace_premium"),
            ("members.tag", "label"),
        ),
    ),
    (
        _("Goods and tills"),
        (
            ("ledger.product", "shopping_bag"),
            ("ledger.productcategory", "category"),
            ("ledger.tendertype", "payments"),
            ("ledger.machine", "sports_esports"),
            ("members.till", "point_of_sale"),
            ("members.tillkey", "key"),
        ),
    ),
    (
        _("History"),
        (
            ("ledger.sale", "receipt_long"),
            ("ledger.dayclose", "event_available"),
            ("ledger.visit", "where_to_vote"),
            ("ledger.txn", "swap_vert"),
            ("ledger.contract", "contract"),
            ("ledger.contractevent", "swap_horiz"),
            ("ledger.refund", "currency_exchange"),
            ("ledger.hold", "lock_clock"),
            ("ledger.wallet", "account_balance_wallet"),
            ("ledger.lot", "layers"),
            ("ledger.coinplay", "casino"),
            ("ledger.dispense", "paid"),
            ("promotions.exchange", "card_giftcard"),
            ("members.memberchange", "history"),
            ("members.debitproof", "verified_user"),
            ("members.outgoingtext", "sms"),
            ("ledger.seal", "verified"),
            ("ledger.checkrun", "fact_check"),
            ("imports.importbatch", "upload_file"),
            ("exports.export", "download"),
        ),
    ),
    (
        _("Business"),
        (
            ("members.store", "storefront"),
            ("members.issuingentity", "domain"),
            ("members.user", "manage_accounts"),
            ("members.calendarday", "event"),
            ("ledger.policy", "gavel"),
            ("ledger.interestrate", "percent"),
            ("ledger.storelimits", "shield_person"),
            ("ledger.reserve", "savings"),
            ("members.attributedefinition", "tune"),
            ("ledger.asset", "diamond"),
        ),
    ),
    (
        _("Machine room"),
        (
            ("django_celery_beat.periodictask", "schedule"),
            ("axes.accessattempt", "lock"),
            ("axes.accesslog", "login"),
        ),
    ),
)


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The menu's groups; each entry shows only to those who may see its list."""
    return [
        {
            "title": title,
            "separator": True,
            "items": [
                _entry(label, icon)
                for label, icon in entries
                if admin.site.is_registered(apps.get_model(label))
            ],
        }
        for title, entries in MENU
    ]


def _entry(label: str, icon: str) -> dict[str, Any]:
    model = apps.get_model(label)
    name = f"admin:{label.replace('.', '_')}_changelist"
    return {
        "title": capfirst(model._meta.verbose_name_plural),  # noqa: SLF001 - Django's documented name
        "icon": icon,
        "link": reverse_lazy(name),
        "permission": _may_see(label),
    }


def _may_see(label: str) -> Callable[[HttpRequest], bool]:
    """Whether the list of a model is open to the request's user."""

    def may_see(request: HttpRequest) -> bool:
        shown = admin.site.get_model_admin(apps.get_model(label))
        return bool(shown.has_view_permission(request))

    return may_see


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Regulars 回头客",
    "SITE_HEADER": "Regulars 回头客",
    "SITE_SYMBOL": "storefront",
    "SITE_URL": "/",
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "sizes": "any",
            "type": "image/svg+xml",
            "href": lambda request: static("img/logo.svg"),
        }
    ],
    "SHOW_LANGUAGES": False,
    "COLORS": {"primary": PRIMARY},
    "SIDEBAR": {
        "show_search": True,
        "show_all_applications": False,
        "navigation": "config.admin_menu.navigation",
    },
}
