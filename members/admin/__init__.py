"""The admin's pages about people and shops. None decides: each form ends in one call of a verb."""

from members.admin.people import CardAdmin, MemberAdmin, MemberChangeAdmin
from members.admin.proofs import DebitProofAdmin, OutgoingTextAdmin
from members.admin.shops import (
    CalendarDayAdmin,
    IssuingEntityAdmin,
    StoreAdmin,
    TillAdmin,
    TillKeyAdmin,
)
from members.admin.staff import StaffAdmin
from members.admin.standing import AttributeDefinitionAdmin, TagAdmin, TierAdmin

__all__ = [
    "AttributeDefinitionAdmin",
    "CalendarDayAdmin",
    "CardAdmin",
    "DebitProofAdmin",
    "IssuingEntityAdmin",
    "MemberAdmin",
    "MemberChangeAdmin",
    "OutgoingTextAdmin",
    "StaffAdmin",
    "StoreAdmin",
    "TagAdmin",
    "TierAdmin",
    "TillAdmin",
    "TillKeyAdmin",
]
