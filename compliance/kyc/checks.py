"""What a customer's identity still lacks before it can be verified, each with its rule. Pure over loaded items."""

from datetime import date

from accounts.models import User
from compliance.kyc.models import KycFile
from compliance.kyc.owners import missing

DOCUMENTS, WITHOUT = "documents", "without"
METHODS = {
    DOCUMENTS: "By identity papers that were checked",
    WITHOUT: "Without papers: by other sources named below",
}
"""31 CFR 1020.220(a)(2)(ii): documentary, or other methods."""
ASKED = {"name": "name", "date_of_birth": "date of birth", "address": "address", "identity_number": "identity number"}
"""31 CFR 1020.220(a)(2)(i): what is collected before an account is opened. A company has no date of birth."""


def lacking(customer: User) -> list[str]:
    """The identity data that are not there, in words."""
    asked = {name: words for name, words in ASKED.items() if not (customer.is_company and name == "date_of_birth")}
    return [words for name, words in asked.items() if not getattr(customer, name)]


def problems(customer: User, kyc: KycFile, method: str, today: date, percent: int) -> list[tuple[str, str]]:
    """(what is missing, the form's field it is about) before this customer can be verified."""
    found = []
    if words := lacking(customer):
        found.append((f"Not known yet: {', '.join(words)} (31 CFR 1020.220(a)(2)(i)).", ""))
    if kyc.declared is None:
        found.append(("The risk factors are not declared yet; they set the rating and the next review.", ""))
    if method == DOCUMENTS and not kyc.shows_identity(today):
        found.append(("No identity paper that is accepted and has not expired. Check one, or say how else.", "method"))
    if customer.is_company and (what := missing(kyc.all_owners(), bool(kyc.no_owner), percent)):
        found.append((what, ""))
    return found
