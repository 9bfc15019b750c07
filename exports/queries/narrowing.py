"""The conditions that a filter puts on a list, in SQL with its parameters."""

from typing import Any

from exports.rules.asked import Asked

ESCAPE = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_"})
FOUND = """(m.name ILIKE %s OR m.pinyin LIKE %s OR m.phone LIKE %s OR m.number = %s
 OR EXISTS (SELECT FROM members_card fc WHERE fc.member_id = m.id AND fc.number = %s))"""


def narrowed(asked: Asked, *, store: str, day: str) -> tuple[str, list[Any]]:
    """What follows WHERE, and its parameters; members are called ``m`` there.

    ``store`` and ``day`` are the columns that a store and a period mean.
    """
    parts: list[str] = ["true"]
    params: list[Any] = []
    for condition, value in (
        (f"{store} = ANY (%s)", None if asked.stores is None else list(asked.stores)),
        (f"{day} >= %s", asked.since),
        (f"{day} <= %s", asked.until),
        ("m.tier_id = %s", asked.tier),
        ("EXISTS (SELECT FROM members_membertag g WHERE g.member_id = m.id AND g.tag_id = %s)",
         asked.tag),
    ):  # fmt: skip
        if value is not None:
            parts.append(condition)
            params.append(value)
    if text := asked.text.strip():
        inside = text.translate(ESCAPE)
        parts.append(FOUND)
        params += [f"%{inside}%", f"{inside.lower()}%", f"%{inside}%", text, text]
    return " AND ".join(parts), params
