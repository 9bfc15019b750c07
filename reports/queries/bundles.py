"""What became of prepaid bundles: units used, left and expired, and what was bought beside them."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ledger.models import Contra, ContractKind
from reports.queries.activity import Params, fetch
from reports.queries.figure import Answer, Question, Source, figure
from reports.rules.rows import Row, mean_row, rate_row
from reports.rules.wording import day, share

KINDS = (ContractKind.BUNDLE.value, ContractKind.COIN_PACK.value, ContractKind.TOP_UP.value)
CLOSED, OPEN = "closed", "open"
ALL_ASSETS = "all"

# What is drawn, lapsed, held or owed leaves the units sold as they are; whatever else moves a lot
# (the sale, its undoing, a refund, a transfer) changes how many units were sold.
LOTS = """
SELECT contract.id AS contract_id, contract.offer_code, contract.title, contract.currency,
       asset.code AS asset,
       coalesce(lot.expires_at <= ((%(as_of)s::date + 1) + store.day_cut)
           AT TIME ZONE store.time_zone, false) AS is_over,
       coalesce(sum(line.amount) FILTER (WHERE line.contra <> ALL(%(not_sold)s)), 0) AS sold,
       coalesce(-sum(line.amount) FILTER (WHERE line.contra = %(used)s), 0) AS used,
       coalesce(-sum(line.amount) FILTER (WHERE line.contra = %(lapsed)s), 0) AS lapsed,
       sum(line.amount) AS remaining,
       coalesce(sum(line.cost) FILTER (WHERE line.contra <> ALL(%(not_sold)s)), 0) AS cost,
       coalesce(-sum(line.cost) FILTER (WHERE line.contra = %(lapsed)s), 0) AS lapsed_cost,
       sum(line.cost) AS remaining_cost
FROM ledger_contract AS contract
JOIN ledger_txn AS sale ON sale.id = contract.txn_id
JOIN members_store AS store ON store.id = contract.store_id
JOIN ledger_lot AS lot ON lot.contract_id = contract.id
JOIN ledger_wallet AS wallet ON wallet.id = lot.wallet_id
JOIN ledger_asset AS asset ON asset.id = wallet.asset_id
JOIN ledger_movement AS line ON line.lot_id = lot.id
JOIN ledger_txn AS txn ON txn.id = line.txn_id AND txn.business_date <= %(as_of)s
WHERE contract.kind = %(kind)s AND sale.business_date <= %(last)s
      AND (%(first)s::date IS NULL OR sale.business_date >= %(first)s)
      AND (%(whole)s OR contract.store_id = ANY(%(stores)s))
      AND (%(offer)s = '' OR contract.offer_code = %(offer)s)
GROUP BY lot.id, contract.id, asset.code, store.day_cut, store.time_zone
"""
USE = """
WITH lot AS ({lots}), contract AS (
    SELECT contract_id, bool_and(remaining = 0 OR is_over) AS is_closed
    FROM lot GROUP BY contract_id HAVING sum(sold) > 0
)
SELECT offer_code, max(title), currency, asset, is_closed, count(DISTINCT contract_id),
       sum(sold)::bigint, sum(used)::bigint,
       sum(lapsed + CASE WHEN is_over THEN remaining ELSE 0 END)::bigint,
       sum(cost)::bigint,
       sum(lapsed_cost + CASE WHEN is_over THEN remaining_cost ELSE 0 END)::bigint
FROM lot JOIN contract USING (contract_id)
GROUP BY GROUPING SETS ((offer_code, currency, is_closed), (offer_code, currency, is_closed, asset))
ORDER BY offer_code, currency, is_closed DESC, asset NULLS FIRST
"""
ATTACHED = """
WITH draw AS (
    SELECT contract.offer_code, contract.title, contract.currency, contract.id AS contract_id,
           wallet.member_id, first.store_id, first.business_date
    FROM ledger_movement AS line
    JOIN ledger_txn AS txn ON txn.id = line.txn_id
    JOIN ledger_txn AS first ON first.id = coalesce(txn.reverses_id, txn.id)
    JOIN ledger_lot AS lot ON lot.id = line.lot_id
    JOIN ledger_wallet AS wallet ON wallet.id = lot.wallet_id
    JOIN ledger_contract AS contract ON contract.id = lot.contract_id
    WHERE line.contra = %(used)s AND contract.kind = %(kind)s
          AND first.business_date <= %(last)s AND txn.business_date <= %(as_of)s
          AND (%(first)s::date IS NULL OR first.business_date >= %(first)s)
          AND (%(whole)s OR first.store_id = ANY(%(stores)s))
          AND (%(offer)s = '' OR contract.offer_code = %(offer)s)
    GROUP BY contract.id, wallet.member_id, first.store_id, first.business_date
    HAVING sum(line.amount) < 0
), visit AS (
    SELECT DISTINCT offer_code, currency, member_id, store_id, business_date FROM draw
), bought AS (
    SELECT sale.member_id, sale.store_id, sale.business_date,
           sum(line.charged_value - CASE WHEN sale.total = 0 THEN 0 ELSE
               div(line.charged_value::numeric * sale.refunded_total, sale.total) END)::bigint
               AS amount
    FROM ledger_sale AS sale JOIN ledger_saleline AS line ON line.sale_id = sale.id
    WHERE sale.voided_at IS NULL AND line.kind IN ('product', 'service', 'rounding')
    GROUP BY 1, 2, 3
)
SELECT visit.offer_code, visit.currency, count(*), coalesce(sum(bought.amount), 0)::bigint,
       count(bought.amount) FILTER (WHERE bought.amount > 0),
       (SELECT max(title) FROM draw WHERE draw.offer_code = visit.offer_code),
       (SELECT count(DISTINCT contract_id) FROM draw WHERE draw.offer_code = visit.offer_code
                                                      AND draw.currency = visit.currency)
