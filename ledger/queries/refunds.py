"""What a contract would pay back in a store today: figures, interest, day due, what is open."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from common.days import lazy_day
from common.errors import DomainError
from ledger.models import (
    Contract,
    Policy,
    RateKind,
    RefundCause,
    RefundRule,
)
from ledger.queries.contract_facts import ContractFacts, contract_facts
from ledger.queries.policies import policy_for, rate_on
from ledger.rules.refunds import Basis, Gift, Reckoning, reckon, simple_interest
from members.models import Store

NOT_THE_MEMBERS_CAUSE = (RefundCause.MERCHANT, RefundCause.TRANSFER, RefundCause.CLOSING)


class CoolingOffOver(DomainError):
    """The days to change one's mind have passed."""

    code = "cooling_off_over"
    message = _(
        "The days to change one's mind about this contract are over. Choose whose cause it is."
    )


class TerminationDayWrong(DomainError):
    """A contract ends after it began, and not in the future."""

    code = "termination_day_wrong"
    message = _("The contract was sold on %(sold)s. It ends on a day from then until today.")


@dataclass(frozen=True, kw_only=True)
class Decisions:
    """What the rules leave to the manager.

    ``basis`` chooses how to value what was used while the mind could still be changed; ``kept`` is
    what is kept of a minor's payment; ``gifts`` what is kept for each gift, in the order of the
    contract. Amounts in the smallest unit.
    """

    basis: Basis | None = None
    kept: int | None = None
    gifts: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Interest:
    """Interest from the day the contract ended until today; ``rate`` in hundredths of a percent."""

    kind: RateKind
    in_force_from: date
    rate: int
    days: int
    amount: int

    def as_json(self) -> dict[str, Any]:
        """What the refund keeps."""
        return vars(self) | {"in_force_from": self.in_force_from.isoformat()}


@dataclass(frozen=True, kw_only=True)
class RefundSheet:
    """A refund as worked out; ``undecided`` names what a manager has yet to decide."""

    contract: Contract
    cause: RefundCause
    policy: Policy
    basis: Basis
    facts: ContractFacts
    reckoning: Reckoning
    gifts: tuple[Gift, ...]
    interest: Interest | None
    terminated_on: date
    due_date: date | None
    undecided: tuple[str, ...] = field(default=())

    @property
    def interest_amount(self) -> int:
        """The interest; 0 where none is owed."""
        return self.interest.amount if self.interest else 0

    @property
    def total(self) -> int:
        """What is paid out: the refund and its interest."""
        return self.reckoning.refund + self.interest_amount

    def as_json(self) -> dict[str, Any]:
        """The arithmetic as it is kept with the refund."""
        return {
            "basis": self.basis.value,
            "lines": [vars(line) for line in self.reckoning.lines],
            "interest": self.interest.as_json() if self.interest else None,
        }


def gifts_of(contract: Contract, kept: tuple[int, ...] = ()) -> tuple[Gift, ...]:
    """What was given along in kind, with what is kept for each; nothing unless said."""
    amounts = list(kept)
    return tuple(
        Gift(
            name=str(one["name"]),
            worth=int(one["list_value"]) * int(one.get("quantity", 1)),
            kept=amounts[index] if index < len(amounts) else 0,
        )
        for index, one in enumerate(contract.snapshot.get("gifts") or ())
    )


def refund_sheet(
    *,
    contract: Contract,
    cause: RefundCause,
    store: Store,
    at: datetime,
    terminated_on: date | None = None,
    decisions: Decisions | None = None,
) -> RefundSheet:
    """Work out the refund of ``contract`` for ``cause``, by the policy of the day it ends.

    ``terminated_on`` is today unless told. Writes nothing and leaves open what is undecided.

    Raises CoolingOffOver, TerminationDayWrong, GiftOverValued, ResumeFirst, PolicyMissing,
    RateMissing.
    """
    said = decisions or Decisions()
    today = store.business_date(at)
    ended = terminated_on or today
    sold = contract.store.business_date(contract.sold_at)
    _check_day(contract, cause, store, ended=ended, today=today, sold=sold)
    policy = policy_for(store, ended)
    facts = contract_facts(contract, at, ended=ended)
    basis, undecided = _basis(cause, policy, facts, said)
    gifts = gifts_of(contract, said.gifts)
    reckoning = reckon(
        paid=facts.paid,
        shares=facts.shares,
        basis=basis,
        takes_better_term=bool(contract.snapshot.get("refunds_at_price_paid")),
        principal_left=facts.principal_left,
        decided=said.kept or 0,
        gifts=gifts,
    )
    return RefundSheet(
        contract=contract,
        cause=cause,
        policy=policy,
        basis=basis,
        facts=facts,
        reckoning=reckoning,
        gifts=gifts,
        interest=_interest(policy, cause, reckoning.refund, sold=sold, days=(today - ended).days),
        terminated_on=ended,
        due_date=_due(policy, cause, ended),
        undecided=undecided,
    )


def _check_day(
    contract: Contract,
    cause: RefundCause,
    store: Store,
    *,
    ended: date,
    today: date,
    sold: date,
) -> None:
    if not sold <= ended <= today:
        raise TerminationDayWrong(sold=lazy_day(sold))
    ends = contract.cooling_off_ends_at
    begins, _end = store.day_bounds(ended)
    if cause is RefundCause.COOLING_OFF and (ends is None or begins >= ends):
        raise CoolingOffOver


def _basis(
    cause: RefundCause, policy: Policy, facts: ContractFacts, said: Decisions
) -> tuple[Basis, tuple[str, ...]]:
    """How what was delivered is valued, and what a manager has yet to decide about it."""
    if cause is RefundCause.MINOR:
        return Basis.DECIDED, ("kept",) if said.kept is None else ()
    if policy.refund_rule == RefundRule.REMAINING_PRINCIPAL:
        return Basis.PRINCIPAL_LEFT, ()
    if cause is RefundCause.COOLING_OFF and facts.anything_delivered:
        return said.basis or Basis.PRICE_PAID, () if said.basis else ("basis",)
    return Basis.LIST_PRICE if cause is RefundCause.MEMBER else Basis.PRICE_PAID, ()


def _interest(
    policy: Policy, cause: RefundCause, refund: int, *, sold: date, days: int
) -> Interest | None:
    """Simple interest at the rate of the day of the sale: a loan's where the shop is the cause."""
    if not (policy.pays_interest and refund and days):
        return None
    kind = RateKind.LOAN if cause in NOT_THE_MEMBERS_CAUSE else RateKind.DEPOSIT
    row = rate_on(kind, sold)
    amount = simple_interest(refund, rate=row.rate, days=days)
    return Interest(
        kind=kind, in_force_from=row.in_force_from, rate=row.rate, days=days, amount=amount
    )


def _due(policy: Policy, cause: RefundCause, ended: date) -> date | None:
    """The last day to pay out; None where the policy names none."""
    changed_mind = cause is RefundCause.COOLING_OFF
    days = policy.cooling_off_payout_days if changed_mind else policy.payout_days
    return None if days is None else ended + timedelta(days=days)
