"""Names of columns written out: those of a database's fields, and of people in a hurry."""

import re

# A word of a name: of snake_case, of CamelCase, or a sign that stands for one.
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|#")
# Words as other systems write them → the word that is known here.
WRITTEN_OUT = {
    short: word
    for word, shorts in {
        "balance": "bal blnc blc",
        "points": "point pt pts pnts score scores integral jf",
        "member": "vip mbr mem memb",
        "customer": "cust cus",
        "account": "acct",
        "card": "crd",
        "phone": "ph phn",
        "mobile": "mob mobi",
        "number": "no num nr nbr",
        "name": "nm",
        "amount": "amt amnt",
        "money": "mny",
        "date": "dt",
        "level": "lvl lv grade",
        "total": "tot ttl",
        "last": "lst",
        "previous": "prev",
        "current": "cur curr now",
        "available": "avail avl usable",
        "remaining": "remain rem residual rest left surplus leave",
        "redeemed": "rdm",
        "spent": "consume consumed consumption cost paid deal",
        "bonus": "give given donate largess",
        "expiry": "exp expire expires",
        "joined": "jn",
        "address": "addr",
        "quantity": "qty",
        "birthday": "bday birth",
        "gender": "sex",
        "wallet": "wlt",
        "prepaid": "prepay",
        "credit": "cr",
    }.items()
    for short in shorts.split()
}
# Whose a field is, or of what sort: in front of what it holds.
IN_FRONT = re.compile(
    r"(?:vip|member|customer|client|user|guest|billing|buyer|wc|wp|woo|tb|t|fld|fs|fn|fd|ft|fi|c|n|d|s|i|f|v)"
)
# How a field is written, behind what it holds.
BEHIND = frozenset({"cents", "cent", "fen"})


def written_out(header: str) -> list[str]:
    """Names a header may be short for, in the form in which names are compared.

    >>> written_out("Wallet Bal."), written_out("Ph #"), written_out("n_score")
    (['walletbalance'], ['phonenumber'], ['npoints', 'points'])
    >>> written_out("VipName"), written_out("balance_cents"), written_out("Balance")
    (['membername', 'name'], ['balancecents', 'balance'], [])
    """
    if not header.isascii() or "(" in header:
        return []
    words = [word.casefold() for word in WORD.findall(header)]
    told = ["number" if word == "#" else WRITTEN_OUT.get(word, word) for word in words]
    # Left alone may be money as well as visits.
    names = [] if told in (words[:1], ["remaining"]) else ["".join(told)]
    if len(told) > 1 and told[-1] in BEHIND:
        told = told[:-1]
        names.append("".join(told))
    if len(told) > 1 and IN_FRONT.fullmatch(words[0]):
        names.append("".join(told[1:]))
    return names
