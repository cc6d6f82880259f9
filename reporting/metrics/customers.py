"""How many customers came, left, and use the bank."""

from accounts.customer_sheet import CustomerRow
from accounts.month_ends import SheetNumbers
from reporting.cuts import PEOPLE_CUTS
from reporting.figures import COUNT, PERCENT, Value, percent, shown
from reporting.metrics import Measure, Measured, metric
from reporting.pack import Section
from reporting.people import PEOPLE, SHEET
from reporting.periods import Period
from reporting.sheet_rows import months_of, sheet_of_months
from reporting.specs import Term, either, flows, level, nowhere, ratio, signed, start, tape

GROSS, EXITED, NET = "New customers, gross", "Customers who left", "New customers, net"
END, ACTIVE, CHURN = "Customers, end of period", "Active people (90 days)", "Churn"
FORMULAS = {
    GROSS: "Customers first activated in the period: identity verified and first account opened.",
    EXITED: "Customers who left in the period.",
    NET: "Gross new - left.",
    END: "Customers activated and not left, at the end of the period; people are counted, not accounts.",
    ACTIVE: "People with at least one own movement in the 90 days up to the last closed business day; among them are "
    "those whose identity is not verified yet and those who left since, so they can outnumber the customers.",
    CHURN: "Customers who left in the period / active people at its start.",
}


def _came(row: CustomerRow, period: Period) -> int | None:
    return 1 if row.activated_on and row.activated_on[:7] in months_of(period) else None


def _left(row: CustomerRow, period: Period) -> int | None:
    return 1 if row.exited_on and row.exited_on[:7] in months_of(period) else None


_CAME, _LEFT = (PEOPLE.spec(one, COUNT, months=True) for one in (_came, _left))
_GROSS = Term(GROSS, COUNT, either(flows("customers_activated", unit=COUNT, link=nowhere), _CAME))
_EXITED = Term(EXITED, COUNT, either(flows("customers_exited", unit=COUNT, link=nowhere), _LEFT))
_ACTIVE_THEN = either(start("active_90", COUNT), tape(SHEET, "active", COUNT, before=True))
ROWS = {
    GROSS: _GROSS.spec,
    EXITED: _EXITED.spec,
    NET: signed(_GROSS, _EXITED, minus=[EXITED]),
    END: either(level("customers", COUNT, link=nowhere), tape(SHEET, "customers", COUNT)),
    ACTIVE: either(level("active_90", COUNT), tape(SHEET, "active", COUNT)),
    CHURN: ratio(_EXITED, Term("Active people at the start", COUNT, _ACTIVE_THEN), 10_000),
}


def in_words(section: Section, quarter: str) -> list[str]:
    """Who came, who left, who is active."""
    if section.figure(END).value is None:
        return []
    values = {name: shown(section.figure(name).value, section.figure(name).unit) for name in FORMULAS}
    return [
        f"{values[GROSS]} customers joined and {values[EXITED]} left: {values[END]} at the end. "
        f"{values[ACTIVE]} people moved money of their own in the last 90 days. Churn was {values[CHURN]}."
    ]


@metric(
    "customers",
    title="Customer acquisition",
    order=60,
    trend=(GROSS, EXITED),
    headline=(GROSS, END),
    words=in_words,
    icon="people",
    cuts=PEOPLE_CUTS,
    rows=ROWS,
    sheet=SHEET,
)
def customers(period: Period) -> Measured:
    """Customers gained, lost, kept and active.

    Formula: net = gross - left; active = own movement within 90 days; churn = left in the period / active at
    its start.
    Unit: people; percent.
    Source: counts in the day shards, and the counts each closed day sealed; of a part of the bank the customers sheet
    of the month end.
    """
    gross, exited, end, active, before = (_of_a_part if period.cut else _of_the_bank)(period)
    net = None if gross is None or exited is None else gross - exited
    values = [
        (GROSS, gross, COUNT),
        (EXITED, exited, COUNT),
        (NET, net, COUNT),
        (END, end, COUNT),
        (ACTIVE, active, COUNT),
        (CHURN, percent(exited, before), PERCENT),
    ]
    return Measured(tuple(Measure(name, value, unit, FORMULAS[name]) for name, value, unit in values))


def _of_the_bank(period: Period) -> tuple[Value, ...]:
    """Who came, who left, customers at the end, active people then and at the start."""
    sealed = period.closed[-1].end if period.closed else period.opening
    return (
        period.total("customers_activated"),
        period.total("customers_exited"),
        period.closing.get("customers"),
        sealed.get("active_90"),
        period.opening.get("active_90"),
    )


def _of_a_part(period: Period) -> tuple[Value, ...]:
    """The same by the customers sheets of the month ends; who came and left only of whole months."""
    now, before, fresh = period.sheet(SHEET), period.sheet_before(SHEET), sheet_of_months(period, SHEET)
    came, left = (sum(one(row, period) or 0 for row in fresh.tape()) if fresh else None for one in (_came, _left))
    return came, left, _number(now, "customers"), _number(now, "active"), _number(before, "active")


def _number(found: SheetNumbers | None, name: str) -> Value:
    return found.numbers[name] if found else None
