"""Who may open which address: the whole list. An address that is not here fails the walk."""

from dataclasses import dataclass

CLERK, MANAGER, AUDITOR, OWNER = "clerk", "manager", "auditor", "owner"
NOBODY: frozenset[str] = frozenset()
OWNERS = frozenset({OWNER})
MANAGERS = OWNERS | {MANAGER}
WORKERS = MANAGERS | {CLERK}
READERS = MANAGERS | {AUDITOR}
STAFF = WORKERS | {AUDITOR}


@dataclass(frozen=True)
class Rule:
    """Roles that get in by GET and by POST; ``is_of_a_store``: other stores' people do not.

    ``is_public``: anybody may open it. ``is_own``: it concerns the person's own account alone.
    """

    reads: frozenset[str]
    writes: frozenset[str] = NOBODY
    is_of_a_store: bool = False
    is_public: bool = False
    is_own: bool = False


PUBLIC = Rule(STAFF, STAFF, is_public=True)
OWN = Rule(STAFF, STAFF, is_own=True)
COUNTER = Rule(WORKERS, WORKERS)
COUNTER_PAGE = Rule(WORKERS)
COUNTER_OF_MANAGERS = Rule(MANAGERS, MANAGERS)
COUNTER_OF_STORE = Rule(WORKERS, WORKERS, is_of_a_store=True)
REPORT = Rule(READERS)
MACHINES = Rule(NOBODY)
# Leads to the page proper, which asks for itself.
REDIRECT = Rule(STAFF, STAFF)

