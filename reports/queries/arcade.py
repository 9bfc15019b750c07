"""What the machines took: plays and coins by machine, and per member who played."""

from datetime import date, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reports.queries.activity import MONTH_OF_DAY, Params, fetch
from reports.queries.figure import Answer, Question, Source, figure
from reports.rules.periods import Granularity, first_day
from reports.rules.rows import Row, count_row, mean_row
from reports.rules.wording import day

SHOWN_DAYS = 30
WHOLE = "window"

MACHINES = """
WITH play AS (
    SELECT machine_id, member_id, coins, at,
           at - lag(at) OVER (PARTITION BY machine_id ORDER BY at) AS gap
    FROM ledger_coinplay
    WHERE business_date BETWEEN %(first)s AND %(last)s
          AND (%(whole)s OR store_id = ANY(%(stores)s))
)
SELECT store.code, machine.code, machine.name, count(*), sum(play.coins)::bigint,
       count(DISTINCT play.member_id), max(play.at),
       extract(epoch FROM percentile_disc(0.5) WITHIN GROUP (ORDER BY gap))::bigint
FROM play JOIN ledger_machine AS machine ON machine.id = play.machine_id
JOIN members_store AS store ON store.id = machine.store_id
GROUP BY store.code, machine.id ORDER BY 5 DESC, 1, 2
"""
PER_HEAD = """
SELECT {period}, count(*), sum(coins)::bigint, count(DISTINCT member_id)
FROM ledger_coinplay
WHERE member_id IS NOT NULL AND business_date BETWEEN %(first)s AND %(last)s
      AND (%(whole)s OR store_id = ANY(%(stores)s))
GROUP BY 1 ORDER BY 1
"""


@figure(
    key="machines",
    name=gettext_lazy("Plays and coins by machine"),
    formula=gettext_lazy("plays and coins that each machine took"),
    dimensions=("store", "machine"),
    source=Source.LEDGER,
)
def machines(question: Question) -> Answer:
    """Each machine's plays, coins, members, last play and median seconds between plays.

    The machine that took most coins comes first. The last 30 days unless told.
    """
    first = _first(question)
    found = fetch(MACHINES, _params(question, first))
    plays = sum(row[3] for row in found)
    rows = [
        count_row({"store": store, "machine": machine, "name": name}, count, plays)
        | {
            "coins": coins,
            "members": members,
            "last_play": last.isoformat(),
            "median_gap_seconds": gap,
        }
        for store, machine, name, count, coins, members, last, gap in found
    ]
    return Answer(
        definition=_(
            "Plays and coins that each machine took from %(start)s to %(end)s, plays without a"
            " member included. Share: of all plays."
        )
        % {"start": day(first), "end": day(question.last)},
        rows=rows,
        start=first,
        end=question.last,
    )


@figure(
    key="per_head",
    name=gettext_lazy("Plays and coins per head"),
    formula=gettext_lazy("plays (coins) of members ÷ members with a play in the period"),
    dimensions=("period", "measure"),
    source=Source.LEDGER,
)
def per_head(question: Question) -> Answer:
    """Plays and coins per member who played, in the asked days or month by month.

    The last 30 days unless told.
    """
    first = _first(question)
    cut = question.choose("granularity", (WHOLE, Granularity.MONTH), "per_head")
    period = MONTH_OF_DAY if cut == Granularity.MONTH else "NULL::int"
    rows: list[Row] = []
    for month, plays, coins, members in fetch(
        PER_HEAD.format(period=period), _params(question, first)
    ):
        shown = "all" if month is None else first_day(month, Granularity.MONTH).isoformat()
        rows += [
            mean_row({"period": shown, "measure": "plays"}, plays, members),
            mean_row({"period": shown, "measure": "coins"}, coins, members),
        ]
    return Answer(
        definition=_(
            "Per head: plays (coins) of members from %(start)s to %(end)s ÷ members with a play"
            " in the period. Plays without a member are left out."
        )
        % {"start": day(first), "end": day(question.last)},
        rows=rows,
        start=first,
        end=question.last,
    )


def _first(question: Question) -> date:
    return question.start or question.last - timedelta(days=SHOWN_DAYS - 1)


def _params(question: Question, first: date) -> Params:
    return {
        "first": first,
        "last": question.last,
        "whole": question.scope.is_whole,
        "stores": question.scope.ids,
    }
