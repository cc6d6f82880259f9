"""The files of deploy/ that would otherwise say the timetable again: units, crontab, schedules, alarms of late jobs.

`manage.py build_units` writes them; a test insists that they are what it makes.
"""

from collections.abc import Iterator

from cloudbank.house.web import OPTIONS
from cloudbank.scheduled_tasks import schedules_template
from cloudbank.timetable import HOUR, TIMETABLE, Planned, cron_line, on_calendar

MADE = "# Made by `manage.py build_units` from cloudbank/timetable.py: change it there."
HOME = "/srv/cloudbank"
SPREAD_SECONDS = 30
"""Timers of several hosts do not all fire in the same second."""

_CONFINED = f"""\
User=cloudbank
Group=cloudbank
WorkingDirectory={HOME}
EnvironmentFile=/etc/cloudbank/environment
EnvironmentFile=/etc/cloudbank/secrets
UMask=0027
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectControlGroups=yes
PrivateTmp=yes
PrivateDevices=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
LockPersonality=yes
CapabilityBoundingSet=
ReadWritePaths=/var/lib/cloudbank /srv/reports
"""


def _logs_to(name: str) -> str:
    return f"StandardOutput=append:/var/log/cloudbank/{name}.log\nStandardError=inherit\n"


def _online(about: str) -> str:
    """The head of a unit that needs the network."""
    return f"""{MADE}
[Unit]
Description=Cloud Bank: {about}
After=network-online.target
Wants=network-online.target
"""


def web_service() -> str:
    """gunicorn behind the load balancer: the options of `make run`, as many workers as the host has room for."""
    options = " ".join(option for option in OPTIONS if not option.startswith("--workers="))
    return f"""{_online("pages")}
[Service]
Type=notify
# Any address may say that it is the load balancer, because the security group admits nobody else.
ExecStart={HOME}/.venv/bin/gunicorn --bind=0.0.0.0:8000 --workers=${{WEB_WORKERS}} {options} \\
  --worker-tmp-dir=/dev/shm --forwarded-allow-ips=* cloudbank.wsgi:application
ExecReload=/bin/kill -HUP $MAINPID
KillMode=mixed
TimeoutStopSec=40
Restart=always
RestartSec=2
{_logs_to("web")}{_CONFINED}
[Install]
WantedBy=multi-user.target
"""


def job_service(planned: Planned) -> str:
    """One run; whatever its end, a line of JSON tells of it, and the alarms count those lines."""
    return f"""{_online(planned.about)}
[Service]
Type=oneshot
ExecStart={HOME}/.venv/bin/python manage.py {planned.command}
ExecStopPost={HOME}/deploy/host/ended {planned.name}
TimeoutStartSec=6h
{_logs_to("jobs")}{_CONFINED}"""


def staying_service(planned: Planned) -> str:
    """The same job as a service."""
    return f"""{_online(planned.about)}
[Service]
ExecStart={HOME}/.venv/bin/python manage.py {planned.stays}
Restart=always
RestartSec=5
{_logs_to("jobs")}{_CONFINED}
[Install]
WantedBy=multi-user.target
"""


def timer(planned: Planned) -> str:
    """When it runs; what was missed while the host was down is made up for."""
    return f"""{MADE}
[Unit]
Description=Cloud Bank: {planned.about}

[Timer]
OnCalendar={on_calendar(planned.when)}
RandomizedDelaySec={SPREAD_SECONDS}
Persistent=true

[Install]
WantedBy=timers.target
"""


def crontab() -> str:
    """For hosts without systemd: the same times."""
    head = (
        f"{MADE}\n# Times are the bank's: the host's zone must be BANK_TIMEZONE. Settings are read from {HOME}/.env.\n"
        "SHELL=/bin/sh\nPATH=/usr/local/bin:/usr/bin:/bin\nMAILTO=operations@bank.example\n\n"
    )
    return head + "".join(f"{'# ' * planned.example}{cron_line(planned)}\n" for planned in TIMETABLE)


def late_alarm(planned: Planned) -> str:
    """An alarm when no good end of the job was told for too long."""
    assert planned.late_after is not None  # noqa: S101  callers choose
    period = 300 if planned.late_after <= HOUR else 3600
    name = "".join(part.capitalize() for part in planned.name.split("-"))
    return f"""
  Late{name}:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: !Sub "${{Bank}}-late-{planned.name}"
      AlarmDescription: "{planned.about}: not done in time. docs/runbooks/job-late.md"
      Namespace: !Sub "Bank/${{Bank}}"
      MetricName: JobDone
      Dimensions: [{{ Name: Job, Value: {planned.name} }}]
      Statistic: Sum
      Period: {period}
      EvaluationPeriods: {int(planned.late_after.total_seconds()) // period}
      ComparisonOperator: LessThanThreshold
      Threshold: 1
      TreatMissingData: breaching
      AlarmActions: [Fn::ImportValue: !Sub "${{Bank}}-AlarmTopicArn"]
      OKActions: [Fn::ImportValue: !Sub "${{Bank}}-AlarmTopicArn"]
"""


def late_template() -> str:
    """The stack of these alarms."""
    head = f"""{MADE}
AWSTemplateFormatVersion: "2010-09-09"
Description: Cloud Bank, alarms of late jobs. After watch.yaml; they ring until each job ran once.

Parameters:
  Bank: {{ Type: String, Default: cloudbank, AllowedPattern: "[a-z][a-z0-9-]{{1,20}}" }}

Resources:"""
    return head + "".join(late_alarm(planned) for planned in TIMETABLE if planned.late_after)


def files() -> Iterator[tuple[str, str]]:
    """(path under deploy/, content) of every file that is made."""
    yield "crontab", crontab()
    yield "templates/late.yaml", late_template()
    yield "templates/schedules.yaml", f"{MADE}\n{schedules_template()}"
    yield "systemd/cloudbank-web.service", web_service()
    for planned in TIMETABLE:
        if planned.example:
            continue
        if planned.stays:
            yield f"systemd/cloudbank-{planned.name}.service", staying_service(planned)
            continue
        yield f"systemd/cloudbank-{planned.name}.service", job_service(planned)
        yield f"systemd/cloudbank-{planned.name}.timer", timer(planned)
