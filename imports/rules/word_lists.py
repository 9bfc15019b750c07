"""The lists of words that stand in data files beside the rules."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any


@cache
def words_in(file: str) -> dict[str, Any]:
    """The tables of one such file.

    >>> words_in("cell_words.toml")["months"]["may"][0]
    'mai'
    """
    return tomllib.loads(Path(__file__).with_name(file).read_text(encoding="utf-8"))


CELL_WORDS: dict[str, dict[str, list[str]]] = words_in("cell_words.toml")