FROM visit LEFT JOIN bought USING (member_id, store_id, business_date)
GROUP BY 1, 2 ORDER BY 1, 2
"""


@dataclass(frozen=True)
class Use:
    """What became of one offer's bundles of one asset, or of all; ``lapsed`` units went unused."""

    offer: str
    title: str
    currency: str
    asset: str | None
    is_closed: bool
    contracts: int
    sold: int
    used: int
    lapsed: int
    cost: int
    lapsed_cost: int

    @property
    def dimensions(self) -> Row:
        """Which bundles the row speaks of."""
        return {
            "offer": self.offer,
            "title": self.title,
            "asset": self.asset or ALL_ASSETS,
            "state": CLOSED if self.is_closed else OPEN,
        }


@figure(
    key="utilisation",
    name=gettext_lazy("Utilisation of bundles"),
    formula=gettext_lazy("used units ÷ sold units of closed bundles (used up or expired)"),
    dimensions=("offer", "asset", "state"),
    source=Source.LEDGER,
)
def utilisation(question: Question) -> Answer:
    """Used ÷ sold units of closed bundles by offer; open ones apart, as used to date.

    Kind: ``bundle``, ``coin_pack`` or ``top_up``. The days asked for are those of the sale.
    ``eligible`` counts bundles.
    """
    uses = bundle_uses(question)
    rows = [
        rate_row(use.dimensions, use.used, use.sold, eligible=use.contracts)
        | {"left": use.sold - use.used - use.lapsed, "lapsed": use.lapsed}
        for use in uses
    ]
    closed = [use for use in uses if use.is_closed and use.asset is None]
    definition = _(
        "Utilisation: units used ÷ units sold of bundles that are used up or expired: %(share)s."
        " Open bundles stand apart, as used to date. As of %(as_of)s."
    ) % {
        "share": share(sum(use.used for use in closed), sum(use.sold for use in closed)),
        "as_of": day(question.as_of),
    }
    return Answer(definition=definition, rows=rows, start=question.start, end=question.last)


@figure(
    key="breakage",
    name=gettext_lazy("Breakage"),
    formula=gettext_lazy("units expired unused ÷ units sold, of closed bundles; likewise in money"),
    dimensions=("offer", "asset", "measure"),
    source=Source.LEDGER,
)
def breakage(question: Question) -> Answer:
    """Expired unused ÷ sold of closed bundles, in units and in what was paid for them.

    Shown, not booked: the ledger books an expiry when it happens. Kinds as in ``utilisation``.
    """
    rows = []
    closed = [use for use in bundle_uses(question) if use.is_closed]
    for use in closed:
        dimensions = {name: use.dimensions[name] for name in ("offer", "title", "asset")}
        units = dimensions | {"measure": "units"}
        money = dimensions | {"measure": "money", "currency": use.currency}
        rows.append(rate_row(units, use.lapsed, use.sold, eligible=use.contracts))
        rows.append(rate_row(money, use.lapsed_cost, use.cost, eligible=use.contracts))
    whole = [use for use in closed if use.asset is None]
    definition = _(
        "Breakage: units expired unused ÷ units sold of bundles that are used up or expired:"
        " %(share)s. It is shown here and booked only when units expire. As of %(as_of)s."
    ) % {
        "share": share(sum(use.lapsed for use in whole), sum(use.sold for use in whole)),
        "as_of": day(question.as_of),
    }
    return Answer(definition=definition, rows=rows, start=question.start, end=question.last)


@figure(
    key="attached",
    name=gettext_lazy("Spend attached to bundles"),
    formula=gettext_lazy("charged sales on visits with a draw-down ÷ visits with a draw-down"),
    dimensions=("offer",),
    source=Source.LEDGER,
)
def attached(question: Question) -> Answer:
    """What members bought on visits on which they drew on a bundle, without the draw-down's value.

    Value: amount per such visit, in the smallest unit. The days asked for are those of the visit.
    """
    rows = []
    visits, with_sale = 0, 0
    for offer, currency, count, amount, sales, title, bundles in fetch(ATTACHED, _params(question)):
        dimensions = {"offer": offer, "title": title, "currency": currency}
        rows.append(
            mean_row(dimensions, amount, count) | {"bundles": bundles, "visits_with_a_sale": sales}
        )
        visits, with_sale = visits + count, with_sale + sales
    definition = _(
        "Attached spend: charged sales on visits with a draw-down of the bundle, without the"
        " draw-down's own value ÷ such visits. Visits on which something was bought: %(share)s."
        " As of %(as_of)s."
    ) % {"share": share(with_sale, visits), "as_of": day(question.as_of)}
    return Answer(definition=definition, rows=rows, start=question.start, end=question.last)


def bundle_uses(question: Question) -> list[Use]:
    """What became of the bundles sold in the asked days, by offer and asset, closed ones first."""
    return [Use(*row) for row in fetch(USE.format(lots=LOTS), _params(question))]


def _params(question: Question) -> Params:
    return {
        "as_of": question.as_of,
        "first": question.start,
        "last": question.last,
        "whole": question.scope.is_whole,
        "stores": question.scope.ids,
        "offer": question.offer,
        "kind": question.choose("kind", KINDS),
        "used": Contra.REVENUE.value,
        "lapsed": Contra.BREAKAGE.value,
        "not_sold": [
            contra.value for contra in (Contra.REVENUE, Contra.BREAKAGE, Contra.HOLD, Contra.DEBT)
        ],
    }
