"""What screening found and what people made of it: opened, open, decided, confirmed."""

from collections.abc import Sequence

from accounts.month_ends import by_part
from monitoring.alert_sheet import AGE_NAMES, FILING_DAYS, REPORTABLE, AlertRow, age_of, days_open, hours
from monitoring.performance import CONFIRMED, FALSE_POSITIVE
from monitoring.rulebook import SEVERITIES
from reporting.behind import Behind
from reporting.figures import COUNT, DAYS, PERCENT, Value, percent, shown
from reporting.metrics import Measure, Measured, metric
from reporting.metrics.onboarding import middle
from reporting.pack import Chart, Section, Series
from reporting.periods import Period, foot
from reporting.rows import named
from reporting.sheet_rows import SheetRows, months_of, of_months, part_of, sheet_of_months
from reporting.specs import Term, ratio

SHEET = "alerts"
OPENED, OPEN, OLDEST = "Alerts opened", "Alerts open, end of period", "Oldest open alert, days"
DECIDED, CONFIRMED_N, PRECISION = "Alerts decided", "Alerts confirmed", "Confirmed share (precision)"
HOURS, IN_TIME = "Median time to decision, hours", "Decided within the deadline"
REPORTED, FILED = "Reportable cash, decided", f"Reportable cash decided within {FILING_DAYS} days"
CUT_OFF = "As the alerts stood when the last business day of the period was sealed; what is decided later counts later."
FORMULAS = {
    OPENED: "Alerts opened in the period, by business date. By rule: an alert of two rules counts under both.",
    OPEN: "Alerts that nobody has decided, at the end of the period; by calendar days since they were opened.",
    OLDEST: "Calendar days since the first open alert was opened.",
    DECIDED: f"Alerts closed in the period, confirmed or not. {CUT_OFF}",
    CONFIRMED_N: "Decided alerts with the outcome confirmed.",
    PRECISION: "Confirmed / (confirmed + false positives), of those decided in the period; a duplicate is neither.",
    HOURS: "Median of the whole hours from opening to the decision, over the alerts decided in the period.",
    IN_TIME: "Decided by their deadline / decided with a deadline.",
    REPORTED: "Alerts decided in the period because the cash was reported (reason: reportable cash).",
    FILED: "Of these, decided within 15 calendar days of opening (31 CFR 1010.306(a)(1)) / all of these.",
}


def _holds(row: AlertRow, kind: str, code: str) -> bool:
    return code in row.rules.split() if kind == "rule" else str(getattr(row, kind)) == code


_ROWS = SheetRows(SHEET, "Alert", "alert", _holds)


def _opened(row: AlertRow, period: Period) -> int | None:
    return 1 if row.opened_on[:7] in months_of(period) else None


def _decided(row: AlertRow, period: Period) -> int | None:
    return 1 if row.closed_on[:7] in months_of(period) else None


def _confirmed(row: AlertRow, period: Period) -> int | None:
    return 1 if _decided(row, period) and row.outcome == CONFIRMED else None


def _judged(row: AlertRow, period: Period) -> int | None:
    return 1 if _decided(row, period) and row.outcome in (CONFIRMED, FALSE_POSITIVE) else None


def _took(row: AlertRow, period: Period) -> int | None:
    return row.hours if _decided(row, period) else None


def _had_deadline(row: AlertRow, period: Period) -> int | None:
    return 1 if _decided(row, period) and row.due_at else None


def _met(row: AlertRow, period: Period) -> int | None:
    return 1 if _had_deadline(row, period) and row.closed_at <= row.due_at else None


def _reported(row: AlertRow, period: Period) -> int | None:
    return 1 if _decided(row, period) and row.reason == REPORTABLE else None


def _filed(row: AlertRow, period: Period) -> int | None:
    return 1 if _reported(row, period) and days_open(row, row.closed_on) <= FILING_DAYS else None


def _age(row: AlertRow, period: Period) -> int | None:
    found = period.sheet(SHEET)
    return days_open(row, found.day) if found and not row.closed_on else None


def _behind_open(period: Period, dimension: str) -> Behind:
    bucket = dimension.partition(": ")[2].removesuffix(" days") if dimension.startswith("age") else ""

    def one(row: AlertRow, inside: Period) -> int | None:
        days = _age(row, inside)
        return 1 if days is not None and bucket in ("", age_of(days)) else None

    return _ROWS.spec(one, COUNT)(period, "" if bucket else dimension)


def _term(label: str, in_row: object) -> Term:
    return Term(label, COUNT, _ROWS.spec(in_row, COUNT, months=True))  # type: ignore[arg-type]


_MEDIAN = _ROWS.spec(_took, COUNT, months=True, fold=lambda values: middle(list(values)), says="the median")
_CONFIRMED, _REPORTED = _term("Confirmed", _confirmed), _term(REPORTED, _reported)
ROWS = {
    OPENED: _term(OPENED, _opened).spec,
    OPEN: _behind_open,
    OLDEST: _ROWS.spec(_age, DAYS, fold=lambda values: max(values, default=0), says="the largest"),
    DECIDED: _term(DECIDED, _decided).spec,
    CONFIRMED_N: _CONFIRMED.spec,
    PRECISION: ratio(_CONFIRMED, _term("Confirmed or false positive", _judged), 10_000),
    HOURS: _MEDIAN,
    IN_TIME: ratio(_term("By their deadline", _met), _term("With a deadline", _had_deadline), 10_000),
    REPORTED: _REPORTED.spec,
    FILED: ratio(_term("Within the days", _filed), _REPORTED, 10_000),
}


