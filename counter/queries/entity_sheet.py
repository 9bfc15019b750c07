"""A member as one issuing entity knows them: what another one owes, holds or saw is left out."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from ledger.models import Asset
from members.models import IssuingEntity, Member, Store
from promotions.queries.alerts import Alert, AlertCode
from promotions.queries.sheet import Balance, MemberSheet, ServiceLeft, UnitsLeft, sheet

# These rest on visits to every store of the business.
ABOUT_VISITS = {AlertCode.OVERDUE, AlertCode.LAPSED}


def entity_sheet(*, member: Member, store: Store, at: datetime) -> dict[str, Any]:
    """Balances, units, services, debts, garments and alerts, as ``store`` may see them at ``at``.

    Amounts are in each asset's smallest unit.
    """
    found = sheet(member=member, store=store, at=at)
    balances = [found.money, found.points, found.coins, *found.others]
    return {
        "at": at.isoformat(),
        "store": store.code,
        "balances": [_balance(one) for one in balances if one and _is_known(one.asset, store)],
        "units": [_units(one) for one in found.units if _is_known(one.asset, store)],
        "services": [_service(one) for one in found.services],
        "debts": [
            {"asset": asset.code, "amount": amount}
            for asset, amount in found.debts
            if _is_known(asset, store)
        ],
        "tickets": list(_tickets(found)),
        "alerts": [_alert(one) for one in found.alerts if _may_be_told(one, found)],
    }


def _is_known(asset: Asset, store: Store) -> bool:
    return asset.entity_id == store.entity_id


def _may_be_told(alert: Alert, found: MemberSheet) -> bool:
    if alert.code in ABOUT_VISITS:
        return not IssuingEntity.objects.exclude(pk=found.store.entity_id).exists()
    if "ticket" in alert.facts:
        return alert.facts["ticket"] in {one["id"] for one in _tickets(found)}
    return "asset" not in alert.facts or _is_known(alert.facts["asset"], found.store)


def _balance(balance: Balance) -> dict[str, Any]:
    ends = balance.ends_next
    return {
        "asset": balance.asset.code,
        "kind": balance.asset.kind,
        "name": balance.asset.label,
        "currency": balance.asset.currency or None,
        "principal": balance.principal,
        "bonus": balance.bonus,
        "spendable": balance.spendable,
        "pending": balance.pending,
        "ends_next": {"amount": ends.amount, "day": ends.day.isoformat()} if ends else None,
    }


def _units(units: UnitsLeft) -> dict[str, Any]:
    return {
        "unit": units.asset.code,
        "name": units.asset.label,
        "contract": str(units.contract_id) if units.contract_id else None,
        "title": units.title,
        "left": units.left,
        "granted": units.granted,
        "is_usable": units.is_usable,
        "obstacle": units.obstacle.value if units.obstacle else None,
        "day_kinds": list(units.day_kinds),
        "stores": list(units.store_names),
        "usable_from": units.usable_from.isoformat(),
        "last_day": units.last_day.isoformat() if units.last_day else None,
    }


def _service(service: ServiceLeft) -> dict[str, Any]:
    return {
        "service": service.programme.code,
        "name": service.programme.label,
        "left": service.left,
        "per_month": service.per_month,
    }


def _tickets(found: MemberSheet) -> Iterator[dict[str, Any]]:
    for ticket in found.tickets:
        if ticket.store.entity_id == found.store.entity_id:
            yield {"id": ticket.pk, "garment": ticket.garment, "status": ticket.status}


def _alert(alert: Alert) -> dict[str, Any]:
    return {
        "code": alert.code.value,
        "message": str(alert.message),
        "is_warning": alert.is_warning,
    }
