"""Texts on their way into a spreadsheet: shown, never run."""

from common.guarding import guard


def safe_cell(text: str) -> str:
    """The text with an apostrophe in front where a spreadsheet would take it for a formula.

    >>> safe_cell("=1+1"), safe_cell("＝1＋1"), safe_cell("王小明")
    ("'=1+1", "'＝1＋1", '王小明')
    """
    return guard(text)