BY_NAME = {
    # Before anybody has logged in -----------------------------------------
    "account_login": PUBLIC,
    "account_logout": PUBLIC,
    "account_signup": PUBLIC,  # says that nobody signs up
    "account_inactive": PUBLIC,
    "account_reset_password": PUBLIC,
    "account_reset_password_done": PUBLIC,
    "account_reset_password_from_key": PUBLIC,
    "account_reset_password_from_key_done": PUBLIC,
    "account_confirm_email": PUBLIC,
    "account_email_verification_sent": PUBLIC,
    "account_confirm_login_code": PUBLIC,
    "mfa_authenticate": PUBLIC,
    "set_language": PUBLIC,
    "healthz": PUBLIC,
    "admin:login": PUBLIC,
    # One's own account -----------------------------------------------------
    "account_reauthenticate": OWN,
    "account_email": OWN,
    "account_change_password": OWN,
    "account_set_password": OWN,
    "mfa_index": OWN,
    "mfa_reauthenticate": OWN,
    "mfa_activate_totp": OWN,
    "mfa_deactivate_totp": OWN,
    "mfa_view_recovery_codes": OWN,
    "mfa_generate_recovery_codes": OWN,
    "mfa_download_recovery_codes": OWN,
    "admin:logout": OWN,
    "admin:password_change": OWN,
    "admin:password_change_done": OWN,
    # Pages -------------------------------------------------------------------
    "home": Rule(STAFF),
    "api-schema": Rule(STAFF),
    "api-docs": Rule(STAFF),
    "styleguide": Rule(OWNERS),
    "counter:home": COUNTER_PAGE,
    "counter:find": COUNTER_PAGE,
    "counter:find_payer": COUNTER_PAGE,
    "counter:enrol": COUNTER,
    "counter:choose": Rule(NOBODY, WORKERS),
    "counter:anonymous_sale": COUNTER,
    # A chain honours its members in every branch: whoever stands at a till may serve any of them.
    "counter:member": COUNTER_PAGE,
    "counter:history": COUNTER_PAGE,
    # All that was ever kept of a member is for the stores they came to.
    "counter:statement": Rule(STAFF, is_of_a_store=True),
    "counter:statement_file": Rule(NOBODY, STAFF, is_of_a_store=True),
    "counter:wallet": COUNTER_PAGE,
    "counter:contract": COUNTER_PAGE,
    "counter:contract_paper": COUNTER_PAGE,
    "counter:contract_pdf": COUNTER_PAGE,
    "counter:sell_tier": COUNTER,
    "counter:check_in": Rule(NOBODY, WORKERS),
    "counter:sale": COUNTER,
    "counter:top_up": COUNTER,
    "counter:sell_bundle": COUNTER,
    "counter:sell_coins": COUNTER,
    "counter:draw_down": COUNTER,
    "counter:dispense_coins": COUNTER,
    "counter:exchange": COUNTER,
    "counter:take_in": COUNTER,
    "counter:care": COUNTER_PAGE,
    "counter:hold": COUNTER,
    "counter:settle_deposit": COUNTER,
    "counter:card": COUNTER,
    "counter:pin": COUNTER,
    "counter:transfer": COUNTER_OF_MANAGERS,
    "counter:pause": COUNTER_OF_MANAGERS,
    "counter:resume": COUNTER_OF_MANAGERS,
    "counter:reactivate": COUNTER_OF_MANAGERS,
    "counter:merge": COUNTER_OF_MANAGERS,
    "counter:unmerge": COUNTER_OF_MANAGERS,
    "counter:move_visit": COUNTER_OF_MANAGERS,
    "counter:ticket": COUNTER_OF_STORE,
    "counter:undo": COUNTER_OF_STORE,
    "counter:receipt": Rule(WORKERS, is_of_a_store=True),
    "counter:bills": COUNTER_PAGE,
    "counter:day": COUNTER_PAGE,
    "counter:count_till": Rule(NOBODY, WORKERS),
    "counter:close_day": Rule(NOBODY, MANAGERS),
    "counter:day_closed": Rule(MANAGERS, is_of_a_store=True),
    "counter:refund_sale": COUNTER_OF_STORE,
    "counter:invoice": COUNTER_OF_STORE,
    "reports:risks": Rule(frozenset({"owner", "auditor"})),
    # Whoever issued a contract pays it back, in any of its stores; a clerk sees what is owed.
    "counter:contracts": COUNTER_PAGE,
    "counter:refund_contract": COUNTER,
    "counter:refund_note": Rule(WORKERS, is_of_a_store=True),
    "imports:home": Rule(READERS, MANAGERS),
    "imports:batch": Rule(READERS, is_of_a_store=True),
    "imports:run": Rule(NOBODY, MANAGERS, is_of_a_store=True),
    "imports:decide": Rule(NOBODY, MANAGERS, is_of_a_store=True),
    "imports:decide_many": Rule(NOBODY, MANAGERS, is_of_a_store=True),
    "imports:policy": Rule(NOBODY, MANAGERS, is_of_a_store=True),
    "imports:pause": Rule(NOBODY, MANAGERS, is_of_a_store=True),
    "imports:drop": Rule(NOBODY, MANAGERS, is_of_a_store=True),
    "imports:rows": Rule(READERS, is_of_a_store=True),
    "imports:row": Rule(READERS, is_of_a_store=True),
    "imports:fix": Rule(MANAGERS, MANAGERS, is_of_a_store=True),
    "imports:file": Rule(MANAGERS, MANAGERS, is_of_a_store=True),
    "imports:columns": Rule(MANAGERS, MANAGERS, is_of_a_store=True),
    "imports:values": Rule(MANAGERS, MANAGERS, is_of_a_store=True),
    "imports:totals": Rule(READERS, MANAGERS, is_of_a_store=True),
    "imports:sign": Rule(NOBODY, MANAGERS, is_of_a_store=True),
    "imports:undo": Rule(READERS, MANAGERS, is_of_a_store=True),
    "imports:remember": Rule(NOBODY, MANAGERS, is_of_a_store=True),
    "imports:use_mapping": Rule(NOBODY, MANAGERS, is_of_a_store=True),
    "imports:mappings": Rule(READERS),
    "imports:mapping": Rule(MANAGERS, MANAGERS, is_of_a_store=True),
    "imports:forget": Rule(NOBODY, MANAGERS, is_of_a_store=True),
    "imports:forget_file": Rule(NOBODY, MANAGERS, is_of_a_store=True),
    "imports:another": Rule(NOBODY, MANAGERS, is_of_a_store=True),
    "imports:mend": Rule(MANAGERS, MANAGERS, is_of_a_store=True),
    "imports:bad_rows": Rule(MANAGERS, is_of_a_store=True),
    "exports:home": Rule(MANAGERS, MANAGERS),
    "exports:everything": Rule(NOBODY, OWNERS),
    "exports:latest": Rule(MANAGERS),
    "exports:away": Rule(NOBODY, READERS),
    # Asked for by the manager: nobody else's but the owner's.
    "exports:download": Rule(MANAGERS, is_of_a_store=True),
    # The API knows tills, not people ------------------------------------------
    "api:members": MACHINES,
    "api:member-sheet": MACHINES,
    "api:check-ins": MACHINES,
    "api:top-ups": MACHINES,
    "api:bundles": MACHINES,
    "api:sales": MACHINES,
    "api:sale-refunds": MACHINES,
    "api:draw-downs": MACHINES,
    "api:deposits": MACHINES,
    "api:deposit-captures": MACHINES,
    "api:deposit-releases": MACHINES,
    "api:codes": MACHINES,
    "api:coin-plays": MACHINES,
    "api:undo": MACHINES,
    "api:transaction": MACHINES,
    "imports_api:imports": MACHINES,
    "imports_api:batch": MACHINES,
    "imports_api:mapping": MACHINES,
    "imports_api:decide": MACHINES,
    "imports_api:sign": MACHINES,
    "imports_api:pause": MACHINES,
    "imports_api:run": MACHINES,
    "imports_api:undo": MACHINES,
    "imports_api:bad-rows": MACHINES,
    # The admin's own pages -----------------------------------------------------
    "admin:index": Rule(STAFF),
    "admin:search": Rule(STAFF),
    "admin:app_list": Rule(STAFF),
    "admin:autocomplete": Rule(NOBODY),
    "admin:jsi18n": Rule(STAFF),
    "admin:view_on_site": Rule(NOBODY),
}

