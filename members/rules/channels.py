"""What the usual ways to join are called; a shop's own codes stay as they are."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

CHANNELS: dict[str, Promise] = {
    "walk-in": _("walked in"),
    "friend": _("a friend"),
    "wechat": _("WeChat"),
    "platform": _("delivery or review platform"),
    "event": _("event"),
    "counter": _("at the counter"),
}


def channel_choices(own: str = "") -> list[tuple[str, Promise | str]]:
    """Codes with their words to choose from, nothing first, and ``own`` where it is no usual one.

    >>> channel_choices("radio")[0], channel_choices("radio")[-1]
    (('', '—'), ('radio', 'radio'))
    """
    extra = [(own, own)] if own and own not in CHANNELS else []
    return [("", "—"), *CHANNELS.items(), *extra]
