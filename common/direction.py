"""Marks that turn the direction of writing: left in a name, they turn what stands around it.

Arabic and Hebrew need none of them; what reaches a shop was copied along, or is a trick.
"""

TURNS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def unturned(text: str) -> str:
    r"""The text without embeddings, overrides and isolates; plain marks and joiners stay.

    >>> unturned("\u202eecilA\u202c \u2067Bob\u2069"), unturned("محمد\u200f")
    ('ecilA Bob', 'محمد\u200f')
    """
    return text.translate(TURNS)
