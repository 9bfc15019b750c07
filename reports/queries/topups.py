"""Whether a top-up offer worked: who topped up again, who still comes, who spent it and left."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ledger.models import Contra, ContractKind
from reports.queries.activity import fetch
from reports.queries.figure import Answer, Question, Source, figure
from reports.rules.rows import Row, count_row, rate_row
from reports.rules.wording import day, share

OBSERVED_MONTHS, LATELY_DAYS = 6, 60
PARTS = ("topped_up_again", "comes", "silent", "gone")

# Undone top-ups never happened: their grants and the undoing add up to nothing.
OUTCOMES = """
WITH topup AS (
    SELECT contract.id, contract.member_id, contract.offer_code, contract.title,
           contract.store_id, contract.sold_at, sale.business_date AS sold_on,
           lead(contract.id) OVER (PARTITION BY contract.member_id
                                   ORDER BY contract.sold_at, contract.id) IS NOT NULL AS again
    FROM ledger_contract AS contract JOIN ledger_txn AS sale ON sale.id = contract.txn_id
    WHERE contract.kind = %(kind)s AND sale.business_date <= %(as_of)s AND EXISTS (
        SELECT FROM ledger_lot AS lot JOIN ledger_movement AS line ON line.lot_id = lot.id
        WHERE lot.contract_id = contract.id AND line.contra = ANY(%(granting)s)
        HAVING sum(line.amount) > 0)
), joined AS (
    SELECT DISTINCT ON (offer_code, member_id) *,
           (sold_on + make_interval(months => %(months)s))::date AS observed_on
    FROM topup
    WHERE sold_on <= %(last)s AND (%(first)s::date IS NULL OR sold_on >= %(first)s)
          AND (%(whole)s OR store_id = ANY(%(stores)s))
          AND (%(offer)s = '' OR offer_code = %(offer)s)
    ORDER BY offer_code, member_id, sold_at, id
), outcome AS (
    SELECT offer_code, title, again, observed_on > %(as_of)s AS pending,
        EXISTS (SELECT FROM ledger_visit AS visit WHERE visit.member_id = joined.member_id
                AND visit.voided_at IS NULL AND visit.business_date <= %(as_of)s
                AND visit.business_date > %(as_of)s - %(lately)s) AS lately,
        NOT EXISTS (
            SELECT FROM ledger_lot AS lot
            JOIN ledger_movement AS line ON line.lot_id = lot.id
            JOIN ledger_txn AS txn ON txn.id = line.txn_id
            WHERE lot.contract_id = joined.id AND txn.business_date <= observed_on
            HAVING sum(line.amount) > 0) AS spent
    FROM joined
)
SELECT offer_code, max(title), count(*) FILTER (WHERE pending),
       count(*) FILTER (WHERE NOT pending AND again),
       count(*) FILTER (WHERE NOT pending AND NOT again AND NOT spent AND lately),
       count(*) FILTER (WHERE NOT pending AND NOT again AND NOT spent AND NOT lately),
       count(*) FILTER (WHERE NOT pending AND NOT again AND spent)
FROM outcome GROUP BY offer_code ORDER BY offer_code
"""


@dataclass(frozen=True)
class Outcome:
    """What became of the members who took one offer; all but ``pending`` were seen six months."""

    offer: str
    title: str
    pending: int
    topped_up_again: int
    comes: int
    silent: int
    gone: int

    @property
    def observed(self) -> int:
        """Members seen for six months after joining."""
        return self.topped_up_again + self.comes + self.silent + self.gone

    @property
    def effective(self) -> int:
        """Those of them who did not spend the credit and leave."""
        return self.observed - self.gone


@figure(
    key="topup_retention",
    name=gettext_lazy("Effective retention of top-up offers"),
    formula=gettext_lazy(
        "1 − members whose credit from the offer was spent within 6 months and who never topped up"
        " again ÷ members who took it at least 6 months ago"
    ),
    dimensions=("offer", "part"),
    source=Source.LEDGER,
)
def topup_retention(question: Question) -> Answer:
    """Effective retention by offer, its four parts, and who is too young to tell (``pending``).

    Parts: topped up again; credit left after six months and seen in the last 60 days (``comes``)
    or not (``silent``); spent within six months and never topped up again (``gone``). A member
    counts once an offer, with the first top-up in the asked days.
    """
    outcomes = topup_outcomes(question)
    rows = [row for outcome in outcomes for row in _rows(outcome)]
    definition = _(
        "Effective retention of a top-up offer: members who took it %(months)s or more months ago,"
        " without those whose credit from it was spent within %(months)s months and who never"
        " topped up again ÷ all who took it so long ago: %(share)s. As of %(as_of)s."
    ) % {
        "months": OBSERVED_MONTHS,
        "share": share(
            sum(outcome.effective for outcome in outcomes),
            sum(outcome.observed for outcome in outcomes),
        ),
        "as_of": day(question.as_of),
    }
    return Answer(definition=definition, rows=rows, start=question.start, end=question.last)


def topup_outcomes(question: Question) -> list[Outcome]:
    """What became of the members who took each offer in the asked days."""
    params = {
        "kind": ContractKind.TOP_UP.value,
        "granting": [contra.value for contra in (Contra.CASH_IN, Contra.PROMOTION)],
        "as_of": question.as_of,
        "first": question.start,
        "last": question.last,
        "whole": question.scope.is_whole,
        "stores": question.scope.ids,
        "offer": question.offer,
        "months": OBSERVED_MONTHS,
        "lately": LATELY_DAYS,
    }
    return [Outcome(*row) for row in fetch(OUTCOMES, params)]


def _rows(outcome: Outcome) -> list[Row]:
    offer = {"offer": outcome.offer, "title": outcome.title}
    return [
        rate_row({**offer, "part": "effective"}, outcome.effective, outcome.observed),
        *(
            count_row({**offer, "part": part}, getattr(outcome, part), outcome.observed)
            for part in PARTS
        ),
        count_row({**offer, "part": "pending"}, outcome.pending),
    ]
