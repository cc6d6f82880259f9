"""What is normal for a customer, said from their activity alone. Pure."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from cloudbank.charts import ChartData, Dataset
from cloudbank.money import format_amount
from cloudbank.wording import day as day_in_words
from monitoring.activity import DAYS, LAST, N_IN, N_OUT, SUM_IN, SUM_OUT, Activity
from monitoring.baseline import Baseline

Fact = tuple[str, str, str]
NONE_YET = "\N{EM DASH}"


def _amount(usual: Baseline, currency: str) -> tuple[str, str]:
    if not usual.n:
        return NONE_YET, "none so far"
    spread = format_amount(round(usual.deviation), currency)
    return f"{format_amount(round(usual.mean), currency)} {currency}", f"\N{PLUS-MINUS SIGN} {spread}, over {usual.n:,}"


def usual_facts(activity: Activity, currency: str) -> list[Fact]:
    """Label, value and note of each fact."""
    out, into = _amount(activity.amounts(False), currency), _amount(activity.amounts(True), currency)
    days = Baseline(*activity.days_out[:3])
    rate = f"{days.mean:.1f}" if days.n else NONE_YET
    moved = [day for day, bucket in activity.daily.items() if bucket[N_IN] or bucket[N_OUT]]
    recent = sum(1 for seen in activity.counterparties.values() if seen[LAST] > activity.last_at - DAYS * 86400)
    since = day_in_words(date.fromordinal(activity.opened_on)) if activity.opened_on else NONE_YET
    last = datetime.fromtimestamp(activity.last_at, UTC) if activity.last_at else None
    return [
        ("Usual payment out", *out),
        ("Usual money in", *into),
        ("Payments on a day with any", rate, f"on {days.n:,} days"),
        ("Days with movements", str(len(moved)), f"of the last {DAYS}"),
        ("Counterparties", str(len(activity.counterparties)), f"{recent} in the last {DAYS} days"),
        ("First movement", since, f"last one {day_in_words(last.date())}" if last else ""),
    ]


def usual_chart(activity: Activity, currency: str, link: Callable[[date], str]) -> ChartData:
    """Money in and out by business day, the last DAYS days up to the newest movement."""
    last = date.fromordinal(activity.last_day) if activity.last_day else None
    days = [last - timedelta(days=n) for n in range(DAYS - 1, -1, -1)] if last else []
    shown = [day for day in days if day.weekday() < 5 or day.toordinal() in activity.daily]
    empty = [0] * 6
    buckets = [activity.daily.get(day.toordinal(), empty) for day in shown]
    links = [link(day) for day in shown]
    period = f"{day_in_words(shown[0])} \N{EN DASH} {day_in_words(shown[-1])}" if shown else ""
    return ChartData(
        "Money in and out of this customer",
        "bar",
        [f"{day.day} {day:%b}" for day in shown],
        [
            Dataset("In", [bucket[SUM_IN] for bucket in buckets], links),
            Dataset("Out", [bucket[SUM_OUT] for bucket in buckets], links),
        ],
        period=period,
        currency=currency,
        category="Business day",
    )
