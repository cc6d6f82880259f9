"""A filing on paper: the same facts as its page, readable; made with the papers of cases."""

from datetime import datetime

from django.conf import settings

from accounts.names import branch_name, channel_name, type_name
from cloudbank.clock import from_iso
from cloudbank.conf import bank_calendar
from cloudbank.money import format_amount
from cloudbank.wording import absolute, day_of, grouped
from compliance.filings.life import title_of
from compliance.filings.models import ActivityReport, CashReport, Filing, OfacReport
from compliance.filings.narrative import KINDS, QUESTIONS, plain
from compliance.filings.ofac_paper import PIECE, ofac_facts, ofac_sections
from compliance.filings.terms import FORM_NUMBERS, FORMS, LABELS, NUMBER_NAMES, ROLES, Status
from monitoring.case_paper import CasePaper, Section, as_pdf


def filing_pdf(item: Filing, *, taken_by: str, now: datetime) -> bytes:
    """The filing as A4."""
    sections = [_people(item)]
    sections += [_movements(item)] if isinstance(item, CashReport) else []
    sections += _suspicion(item) if isinstance(item, ActivityReport) else []
    sections += ofac_sections(item, now) if isinstance(item, OfacReport) else []
    made = f"{item.filing_id}, taken out {absolute(now, bank_calendar().zone)} by {taken_by}"
    return as_pdf(CasePaper(title_of(item), settings.BANK_NAME, made, _facts(item), sections, at=now))


def _facts(item: Filing) -> list[tuple[str, str]]:
    known = [
        ("Report", f"{FORMS[item.FORM]} ({FORM_NUMBERS[item.FORM]})"),
        ("State", LABELS[Status(item.status)]),
        ("Amount", f"{format_amount(item.total, item.currency)} {item.currency}"),
        ("Due", day_of(item.due_on)),
    ]
    if isinstance(item, CashReport):
        known.insert(1, (item.direction, f"Business day {day_of(item.day)}"))
    if isinstance(item, ActivityReport):
        known.insert(1, ("Activity", f"{day_of(item.first_on)} to {day_of(item.last_on)}"))
        known.insert(1, ("Determined", day_of(item.determined_on)))
    if isinstance(item, OfacReport):
        known[1:1] = ofac_facts(item)
    if item.prior_number:
        known.append(("Prior report", f"{item.prior_number} {item.why}".strip()))
    if item.acknowledgement:
        known.append((NUMBER_NAMES[item.FORM], f"{item.acknowledgement}, filed {day_of(item.filed_on)}"))
    return known


def _people(item: Filing) -> Section:
    heads = ("Name", "Part", "Born", "Address", "Accounts", "Amount")
    rows = [
        (
            str(one.get("name") or one["person_id"]),
            ROLES.get(one.get("role", ""), "Subject"),
            day_of(one["date_of_birth"]) if one.get("date_of_birth") else "unknown",
            str(one.get("address") or "unknown"),
            ", ".join(grouped(number) for number in one.get("accounts", [])),
            format_amount(one["amount"], item.currency) if "amount" in one else "",
        )
        for one in item.persons
    ]
    return Section("People in the report", heads, (4, 3, 2, 5, 4, 2), rows, "Nobody is known.")


def _movements(item: CashReport) -> Section:
    rows = [
        (
            absolute(from_iso(one["at"]), bank_calendar().zone),
            type_name(one["type"]),
            f"{channel_name(one['channel'])}, {branch_name(one['branch'])}",
            grouped(one["account_id"]),
            format_amount(one["amount"], one["currency"]),
        )
        for one in item.lines
    ]
    return Section("Transactions", ("When", "What", "Where", "Account", "Cash"), (4, 3, 4, 4, 2), rows)


def _suspicion(item: ActivityReport) -> list[Section]:
    kinds = [(KINDS[code][0],) for code in item.kinds if code in KINDS]
    texts = []
    for code, question in QUESTIONS.items():
        text = plain(item.answers.get(code, ""))
        pieces = [text[start : start + PIECE] for start in range(0, len(text), PIECE)] or [""]
        texts += [(question if number == 0 else "", piece) for number, piece in enumerate(pieces)]
    return [
        Section("Kind of activity", ("Kind",), (1,), kinds),
        Section("Narrative", ("Question", "Answer"), (3, 13), texts),
    ]
