"""The filters of exports in words, for whoever looks at what was taken along."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Manager
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from exports.models import OFFERED, Export
from exports.rules.asked import Asked
from members.models import Store, Tag, Tier


def words_of(exports: Iterable[Export]) -> dict[int, str]:
    """What narrowed each of the lists, by the key of its export; three queries for all of them."""
    asked = {one.pk: Asked.from_json(one.asked) for one in exports if one.what in OFFERED}
    stores = _names(Store.objects, {key for one in asked.values() for key in one.stores or ()})
    tiers = _names(Tier.objects, {one.tier for one in asked.values()})
    tags = _names(Tag.objects, {one.tag for one in asked.values()})
    return {
        pk: " · ".join(
            [
                *(stores[key] for key in one.stores or () if key in stores),
                *_days(one),
                *(
                    names[key]
                    for names, key in ((tiers, one.tier), (tags, one.tag))
                    if key in names
                ),
                *([f"“{one.text}”"] if one.text else []),
            ]
        )
        for pk, one in asked.items()
    }


def _names(manager: Manager[Any], keys: set[Any]) -> Mapping[int | None, str]:
    return {pk: str(found) for pk, found in manager.in_bulk(keys - {None}).items()}


def _days(asked: Asked) -> list[str]:
    days = {
        name: date_format(day, "SHORT_DATE_FORMAT")
        for name, day in (("since", asked.since), ("until", asked.until))
        if day
    }
    if len(days) == 2:
        return [_("%(since)s to %(until)s") % days]
    if "since" in days:
        return [_("from %(since)s") % days]
    return [_("until %(until)s") % days] if days else []
