"""The catalogues say everything the code says, once, whole and with the same placeholders."""

import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest

from scripts.check_messages import differences, faults_of
from scripts.collect_texts import (
    CATALOGUES,
    LIBRARIES,
    NOT_SHOWN,
    OURS,
    ROOT,
    collect,
    text_of,
    texts_of_ours,
)
from scripts.extract_texts import Text, texts_in


@pytest.mark.parametrize("path", CATALOGUES, ids=["ours", "libraries"])
def test_every_text_is_translated_surely_and_keeps_its_placeholders(path):
    assert faults_of(path) == []


@pytest.mark.slow
@pytest.mark.parametrize(("path", "texts"), CATALOGUES.items(), ids=["ours", "libraries"])
def test_a_fresh_look_at_the_code_finds_just_these_texts(path, texts):
    assert differences(path, texts()) == []


@pytest.mark.parametrize("path", CATALOGUES, ids=["ours", "libraries"])
def test_chinese_has_one_plural_form(path):
    assert polib.pofile(str(path)).metadata["Plural-Forms"] == "nplurals=1; plural=0;"


@pytest.mark.parametrize("path", CATALOGUES, ids=["ours", "libraries"])
def test_sentences_end_with_chinese_punctuation(path):
    halves = [
        entry.msgid
        for entry in polib.pofile(str(path))
        if entry.msgid.endswith(".") and entry.msgstr.endswith((".", "。。"))
    ]

    assert halves == []


# What gettext itself finds ------------------------------------------------


def _found_by_gettext(folder):
    """The texts that makemessages collects from the same tree."""
    for entry in ROOT.iterdir():
        if not entry.name.startswith(".") and entry.name not in NOT_SHOWN:
            (folder / entry.name).symlink_to(entry)
    (folder / "locale").mkdir()
    subprocess.run(
        [sys.executable, ROOT / "manage.py", "makemessages", "-l", "zh_Hans", "-v0", "--symlinks"],
        cwd=folder,
        check=True,
    )
    made = folder / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
    return {text_of(entry) for entry in polib.pofile(str(made))}


def _found_by_us(folder):
    return set(texts_of_ours())


@pytest.mark.slow
@pytest.mark.parametrize(
    "found", [_found_by_us, *([_found_by_gettext] if shutil.which("xgettext") else [])]
)
def test_our_own_extraction_and_gettext_agree_with_the_catalogue(found, tmp_path):
    known = {text_of(entry) for entry in polib.pofile(str(OURS))}

    assert found(tmp_path) == known


# The checks can fail ------------------------------------------------------


def _catalogue(tmp_path, text):
    path = tmp_path / "django.po"
    path.write_text(f'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n{text}\n')
    return path


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ('msgid "Top up"\nmsgstr ""', "'Top up' is not translated"),
        ('#, fuzzy\nmsgid "Top up"\nmsgstr "充值"', "'Top up' is only guessed (fuzzy)"),
        ('#~ msgid "Top up"\n#~ msgstr "充值"', "'Top up' is obsolete"),
        ('msgid "%(left)s left"\nmsgstr "剩余"', "'%(left)s left' does not keep %(left)s"),
        ('msgid "Left"\nmsgstr "剩余 %(left)s"', "'Left' does not keep %(left)s"),
        ('msgid "{0} tasks"\nmsgstr "任务"', "'{0} tasks' does not keep {0}"),
        ('msgid "95 %%"\nmsgstr "95 %"', "'95 %%' does not keep %%"),
        (
            'msgid "%(n)d day"\nmsgid_plural "%(n)d days"\nmsgstr[0] "几天"',
            "'%(n)d day' does not keep %(n)d",
        ),
    ],
)
def test_tells_what_is_wrong_with_an_entry(tmp_path, entry, fault):
    assert faults_of(_catalogue(tmp_path, entry)) == [f"django.po: {fault}"]


def test_tells_which_side_lacks_a_text(tmp_path):
    path = _catalogue(tmp_path, 'msgid "gone"\nmsgstr "旧"')

    assert differences(path, {Text("new"): ["counter/apps.py"]}) == [
        "counter/apps.py: 'new' is not collected (make messages)",
        "'gone' is nowhere in the code (make messages)",
    ]


def test_collecting_keeps_translations_and_drops_what_is_gone(tmp_path):
    path = _catalogue(tmp_path, 'msgid "kept"\nmsgstr "保留"\n\nmsgid "gone"\nmsgstr "旧"')

    left = collect(path, {Text("kept"): ["a.py"], Text("new", "ctx", "news"): ["b.py"]})

    assert left == 1
    assert [(one.msgid, one.msgstr) for one in polib.pofile(str(path))] == [
        ("kept", "保留"),
        ("new", ""),
    ]


@pytest.mark.parametrize(
    ("source", "kind", "found"),
    [
        ('message = _("%(a)s and " "more")', ".py", [Text("%(a)s and more")]),
        ('pgettext_lazy("tender", "card")', ".py", [Text("card", "tender")]),
        ('translation.npgettext("c", "day", "days", n)', ".py", [Text("day", "c", "days")]),
        ("_(name)", ".py", []),
        ("{% translate 'Top up' as verb %}", ".html", [Text("Top up")]),
        ('{{ _("Top up") }}', ".html", [Text("Top up")]),
        (
            "{% blocktranslate trimmed %}\n  {{ a }}\n  left (all)\n{% endblocktranslate %}",
            ".html",
            [Text("%(a)s left (all)")],
        ),
        (
            "{% blocktranslate count n=n %}{{ n }} a{% plural %}{{ n }} b{% endblocktranslate %}",
            ".html",
            [Text("%(n)s a", "", "%(n)s b")],
        ),
        ("<p>Top up</p>", ".html", []),
    ],
)
def test_finds_marked_texts(source, kind, found):
    assert texts_in(source, kind) == found


def test_libraries_are_looked_at_where_they_are_installed():
    places = {
        place.split("/")[0] for one in polib.pofile(str(LIBRARIES)) for place, _ in one.occurrences
    }

    assert {"unfold", "import_export", "axes", "rest_framework_api_key"} <= places
    assert not Path(LIBRARIES).is_relative_to(OURS.parent)
