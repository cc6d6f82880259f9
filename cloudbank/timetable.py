"""What runs by itself, and when: the one list behind crontab, systemd units, scheduled tasks, alarms and the control.

Times are the bank's local ones (BANK_TIMEZONE): a host's crontab and timers run on its own zone, which
deploy/host/set-up makes the bank's. `manage.py build_units` writes deploy/ anew from here. Pure.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

HOUR, NIGHT, WEEKEND, WEEK = timedelta(hours=1), timedelta(hours=26), timedelta(hours=75), timedelta(days=7)
"""WEEK is as far as CloudWatch looks back: a weekly job that ends an hour later than the last rings for that hour."""
DAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True)
class Planned:
    """A command of manage.py that runs by itself."""

    name: str
    """Of its unit, alarm and runbook; unique."""
    when: str
    """Minute, hour, day of the month, month, day of the week, as cron reads them."""
    command: str
    about: str
    late_after: timedelta | None
    """No end in this time is an alarm. None: too seldom for one (CloudWatch looks back seven days)."""
    lock: str = ""
    """Of `flock`, without its folder; a timer needs none: a unit never overlaps itself."""
    stays: str = ""
    """The command that does the same as a service that stays; systemd runs it instead of a timer."""
    example: bool = False
    """It names an address that only the operator knows: a line to change in a crontab. Hosts that are replaced have no
    such line; there it is a schedule, made on /reports/schedules."""
    controlled: bool = False
    """Told by the control "Jobs late or failed" too (closing and verifying have controls of their own)."""

    @property
    def job(self) -> str:
        """The command's own name, under which its runs are on record."""
        return self.command.split()[0]


TIMETABLE: tuple[Planned, ...] = (
    Planned("close-day", "30 18 * * 1-5", "close_day", "fold, prove and seal the day", WEEKEND, "close"),
    Planned("draft-filings", "40 18 * * 1-5", "draft_filings", "cash reports of the sealed day", WEEKEND, "draft"),
    Planned("verify-ledger", "45 18 * * 1-5", "verify_ledger", "the invariants of the books", WEEKEND, "verify"),
    Planned("verify-audit", "15 20 * * *", "verify_audit", "every audit trail", NIGHT, "trail", controlled=True),
    Planned("apply-retention", "30 4 1 * *", "apply_retention", "erase what may not be kept longer", None, "retain"),
    Planned(
        "snapshot", "50 18 * * 1-5", "snapshot_controls", "the day's readings of all controls", WEEKEND, "snap",
        controlled=True,
    ),
    Planned(
        "watch-controls", "20 8-15 * * 1-5", "snapshot_controls --watch", "tell when a control crosses", WEEKEND, "snap"
    ),
    Planned(
        "escalate", "10 7 * * *", "escalate_actions", "overdue corrective actions", NIGHT, controlled=True
    ),
    Planned(
        "messages", "* * * * *", "deliver_messages", "e-mail, webhooks and SNS of the outbox", None, "outbox",
        stays="deliver_messages --watch",
    ),
    Planned("digest", "0  7 * * *", "send_digest", "the morning's e-mail of the alert queue", NIGHT, controlled=True),
    Planned(
        "patterns", "0  19 * * *", "detect_patterns --window 30", "patterns over several customers", NIGHT, "edges",
        controlled=True,
    ),
    Planned(
        "screen", "30 19 * * *", "screen_customers", "all customers against the lists", NIGHT, "screen", controlled=True
    ),
    Planned(
        "payrolls", "*/5 * * * *", "run_payrolls", "payrolls that were left under way", HOUR, "payroll", controlled=True
    ),
    Planned("health", "*/5 * * * *", "report_health", "how old everything is, told to CloudWatch", HOUR),
    Planned("schedules", "*/10 * * * *", "run_schedules", "reports that are due", HOUR, controlled=True),
    Planned(
        "board-report", "0  6 2 1,4,7,10 *",
        "quarterly_report --quarter last_quarter --pack board --if-missing --output /srv/reports",
        "the board's report of the quarter", None,
    ),
    Planned(
        "day-report", "0  6 * * 2-6",
        "quarterly_report --period yesterday --pack transactions --format csv --email board@bank.example",
        "the day's transactions", None, example=True,
    ),
    Planned("report-retention", "0  3 * * 0", "report_retention --delete", "reports that need not be kept", None),
    Planned("backup", "0  1 * * 6", "backup", "the tables in files, after the week's last close", WEEK, "backup"),
    Planned("tables", "0  5 * * *", "dynamo_plan", "do the live tables stand as the code says?", NIGHT),
)  # fmt: skip
"""In the order of the README's crontab."""


