"""What somebody asked to take along: a list, its stores and days, and who is on it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Asked:
    """The filter of a list; what is left out narrows nothing.

    ``stores`` are keys: home stores of members, stores of what happened. ``since`` and ``until``
    are days, both included: of joining, or of business.
    """

    stores: tuple[int, ...] | None = None
    since: date | None = None
    until: date | None = None
    tier: int | None = None
    tag: int | None = None
    text: str = ""

    def as_json(self) -> dict[str, Any]:
        """The filter as it is kept, without what narrows nothing."""
        said = asdict(self)
        days = {name: said[name].isoformat() for name in ("since", "until") if said[name]}
        stores = {"stores": list(self.stores)} if self.stores is not None else {}
        return {name: value for name, value in said.items() if value} | days | stores

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Asked":
        """The filter that was kept.

        >>> Asked.from_json(Asked(stores=(1,), since=date(2026, 5, 1)).as_json()).stores
        (1,)
        """
        days = {n: date.fromisoformat(data[n]) for n in ("since", "until") if n in data}
        stores = {"stores": tuple(data["stores"])} if "stores" in data else {}
        return cls(**{**data, **days, **stores})
