"""Texts on their way into a spreadsheet: shown, never run, and the same again on the way back.

A guarded text carries one apostrophe more than it had. Every text that a program could take for a
formula is guarded, whatever blanks and invisible characters it begins with, and so is every text
that begins with an apostrophe: taking one away again is never a guess.
"""

import re

# What a spreadsheet program computes, in plain and in full width, and what breaks out of a cell.
BEGINS_A_FORMULA = "=+\\-@\t\r\n＝＋－＠−"
# What programs overlook in front of it.
OVERLOOKED = "' \u00a0\u3000\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\x0b\x0c"
MARKS_A_TEXT = "'’`"
# One pattern for Python and PostgreSQL, which both know these plain classes.
PATTERN = f"^([{MARKS_A_TEXT}]|[{OVERLOOKED}]*[{BEGINS_A_FORMULA}])"

_RISKY = re.compile(PATTERN)


def is_risky(text: str) -> bool:
    """Whether a spreadsheet program could run the text, or eat its first character.

    >>> is_risky("=1+1"), is_risky(" \u200b＝1"), is_risky("'tis"), is_risky("王小明"), is_risky("")
    (True, True, True, False, False)
    """
    return _RISKY.match(text) is not None


def guard(text: str) -> str:
    """The text with an apostrophe in front where a spreadsheet program could run it.

    >>> guard("=1+1"), guard("王小明"), guard("'=1+1"), guard("O'Neill")
    ("'=1+1", '王小明', "''=1+1", "O'Neill")
    """
    return f"'{text}" if is_risky(text) else text


def unguard(text: str) -> str:
    """The text as it was before ``guard``; an apostrophe that guards nothing stays.

    >>> unguard("'=1+1"), unguard("''tis"), unguard("'tis")
    ('=1+1', "'tis", "'tis")
    """
    return text[1:] if text.startswith("'") and is_risky(text[1:]) else text