def cron_line(planned: Planned) -> str:
    """The line of a crontab."""
    lock = f"flock -n {f'var/{planned.lock}.lock':<15} " if planned.lock else ""
    return f"{planned.when:<14} cd /srv/cloudbank && {lock}.venv/bin/python manage.py {planned.command}"


def on_calendar(when: str) -> str:
    """systemd's OnCalendar for five fields of cron. ValueError for what this bank's timetable does not use."""
    minute, hour, day, month, weekday = when.split()
    date = f"*-{_numbers(month)}-{_numbers(day)}"
    return f"{_weekdays(weekday)}{date} {_numbers(hour)}:{_numbers(minute)}:00"


def aws_cron(when: str) -> str:
    """The schedule expression of EventBridge Scheduler for five fields of cron. ValueError as `on_calendar`.

    Its weekdays count from Sunday as 1, so they are named; of the two fields of a day one must be a question mark.
    """
    minute, hour, day, month, weekday = (_checked(field) for field in when.split())
    if weekday != "*" and day != "*":
        raise ValueError(f"'{when}' names a day of the month and of the week: that is no time of this timetable")
    named = re.sub(r"\d", lambda number: DAYS[int(number[0])].upper(), weekday)
    days = f"? {month} {named}" if weekday != "*" else f"{day} {month} ?"
    return f"cron({minute.replace('*/', '0/')} {hour.replace('*/', '0/')} {days} *)"


def _checked(field: str) -> str:
    _numbers(field)
    return field


def _numbers(field: str) -> str:
    if field == "*":
        return "*"
    if found := re.fullmatch(r"\*/(\d+)", field):
        return f"00/{found[1]}"
    if not re.fullmatch(r"\d+([-,]\d+)*", field):
        raise ValueError(f"'{field}' is no field of this timetable")
    return re.sub(r"\d+", lambda number: f"{int(number[0]):02d}", field).replace("-", "..")


def _weekdays(field: str) -> str:
    if field == "*":
        return ""
    return re.sub(r"\d", lambda number: DAYS[int(number[0])], field).replace("-", "..") + " "


def due_after(when: str, moment: datetime) -> datetime:
    """The first time after `moment`, on its own clock, at which cron begins this; ValueError: none in a year."""
    minutes, hours, days, months, weekdays = (
        _values(field, low, high) for field, (low, high) in zip(when.split(), _SPANS, strict=True)
    )
    for ahead in range(367):
        day = (moment + timedelta(days=ahead)).replace(second=0, microsecond=0)
        if day.month not in months or day.day not in days or day.isoweekday() % 7 not in weekdays:
            continue
        times = (day.replace(hour=hour, minute=minute) for hour in hours for minute in minutes)
        if found := next((one for one in times if one > moment), None):
            return found
    raise ValueError(f"'{when}' never comes")


_SPANS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))


def _values(field: str, low: int, high: int) -> list[int]:
    if field == "*" or field.startswith("*/"):
        return list(range(low, high + 1, int(field[2:] or 1)))
    found: set[int] = set()
    for part in field.split(","):
        first, _, last = part.partition("-")
        found |= set(range(int(first), int(last or first) + 1))
    return sorted(found)