# Everything of these spaces has one rule.
BY_SPACE = {"reports": REPORT}


@dataclass(frozen=True)
class Records:
    """Who reads, adds, changes and deletes records of one kind in the admin."""

    reads: frozenset[str]
    adds: frozenset[str] = NOBODY
    changes: frozenset[str] = NOBODY
    deletes: frozenset[str] = NOBODY
    is_of_a_store: bool = False

    def rule_of(self, page: str) -> Rule:
        """The rule of one of the pages that the admin makes for every kind."""
        reads, writes = {
            "changelist": (self.reads, self.reads),
            "history": (self.reads, NOBODY),
            "change": (self.reads, self.changes),
            "add": (self.adds, self.adds),
            "delete": (self.deletes, self.deletes),
        }[page]
        return Rule(reads, writes, is_of_a_store=self.is_of_a_store and page not in LISTS)


LISTS = {"changelist", "add"}
PAGES = ("changelist", "history", "change", "add", "delete")
SYSTEM = Records(NOBODY)  # for superusers alone: nobody of the roles
HISTORY = Records(READERS, is_of_a_store=True)
EVIDENCE = Records(OWNERS | {AUDITOR})
# A clerk serves members; how the shop is set up is not theirs to browse.
LIST_OF_OWNER = Records(READERS, OWNERS, OWNERS)
LIST_OF_MANAGER = Records(READERS, MANAGERS, MANAGERS)
# Managers change what only their own stores offer; here it is offered everywhere.
OFFER = Records(READERS, MANAGERS, OWNERS)

