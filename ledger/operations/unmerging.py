"""Take a merge back while its value is untouched: value whole, rows to where they were."""

from datetime import datetime
from itertools import batched
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from common.constraints import broken_constraint
from common.days import lazy_day
from common.errors import DomainError
from ledger.models import Merge, TxnKind
from ledger.operations.merging import (
    CHUNK,
    ROWS,
    SOURCE,
    TAGS,
    Rows,
    label_of,
    locked_members,
    write_columns,
)
from ledger.operations.posting import Answer, Header, give_back, post, retried, revoke
from ledger.operations.refusals import AlreadyUsed, ReasonMissing
from ledger.operations.rollups import mark_dirty
from ledger.queries.merging import used_since
from members.models import Consent, Member, MemberTag, Store, Tier, TierHolding, User
from members.operations import end_tier, give_consent, set_tier, withdraw_consent
from members.operations.people import PHONE_RULE, check_phone_free, note_change

listed: Any = lazy(lambda parts: ", ".join(str(part) for part in parts), str)
spelled: Any = lazy(lambda label, day: f"{label} ({day})", str)


class MergeUndoneAlready(DomainError):
    code = "merge_undone_already"
    message = _("This merge was taken back already. Find the two members by their own numbers.")


class MergeUsedSince(DomainError):
    code = "merge_used_since"
    message = _(
        "What came over by the merge was used since: %(what)s. Undo that first, or leave it merged."
    )


class MergedAgain(DomainError):
    code = "merged_again"
    message = _("The member who stayed was merged into %(number)s since. Take that back first.")


@retried
def undo_merge(
    *,
    request_id: UUID,
    merge: Merge,
    reason: str,
    store: Store,
    at: datetime,
    by: User | None,
    also: Rows = (),
) -> Merge:
    """Take the two members apart again: value whole, or refused with what was used since.

    Rows that followed go back, those written since stay with the survivor; the survivor's columns
    become what they were unless somebody changed them since. The PIN of the one who comes back is
    gone: they set a new one. ``also`` as for ``merge_members``. Doing it twice does it once.

    Raises ReasonMissing, MergeUndoneAlready, MergedAgain, MergeUsedSince, PhoneTaken.
    """
    if not reason.strip():
        raise ReasonMissing
    header = Header(
        id=request_id,
        kind=TxnKind.REVERSE,
        request={"merge": str(merge.pk)},
        store=store,
        at=at,
        by=by,
        member=merge.survivor,
        reverses=merge.pk,
        reason=reason.strip(),
    )
    with transaction.atomic(durable=True):
        stays, back = locked_members(merge.survivor, merge.merged)
        merge = Merge.objects.get(pk=merge.pk)
        _check(merge, stays)
        answer = _value_back(header, merge)
        if answer is None or answer.is_fresh:
            _take_apart(merge, stays, back, header, also)
    if answer and answer.refusal:
        raise _refusal(answer, merge)
    return merge


def _check(merge: Merge, stays: Member) -> None:
    if merge.undone_at:
        raise MergeUndoneAlready
    if stays.merged_into:
        raise MergedAgain(number=stays.merged_into.number)


def _value_back(header: Header, merge: Merge) -> Answer | None:
    """Post the value's way back; None where the merge moved none."""
    return post(header, [give_back(), revoke()]) if merge.has_txn else None


def _refusal(answer: Answer, merge: Merge) -> DomainError:
    try:
        answer.or_raise()
    except AlreadyUsed as refusal:
        used = [
            spelled(TxnKind(one.txn.kind).label, lazy_day(one.txn.business_date))
            for one in used_since(merge)
        ]
        return MergeUsedSince(what=listed(used)) if used else refusal
    except DomainError as refusal:
        return refusal
    raise TypeError("not a refusal")


def _take_apart(merge: Merge, stays: Member, back: Member, header: Header, also: Rows) -> None:
    columns, before = merge.after["columns"], merge.before
    untouched = {
        name: value
        for name, value in before["columns"].items()
        if _kept(getattr(stays, name)) == columns[name]
    }
    write_columns(stays, untouched)
    _reopen(back, before["status"])
    _rows_back(merge, stays, back, also)
    _unsay(before["consents"], stays, header)
    _tier_back(before["tier"], stays, header)
    note_change(stays, {}, {"unmerged": back.number}, at=header.at, by=header.by)
    note_change(back, {}, {"status": back.status}, at=header.at, by=header.by)
    mark_dirty(member_ids=[stays.pk, back.pk], at=header.at)
    merge.undone_at, merge.undone_by, merge.undo_reason = header.at, header.by, header.reason
    merge.save(update_fields=["undone_at", "undone_by", "undo_reason"])


def _kept(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _reopen(back: Member, status: str) -> None:
    """Let the member live again. Raises PhoneTaken where somebody has their phone now."""
    back.status, back.merged_into = Member.Status(status), None
    try:
        with transaction.atomic():
            back.save(update_fields=["status", "merged_into"])
    except IntegrityError as error:
        if broken_constraint(error) == PHONE_RULE and back.phone:
            check_phone_free(back.phone, but=back)
        raise


def _rows_back(merge: Merge, stays: Member, back: Member, also: Rows) -> None:
    """Rows that followed and still name the survivor name the other one again."""
    tables = {label_of(model, column): (model, column) for model, column in (*ROWS, *also)}
    tables[TAGS] = (MemberTag, "member")
    for label, ids in merge.moved.items():
        model, column = tables[label]
        for chunk in batched(ids, CHUNK):
            still = model._default_manager.filter(pk__in=chunk, **{column: stays})  # noqa: SLF001
            still.update(**{column: back})


def _unsay(spoken: dict[str, str], stays: Member, header: Header) -> None:
    """Say again what the survivor had said where the merge spoke last; silence becomes a no."""
    for channel, had in spoken.items():
        last = Consent.objects.filter(member=stays, channel=channel).last_words().first()
        if last is None or last.source != SOURCE:
            continue
        say = give_consent if had == Consent.State.GIVEN else withdraw_consent
        say(member=stays, channel=channel, at=header.at, source=SOURCE, by=header.by)


def _tier_back(tier: dict[str, Any] | None, stays: Member, header: Header) -> None:
    stays.refresh_from_db(fields=["tier"])
    if tier is None or stays.tier_id != tier["got"]:
        return
    if tier["had"] is None:
        end_tier(member=stays, at=header.at)
        return
    set_tier(
        member=stays,
        tier=Tier.objects.get(pk=tier["had"]),
        source=TierHolding.Source.GRANTED,
        at=header.at,
        by=header.by,
        inputs={"unmerged": True},
    )
