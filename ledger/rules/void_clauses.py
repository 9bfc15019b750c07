"""Clauses of prepaid terms that courts hold void, found by their usual wording in both languages.

A finding is a warning for whoever writes terms, never a judgement: the words are looked for, not
understood. The list follows the Supreme People's Court interpretation on prepaid consumption
(法释〔2025〕4号, Articles 8, 9, 13, 15 and 24) and the consumer protection law (Article 26).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Clause:
    """A kind of void clause: how it is worded, why it does not hold, what to write instead."""

    code: str
    patterns: Sequence[re.Pattern[str]]
    why: Any
    way_out: Any


@dataclass(frozen=True)
class Finding:
    """The words found, and the kind of clause they belong to."""

    clause: Clause
    words: str


def _any_of(*patterns: str) -> list[re.Pattern[str]]:
    return [re.compile(pattern, re.IGNORECASE) for pattern in patterns]


CLAUSES = (
    Clause(
        "no_refund",
        _any_of(
            r"non-?\s?refundable|\bno refunds?\b|refunds? (?:is|are) not (?:given|possible)",
            r"(?:cannot|can not|will not|shall not|may not|not) be refunded|never refunded",
            r"[概恕一]律?不予?(?:退款|退费|退还|退换)|不退不换|不予退[款还费]|[不无]可?能?(?:办理)?退款"
            r"|(?:一经|一旦)(?:售出|充值|购买|办理)[^。；]{0,8}不退|不退[卡款费]",
        ),
        _("A clause that rules out refunds does not bind the member."),
        _("Say how a refund is worked out and within how many days it is paid."),
    ),
    Clause(
        "no_transfer",
        _any_of(
            r"non-?\s?transferable|not transferable|\bno transfers?\b",
            r"(?:cannot|can not|must not|may not|shall not) be (?:transferred|given|assigned)",
            r"(?:不得|不可|不能|不予|禁止|严禁|不许)(?:转让|转卖|转赠|过户)",
        ),
        _("A clause that forbids handing the contract to somebody else does not bind the member."),
        _("Say how the shop is told of a transfer; it holds from the notice on."),
    ),
    Clause(
        "no_replacement",
        _any_of(
            r"(?:lost|stolen)[^.;]{0,40}(?:not|never)[^.;]{0,12}(?:replaced|reissued|re-issued)",
            r"\bno replacement",
            r"(?:遗失|丢失|挂失)[^。；]{0,6}(?:概|恕)?不(?:予|再)?(?:补|挂失|负责|受理)",
        ),
        _("A registered card that was lost has to be replaced; its value belongs to the member."),
        _("Say how a loss is reported and how the card is replaced."),
    ),
    Clause(
        "one_sided_change",
        _any_of(
            r"final (?:right of )?interpretation|right of final (?:interpretation|explanation)",
            r"sole discretion|without (?:prior |further )?notice|at any time (?:change|amend)",
            r"reserves? the right to (?:change|amend|modify|alter|cancel)",
            r"(?:最终|全部)?解释权[归属]?|最终解释权|(?:恕)?不(?:再)?另行通知|有权(?:随时|单方)[^。；]{0,8}(?:变更|修改|调整|终止)",
        ),
        _("The shop cannot change a contract alone, and unclear terms are read for the member."),
        _("Say what is fixed; a change to the member's disadvantage needs their consent."),
    ),
    Clause(
        "expiry_forfeits",
        _any_of(
            r"(?:expired?|expiry|unused|remaining|balance)[^.;]{0,40}"
            r"(?:forfeit|(?:is|be) (?:void|lost)|lapses?\b)",
            r"(?<!不)(?<!不会)(?<!不得)(?<!不因)(?:过期|逾期|到期|超期)[^。；，]{0,6}(?:作废|清零|失效|不退|无效)(?!的)",
            r"(?<!不)余额[^。；，不]{0,8}(?:清零|作废|归零|视为放弃)|视为(?:自动)?放弃",
        ),
        _("Value that was paid for is not lost when its time is over."),
        _("Say how it is re-activated or exchanged, and that what is left can be paid back."),
    ),
    Clause(
        "handling_fee",
        _any_of(
            r"(?:handling|administrati(?:on|ve)|processing|service|cancellation) (?:fee|charge)",
            r"deduct[^.;]{0,30}(?:fee|penalty|commission|\d\s?%)",
            r"(?<!不收)(?<!收取)(?<!免)手续费|违约金|(?<!不)(?:扣除|扣减|收取)[^。；，]{0,12}(?:费用|管理费|提成|佣金|百分之|[%％])",
        ),
        _("A refund is what was paid less what was delivered; fees may not be taken off."),
        _("Leave the fee out."),
    ),
)  # fmt: skip


def void_clauses(*texts: str) -> list[Finding]:
    """What in ``texts`` is worded like a clause that does not hold; one finding a kind.

    >>> [finding.clause.code for finding in void_clauses("概不退款，最终解释权归本店。")]
    ['no_refund', 'one_sided_change']
    >>> void_clauses("余额不清零，遗失可补，七日内全额退款。")
    []
    """
    found = (_first(clause, texts) for clause in CLAUSES)
    return [finding for finding in found if finding]


def _first(clause: Clause, texts: Sequence[str]) -> Finding | None:
    hits = (pattern.search(text) for text in texts for pattern in clause.patterns)
    hit = next((hit for hit in hits if hit), None)
    return Finding(clause, hit.group(0).strip()) if hit else None
