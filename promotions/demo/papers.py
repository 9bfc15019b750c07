"""The demo's terms, and a membership that is sold by the year."""

from datetime import date

from ledger.models import Terms
from ledger.operations.terms import write_terms
from members.models import Store, Tier
from promotions.models import PaidTier

ENGLISH = """\
Within seven days of payment the whole payment goes back on request, unless it was used before.
Later on what was paid less what was delivered is paid back within fifteen days.
Lots that end sooner are used first, among equals older contracts first; a bonus is used after the \
principal and is not paid out in money.
A registered card that was lost is replaced at once, with all that is on it. A contract may be \
handed to somebody else; it holds from the notice on.
What has run out can be re-activated at any desk. Balance and records are shown and printed on \
request. Complaints: at any desk, or to the consumer association, 12315.
"""
CHINESE = """\
付款后七日内，未使用的可申请全额退款。
其后退款按已付金额减去已交付部分计算，十五日内支付。
先到期的先使用，同时到期的先用较早的合同；赠送金额在本金之后使用，不兑付现金。
记名卡遗失可当场补办，余额全部保留；合同可以转让，自通知本店之时起生效。
到期的可在任一柜台重新激活。余额和记录可随时查询、打印。投诉请到任一柜台，或拨打12315。
"""


def house_terms(store: Store, first: date) -> Terms:
    """The terms of everything the demo sells ahead of its use, in force from ``first`` on."""
    return write_terms(
        entity=store.entity,
        code="prepaid",
        version="2025-1",
        in_force_from=first,
        text_en=ENGLISH,
        text_zh=CHINESE,
        at=store.day_bounds(first)[0],
        by=None,
    )


def year_of(tier: Tier, store: Store) -> PaidTier:
    """A year of ``tier``, for sale in ``store``."""
    offer = PaidTier.objects.create(
        entity=store.entity,
        code=f"{tier.code}-year",
        name=f"A year of {tier.name}",
        name_zh=f"{tier.name_zh}年卡",
        currency=store.currency,
        tier=tier,
        price=19900,
        months=12,
        gifts=[{"name": "Garment bag", "name_zh": "西装袋", "quantity": 1, "list_value": 3900}],
    )
    offer.stores.set([store])
    return offer
