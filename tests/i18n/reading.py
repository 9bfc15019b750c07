"""What a person reads on a page: its text, and the attributes a browser shows or speaks."""

import re
from html.parser import HTMLParser

SPOKEN = ("title", "placeholder", "aria-label", "aria-description", "alt", "data-label")
UNREAD = {"script", "style", "template", "svg", "code", "kbd", "pre", "datalist"}
VOID = {
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr",
}  # fmt: skip
WORD = re.compile(r"[A-Za-z][A-Za-z'’]+")


class Reader(HTMLParser):
    """Collects the pieces of text of a page, in order."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.pieces = []
        self._open = []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag not in VOID:
            self._open.append((tag, tag in UNREAD or _is_foreign(given)))
        if self._is_unread() or _is_foreign(given):
            return
        self.pieces += [given[name] for name in SPOKEN if given.get(name)]
        self.pieces += [text for name, text in attrs if name.startswith("data-say-") and text]
        if tag == "input" and given.get("type") in ("submit", "button", "reset"):
            self.pieces.append(given.get("value") or "")

    def handle_endtag(self, tag):
        if any(name == tag for name, _ in self._open):
            while self._open.pop()[0] != tag:
                pass

    def handle_data(self, data):
        if not self._is_unread() and data.strip():
            self.pieces.append(" ".join(data.split()))

    def _is_unread(self):
        return any(unread for _, unread in self._open)


def _is_foreign(given):
    """Whether the page itself says that this part is in another language."""
    return given.get("lang", "").startswith("en")


def read(html):
    """The pieces of text that a page shows or speaks."""
    reader = Reader()
    reader.feed(html)
    return reader.pieces


def english_in(pieces, *, known):
    """The pieces with a word of Latin letters left when what ``known`` matches is taken out."""
    return [piece for piece in pieces if WORD.search(known.sub(" ", piece))]
