"""Words of a file the shop does not know yet: its tiers, stores, genders, tenders and so on."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _
from rapidfuzz import fuzz, process

from common.errors import Text
from imports.models import ImportBatch
from imports.rules.accounts import account_of
from imports.rules.card_words import STATUS_WORDS, status_of
from imports.rules.cells import GENDERS, gender_of, name_key, text_of, value_of
from imports.rules.choices import WORD_FIELDS, Choices
from imports.rules.legends import in_words
from imports.rules.log_words import attendance
from ledger.models import Machine, Product, TenderType
from members.models import Store, Tier

# The marks of a sign-in sheet that everybody knows.
CAME, DID_NOT = "✓", "×"
# A column with more words than this holds no names of a shop's own.
MOST_WORDS = 300
MOST_SUGGESTIONS = 5
LIKE_ENOUGH = 60
# Words of the reader of files, in the language of whoever picks one.
SHOWN_AS: dict[str, Text] = {
    "男": _("male"),
    "女": _("female"),
    "valid": _("valid"),
    "lost": _("lost or blocked"),
    "void": _("void"),
    "unissued": _("not yet issued"),
    "empty": _("used up"),
    CAME: _("came"),
    DID_NOT: _("did not come"),
    "points": _("points"),
    "stored_value": _("balance"),
}

WORDS = """
SELECT coalesce(fixes->>%(header)s, raw->>%(header)s) AS word, count(*)
FROM imports_importrow WHERE batch_id = %(batch)s
GROUP BY word ORDER BY count(*) DESC, word LIMIT %(most)s
"""


def unknown_values(batch: ImportBatch) -> dict[str, list[dict[str, Any]]]:
    """Per field the words of the file nobody here knows, commonest first.

    ``{field: [{"value", "rows", "suggestions": [{"value", "label"}], "told"}]}``; ``told`` is what
    the choices of the batch say about the word: ``{"action": "pick" | "create" | "leave", "name"}``
    or ``None``, where the import's own rule applies. A suggestion's ``value`` is the name to pick.
    """
    choices = _choices_of(batch)
    found: dict[str, list[dict[str, Any]]] = {}
    for field in WORD_FIELDS:
        words = _words(batch, field)
        known = KNOWN[field](batch) if words else {}
        listed = [
            {
                "value": word,
                "rows": rows,
                "suggestions": _suggestions(field, word, known),
                "told": _told(choices, field, word),
            }
            for word, rows in words.items()
            if not _is_known(field, word, known)
        ]
        if listed:
            found[field] = listed
    return found


def _choices_of(batch: ImportBatch) -> Choices:
    return Choices.from_json({k: v for k, v in batch.choices.items() if k != "kind"})


def _words(batch: ImportBatch, field: str) -> dict[str, int]:
    if field == "came_mark" and not (batch.plan.get("kept") or {}).get("has_marks"):
        # Only sign-in sheets ask: elsewhere any word sets the mark.
        return {}
    headers = [c["header"] for c in batch.plan.get("columns", []) if c["field"] == field]
    words: Counter[str] = Counter()
    for header in headers:
        with connection.cursor() as cursor:
            cursor.execute(WORDS, {"header": header, "batch": batch.pk, "most": MOST_WORDS})
            for word, rows in cursor.fetchall():
                if value_of(word):
                    words[text_of(in_words(header, word))] += rows
    return dict(words.most_common())


def _told(choices: Choices, field: str, word: str) -> dict[str, str] | None:
    said = choices.told_of(field, word)
    return None if said is None else {"action": said.action, "name": said.name}


def _is_known(field: str, word: str, known: Mapping[str, str]) -> bool:
    if field == "gender":
        return gender_of(word) is not None
    if field == "card_status":
        return status_of(word) is not None
    if field == "came_mark":
        return attendance(word) is not None
    if field == "account":
        return bool(account_of(word))
    return name_key(word) in known


def _suggestions(field: str, word: str, known: Mapping[str, str]) -> list[dict[str, str]]:
    """Names the word is most like, by any way they are called, else all as long as they are few."""
    names = list(dict.fromkeys(known.values()))
    keys = {**known, **{name: name for name in names}}
    like = process.extract(word, list(keys), scorer=fuzz.WRatio, limit=2 * MOST_SUGGESTIONS)
    best = [keys[key] for key, score, _index in like if score >= LIKE_ENOUGH]
    first = list(dict.fromkeys([*best, *names]))[:MOST_SUGGESTIONS]
    shown = NAMED[field].objects.filter(name__in=first) if field in NAMED else ()
    labels = SHOWN_AS | {one.name: one.label for one in shown}
    return [{"value": name, "label": str(labels.get(name, name))} for name in first]


def _names(rows: Any, *columns: str) -> dict[str, str]:
    """Every way a thing may be called → the name to pick."""
    known: dict[str, str] = {}
    for row in rows:
        for column in columns:
            if text := getattr(row, column):
                known.setdefault(name_key(text), str(row.name))
    return known


def _stores(batch: ImportBatch) -> dict[str, str]:
    return _names(Store.objects.filter(entity=batch.store.entity), "code", "name")


def _machines(batch: ImportBatch) -> dict[str, str]:
    machines = Machine.objects.filter(store__entity=batch.store.entity)
    return {name_key(code): code for code in machines.values_list("code", flat=True)} | {
        name_key(name): code for name, code in machines.values_list("name", "code")
    }


def _genders(batch: ImportBatch) -> dict[str, str]:
    return {name_key(words[0]): words[0] for words in GENDERS.values()}


def _marks(batch: ImportBatch) -> dict[str, str]:
    return {CAME: CAME, DID_NOT: DID_NOT}


def _card_states(batch: ImportBatch) -> dict[str, str]:
    return {name_key(words.split()[0]): words.split()[0] for words in STATUS_WORDS.values()}


# Things with a name in each language.
NAMED: dict[str, Any] = {"tier": Tier, "tender": TenderType, "product": Product}
KNOWN: dict[str, Callable[[ImportBatch], dict[str, str]]] = {
    "tier": lambda _batch: _names(Tier.objects.all(), "code", "name", "name_zh"),
    "store": _stores,
    "gender": _genders,
    "card_status": _card_states,
    "tender": lambda _batch: _names(TenderType.objects.all(), "code", "name", "name_zh"),
    "product": lambda _batch: _names(Product.objects.all(), "code", "name", "name_zh", "barcode"),
    "machine": _machines,
    "came_mark": _marks,
    "account": lambda _batch: {"points": "points", "stored value": "stored_value"},
}
