"""How times and numbers are said on screen. Pure: the clock and the zone are passed in."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from cloudbank import countries
from cloudbank.money import format_amount


def _ago(count: int, unit: str) -> str:
    return f"{count} {unit} ago"


def relative(moment: datetime, now: datetime, zone: ZoneInfo) -> str:
    """ "just now", "5 min ago", "3 h ago", "yesterday 14:05", "12 Mar 2026, 14:05" (also for what is to come)."""
    age, local = now - moment, moment.astimezone(zone)
    if timedelta(0) <= age < timedelta(minutes=1):
        return "just now"
    if timedelta(0) <= age < timedelta(hours=1):
        return _ago(age // timedelta(minutes=1), "min")
    days = (now.astimezone(zone).date() - local.date()).days
    if timedelta(0) <= age and days == 0:
        return _ago(age // timedelta(hours=1), "h")
    if days == 1:
        return f"yesterday {local:%H:%M}"
    return f"{day(local.date())}, {local:%H:%M}" if days else f"today {local:%H:%M}"


def absolute(moment: datetime, zone: ZoneInfo) -> str:
    """ "12 Mar 2026, 14:05:09 EDT": the bank's clock and its zone."""
    local = moment.astimezone(zone)
    return f"{day(local.date())}, {local:%H:%M:%S %Z}"


def day(value: date) -> str:
    """ "12 Mar 2026"."""
    return f"{value.day} {value:%b %Y}"


def day_of(text: str) -> str:
    """An ISO date as people read it; what is none stays as it is."""
    try:
        return day(date.fromisoformat(text))
    except ValueError:
        return text


HUNDREDTHS = ("basis points", "bp")
"""Units of parameters that are hundredths of a percent; people read and type percent."""
_UNITS = {"percent": (" %", " %"), "days": (" day", " days"), "hours": (" hour", " hours")}


def measured(value: int | str, kind: str, unit: str, currency: str) -> str:
    """A parameter's value: "10,000.00 USD", "80 %", "4.25 %", "3.0 standard deviations", "5 days"."""
    if kind == "money":
        return f"{format_amount(int(value), currency)} {currency}"
    if kind == "countries":
        return countries.in_words(str(value))
    if isinstance(value, str):
        return value or "nothing"
    if unit in HUNDREDTHS:
        return f"{int(value) / 100:,.2f} %"
    if unit.startswith("tenths of a "):
        return f"{int(value) / 10:.1f} {unit.removeprefix('tenths of a ')}s"
    return f"{int(value):,}{_UNITS.get(kind, ('', ''))[value != 1]}"


def grouped(number: str) -> str:
    """An account number in groups of four, from the left."""
    text = "".join(str(number).split())
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def last_four(number: str) -> str:
    """The last four characters, all that a masked number shows."""
    return str(number)[-4:]


def initials(name: str) -> str:
    """One or two capitals: "Ana Lopez" -> "AL", "ana@bank.example" -> "A"."""
    words = name.partition("@")[0].split()
    return "".join(word[0] for word in words[:1] + words[1:][-1:]).upper()