RECORDS = {
    "account_emailaddress": SYSTEM,
    "mfa_authenticator": SYSTEM,
    "axes_accessattempt": SYSTEM,
    "axes_accesslog": SYSTEM,
    "axes_accessfailurelog": SYSTEM,
    "django_celery_beat_periodictask": SYSTEM,
    "django_celery_beat_clockedschedule": SYSTEM,
    "django_celery_beat_crontabschedule": SYSTEM,
    "django_celery_beat_solarschedule": SYSTEM,
    "django_celery_beat_intervalschedule": SYSTEM,
    "rest_framework_api_key_apikey": SYSTEM,
    "members_card": HISTORY,
    "members_memberchange": HISTORY,
    "members_debitproof": HISTORY,
    "members_outgoingtext": Records(MANAGERS, is_of_a_store=True),
    "members_issuingentity": Records(READERS, OWNERS, OWNERS),
    "members_store": Records(READERS, OWNERS, OWNERS, is_of_a_store=True),
    "members_calendarday": Records(READERS, OWNERS, OWNERS, OWNERS),
    "members_till": Records(READERS, MANAGERS, MANAGERS, is_of_a_store=True),
    "members_tillkey": Records(READERS, OWNERS, is_of_a_store=True),
    "members_user": Records(READERS, OWNERS, OWNERS, is_of_a_store=True),
    "members_tier": LIST_OF_OWNER,
    "members_attributedefinition": LIST_OF_OWNER,
    "members_tag": LIST_OF_MANAGER,
    "members_member": Records(STAFF, WORKERS, WORKERS, is_of_a_store=True),
    "ledger_visit": HISTORY,
    "ledger_coinplay": HISTORY,
    "ledger_dispense": HISTORY,
    "ledger_sale": HISTORY,
    "ledger_dayclose": HISTORY,
    "ledger_txn": HISTORY,
    "ledger_contract": HISTORY,
    "ledger_contractevent": HISTORY,
    "ledger_refund": HISTORY,
    "ledger_hold": HISTORY,
    "ledger_seal": EVIDENCE,
    "ledger_checkrun": EVIDENCE,
    "ledger_wallet": HISTORY,
    "ledger_lot": HISTORY,
    "ledger_productcategory": LIST_OF_MANAGER,
    "ledger_product": LIST_OF_MANAGER,
    "ledger_tendertype": LIST_OF_OWNER,
    "ledger_asset": LIST_OF_OWNER,
    "ledger_machine": Records(READERS, MANAGERS, MANAGERS, is_of_a_store=True),
    # A rule that is in force stays as it is.
    "ledger_policy": Records(READERS, OWNERS),
    "ledger_interestrate": Records(READERS, OWNERS, OWNERS, OWNERS),
    "ledger_override": HISTORY,
    "ledger_reserve": Records(READERS, OWNERS, OWNERS),
    "ledger_storelimits": Records(READERS, OWNERS, OWNERS, is_of_a_store=True),
    "promotions_topupoffer": OFFER,
    "promotions_bundle": OFFER,
    "promotions_coinpack": OFFER,
    "promotions_paidtier": OFFER,
    "ledger_terms": Records(READERS, OWNERS),
    "promotions_reward": OFFER,
    "promotions_exchange": HISTORY,
    "promotions_pointsrule": LIST_OF_OWNER,
    "promotions_promotionpolicy": Records(MANAGERS, OWNERS, OWNERS),
    "promotions_serviceprogramme": OFFER,
    "promotions_serviceticket": Records(STAFF, is_of_a_store=True),
    "imports_importbatch": HISTORY,
    "exports_export": EVIDENCE,
    "exports_restoration": EVIDENCE,
}

VERB = Rule(WORKERS, WORKERS, is_of_a_store=True)
BY_OWNER = Rule(OWNERS, OWNERS, is_of_a_store=True)
BY_MANAGER = Rule(MANAGERS, MANAGERS, is_of_a_store=True)
BOOKS = Rule(MANAGERS, MANAGERS)

ACTIONS = {
    "ledger_contract_receipt": Rule(READERS, is_of_a_store=True),
    "ledger_refund_note": BY_MANAGER,
    "members_tillkey_revoke": BY_OWNER,
    "auth_user_password_change": BY_OWNER,
    "members_user_deactivate": BY_OWNER,
    "members_user_reactivate": BY_OWNER,
    "members_member_open_at_the_counter": VERB,
    "members_member_ring_up": VERB,
    "members_member_refund_a_contract": VERB,
    "members_member_statement": Rule(STAFF, STAFF, is_of_a_store=True),
    "members_member_note_visit": VERB,
    "members_member_draw_down": VERB,
    "members_member_top_up": VERB,
    "members_member_sell_bundle": VERB,
    "members_member_sell_coins": VERB,
    "members_member_take_in": VERB,
    "members_member_exchange": VERB,
    "members_member_undo": VERB,
    "members_member_adjust": BY_MANAGER,
    "members_member_block": BY_MANAGER,
    "members_member_unblock": BY_MANAGER,
    "members_member_erase": BY_OWNER,
    "promotions_serviceticket_advance": VERB,
    "ledger_product_import": BOOKS,
    "ledger_product_process_import": Rule(NOBODY, MANAGERS),
    "ledger_product_export": BOOKS,
    "ledger_machine_import": BOOKS,
    "ledger_machine_process_import": Rule(NOBODY, MANAGERS),
    "ledger_machine_export": BOOKS,
    "members_tag_import": BOOKS,
    "members_tag_process_import": Rule(NOBODY, MANAGERS),
    "members_tag_export": BOOKS,
}


class Unclassified(Exception):
    """An address that nobody has said who may open."""


def rule_for(name: str) -> Rule:
    """The rule of the address of this full name, such as "admin:ledger_txn_change"."""
    if name in BY_NAME:
        return BY_NAME[name]
    space, _, page = name.rpartition(":")
    if space in BY_SPACE:
        return BY_SPACE[space]
    if space == "admin" and page in ACTIONS:
        return ACTIONS[page]
    record, _, kind = page.rpartition("_")
    if space == "admin" and record in RECORDS and kind in PAGES:
        return RECORDS[record].rule_of(kind)
    raise Unclassified(name)
