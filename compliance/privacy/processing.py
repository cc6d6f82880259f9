"""The register of processing (GDPR art. 30(1)): one entry a purpose, declared here and nowhere else. Pure.

What a customer reads of it stands in compliance.retention.HOLDINGS; each of those belongs to one entry here, which a
test holds together. Periods are named as the parameters that set them are.
"""

from dataclasses import dataclass

from compliance.retention import HOLDINGS, Holding

CUSTOMERS, STAFF, THIRD = "customers", "staff", "payees and payers of customers"
OUTSIDE = "none outside the United States"
SAFETY = "roles, masking with audited reveal, encryption at rest, hash-chained audit trail"


@dataclass(frozen=True)
class Processing:
    """One purpose for which personal data is processed."""

    code: str
    purpose: str
    basis: str
    """The lawful basis: GDPR art. 6(1), and the law behind it."""
    persons: str
    data: str
    recipients: str
    transfers: str
    kept: str
    security: str
    holdings: tuple[str, ...] = ()
    """Titles of what the customer's page shows of it."""


REGISTER = (
    Processing(
        "identity", "Know who a customer is before an account is opened, and review it",
        "legal obligation, art. 6(1)(c): 31 CFR 1020.220", CUSTOMERS,
        "name, date of birth, address, identity document, risk rating", "authorities, where the law says so", OUTSIDE,
        "{identity} after the last account closed (retention.identity)", SAFETY, ("Who you are",),
    ),
    Processing(
        "accounts", "Keep accounts and carry out movements, loans and standing orders",
        "contract, art. 6(1)(b); legal obligation, art. 6(1)(c): 31 CFR 1010.430", f"{CUSTOMERS}, {THIRD}",
        "accounts, movements, loans, standing orders, notes to payees",
        "the payee's bank, for what is sent there", "wires abroad, as the customer orders them",
        "{records} after the movement (retention.records)", SAFETY,
        ("What moved on your accounts", "How to reach you"),
    ),
    Processing(
        "sign-in", "Let people sign in safely", "contract, art. 6(1)(b); security of the service, art. 6(1)(f)",
        f"{CUSTOMERS}, {STAFF}", "e-mail address, password hash, sessions, addresses signed in from", "none", OUTSIDE,
        "sessions twelve hours; the rest while the person has a sign-in", SAFETY, ("How you sign in",),
    ),
    Processing(
        "crime", "Prevent and report financial crime, sanctions included",
        "legal obligation, art. 6(1)(c): 31 CFR 1010, 1020, 501", f"{CUSTOMERS}, {THIRD}",
        "movements, identity data, patterns of use", "FinCEN, OFAC, courts", OUTSIDE,
        "{records}; {sanctions} for what concerns sanctions (retention.records, retention.sanctions)",
        f"{SAFETY}; secret by law", (),
    ),
    Processing(
        "trail", "Prove who changed what", "legal obligation, art. 6(1)(c): 31 CFR 1010.430; art. 5(2)",
        f"{CUSTOMERS}, {STAFF}", "who, when, from where, old and new value, reason", "auditors, supervisors", OUTSIDE,
        "as long as what it proves; never erased alone", SAFETY, ("What was done to your accounts",),
    ),
    Processing(
        "rights", "Answer requests about one's own data; keep the register of breaches",
        "legal obligation, art. 6(1)(c): GDPR art. 12-22, 33, 34", CUSTOMERS,
        "requests, answers, packages of data", "the supervisory authority, for breaches", OUTSIDE,
        "packages until they expire (privacy.package_days); requests {records} after the answer (retention.records)",
        SAFETY, ("What you asked us",),
    ),
    Processing(
        "reports", "Report to the board and to supervisors", "legal obligation, art. 6(1)(c); art. 6(1)(f)",
        "none by name; the largest depositors by number", "totals; rows behind a figure for who may see accounts",
        "board, supervisors", OUTSIDE, "seven years; provisional ones 90 days", SAFETY, (),
    ),
    Processing(
        "employment", "Run the bank: who works here, in which role, who approved what",
        "contract, art. 6(1)(b); legal obligation, art. 6(1)(c)", STAFF, "name, e-mail address, role, what was done",
        "none", OUTSIDE, "while employed, then with the audit trail", SAFETY, (),
    ),
)  # fmt: skip


def told(one: Processing) -> list[Holding]:
    """What the customers' page says of a purpose."""
    return [holding for holding in HOLDINGS if holding.title in one.holdings]
