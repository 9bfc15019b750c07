"""Brings the catalogues up to the texts in the code: adds what is new, drops what is gone.

`locale/zh_Hans` holds our own texts; `locale/libraries/zh_Hans` what our libraries say on our
screens and do not say in Chinese themselves. Django reads ours first.
"""

import os
import re
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import django
import polib
from django.test.utils import override_settings
from django.utils.translation import trans_real

from scripts.extract_texts import Text, texts_under

ROOT = Path(__file__).resolve().parent.parent
OURS = ROOT / "locale/zh_Hans/LC_MESSAGES/django.po"
LIBRARIES = ROOT / "locale/libraries/zh_Hans/LC_MESSAGES/django.po"
# Folders of ours that nobody's screen shows.
NOT_SHOWN = {"tests", "bench", "scripts", "locale", "var", "staticfiles", "static", "node_modules"}
PACKAGES = (
    "django", "unfold", "import_export", "allauth", "axes", "django_celery_beat",
    "rest_framework", "rest_framework_api_key", "drf_spectacular",
)  # fmt: skip
# Parts of libraries that are not installed here or never seen.
UNSEEN = {
    "tests", "migrations", "management", "locale", "gis", "flatpages", "redirects", "sites",
    "sitemaps", "admindocs", "socialaccount", "idp", "headless", "usersessions", "authtoken",
    "webauthn", "location_field", "constance", "simple_history", "guardian", "reversion",
    "reversion_compare", "hijack", "unfold_crispy",
}  # fmt: skip
PLACEHOLDER = re.compile(r"%\(\w+\)[-+ #0]*[\d.]*[a-zA-Z]|%[sdr%]|\{\w*\}")


def texts_of_ours() -> dict[Text, list[str]]:
    """Every text marked in this product, with its files."""
    return texts_under(ROOT, ignored=NOT_SHOWN, root=ROOT)


def texts_of_libraries() -> dict[Text, list[str]]:
    """The texts that Django finds in no Chinese catalogue but ours, with their files."""
    with override_settings(LOCALE_PATHS=[]):
        spoken = trans_real.DjangoTranslation("zh-hans")._catalog  # noqa: SLF001 -- no other way in
    return {
        text: places
        for package in PACKAGES
        for text, places in _texts_of(package).items()
        if _key(text) not in spoken
    }


def _texts_of(package: str) -> dict[Text, list[str]]:
    found = find_spec(package)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(package)
    folder = Path(found.origin).parent
    return texts_under(folder, ignored=UNSEEN, root=folder.parent)


def _key(text: Text) -> str | tuple[str, int]:
    msgid = f"{text.context}\x04{text.msgid}" if text.context else text.msgid
    return (msgid, 0) if text.plural else msgid


CATALOGUES: dict[Path, Callable[[], dict[Text, list[str]]]] = {
    OURS: texts_of_ours,
    LIBRARIES: texts_of_libraries,
}


def text_of(entry: polib.POEntry) -> Text:
    """The text that an entry of a catalogue translates."""
    return Text(entry.msgid, entry.msgctxt or "", entry.msgid_plural)


def collect(path: Path, texts: dict[Text, list[str]]) -> int:
    """Write the catalogue anew, old translations kept; return how many texts lack one."""
    before = {text_of(one): one for one in polib.pofile(str(path))} if path.exists() else {}
    after = polib.POFile(wrapwidth=100)
    after.metadata = {
        "Project-Id-Version": "Regulars",
        "Language": "zh_Hans",
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": "nplurals=1; plural=0;",
    }
    after.extend(_entry(text, places, before.get(text)) for text, places in texts.items())
    path.parent.mkdir(parents=True, exist_ok=True)
    after.save(str(path))
    return len(after.untranslated_entries())


def _entry(text: Text, places: list[str], before: polib.POEntry | None) -> polib.POEntry:
    return polib.POEntry(
        msgid=text.msgid,
        msgctxt=text.context or None,
        msgid_plural=text.plural,
        msgstr=before.msgstr if before else "",
        msgstr_plural=(before and before.msgstr_plural) or ({0: ""} if text.plural else {}),
        # Lines move with every change; the file is enough to find a text.
        occurrences=[(place, "") for place in places],
        flags=["python-format"] if "%" in "".join(PLACEHOLDER.findall(text.msgid)) else [],
    )


def main() -> None:
    """Collect both catalogues and say what is left to translate."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    for path, texts in CATALOGUES.items():
        print(f"{path.relative_to(ROOT)}: {collect(path, texts())} texts to translate")


if __name__ == "__main__":
    main()
