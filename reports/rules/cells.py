"""Texts on their way into a spreadsheet: shown, never run."""

STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def safe_cell(text: str) -> str:
    """The text with an apostrophe in front where a spreadsheet would take it for a formula.

    >>> safe_cell("=1+1"), safe_cell("王小明")
    ("'=1+1", '王小明')
    """
    return f"'{text}" if text.startswith(STARTS_A_FORMULA) else text
