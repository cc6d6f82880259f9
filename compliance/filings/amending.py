"""Amending a currency transaction report: the day's cash and the people are read anew."""

from datetime import date, datetime

from accounts.ledger import Actor
from accounts.queries.people import users
from cloudbank.roles import allows
from compliance.filings.drafting import found_on, report_of
from compliance.filings.life import WORK, filing, overtaken, store_amendment
from compliance.filings.models import CashReport
from compliance.filings.terms import CTR, Refused


def amend_cash_report(*, filing_id: str, why: str, version: int, actor: Actor, now: datetime) -> CashReport:
    """A new draft of a filed report from what the books and the register of customers say now. Raises Refused."""
    old = filing(filing_id)
    if not isinstance(old, CashReport):
        raise Refused("There is no such filing.")
    if not allows(actor.role, WORK[CTR]):
        raise Refused("Your role may look at filings, but not change them.")
    if old.version != version:
        raise overtaken(old)
    day, person = date.fromisoformat(old.day), str(old.main["person_id"])
    wanted = person, old.incoming
    found = next((one for one in found_on(day, old.currency) if (one.person_id, one.incoming) == wanted), None)
    if found is None:
        raise Refused("From today's view no report is due for this cash, so there is nothing to amend it to.")
    people = users({one.person_id for one in found.involved})
    new = report_of(found, day, people, now=now, actor=actor, edition=old.edition + 1)
    store_amendment(old, new, why=why, actor=actor, now=now)
    return new
