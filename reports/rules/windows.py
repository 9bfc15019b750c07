"""Windows of days after a first day, as people write them: 7, or 8-14."""

import re

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError

LONGEST = 3660


class BadWindow(DomainError):
    """The days of a window make no sense."""

    code = "bad_window"
    message = _("%(text)s is no number of days. Write 7, or 8-14 for days 8 to 14, or 1,7,30.")


def parse_windows(text: str) -> list[tuple[int | None, int]]:
    """Windows (first, last) separated by commas; a single number leaves the first day open.

    Raises BadWindow.

    >>> parse_windows("7,8-14")
    [(None, 7), (8, 14)]
    """
    return [_parse(part.strip()) for part in text.split(",")]


def _parse(text: str) -> tuple[int | None, int]:
    found = re.fullmatch(r"(?:(\d{1,4})-)?(\d{1,4})", text, re.ASCII)
    if not found:
        raise BadWindow(text=text)
    first, last = int(found[1]) if found[1] else None, int(found[2])
    if not 1 <= (first or 1) <= last <= LONGEST:
        raise BadWindow(text=text)
    return first, last
