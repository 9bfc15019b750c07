"""Finds the texts marked for translation in Python and templates, without gettext."""

import ast
import re
from collections.abc import Container, Iterator
from pathlib import Path
from typing import NamedTuple

from django.utils.translation.template import templatize

# Where each function keeps its context, its text, its plural among the arguments; -1: nowhere.
ARGUMENTS = {None: (-1, 0, -1), "n": (-1, 0, 1), "p": (0, 1, -1), "np": (0, 1, 2)}
FUNCTION = re.compile(r"_|(np?|p)?gettext(?:_lazy|_noop)?")
CALL = re.compile(rf"\b(?:{FUNCTION.pattern})\(")
EXTENSIONS = {".py", ".html", ".txt"}


class Text(NamedTuple):
    """A text as a catalogue knows it."""

    msgid: str
    context: str = ""
    plural: str = ""


def texts_under(folder: Path, *, ignored: Container[str], root: Path) -> dict[Text, list[str]]:
    """Every marked text below ``folder`` in reading order, with its files, given from ``root``.

    Folders and files whose name is ``ignored`` or begins with a dot are left out.
    """
    found: dict[Text, list[str]] = {}
    for path in sorted(_files(folder, ignored)):
        place = path.relative_to(root).as_posix()
        for text in texts_in(path.read_text(encoding="utf-8"), path.suffix):
            places = found.setdefault(text, [])
            if place not in places:
                places.append(place)
    return found


def _files(folder: Path, ignored: Container[str]) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name.startswith(".") or path.name in ignored:
            continue
        if path.is_dir():
            yield from _files(path, ignored)
        elif path.suffix in EXTENSIONS:
            yield path


def texts_in(source: str, kind: str) -> list[Text]:
    """Every marked text of a file that ends in ``kind``, in reading order.

    >>> texts_in("ngettext('%d visit', '%d visits', count)", ".py")
    [Text(msgid='%d visit', context='', plural='%d visits')]
    >>> texts_in('{% translate "card" context "tender" %}', ".html")
    [Text(msgid='card', context='tender', plural='')]
    """
    calls = _calls_in_python(source) if kind == ".py" else _calls_in_template(source)
    return [text for call in calls if (text := _text_of(call))]


def _calls_in_python(source: str) -> list[ast.Call]:
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return sorted(calls, key=lambda call: (call.lineno, call.col_offset))


def _calls_in_template(source: str) -> Iterator[ast.Call]:
    if "{%" not in source and "{{" not in source:
        return
    # Django turns a template into calls of gettext, with everything else blotted out.
    blotted = templatize(source)
    for start in CALL.finditer(blotted):
        if call := _call_at(blotted, start.start()):
            yield call


def _call_at(source: str, start: int) -> ast.Call | None:
    """The call that begins at ``start``: up to the first bracket that makes it whole."""
    for end in re.finditer(r"\)", source[start:]):
        try:
            parsed = ast.parse(source[start : start + end.end()], mode="eval").body
        except SyntaxError:
            continue
        return parsed if isinstance(parsed, ast.Call) else None
    return None


def _text_of(call: ast.Call) -> Text | None:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    known = FUNCTION.fullmatch(name)
    if known is None:
        return None
    context, msgid, plural = (_literal(call, at) for at in ARGUMENTS[known[1]])
    return Text(msgid, context, plural) if msgid else None


def _literal(call: ast.Call, at: int) -> str:
    """The text written out as argument ``at``; nothing where it is none."""
    if not 0 <= at < len(call.args):
        return ""
    given = call.args[at]
    return given.value if isinstance(given, ast.Constant) and isinstance(given.value, str) else ""
