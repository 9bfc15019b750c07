"""What the snapshot of a contract keeps, read the same wherever it is shown.

A snapshot is plain JSON, sealed with the contract: the offer's columns as they stood, and under
``terms``, ``gifts``, ``guardian`` and ``presented_by`` what is read here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Gift:
    """A gift in kind; ``list_value`` is that of all of them, in the currency's smallest unit."""

    name: str
    name_zh: str
    quantity: int
    list_value: int


@dataclass(frozen=True)
class Kept:
    """What a contract kept; ``texts`` maps a language to the terms in it."""

    texts: Mapping[str, str] = field(default_factory=dict)
    gifts: Sequence[Gift] = ()
    guardian_name: str = ""
    guardian_consent_at: str = ""
    presented_by: str = ""


def kept(snapshot: Mapping[str, Any]) -> Kept:
    """Read a contract's snapshot; what an older one lacks is empty.

    >>> kept({"terms": "As agreed.", "gifts": []}).texts
    {'': 'As agreed.'}
    >>> kept({"presented_by": "his wife"}).presented_by
    'his wife'
    """
    guardian = snapshot.get("guardian") or {}
    return Kept(
        texts=_texts(snapshot.get("terms")),
        gifts=[Gift(**gift) for gift in snapshot.get("gifts") or ()],
        guardian_name=guardian.get("name", ""),
        guardian_consent_at=guardian.get("consent_at", ""),
        presented_by=snapshot.get("presented_by", ""),
    )


def _texts(terms: Any) -> Mapping[str, str]:
    """Contracts sold before terms had versions kept one text without a language."""
    if isinstance(terms, str):
        return {"": terms} if terms else {}
    texts: Mapping[str, str] = (terms or {}).get("texts", {})
    return texts
