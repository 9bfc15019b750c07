"""Checks the translations: complete, not guessed, placeholders kept, and just what the code has."""

import os
import sys
from pathlib import Path

import django
import polib

from scripts.collect_texts import CATALOGUES, PLACEHOLDER, ROOT, text_of
from scripts.extract_texts import Text


def faults_of(path: Path) -> list[str]:
    """What is wrong with the entries of one catalogue."""
    return [
        f"{path.name}: {entry.msgid!r} {fault}"
        for entry in polib.pofile(str(path))
        if (fault := _fault_of(entry))
    ]


def _fault_of(entry: polib.POEntry) -> str:
    if entry.obsolete:
        return "is obsolete"
    if entry.fuzzy:
        return "is only guessed (fuzzy)"
    if not entry.translated():
        return "is not translated"
    if differing := _differing_placeholders(entry):
        return f"does not keep {', '.join(sorted(differing))}"
    return ""


def _differing_placeholders(entry: polib.POEntry) -> set[str]:
    """The placeholders that only one side has; Chinese has one form, which says the number."""
    asked = set(PLACEHOLDER.findall(entry.msgid_plural or entry.msgid))
    given = entry.msgstr_plural.values() if entry.msgid_plural else [entry.msgstr]
    return set().union(*(asked ^ set(PLACEHOLDER.findall(text)) for text in given))


def differences(path: Path, texts: dict[Text, list[str]]) -> list[str]:
    """The texts that only the code or only the catalogue has."""
    known = {text_of(entry) for entry in polib.pofile(str(path)) if not entry.obsolete}
    missing = [text for text in texts if text not in known]
    return [
        *(f"{texts[text][0]}: {text.msgid!r} is not collected (make messages)" for text in missing),
        *(f"{text.msgid!r} is nowhere in the code (make messages)" for text in known - set(texts)),
    ]


def main() -> int:
    """Print every fault; return 1 if there is one."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    faults = []
    for path, texts in CATALOGUES.items():
        faults += [f"{path.relative_to(ROOT)}: {fault}" for fault in differences(path, texts())]
        faults += faults_of(path)
    print("\n".join(faults) or "Every text is translated.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
