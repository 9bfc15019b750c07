"""A thousand texts as one parameter: the server is told them in a word, whatever their number."""

import json
from collections.abc import Iterable
from typing import Any

from django.db.models import Func, Value


class Listed(Func):
    """These texts, for ``filter(column__in=…)``; ``kind`` is the type they are compared as.

    Placeholders for each of them cost more than the look-up itself.
    """

    template = "(SELECT jsonb_array_elements_text(%(expressions)s::jsonb)::%(kind)s)"

    def __init__(self, texts: Iterable[Any], *, kind: str = "text") -> None:
        super().__init__(Value(json.dumps([str(text) for text in texts])), kind=kind)
