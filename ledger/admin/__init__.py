"""The admin's pages about value and activity: history is read, the shop's own lists are kept."""

from ledger.admin.activity import CoinPlayAdmin, DispenseAdmin, MachineAdmin, VisitAdmin
from ledger.admin.bills import SaleAdmin
from ledger.admin.catalogue import (
    AssetAdmin,
    ProductAdmin,
    ProductCategoryAdmin,
    TenderTypeAdmin,
)
from ledger.admin.day_close import DayCloseAdmin
from ledger.admin.evidence import CheckRunAdmin, SealAdmin
from ledger.admin.policies import InterestRateAdmin, PolicyAdmin, StoreLimitsAdmin
from ledger.admin.settlements import ContractEventAdmin, HoldAdmin, RefundAdmin
from ledger.admin.terms import TermsAdmin
from ledger.admin.value import ContractAdmin, LotAdmin, TxnAdmin, WalletAdmin

__all__ = [
    "AssetAdmin",
    "CheckRunAdmin",
    "CoinPlayAdmin",
    "ContractAdmin",
    "ContractEventAdmin",
    "DayCloseAdmin",
    "DispenseAdmin",
    "HoldAdmin",
    "InterestRateAdmin",
    "LotAdmin",
    "MachineAdmin",
    "PolicyAdmin",
    "ProductAdmin",
    "ProductCategoryAdmin",
    "RefundAdmin",
    "SaleAdmin",
    "SealAdmin",
    "StoreLimitsAdmin",
    "TenderTypeAdmin",
    "TermsAdmin",
    "TxnAdmin",
    "VisitAdmin",
    "WalletAdmin",
]
