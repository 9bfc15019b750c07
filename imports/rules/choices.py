"""What the owner decided about a file beforehand: the content of a mapping."""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from imports.rules.aliases import HISTORY, KINDS
from imports.rules.sheets import visible

BALANCES = ("principal", "bonus")
ORDERS = ("ymd", "mdy", "dmy")
MARKS = (".", ",")
CALENDARS = ("buddhist", "western", "roc")
# What a bare number in a column of discounts tells: what is paid, what is taken off, 折.
PAID, OFF, TENTHS = DISCOUNTS = ("paid", "off", "tenths")
# No sheet of a workbook can be called so: all that have the columns of the best one.
ALIKE = "*"
# What a command says for it.
EVERY = "all"
PICK, CREATE, LEAVE = "pick", "create", "leave"
# A mapping speaks of one table: more than this is none.
MOST_WORDS, LONGEST_WORD = 60_000, 2_000
# What one may mean, from a thousandth of a cent to a hundred million.
SMALLEST_SCALE, LARGEST_SCALE = Decimal("0.00001"), Decimal(100_000_000)
LAST_HEADER_ROW = 1 << 20
# 2025 or 2025-03.
MONTH = re.compile(r"20\d\d(?:-(?:0[1-9]|1[0-2]))?", re.ASCII)
# Texts that no database keeps: a NUL, half a pair of surrogates.
UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")
SHOWN = 200
KNOWN_FIELDS = frozenset(name for table in KINDS.values() for name in table) | {HISTORY, "ignore"}
# Fields whose words may be mapped one by one.
WORD_FIELDS = (
    *(
        "tier",
        "store",
        "gender",
        "card_status",
        "tender",
        "product",
        "machine",
        "came_mark",
        "account",
    ),
)
# Those an import makes by itself when told to.
CREATABLE = frozenset({"tier", "store", "machine"})


class MappingWrong(DomainError):
    code = "mapping_wrong"
    message = _("The mapping cannot be used: %(detail)s.")


@dataclass(frozen=True, slots=True)
class Told:
    """What the owner said about one word: take it for ``name``, make that, or leave the word out.

    As JSON: ``"Gold"``, ``{"create": "Gold"}`` and ``null``.
    """

    action: str
    name: str = ""

    def as_json(self) -> Any:
        """The form it has in a mapping file."""
        return {PICK: self.name, CREATE: {CREATE: self.name}, LEAVE: None}[self.action]


def told(said: Any) -> Told:
    """Read one entry of ``values``. Raises MappingWrong.

    >>> told("Gold"), told(None).action, told({"create": "VIP"})
    (Told(action='pick', name='Gold'), 'leave', Told(action='create', name='VIP'))
    """
    if said is None:
        return Told(LEAVE)
    if isinstance(said, str) and said.strip():
        return Told(PICK, said.strip())
    if isinstance(said, dict) and set(said) == {CREATE}:
        name = said[CREATE]
        if isinstance(name, str) and name.strip():
            return Told(CREATE, name.strip())
    raise MappingWrong(
        detail=_("values: %(said)s is no name, no create and no null") % {"said": said}
    )


