"""How many customers came, left, and use the bank."""

from reporting.figures import COUNT, PERCENT, percent, shown
from reporting.metrics import Measure, Measured, metric
from reporting.pack import Section
from reporting.periods import Period
from reporting.specs import Term, flows, level, nowhere, ratio, signed, start

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

_GROSS = Term(GROSS, COUNT, flows("customers_activated", unit=COUNT, link=nowhere))
_EXITED = Term(EXITED, COUNT, flows("customers_exited", unit=COUNT, link=nowhere))
ROWS = {
    GROSS: _GROSS.spec,
    EXITED: _EXITED.spec,
    NET: signed(_GROSS, _EXITED, minus=[EXITED]),
    END: level("customers", COUNT, link=nowhere),
    ACTIVE: level("active_90", COUNT),
    CHURN: ratio(_EXITED, Term("Active people at the start", COUNT, start("active_90", COUNT)), 10_000),
}


def in_words(section: Section, quarter: str) -> list[str]:
    """Who came, who left, who is active."""
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
    rows=ROWS,
)
def customers(period: Period) -> Measured:
    """Customers gained, lost, kept and active.

    Formula: net = gross - left; active = own movement within 90 days; churn = left in the period / active at
    its start.
    Unit: people; percent.
    Source: counts in the day shards, and the counts each closed day sealed.
    """
    gross, exited = period.total("customers_activated"), period.total("customers_exited")
    sealed = period.closed[-1].end if period.closed else period.opening
    values = [
        (GROSS, gross, COUNT),
        (EXITED, exited, COUNT),
        (NET, gross - exited, COUNT),
        (END, period.closing.get("customers"), COUNT),
        (ACTIVE, sealed.get("active_90"), COUNT),
        (CHURN, percent(exited, period.opening.get("active_90")), PERCENT),
    ]
    return Measured(tuple(Measure(name, value, unit, FORMULAS[name]) for name, value, unit in values))
