"""A refusal speaks the language of whoever reads it."""

import pickle

from django.utils import translation
from django.utils.translation import ngettext_lazy

from common.errors import DomainError
from common.money import lazy_minor


class NotEnough(DomainError):
    code = "not_enough"
    message = "%(left)s left, %(asked)s asked for."


class TooFewRides(DomainError):
    code = "too_few_rides"
    message = ngettext_lazy("%(left)d ride left.", "%(left)d rides left.", "left")


def test_its_facts_are_written_when_it_is_read():
    error = NotEnough(left=lazy_minor(500, "CNY"), asked=lazy_minor(1000, "CNY"))

    with translation.override("zh-hans"):
        chinese = str(error)
    with translation.override("en"):
        english = str(error)

    assert chinese == "¥5.00 left, ¥10.00 asked for."
    assert english == "CN¥5.00 left, CN¥10.00 asked for."


def test_a_machine_gets_plain_values():
    error = NotEnough(left=lazy_minor(500, "USD"), asked=3)

    with translation.override("en"):
        answer = error.as_dict()

    assert answer == {
        "code": "not_enough",
        "message": "$5.00 left, 3 asked for.",
        "params": {"left": "$5.00", "asked": 3},
    }
    assert type(answer["params"]["left"]) is str


def test_it_counts():
    assert [str(TooFewRides(left=left)) for left in (1, 2)] == ["1 ride left.", "2 rides left."]


def test_it_travels_to_a_worker_and_back():
    error = pickle.loads(pickle.dumps(NotEnough(left=1, asked=2)))  # noqa: S301  # our own

    assert (type(error), error.params, str(error)) == (
        NotEnough, {"left": 1, "asked": 2}, "1 left, 2 asked for.",
    )  # fmt: skip
    assert repr(error) == "NotEnough(left=1, asked=2)"
