"""A refusal a person can read: one error type that carries its code, its sentence and its facts."""

from collections.abc import Callable
from typing import Any, ClassVar, Self

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

type Text = str | Promise


class DomainError(Exception):
    """A business refusal: the rule that forbids the request, and the way out.

    Subclasses stand beside the verb that raises them and set ``code`` (stable, for machines) and
    ``message`` (a whole lazy sentence with ``%(name)s`` placeholders). The keyword arguments are
    the facts that fill the sentence; they may be lazy themselves, so that amounts and names come
    out in the language of whoever reads the error, not of whoever raised it.
    """

    code: ClassVar[str] = "refused"
    message: ClassVar[Text] = _("This cannot be done.")
    # Whether a manager may set the rule aside with a reason.
    can_be_over_ridden: ClassVar[bool] = False
    # Whether what is missing is that the member shows it is them: a PIN or a code.
    asks_proof: ClassVar[bool] = False

    def __init__(self, **params: Any) -> None:
        super().__init__()
        self.params = params

    def __str__(self) -> str:
        return str(self.message % self.params)

    def __repr__(self) -> str:
        facts = ", ".join(f"{name}={value!r}" for name, value in self.params.items())
        return f"{type(self).__name__}({facts})"

    def __reduce__(
        self,
    ) -> tuple[Callable[..., Self], tuple[type[Self], dict[str, Any]]]:
        # Exceptions pickle their positional arguments only; the facts are keywords.
        return _rebuild, (type(self), self.params)

    def as_dict(self) -> dict[str, Any]:
        """Answer for a machine: ``{"code", "message", "params"}`` with plain JSON values only."""
        params = {name: _plain(value) for name, value in self.params.items()}
        return {"code": self.code, "message": str(self), "params": params}


def _rebuild[E: DomainError](kind: type[E], params: dict[str, Any]) -> E:
    return kind(**params)


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | str) else str(value)
