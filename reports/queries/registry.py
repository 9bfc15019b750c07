"""All figures by key: ask one and get its JSON shape."""

from typing import Any

from reports.queries import (
    absence,
    actives,
    arcade,
    bundles,
    cohorts,
    composition,
    liability,
    repurchase,
    retention,
    topups,
)
from reports.queries.activity import coverage
from reports.queries.figure import REGISTERED, Figure, FigureUnknown, Question, Source

# Importing the modules enters their figures.
MODULES = (
    absence,
    actives,
    arcade,
    bundles,
    cohorts,
    composition,
    liability,
    repurchase,
    retention,
    topups,
)


def figures() -> dict[str, Figure]:
    """Every figure by key, in the order of the keys."""
    return dict(sorted(REGISTERED.items()))


def ask(key: str, question: Question) -> dict[str, Any]:
    """The answer of figure ``key`` as plain JSON values.

    Keys: key, name, definition, formula, dimensions, from, to, as_of, store, coverage, rows; each
    row holds its dimensions, value, numerator, denominator, low, high, eligible, small.
    Raises FigureUnknown and what the figure refuses.
    """
    if key not in REGISTERED:
        raise FigureUnknown(key=key, offered=", ".join(figures()))
    found = REGISTERED[key]
    answer = found.answer(question)
    told = {
        "key": key,
        "name": str(found.name),
        "definition": answer.definition,
        "formula": str(found.formula),
        "dimensions": list(found.dimensions),
        "from": answer.start.isoformat() if answer.start else None,
        "to": answer.end.isoformat(),
        "as_of": question.as_of.isoformat(),
        "store": question.scope.code or None,
        **answer.extra,
        "rows": answer.rows,
    }
    if found.source == Source.ROLLUPS:
        told["coverage"] = coverage(question)
    return told
