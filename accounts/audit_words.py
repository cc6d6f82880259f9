"""How an audit record reads: fields and codes in words, amounts in their currency. Pure; what was written stays so."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from accounts.audit_actions import ACTIONS
from accounts.names import branch_name, channel_name, plain, product_name, role_name, type_name
from cloudbank.money import format_amount, is_whole
from cloudbank.wording import day_of, grouped

ARROW, DASH = "\N{RIGHTWARDS ARROW}", "\N{EM DASH}"
SHORT, TAIL = 90, 8
MONEY = frozenset(
    {
        "amount", "balance", "captured", "charged_off", "claim", "capitalised", "disbursed", "fees",
        "fees_charged_off", "fees_paid", "interest", "interest_paid", "limit", "monthly_income", "overdraft_limit",
        "principal", "recovered", "repaid", "returned_sum", "sum", "total", "turnover", "unposted", "largest",
    }
)  # fmt: skip
"""Fields whose whole numbers are minor units."""
FIELDS = {
    "account_id": "account",
    "asked_by": "asked by",
    "audit_head": "audit trail",
    "claim": "owed after the charge-off",
    "collects": "collected by itself",
    "demands": "unpaid instalments",
    "due_on": "due on",
    "first_day": "first day",
    "fees": "fees owed",
    "interest_paid": "interest paid",
    "kyc_review_on": "next identity review",
    "kyc_status": "identity",
    "lease_by": "taken by",
    "monthly_income": "monthly income",
    "pays_to": "account of the loan",
    "principal": "principal outstanding",
    "probation": "payments until it accrues again",
    "repaid": "principal repaid",
    "restructured": "new terms so far",
    "sha256": "file's SHA-256",
    "told": "customer reads",
    "mailed_to": "told by e-mail",
    "unposted": "income to be posted",
    "enhanced_due": "enhanced review until",
    "expires_on": "valid until",
    "no_owner": "nobody owns as much",
    "owner_names": "owners",
    "rated": "rating",
    "turnover": "expected money in a month",
    "worst": "worst arrears, days",
}
KINDS = {
    "approval": "Request",
    "books": "Books",
    "ctr": "Currency transaction report",
    "ctr_exemption": "Exemption from cash reports",
    "deposit_account": "Account",
    "held_movement": "Held movement",
    "joint_holders": "Joint holders",
    "sar": "Suspicious activity report",
    "sar_copies": "Copies of a report",
    "setting": "Parameter",
    "standing_order": "Standing order",
    "user": "Person",
}
_CODES = {
    "branch": branch_name,
    "channel": channel_name,
    "product": product_name,
    "role": role_name,
    "type": type_name,
}
_PLAIN = frozenset({"fee", "ground", "kyc_status", "offer", "rhythm", "stage", "state", "status"})
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBER = re.compile(r"[0-9]{16}")
_DIGEST = re.compile(r"[0-9a-f]{40,}")
_SILENT = frozenset({"content_hash", "key"})
PERSONAL = frozenset({"address", "born", "date_of_birth", "email", "identity_number", "phone"})
"""What an audit trail proves without showing it: the person's page shows it for a reason, which is kept."""
DOTS = "\N{BULLET}" * 4
Names = Mapping[str, str]
"""Ids and codes that somebody else knows a name for: people, kinds of requests."""


def action_name(code: str) -> str:
    """ "charge_fee" -> "Fee charged"; one of an older data version, without a name, as it is written, in words."""
    return ACTIONS.get(code) or plain(code)


def sentence(change: tuple[str, str, str]) -> str:
    """ "status Active -> Closed"; what was not there before is only named: "amount 25.00 USD"."""
    field, before, after = change
    if before == DASH:
        return f"{field} {after}"
    return f"{field} {before} {ARROW} {'none' if after == DASH else after}"


def field_name(code: str) -> str:
    """ "kyc_status" -> "identity"."""
    return FIELDS.get(code) or code.replace("_", " ")


def kind_name(code: str) -> str:
    """The kind of a subject: "deposit_account" -> "Account"."""
    return KINDS.get(code) or plain(code)


def changes(
    before: Mapping[str, Any], after: Mapping[str, Any], currency: str, names: Names
) -> list[tuple[str, str, str]]:
    """(field, before, after) in words, of what reads differently. `currency`: that of the subject, for amounts."""
    unit = str(after.get("currency") or before.get("currency") or currency)
    fields = [*after, *(name for name in before if name not in after)]
    told = [
        (field_name(name), said(name, before.get(name), unit, names), said(name, after.get(name), unit, names), name)
        for name in fields
        if name not in _SILENT
    ]
    differs = [one for one in told if one[1] != one[2] or _is_masked_change(one[3], before, after)]
    return [(field, old, f"{new} (another)" if old == new else new) for field, old, new, _ in differs]


def _is_masked_change(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    return name in PERSONAL and name in before and before.get(name) != after.get(name)


def masked(values: Any) -> Any:
    """The same with what is personal masked, however deep it stands."""
    if isinstance(values, Mapping):
        return {name: DOTS if name in PERSONAL and one else masked(one) for name, one in values.items()}
    return [masked(one) for one in values] if isinstance(values, list) else values


def said(field: str, value: Any, currency: str, names: Names) -> str:
    """One value in words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if field in PERSONAL and value:
        return DOTS
    if field in _LISTS:
        return _LISTS[field](value, currency) if isinstance(value, list) and value else DASH
    if value in (None, "", [], {}):
        return DASH
    if is_whole(value) and field == "rate":
        return f"{value / 100:.2f} %"
    if is_whole(value):
        return _money(value, currency) if field in MONEY else f"{value:,}"
    if isinstance(value, dict):
        return _of_dict(value, currency, names)
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ", ".join(_of_text(field, one, names) for one in value)
    return _of_text(field, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False), names)


def _of_text(field: str, text: str, names: Names) -> str:
    if text in names:
        return names[text]
    if field in _CODES:
        return _CODES[field](text)
    if field in _PLAIN:
        return plain(text)
    if _DATE.fullmatch(text):
        return day_of(text)
    if _NUMBER.fullmatch(text):
        return grouped(text)
    if _DIGEST.fullmatch(text):
        return f"{text[:TAIL]}\N{HORIZONTAL ELLIPSIS}{text[-TAIL:]}"
    return text if len(text) <= SHORT else f"{text[:SHORT]}\N{HORIZONTAL ELLIPSIS}"


def _of_dict(value: Mapping[str, Any], currency: str, names: Names) -> str:
    unit = str(value.get("currency") or currency)
    known = {name: one for name, one in value.items() if name not in _SILENT and one not in (None, "", [], {}, False)}
    return "; ".join(f"{field_name(name)} {said(name, one, unit, names)}" for name, one in known.items())


def _money(minor: int, currency: str) -> str:
    return f"{format_amount(minor, currency)} {currency}"


def _terms(value: Sequence[Any], currency: str) -> str:
    """[principal, rate in basis points, instalments, first day] of a loan."""
    principal, rate, instalments, starts_on = value
    from_ = f" from {day_of(starts_on)}" if starts_on else ""
    return f"{_money(principal, currency)} at {rate / 100:.2f} %, {instalments} instalments{from_}"


def _demands(value: Sequence[Any], currency: str) -> str:
    """[[due, interest, principal, suspended, ...], ...] of a loan, oldest first."""
    left = sum(int(part) for one in value for part in one[1:4])
    return f"{len(value)} ({_money(left, currency)}, the oldest due on {day_of(str(value[0][0]))})"


_LISTS = {"terms": _terms, "demands": _demands}
