"""Tiers by the names a list gives them; one that is new is made, in the order of its word."""

import hashlib
import re
from collections.abc import Iterable

from django.db.models import Max

from members.models import Tier

# From the tier anybody gets up to the best one.
STEPS = (
    r"普通|标准|基础|初级|注册|regular|basic|standard|classic|member",
    r"铜|青铜|bronze",
    r"银|silver",
    r"金(?!刚)|gold",
    r"白金|铂金|platinum",
    r"钻|diamond",
    r"黑|至尊|black|vip|svip",
)
LATER_WINS = tuple(re.compile(step, re.IGNORECASE) for step in reversed(STEPS))
CODE = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}\Z")


class TierBook:
    """The tiers of the business by code and by either name, case aside."""

    def __init__(self) -> None:
        self.by_name: dict[str, Tier] = {}
        for tier in Tier.objects.all():
            self._note(tier)

    def _note(self, tier: Tier) -> None:
        for name in (tier.code, tier.name, tier.name_zh):
            if name:
                self.by_name.setdefault(name.casefold(), tier)

    def of(self, name: str | None) -> Tier | None:
        """The tier a list calls so; nothing for no name."""
        return self.by_name.get(name.casefold()) if name else None

    def ensure(self, names: Iterable[str]) -> list[Tier]:
        """Make the tiers the list has and the shop has not, lowest first; returns those made.

        They have no thresholds: a review neither gives nor takes them until the owner says how.
        """
        missing = {name.casefold(): name for name in names if self.of(name) is None}
        made = []
        rank = Tier.objects.aggregate(best=Max("rank"))["best"] or 0
        for name in sorted(missing.values(), key=lambda name: (step_of(name), name)):
            rank += 1
            tier, _new = Tier.objects.get_or_create(
                code=code_for(name), defaults={"name": name, "rank": rank}
            )
            self._note(tier)
            made.append(tier)
        return made


def step_of(name: str) -> int:
    """How high a tier of that name usually stands, 1 being the lowest.

    >>> step_of("普通会员") < step_of("银卡") < step_of("金卡") < step_of("白金卡")
    True
    """
    for below, step in enumerate(LATER_WINS):
        if step.search(name):
            return len(STEPS) - below
    return 1


def code_for(name: str, what: str = "tier") -> str:
    """A code for a tier, or ``what`` else has that name, the same every time."""
    plain = re.sub(r"\s+", "-", name.strip().lower())
    if CODE.match(plain):
        return plain
    return f"{what}-{hashlib.blake2b(name.casefold().encode(), digest_size=5).hexdigest()}"
