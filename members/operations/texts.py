"""Send a short message to a member's phone: a row first, then a gateway takes it from there.

A gateway is a class with ``send(phone=…, text=…)``, named by the setting ``TEXT_GATEWAY``. Without
one nothing is sent, and nobody is told that it was.
"""

from datetime import datetime
from functools import cache
from typing import ClassVar, Protocol

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from members.models import Member, OutgoingText


class TextNotSent(Exception):
    """A gateway did not take the message; the text says why."""


class Gateway(Protocol):
    """What carries messages. ``is_ready``: it can; ``is_shown``: managers read them on screen."""

    is_ready: bool
    is_shown: bool

    def send(self, *, phone: str, text: str) -> None:
        """Hand one message over. ``phone`` is E.164. Raises TextNotSent."""


class NotSetUp:
    """No way to send anything."""

    is_ready: ClassVar[bool] = False
    is_shown: ClassVar[bool] = False

    def send(self, *, phone: str, text: str) -> None:
        """Never called: nothing is written for it."""
        raise TextNotSent("no gateway")


class OnScreen:
    """For trying things out: a manager reads the message in the admin's list."""

    is_ready: ClassVar[bool] = True
    is_shown: ClassVar[bool] = True

    def send(self, *, phone: str, text: str) -> None:
        """Leave it where it is read."""


class NoGateway(DomainError):
    """The shop has no way to send messages."""

    code = "no_gateway"
    asks_proof = can_be_over_ridden = True
    message = _("No way to send messages is set up. Let the member type a PIN, or ask a manager.")


class NoPhone(DomainError):
    """The member gave no phone."""

    code = "no_phone"
    asks_proof = can_be_over_ridden = True
    message = _("The member has no phone on record. Let them type a PIN, or ask a manager.")


@cache
def gateway() -> Gateway:
    """The gateway that the settings name."""
    made: Gateway = import_string(settings.TEXT_GATEWAY)()
    return made


def leave_text(*, member: Member, text: str, at: datetime, expires_at: datetime) -> OutgoingText:
    """Write a message that the worker hands to the gateway. Raises NoGateway, NoPhone."""
    if not gateway().is_ready:
        raise NoGateway
    if not member.phone:
        raise NoPhone
    return OutgoingText.objects.create(
        member=member, phone=member.phone, text=text, created_at=at, expires_at=expires_at
    )


def send_waiting(*, at: datetime, limit: int = 100) -> int:
    """Hand waiting messages to the gateway, oldest first; returns how many went.

    Each is marked before it goes: a member gets a code late rather than twice. Words that are no
    longer of use are wiped.
    """
    OutgoingText.objects.filter(expires_at__lte=at).exclude(text="").update(text="")
    waiting = OutgoingText.objects.filter(sent_at__isnull=True).exclude(text="")
    ids = list(waiting.order_by("created_at", "pk").values_list("pk", flat=True)[:limit])
    return sum(_send(pk, at) for pk in ids)


def _send(pk: int, at: datetime) -> bool:
    with transaction.atomic():
        rows = OutgoingText.objects.select_for_update(skip_locked=True)
        row = rows.filter(pk=pk, sent_at__isnull=True).exclude(text="").first()
        if row is None:
            return False
        text, row.sent_at = row.text, at
        row.text = row.text if gateway().is_shown else ""
        row.save(update_fields=["sent_at", "text"])
    try:
        gateway().send(phone=row.phone, text=text)
    except TextNotSent as error:
        OutgoingText.objects.filter(pk=pk).update(failure=str(error)[:200])
        return False
    return True
