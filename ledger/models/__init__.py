"""What happened in the shops.

Value (wallets, lots, movements), activity (visits, sales, plays), rollups, evidence.
"""

from ledger.models.activity import CoinPlay, Dispense, Machine, Visit
from ledger.models.catalogue import Product, ProductCategory, TenderType
from ledger.models.day_close import (
    DayClose,
    DayCloseEntry,
    DayCloseFigure,
    DayCloseTill,
    EntryKind,
    Figure,
    TillCount,
)
from ledger.models.evidence import CheckKind, CheckRun, Seal
from ledger.models.kinds import (
    AgeRule,
    AssetKind,
    Contra,
    ContractKind,
    LotOrigin,
    Outcome,
    TxnKind,
)
from ledger.models.merges import Merge
from ledger.models.overrides import OverRide
from ledger.models.policies import (
    InterestRate,
    Policy,
    RateKind,
    ReceiptItem,
    RefundRule,
    StoreLimits,
)
from ledger.models.reserves import Reserve
from ledger.models.rollups import DirtyMember, MemberDay, MemberFacts, MemberMonth
from ledger.models.sale_refunds import SaleRefund, SaleRefundLine, SaleRefundTender
from ledger.models.sales import Sale, SaleLine, SaleTender
from ledger.models.settlements import (
    ContractEvent,
    EventKind,
    Hold,
    Refund,
    RefundCause,
    RefundPayout,
)
from ledger.models.terms import Terms
from ledger.models.value import Asset, Contract, Lot, Movement, Scope, Txn, Wallet
from ledger.models.value_days import ValueDay, ValueHorizon, ValueMonth

__all__ = [
    "AgeRule",
    "Asset",
    "AssetKind",
    "CheckKind",
    "CheckRun",
    "CoinPlay",
    "Contra",
    "Contract",
    "ContractEvent",
    "ContractKind",
    "DayClose",
    "DayCloseEntry",
    "DayCloseFigure",
    "DayCloseTill",
    "DirtyMember",
    "Dispense",
    "EntryKind",
    "EventKind",
    "Figure",
    "Hold",
    "InterestRate",
    "Lot",
    "LotOrigin",
    "Machine",
    "MemberDay",
    "MemberFacts",
    "MemberMonth",
    "Merge",
    "Movement",
    "Outcome",
    "OverRide",
    "Policy",
    "Product",
    "ProductCategory",
    "RateKind",
    "ReceiptItem",
    "Refund",
    "RefundCause",
    "RefundPayout",
    "RefundRule",
    "Reserve",
    "Sale",
    "SaleLine",
    "SaleRefund",
    "SaleRefundLine",
    "SaleRefundTender",
    "SaleTender",
    "Scope",
    "Seal",
    "StoreLimits",
    "TenderType",
    "Terms",
    "TillCount",
    "Txn",
    "TxnKind",
    "ValueDay",
    "ValueHorizon",
    "ValueMonth",
    "Visit",
    "Wallet",
]
