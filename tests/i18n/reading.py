"""What a person reads on a page: its text, and the attributes a browser shows or speaks."""

import re
from html.parser import HTMLParser

SPOKEN = {"title", "placeholder", "aria-label", "aria-description", "alt", "data-label"}
SILENT = {"script", "style", "template", "svg", "code", "kbd", "pre"}
VOID = {
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr",
}  # fmt: skip
# The theme writes its icons as words of a font.
ICONS = "material-symbols"
WORD = re.compile(r"[A-Za-z][A-Za-z'’]+")


class Reader(HTMLParser):
    """Collects the pieces of text of a page, in order."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.pieces = []
        self._open = []

    def handle_starttag(self, tag, attrs):
        given = {name: value or "" for name, value in attrs}
        silent = tag in SILENT or ICONS in given.get("class", "") or _is_foreign(tag, given)
        if not (silent or self._is_silent()):
            self.pieces += [
                text
                for name, text in given.items()
                if text and (name in SPOKEN or name.startswith("data-say-"))
            ]
            if tag == "input" and given.get("type") in ("submit", "button", "reset"):
                self.pieces.append(given.get("value", ""))
        if tag not in VOID:
            self._open.append((tag, silent))

    def handle_endtag(self, tag):
        if any(name == tag for name, _ in self._open):
            while self._open.pop()[0] != tag:
                pass

    def handle_data(self, data):
        if data.strip() and not self._is_silent():
            self.pieces.append(" ".join(data.split()))

    def _is_silent(self):
        return any(silent for _, silent in self._open)


def _is_foreign(tag, given):
    """Whether the page says that just this part is in English, or stands as it came in a file."""
    is_english = tag != "html" and given.get("lang", "").startswith("en")
    return is_english or given.get("translate") == "no"


def read(html):
    """The pieces of text that a page shows or speaks."""
    reader = Reader()
    reader.feed(html)
    return reader.pieces


def english_in(pieces, *, known):
    """The pieces that still have a word of Latin letters when what ``known`` matches is gone."""
    return [piece for piece in pieces if WORD.search(known.sub(" ", piece))]