def in_words(section: Section, quarter: str) -> list[str]:
    """What was found, and what it was."""
    opened, waits, share = (section.figure(name) for name in (OPENED, OPEN, PRECISION))
    if opened.value is None:
        return []
    judged = f"; {shown(share.value, PERCENT)} of those judged were confirmed" if share.value is not None else ""
    return [
        f"Screening opened {shown(opened.value, COUNT)} alerts; at the end {shown(waits.value, COUNT)} were "
        f"open{judged}."
    ]


def _shares(period: Period, part: str = "") -> list[tuple[str, Value, str]]:
    found, end = sheet_of_months(period, SHEET), part_of(part)
    confirmed, refuted = (of_months(found, period, name, end) for name in ("confirmed", "refuted"))
    judged = None if confirmed is None or refuted is None else confirmed + refuted
    return [
        (DECIDED, of_months(found, period, "decided", end), COUNT),
        (CONFIRMED_N, confirmed, COUNT),
        (PRECISION, percent(confirmed, judged), PERCENT),
    ]


@metric("alerts", title="Alerts", order=70, trend=(OPENED,), words=in_words, icon="bell", rows=ROWS)
def alerts(period: Period) -> Measured:
    """Alerts by rule and severity, how long they stay open, how fast and how they are decided.

    Formula: precision = confirmed / (confirmed + false positives) of the alerts decided in the period; open age =
    calendar days since opening, in buckets that sum to the open ones; time to decision = from opening to closing.
    Unit: alerts; hours, calendar days; percent.
    Source: the alerts sheet that was sealed with the last business day of the month: what is decided, reopened or made
    worse later changes no past period.
    """
    found, fresh = period.sheet(SHEET), sheet_of_months(period, SHEET)
    places = range(len(months_of(period)))
    numbers = found.numbers if found else None
    ages: dict[str, Value] = {name: None if numbers is None else numbers[f"open_{name}"] for name in AGE_NAMES}
    if found:
        foot(f"open alerts on {found.day} by age", found.numbers["open"], sum(count or 0 for count in ages.values()))
    took: Sequence[int] = sorted(hours(fresh.numbers, places).elements()) if fresh else []
    met, due = of_months(fresh, period, "met"), of_months(fresh, period, "due")
    reported, in_time = of_months(fresh, period, "reported"), of_months(fresh, period, "in_time")
    rows: list[tuple[str, Value, str, str]] = [
        (OPENED, of_months(fresh, period, "opened"), COUNT, ""),
        *((OPENED, value, COUNT, part) for part, value in _opened_by(period)),
        (OPEN, None if numbers is None else numbers["open"], COUNT, ""),
        *((OPEN, count, COUNT, f"age: {name} days") for name, count in ages.items()),
        (OLDEST, None if numbers is None else numbers["open_oldest"], DAYS, ""),
        *((name, value, unit, "") for name, value, unit in _shares(period)),
        (HOURS, middle(took) if fresh else None, COUNT, ""),
        (IN_TIME, percent(met, due), PERCENT, ""),
        (REPORTED, reported, COUNT, ""),
        (FILED, percent(in_time, reported), PERCENT, ""),
    ]
    for rule in _rules(period):
        part = f"rule: {rule}"
        rows += [(name, value, unit, part) for name, value, unit in _shares(period, part)]
    measures = tuple(Measure(name, value, unit, FORMULAS[name], part) for name, value, unit, part in rows)
    return Measured(measures, _charts(period))


def _rules(period: Period) -> list[str]:
    """The rules that stand on an alert opened or decided in the period."""
    found = sheet_of_months(period, SHEET)
    if found is None:
        return []
    names = [f"{name}_{place}" for name in ("opened", "decided") for place in range(len(months_of(period)))]
    return sorted({rule for name in names for rule in by_part(found.numbers, name, "rule")})


def _opened_by(period: Period) -> list[tuple[str, Value]]:
    found = sheet_of_months(period, SHEET)
    parts = [f"severity: {one}" for one in SEVERITIES] + [f"rule: {rule}" for rule in _rules(period)]
    return [(part, of_months(found, period, "opened", part_of(part))) for part in parts] if found else []


def _charts(period: Period) -> tuple[Chart, ...]:
    opened = dict(_opened_by(period))
    rules = tuple(part for part in opened if part.startswith("rule") and opened[part])
    labels = tuple(named(part.partition(": ")[2]) for part in rules)
    bars = (Series(OPENED, tuple(opened[part] for part in rules)),)
    return (Chart("alerts_by_rule", "Alerts opened by rule", "bar", "Rule", labels, bars, COUNT),)
