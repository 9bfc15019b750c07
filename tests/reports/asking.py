"""Ask figures as an operator does, and compare with reference values."""

import json
from io import StringIO
from pathlib import Path

from django.core.management import call_command

REFERENCE = Path(__file__).parent.parent / "data" / "reference"


def figure(key, **options):
    """The answer of ``manage.py figure KEY --json``; ``start`` and ``end`` are --from and --to."""
    out = StringIO()
    call_command("figure", key, json=True, stdout=out, **options)
    return json.loads(out.getvalue())


def rows(key, **options):
    """The rows of a figure."""
    return figure(key, **options)["rows"]


def the_row(found, **dimensions):
    """The one row with these dimensions."""
    (row,) = [row for row in found if dimensions.items() <= row.items()]
    return row


def counts(row):
    return row["numerator"], row["denominator"]


def reference(name):
    """Published or independently computed values."""
    return json.loads((REFERENCE / f"{name}.json").read_text())
