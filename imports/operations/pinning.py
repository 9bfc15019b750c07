"""Pins the tags of a list on the members it makes; one that the shop has not is made."""

from collections.abc import Sequence

from imports.models import ImportRow
from imports.operations.job import Job
from imports.operations.tiers import code_for
from members.models import MemberTag, Tag


def pin_tags(people: Sequence[tuple[ImportRow, int]], job: Job) -> None:
    """Pin on each new member (by key) the tags that their row names."""
    named = [(pk, name) for row, pk in people for name in row.values.get("tags", ())]
    tags = {name: _tag(name) for name in dict.fromkeys(name for _pk, name in named)}
    MemberTag.objects.bulk_create(
        [
            MemberTag(member_id=pk, tag=tags[name], tagged_at=job.at, tagged_by=job.by)
            for pk, name in named
        ],
        ignore_conflicts=True,
    )


def _tag(name: str) -> Tag:
    known = Tag.objects.filter(name__iexact=name).first()
    if known is not None:
        return known
    return Tag.objects.get_or_create(code=code_for(name, "tag"), defaults={"name": name})[0]
