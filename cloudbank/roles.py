"""Who may do what: one table from roles to permissions. Pure.

Permission names follow Django's `app.verb_object`, so `PermissionRequiredMixin`, `has_perm`
and `{{ perms }}` work on them unchanged.
"""

from enum import StrEnum


class Role(StrEnum):
    """The roles of a person who signs in."""

    CUSTOMER = "customer"
    TELLER = "teller"
    ANALYST = "analyst"
    MANAGER = "manager"
    COMPLIANCE = "compliance"
    AUDITOR = "auditor"
    ADMIN = "admin"


STAFF = frozenset(Role) - {Role.CUSTOMER}

_VIEW_BANK = {
    "accounts.view_customer",
    "accounts.view_any_account",
    "accounts.view_any_loan",
    "monitoring.view_bank_analytics",
    "accounts.view_approval",
}
_VIEW_ALL = _VIEW_BANK | {
    "monitoring.view_alert",
    "monitoring.view_list",
    "reporting.view_report",
    "compliance.view_control",
    "compliance.view_action",
    "compliance.view_audit",
    "compliance.view_operations",
    "compliance.view_kyc",
    "accounts.view_staff",
    "accounts.view_message",
    "accounts.view_trial_balance",
    "accounts.view_instrument_register",
}

_GUARD = {"accounts.freeze_account", "accounts.block_account", "accounts.place_hold"}
"""Protecting an account at once, alone."""
_SERVICING = {
    "accounts.unblock_account",
    "accounts.approve_wake",
    "accounts.approve_reversal",
    "accounts.approve_statement",
    "accounts.view_trial_balance",
    "accounts.view_instrument_register",
}
"""The second person's part of servicing accounts."""

_FILINGS = {
    "compliance.view_filing",
    "compliance.work_filing",
    "compliance.approve_filing",
    "compliance.view_sar",
    "compliance.work_sar",
    "compliance.approve_sar",
}
"""Reports to FinCEN. Who lacks `view_sar` must not even learn that a report on suspicious activity exists."""

_REQUESTS_314A = {"compliance.view_314a", "compliance.search_314a"}
"""FinCEN's requests: that one was searched for, and whom it names. The second is for the point of contact alone."""

PERMISSIONS: dict[Role, frozenset[str]] = {
    Role.CUSTOMER: frozenset(
        {
            "accounts.open_own_account",
            "accounts.post_own_movement",
            "accounts.run_own_payroll",
            "accounts.view_own_account",
            "accounts.view_own_loan",
            "accounts.apply_for_loan",
            "monitoring.view_own_analytics",
            "reporting.view_own_statement",
            "compliance.view_own_standing",
        }
    ),
    Role.TELLER: frozenset(
        _VIEW_BANK
        | {
            "cloudbank.share_view",
            "accounts.post_any_movement",
            "accounts.post_any_wire",
            "accounts.open_any_account",
            "accounts.run_any_payroll",
            "accounts.place_hold",
            "accounts.wake_account",
            "accounts.import_statement",
            "accounts.apply_for_loan",
            "accounts.disburse_loan",
            "reporting.hand_out_statement",
            "compliance.add_kyc_paper",
        }
    ),
    Role.ANALYST: frozenset(
        _VIEW_BANK
        | {
            "cloudbank.share_view",
            "monitoring.view_alert",
            "monitoring.work_alert",
            "monitoring.view_case",
            "monitoring.work_case",
            "monitoring.decide_held",
            "monitoring.view_list",
            "monitoring.work_list",
            *_GUARD,
            "accounts.work_loan",
        }
    ),
    Role.MANAGER: frozenset(
        _VIEW_BANK
        | {
            "cloudbank.share_view",
            "monitoring.view_alert",
            "monitoring.view_case",
            "monitoring.approve_held",
            "monitoring.view_list",
            "monitoring.approve_list",
            "reporting.view_report",
            "reporting.build_report",
            "reporting.hand_out_statement",
            "reporting.view_house_statement",
            "reporting.export_in_full",
            "compliance.view_control",
            "compliance.view_operations",
            "compliance.view_action",
            "compliance.view_filing",
            "compliance.approve_filing",
            "compliance.answer_action",
            "compliance.enter_figures",
            "compliance.ask_waiver",
            "compliance.approve_waiver",
            *_GUARD,
            *_SERVICING,
            "accounts.unfreeze_account",
            "accounts.wake_account",
            "accounts.reverse_movement",
            "accounts.charge_fee",
            "accounts.post_any_wire",
            "accounts.close_account",
            "accounts.ask_overdraft",
            "accounts.grant_overdraft",
            "accounts.import_statement",
            "accounts.approve_over_limit",
            "accounts.disburse_loan",
            "accounts.work_loan",
            "accounts.decide_loan",
            "compliance.approve_threshold",
            "compliance.view_kyc",
            "compliance.add_kyc_paper",
            "compliance.approve_kyc",
            "accounts.approve_staff",
            "monitoring.approve_closing",
        }
    ),
    Role.COMPLIANCE: frozenset(
        _VIEW_BANK
        | {
            "cloudbank.share_view",
            "monitoring.view_alert",
            "monitoring.work_alert",
            "monitoring.view_case",
            "monitoring.work_case",
            "monitoring.approve_closing",
            "monitoring.decide_held",
            "monitoring.approve_held",
            "monitoring.view_list",
            "monitoring.work_list",
            "monitoring.approve_list",
            "monitoring.clear_hit",
            "compliance.view_control",
            "compliance.view_operations",
            "compliance.view_action",
            "compliance.work_action",
            "compliance.answer_action",
            "compliance.enter_figures",
            "compliance.ask_waiver",
            "compliance.approve_waiver",
            "compliance.work_privacy",
            "compliance.view_audit",
            "accounts.view_staff",
            "compliance.set_threshold",
            "compliance.view_kyc",
            "compliance.add_kyc_paper",
            "compliance.approve_kyc",
            "compliance.approve_threshold",
            *_FILINGS,
            *_REQUESTS_314A,
            *_GUARD,
            *_SERVICING,
            "accounts.unfreeze_account",
            "accounts.verify_customer",
            "reporting.view_report",
            "reporting.hand_out_statement",
            "reporting.export_in_full",
        }
    ),
    Role.AUDITOR: frozenset(
        _VIEW_ALL
        | {
            "monitoring.view_case",
            "reporting.view_house_statement",
            "reporting.export_in_full",
            "compliance.view_filing",
            "compliance.view_sar",
            "compliance.view_314a",
        }
    ),
    Role.ADMIN: frozenset(
        _VIEW_ALL
        | {
            "cloudbank.share_view",
            "compliance.answer_action",
            "compliance.ask_waiver",
            "accounts.create_staff",
            "accounts.change_role",
            "accounts.approve_staff",
            "accounts.disable_person",
            "accounts.end_session",
            "accounts.set_webhook",
            "accounts.send_message",
        }
    ),
}


def permissions_of(role: str) -> frozenset[str]:
    """The permissions of a role; an unknown role has none."""
    return PERMISSIONS[Role(role)] if role in set(Role) else frozenset()


def allows(role: str, permission: str) -> bool:
    """Whether the role holds the permission."""
    return permission in permissions_of(role)
