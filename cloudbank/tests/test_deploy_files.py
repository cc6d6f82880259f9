"""What deploy/ says beside the templates: made from the timetable, readable by systemd and cron, explained by runbooks."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.core.management import get_commands
from django.test import RequestFactory

from cloudbank import costs, timetable, units
from cloudbank.addresses import source_of
from cloudbank.house import web
from cloudbank.telling import metrics
from cloudbank.tests.cloudformation import DEPLOY, ROOT, resources, template
from cloudbank.timetable import TIMETABLE, on_calendar
from compliance.controls.jobs_late import SCHEDULE

README = (ROOT / "README.md").read_text(encoding="utf-8")
RUNBOOKS = ROOT / "docs" / "runbooks"


def test_deploy_holds_what_build_units_makes_and_no_other_unit() -> None:
    made = dict(units.files())
    for name, text in made.items():
        assert (DEPLOY / name).read_text(encoding="utf-8") == text, f"{name}: run manage.py build_units"
    there = {f"systemd/{path.name}" for path in (DEPLOY / "systemd").iterdir()}
    assert there == {name for name in made if name.startswith("systemd/")}


def test_the_readme_has_the_same_crontab() -> None:
    block = re.search(r"\(crontab\)\n\n```\n(.*?)```", README, re.S)
    assert block and block[1] == "".join(f"{timetable.cron_line(planned)}\n" for planned in TIMETABLE)


def test_what_only_an_operator_can_address_runs_on_no_host_by_itself() -> None:
    (example,) = [planned for planned in TIMETABLE if "bank.example" in planned.command]
    assert example.example and not list((DEPLOY / "systemd").glob(f"cloudbank-{example.name}.*"))
    assert f"\n# {timetable.cron_line(example)}\n" in (DEPLOY / "crontab").read_text(encoding="utf-8")


def test_every_planned_command_exists_and_names_are_unique() -> None:
    assert not {planned.job for planned in TIMETABLE} - set(get_commands())
    assert len({planned.name for planned in TIMETABLE}) == len(TIMETABLE)


def test_the_control_of_late_jobs_reads_the_same_timetable() -> None:
    assert set(SCHEDULE) == {
        "snapshot_controls", "escalate_actions", "send_digest", "detect_patterns", "screen_customers", "verify_audit",
        "run_payrolls", "run_schedules",
    }  # fmt: skip


@pytest.mark.parametrize(
    "cron, systemd",
    [
        ("30 18 * * 1-5", "Mon..Fri *-*-* 18:30:00"),
        ("20 8-15 * * 1-5", "Mon..Fri *-*-* 08..15:20:00"),
        ("*/5 * * * *", "*-*-* *:00/5:00"),
        ("0  6 2 1,4,7,10 *", "*-01,04,07,10-02 06:00:00"),
        ("0  3 * * 0", "Sun *-*-* 03:00:00"),
        ("* * * * *", "*-*-* *:*:00"),
    ],
)
def test_systemd_is_told_the_times_of_cron(cron: str, systemd: str) -> None:
    assert on_calendar(cron) == systemd


@pytest.mark.parametrize("cron", ["@daily * * * *", "1-5/2 * * * *", "x * * * *"])
def test_times_that_would_be_told_wrongly_are_refused(cron: str) -> None:
    with pytest.raises(ValueError, match="no field of this timetable"):
        on_calendar(cron)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="only where systemd's tools are")
def test_systemd_reads_the_times(tmp_path: Path) -> None:
    times = [on_calendar(planned.when) for planned in TIMETABLE]
    done = subprocess.run(["systemd-analyze", "calendar", *times], capture_output=True, text=True, timeout=20)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Next elapse") == len(times)


def test_the_pages_run_as_make_run_runs_them() -> None:
    service, image = units.web_service(), (DEPLOY / "host" / "serve").read_text(encoding="utf-8")
    for option in web.OPTIONS:
        if not option.startswith("--workers"):
            assert option in service and option in image


@pytest.mark.parametrize("result, done", [("success", True), ("exit-code", False)])
def test_the_end_of_a_job_is_a_line_that_the_alarms_count(result: str, done: bool) -> None:
    told = subprocess.run(
        [DEPLOY / "host" / "ended", "close-day"], env={"SERVICE_RESULT": result, "EXIT_STATUS": "0"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    line = json.loads(told.stdout)
    assert line == {"event": "job_ended", "job": "close-day", "result": result, "exit": "0"}
    patterns = {one["Properties"]["FilterPattern"] for _, one in resources("AWS::Logs::MetricFilter", "watch")}
    assert f'{{ $.event = "job_ended" && $.result {"=" if done else "!="} "success" }}' in patterns


def test_an_unpacked_release_is_readable_by_the_bank_s_own_user() -> None:
    """root's tar takes the modes of the file over: those of a private folder and of the builder's umask, were they left."""
    assert " --mode=u=rwX,go=rX " in (DEPLOY / "build-release").read_text(encoding="utf-8")
    assert 'chmod 0755 "$home"\n' in (DEPLOY / "host" / "set-up").read_text(encoding="utf-8")


def test_a_host_that_fails_to_be_set_up_still_tells_why() -> None:
    script = (DEPLOY / "host" / "set-up").read_text(encoding="utf-8")
    assert script.index("amazon-cloudwatch-agent-ctl") < script.index("secretsmanager") < script.index("bin/pip")


def alarms() -> dict[str, dict[str, Any]]:
    return dict(resources("AWS::CloudWatch::Alarm"))


def test_each_alarm_rings_and_names_its_page_and_each_page_has_its_alarm() -> None:
    named = set()
    for name, alarm in alarms().items():
        has = alarm["Properties"]
        page = re.search(r"docs/runbooks/([a-z-]+)\.md$", has["AlarmDescription"])
        assert page and (RUNBOOKS / f"{page[1]}.md").is_file(), name
        assert has["AlarmActions"] and has["OKActions"], name
        assert has["TreatMissingData"] in ("breaching", "notBreaching"), name
        named.add(page[1])
    assert named == {path.stem for path in RUNBOOKS.glob("*.md")} - {"README", "restore"}


def test_every_metric_of_the_bank_has_an_alarm_or_a_graph_and_no_alarm_waits_for_one_that_nobody_writes() -> None:
    """Of the embedded metric format and of the filters; `JobDone` has its alarms in late.yaml."""
    filters = [
        one["Properties"]["MetricTransformations"][0] for _, one in resources("AWS::Logs::MetricFilter", "watch")
    ]
    written = {*metrics.METRICS, *(one["MetricName"] for one in filters)}
    rung = {
        alarm["Properties"]["MetricName"]
        for alarm in alarms().values()
        if "Bank/" in str(alarm["Properties"].get("Namespace"))
    }
    text = (DEPLOY / "templates" / "watch.yaml").read_text(encoding="utf-8")
    drawn = set(re.findall(r'\["Bank/\$\{Bank\}", "([A-Za-z]+)"', text))
    assert rung <= written and drawn <= written
    assert written <= rung | drawn
    assert set(metrics.OF_HEALTH) <= rung, "what is measured every five minutes is measured to ring"


def test_the_estimate_of_costs_counts_the_alarms_and_metrics_that_there_are() -> None:
    """An alarm costs by the metrics it watches; a metric by each value of its dimension."""
    watched = [max(1, len(one["Properties"].get("Metrics", ())) - 1) for one in alarms().values()]
    assert sum(watched) == costs.ALARMS
    filters = [
        one["Properties"]["MetricTransformations"][0] for _, one in resources("AWS::Logs::MetricFilter", "watch")
    ]
    plain = {one["MetricName"] for one in filters if "Dimensions" not in one}
    jobs = [one for one in TIMETABLE if not (one.example or one.stays)]
    assert len({*metrics.METRICS, *plain}) + len(jobs) == costs.METRICS


def test_hosts_write_the_metrics_under_the_name_that_the_alarms_read() -> None:
    """Hosts and tasks: wherever a process of the bank is told that it is in production."""
    app, tasks = ((DEPLOY / "templates" / f"{one}.yaml").read_text(encoding="utf-8") for one in ("app", "fargate"))
    assert app.count("METRICS_NAMESPACE=Bank/${Bank}\n") == app.count("ENVIRONMENT=production\n") >= 2
    told = tasks.count('Name: METRICS_NAMESPACE, Value: !Sub "Bank/${Bank}"')
    assert told == tasks.count("Name: ENVIRONMENT, Value: production") >= 3


def test_every_job_with_a_rhythm_has_an_alarm_within_what_cloudwatch_looks_back() -> None:
    late = {
        one["Properties"]["Dimensions"][0]["Value"]: one["Properties"]
        for _, one in resources("AWS::CloudWatch::Alarm", "late")
    }
    assert set(late) == {planned.name for planned in TIMETABLE if planned.late_after}
    for planned in TIMETABLE:
        if planned.late_after:
            seconds = late[planned.name]["Period"] * late[planned.name]["EvaluationPeriods"]
            assert seconds == planned.late_after.total_seconds()
            assert seconds <= (604_800 if late[planned.name]["Period"] >= 3600 else 86_400)


def test_what_log_filters_look_for_is_what_the_code_writes() -> None:
    source = "".join(path.read_text(encoding="utf-8") for app in ("cloudbank", "accounts", "compliance")
                     for path in (ROOT / app).rglob("*.py") if "tests" not in path.parts)  # fmt: skip
    for name, one in resources("AWS::Logs::MetricFilter", "watch"):
        pattern = one["Properties"]["FilterPattern"]
        if not pattern.startswith("{"):
            assert all(words in source for words in re.findall(r'"([^"]+)"', pattern)), name


@pytest.mark.parametrize("role", ["Web", "Jobs"])
def test_what_a_host_runs_first_is_a_shell_script_with_settings_that_exist(role: str) -> None:
    data = template("app")["Resources"][f"{role}Template"]["Properties"]["LaunchTemplateData"]["UserData"]["Fn::Base64"]
    text, known = data["Fn::Sub"]
    named = set(re.findall(r"\$\{([\w:]+)\}", text))
    assert named <= set(known) | set(template("app")["Parameters"]) | {"AWS::Region", "AWS::StackName"}
    script = re.sub(r"\$\{[\w:]+\}", "x", text)
    assert subprocess.run(["bash", "-n"], input=script, text=True, capture_output=True).stderr == ""
    settings_given = re.findall(r"^([A-Z_]+)=", script, re.M)
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert len(settings_given) > 10 and [name for name in settings_given if f"# {name}=" not in example] == []


def test_the_dashboard_is_json() -> None:
    body, known = template("watch")["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    widgets = json.loads(body)["widgets"]
    assert len(widgets) >= 6
    assert set(re.findall(r"\$\{(\w+)\}", body)) - {"Bank", "TableSuffix"} == set(known)


@pytest.mark.parametrize("hops, source", [(1, "10.20.0.9"), (2, "203.0.113.7"), (3, "198.51.100.1")])
def test_a_client_is_known_behind_as_many_proxies_as_there_are(settings: Any, hops: int, source: str) -> None:
    settings.SECURE_PROXY_SSL_HEADER, settings.PROXY_HOPS = ("HTTP_X_FORWARDED_PROTO", "https"), hops
    chain = "198.51.100.1, 203.0.113.7, 10.20.0.9"
    assert source_of(RequestFactory().get("/", HTTP_X_FORWARDED_FOR=chain)) == source


def test_who_adds_entries_of_their_own_is_not_believed(settings: Any) -> None:
    settings.SECURE_PROXY_SSL_HEADER, settings.PROXY_HOPS = ("HTTP_X_FORWARDED_PROTO", "https"), 2
    forged = "1.1.1.1, 2.2.2.2, 203.0.113.7, 10.20.0.9"
    assert source_of(RequestFactory().get("/", HTTP_X_FORWARDED_FOR=forged)) == "203.0.113.7"
    assert source_of(RequestFactory().get("/", HTTP_X_FORWARDED_FOR="203.0.113.7")) == "203.0.113.7"
