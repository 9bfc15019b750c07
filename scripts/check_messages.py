"""Checks the translations: complete, not guessed, same placeholders, and none missing from the code."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "locale"
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|\{\w+\}")


def faults_of(source: Path) -> list[str]:
    """Return what is wrong with the entries of one catalogue."""
    faults = []
    for entry in polib.pofile(str(source)):
        if entry.obsolete:
            continue
        where = f"{source.relative_to(ROOT)}: {entry.msgid!r}"
        if entry.fuzzy:
            faults.append(f"{where} is only guessed (fuzzy)")
        elif not entry.translated():
            faults.append(f"{where} is not translated")
        elif lost := _lost_placeholders(entry):
            faults.append(f"{where} loses {', '.join(sorted(lost))}")
    return faults


def _lost_placeholders(entry: polib.POEntry) -> set[str]:
    """Return the placeholders that differ; a plural form may leave the number out."""
    asked = set(PLACEHOLDER.findall(entry.msgid_plural or entry.msgid))
    given = [entry.msgstr] if not entry.msgid_plural else list(entry.msgstr_plural.values())
    return set().union(*(asked ^ set(PLACEHOLDER.findall(text)) for text in given))


def texts_not_collected() -> list[str]:
    """Return the texts in the code that no catalogue has; needs gettext."""
    catalogues = sorted(LOCALE.rglob("django.po"))
    before = {path: path.read_bytes() for path in catalogues}
    try:
        subprocess.run(
            [
                sys.executable,
                "manage.py",
                "makemessages",
                "--locale",
                "zh_Hans",
                "--verbosity",
                "0",
                "--ignore",
                "node_modules",
                "--ignore",
                "var",
                "--ignore",
                "tests",
            ],
            cwd=ROOT,
            check=True,
        )
        found = {path: _texts(path) for path in LOCALE.rglob("django.po")}
    finally:
        for path, content in before.items():
            path.write_bytes(content)
    missing = {path: found[path] - _texts(path) for path in catalogues}
    return [
        f"{path.relative_to(ROOT)}: {text!r} is in the code and not here (make messages)"
        for path, texts in missing.items()
        for text in sorted(texts)
    ]


def _texts(path: Path) -> set[str]:
    return {entry.msgid for entry in polib.pofile(str(path)) if not entry.obsolete}


def main() -> int:
    """Print every fault; return 1 if there is one."""
    catalogues = sorted(LOCALE.rglob("*.po"))
    faults = [fault for source in catalogues for fault in faults_of(source)]
    if not catalogues:
        faults.append("There is no catalogue under locale/.")
    elif shutil.which("xgettext"):
        faults += texts_not_collected()
    else:
        print("gettext is not installed: whether the code has new texts was not checked.")
    print("\n".join(faults) or "Every text is translated.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
