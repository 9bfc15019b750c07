"""Compiles the translations without gettext: every .po under locale/ that changed since.

`polib` writes the plurals right; `pybabel compile` loses them.
"""

from pathlib import Path

import polib

LOCALE = Path(__file__).resolve().parent.parent / "locale"


def compile_catalogue(source: Path) -> bool:
    """Write the .mo beside ``source`` if it is missing or older; return whether it was."""
    target = source.with_suffix(".mo")
    if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
        return False
    catalogue = polib.pofile(str(source))
    # A header marked fuzzy would take the plural rule away with it.
    catalogue.metadata_is_fuzzy = []
    draft = target.with_suffix(".mo.draft")
    catalogue.save_as_mofile(str(draft))
    draft.replace(target)
    return True


def main() -> None:
    """Compile what needs it and say so."""
    for source in sorted(LOCALE.rglob("*.po")):
        if compile_catalogue(source):
            print(f"Compiled {source.relative_to(LOCALE.parent)}")


if __name__ == "__main__":
    main()