@dataclass(frozen=True, slots=True)
class Choices:
    """What the owner decided beforehand.

    ``columns`` is header → field (``units:NAME`` names the unit), ``None`` to keep it only as an
    attribute. ``dates`` (header → ymd, mdy or dmy), ``marks`` (header → decimal mark) and
    ``scales`` (header → what one means: "0.01", "10000") say how a column is written, ``discounts``
    (header → paid, off or tenths) what its bare numbers tell, ``years`` (header → buddhist, western
    or roc) how it counts short years: of two digits, of the Republic of China three too.
    """

    columns: Mapping[str, str | None] = field(default_factory=dict)
    header_row: int | None = None
    # A name, a place from 1, several names, or ALIKE.
    sheet: str | int | Sequence[str] | None = None
    encoding: str | None = None
    delimiter: str | None = None
    balance: str | None = None
    values: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    dates: Mapping[str, str] = field(default_factory=dict)
    marks: Mapping[str, str] = field(default_factory=dict)
    scales: Mapping[str, str] = field(default_factory=dict)
    discounts: Mapping[str, str] = field(default_factory=dict)
    years: Mapping[str, str] = field(default_factory=dict)
    # Year, or year and month, of the days of a sign-in sheet that does not say them itself.
    month: str | None = None
    # Of one member's statement: who it is of, and whether its last balance is to be opened.
    member: str | None = None
    open_balance: bool = False

    @classmethod
    def from_json(cls, data: Any) -> "Choices":
        """The choices in a mapping file. Raises MappingWrong, naming what is wrong."""
        if not isinstance(data, dict):
            raise MappingWrong(detail=_("it is not a JSON object"))
        if unknown := set(data) - set(CHECKS):
            raise MappingWrong(detail=", ".join(sorted(map(str, unknown))))
        given = {key: value for key, value in data.items() if value is not None}
        _keepable(given)
        for key, value in given.items():
            CHECKS[key](key, value)
        return cls(**given)

    def as_json(self) -> dict[str, Any]:
        """The choices as a mapping file would hold them."""
        return asdict(self)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was decided."""
        return not any(asdict(self).values())

    def told_of(self, name: str, word: str) -> Told | None:
        """What was said about a word of a field, as it stands in the file."""
        words = self.values.get(name, {})
        return told(words[word]) if word in words else None


def sheets_said(names: Sequence[str]) -> str | list[str]:
    """The sheets that a command or a script names, as ``Choices`` has them.

    >>> sheets_said(["Jan"]), sheets_said(["Jan", "Feb"]), sheets_said(["all"])
    ('Jan', ['Jan', 'Feb'], '*')
    """
    if len(names) > 1:
        return list(names)
    return ALIKE if names[0] == EVERY else names[0]


def _keepable(given: Mapping[str, Any]) -> None:
    """Refuse what is no mapping for its size, or holds a text that cannot be kept."""
    for place, word in enumerate(_words(given)):
        if place == MOST_WORDS:
            raise MappingWrong(detail=_("it has more than %(most)s words") % {"most": MOST_WORDS})
        if len(word) > LONGEST_WORD or UNKEEPABLE.search(word):
            _refuse(_("a text"), word)


def _words(said: Any) -> Iterator[str]:
    if isinstance(said, Mapping):
        for key, value in said.items():
            yield str(key)
            yield from _words(value)
    elif isinstance(said, list | tuple):
        for value in said:
            yield from _words(value)
    elif isinstance(said, str):
        yield said


def _refuse(key: Any, value: Any) -> None:
    # Half a character could not be answered either.
    shown = UNKEEPABLE.sub("\N{REPLACEMENT CHARACTER}", str(value)[:SHOWN])
    raise MappingWrong(detail=f"{key}: {shown}")


def _columns(key: str, value: Any) -> None:
    _table(key, value)
    for name in value.values():
        if name is None or name == "":
            continue
        if not isinstance(name, str) or name.partition(":")[0] not in KNOWN_FIELDS:
            raise MappingWrong(detail=str(name)[:SHOWN])


def _values(key: str, value: Any) -> None:
    _table(key, value)
    for name, words in value.items():
        if name not in WORD_FIELDS:
            raise MappingWrong(detail=f"{key}: {name}")
        _table(f"{key}: {name}", words)
        for said in words.values():
            if told(said).action == CREATE and name not in CREATABLE:
                _refuse(f"{key}: {name}", CREATE)


def _table(key: str, value: Any) -> None:
    if not isinstance(value, Mapping):
        _refuse(key, value)


def _one_of(*allowed: str) -> Callable[[str, Any], None]:
    def check(key: str, value: Any) -> None:
        if value not in allowed:
            raise MappingWrong(detail=str(value))

    return check


def _each_of(*allowed: str) -> Callable[[str, Any], None]:
    def check(key: str, value: Any) -> None:
        _table(key, value)
        for said in value.values():
            if said not in allowed:
                _refuse(key, said)

    return check


def _scales(key: str, value: Any) -> None:
    _table(key, value)
    for said in value.values():
        try:
            is_usable = SMALLEST_SCALE <= Decimal(str(said)) <= LARGEST_SCALE
        except InvalidOperation:
            is_usable = False
        if not is_usable:
            _refuse(key, said)


def _row(key: str, value: Any) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= LAST_HEADER_ROW:
        _refuse(key, value)


def _text(key: str, value: Any) -> None:
    if not isinstance(value, str) or not value:
        _refuse(key, value)


def _month(key: str, value: Any) -> None:
    if not isinstance(value, str) or not MONTH.fullmatch(value):
        _refuse(key, value)


def _flag(key: str, value: Any) -> None:
    if not isinstance(value, bool):
        _refuse(key, value)


def _sheets(key: str, value: Any) -> None:
    if isinstance(value, list) and value:
        for name in value:
            _text(key, name)
    else:
        (_text if isinstance(value, str) else _row)(key, value)


CHECKS: dict[str, Callable[[str, Any], None]] = {
    "columns": _columns,
    "header_row": _row,
    "sheet": _sheets,
    "encoding": _text,
    "delimiter": _text,
    "balance": _one_of(*BALANCES),
    "values": _values,
    "dates": _each_of(*ORDERS),
    "marks": _each_of(*MARKS),
    "scales": _scales,
    "discounts": _each_of(*DISCOUNTS),
    "years": _each_of(*CALENDARS),
    "month": _month,
    "member": _text,
    "open_balance": _flag,
}


def signature_of(names: Sequence[str], groups: Sequence[str] = ()) -> str:
    """What files with the same header have in common: its names in their order, 64 characters.

    >>> signature_of(["手机号", "余额(元)"]) == signature_of(["手机号 ", "余额（元）", ""])
    True
    """
    upper = [*groups, *[""] * (len(names) - len(groups))]
    both = [f"{bare(group)}/{bare(name)}" for group, name in zip(upper, names, strict=False)]
    while both and both[-1] == "/":
        both.pop()
    return hashlib.sha256("\n".join(both).encode()).hexdigest()


def bare(name: str) -> str:
    """A header without blanks and case; brackets stay, for they may tell two columns apart."""
    return re.sub(r"\s+", "", visible(unicodedata.normalize("NFKC", name)).casefold())
