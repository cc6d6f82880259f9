"""The bank without hosts: tasks as hosts would be, jobs of the same timetable, an image whose health says what it is to say."""

import io
import json
import os
import re
import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from cloudbank import store
from cloudbank.tests.cloudformation import DEPLOY, resources, template
from cloudbank.timetable import TIMETABLE, aws_cron

DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
TASKS = dict(resources("AWS::ECS::TaskDefinition", "fargate"))


def container(name: str) -> dict[str, Any]:
    (one,) = TASKS[f"fargate.{name}"]["Properties"]["ContainerDefinitions"]
    return dict(one)


@pytest.mark.parametrize(
    "cron, aws",
    [
        ("30 18 * * 1-5", "cron(30 18 ? * MON-FRI *)"),
        ("20 8-15 * * 1-5", "cron(20 8-15 ? * MON-FRI *)"),
        ("*/5 * * * *", "cron(0/5 * * * ? *)"),
        ("0  6 2 1,4,7,10 *", "cron(0 6 2 1,4,7,10 ? *)"),
        ("0  3 * * 0", "cron(0 3 ? * SUN *)"),
        ("0  6 * * 2-6", "cron(0 6 ? * TUE-SAT *)"),
    ],
)
def test_schedules_are_told_the_times_of_cron(cron: str, aws: str) -> None:
    assert aws_cron(cron) == aws


@pytest.mark.parametrize("cron", ["0 3 1 * 1", "@daily * * * *", "1-5/2 * * * *"])
def test_times_that_a_schedule_would_tell_wrongly_are_refused(cron: str) -> None:
    with pytest.raises(ValueError, match="no time of this timetable|no field of this timetable"):
        aws_cron(cron)


def test_every_job_that_hosts_run_by_timer_has_a_schedule_in_the_bank_s_own_time() -> None:
    made = {one["Properties"]["Name"]["Fn::Sub"]: one["Properties"] for _, one in resources("AWS::Scheduler::Schedule")}
    due = {f"${{Bank}}-{one.name}": one for one in TIMETABLE if not one.stays and not one.example}
    assert set(made) == set(due)
    for name, planned in due.items():
        has = made[name]
        assert has["ScheduleExpression"] == aws_cron(planned.when)
        assert has["ScheduleExpressionTimezone"] == {"Ref": "BankTimezone"}
        (override,) = json.loads(has["Target"]["Input"])["containerOverrides"]
        assert override["name"] == container("JobsTask")["Name"]
        assert override["command"] == ["deploy/host/run-job", planned.name, *planned.command.split()]


def test_what_stays_is_a_service() -> None:
    (stays,) = [planned.stays for planned in TIMETABLE if planned.stays]
    assert container("MessagesTask")["Command"] == [".venv/bin/python", "manage.py", *stays.split()]
    services = {name: one["Properties"] for name, one in resources("AWS::ECS::Service")}
    assert services["fargate.MessagesService"]["TaskDefinition"] == {"Ref": "MessagesTask"}


@pytest.mark.parametrize("name", sorted(TASKS))
def test_tasks_write_nowhere_but_into_their_volumes_and_have_no_rights_of_root(name: str) -> None:
    has = TASKS[name]["Properties"]
    one = container(name.partition(".")[2])
    assert one["ReadonlyRootFilesystem"] is True
    assert one["LinuxParameters"] == {"InitProcessEnabled": True, "Capabilities": {"Drop": ["ALL"]}}
    mounted = {mount["ContainerPath"]: mount["SourceVolume"] for mount in one["MountPoints"]}
    assert {volume["Name"] for volume in has["Volumes"]} == set(mounted.values())
    declared = json.loads(re.search(r"^VOLUME (\[.*\])$", DOCKERFILE, re.M)[1])  # type: ignore[index]
    assert set(mounted) <= set(declared), "a volume that the image does not declare belongs to root"


@pytest.mark.parametrize(
    "host, task", [("WebTemplate", "WebTask"), ("JobsTemplate", "JobsTask"), ("JobsTemplate", "MessagesTask")]
)
def test_tasks_know_the_settings_that_hosts_know(host: str, task: str) -> None:
    data = template("app")["Resources"][host]["Properties"]["LaunchTemplateData"]["UserData"]["Fn::Base64"]
    of_host = set(re.findall(r"^([A-Z_]+)=", data["Fn::Sub"][0], re.M))
    of_task = {one["Name"] for one in container(task)["Environment"]} - {"WEB_CONCURRENCY"}
    assert of_task == of_host
    assert {one["Name"] for one in container(task)["Secrets"]} == {"SECRET_KEY", "EMAIL_URL"}
    assert not {"SECRET_KEY", "EMAIL_URL"} & of_task


def test_a_release_that_is_not_ready_is_rolled_back_and_how_many_run_is_not_set_back_by_one() -> None:
    for name, one in resources("AWS::ECS::Service"):
        has = one["Properties"]
        assert has["DeploymentConfiguration"]["DeploymentCircuitBreaker"] == {"Enable": True, "Rollback": True}, name
        assert has["NetworkConfiguration"]["AwsvpcConfiguration"]["AssignPublicIp"] == "DISABLED", name
    web = template("fargate")["Resources"]["WebService"]["Properties"]
    assert "DesiredCount" not in web and web["DeploymentConfiguration"]["MinimumHealthyPercent"] == 100
    assert container("WebTask")["HealthCheck"]["Command"] == ["CMD", "/srv/cloudbank/deploy/host/answers"]
    # ECS replaces what the balancer calls unhealthy: by /readyz, all tasks because DynamoDB is away.
    assert template("balancer")["Resources"]["Tasks"]["Properties"]["HealthCheckPath"] == "/healthz"


def test_the_sizes_are_those_of_hosts_in_shards_and_those_that_fargate_has() -> None:
    gigabytes = {1024: range(2, 9), 2048: range(4, 17), 4096: range(8, 31)}
    hosts, tasks = template("app")["Mappings"]["Sizes"], template("fargate")["Mappings"]["Sizes"]
    assert set(hosts) == set(tasks)
    for size, one in tasks.items():
        assert one["Shards"] == hosts[size]["Shards"]
        for cpu, memory in ((one["Cpu"], one["Memory"]), (one["JobsCpu"], one["JobsMemory"])):
            assert memory % 1024 == 0 and memory // 1024 in gigabytes[cpu], size
        assert one["Workers"] == 2 * one["Cpu"] // 1024


def test_the_image_is_compiled_because_a_task_cannot_write_what_it_compiles() -> None:
    assert re.search(r"-m compileall .*\n?.*cloudbank accounts monitoring compliance reporting", DOCKERFILE)
    assert "USER 990:990" in DOCKERFILE and DOCKERFILE.count("FROM ${BASE}") == 2


# --- scripts of the image --------------------------------------------------------------------


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder like /srv/cloudbank, whose manage.py is what a test writes."""
    (tmp_path / "deploy" / "host").mkdir(parents=True)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)
    for name in ("run-job", "ended", "serve", "answers"):
        (tmp_path / "deploy" / "host" / name).symlink_to(DEPLOY / "host" / name)
    return tmp_path


@pytest.mark.parametrize("code, result", [(0, "success"), (3, "exit-code")])
def test_a_job_in_a_task_tells_its_end_as_on_a_host(tree: Path, code: int, result: str) -> None:
    (tree / "manage.py").write_text(f"import sys\nprint(sys.argv[1:])\nsys.exit({code})\n", encoding="utf-8")
    run = [tree / "deploy" / "host" / "run-job", "verify-ledger", "verify_ledger", "--full"]
    done = subprocess.run(run, capture_output=True, text=True, timeout=20)
    said, end = done.stdout.splitlines()
    assert done.returncode == code and said == "['verify_ledger', '--full']"
    assert json.loads(end) == {"event": "job_ended", "job": "verify-ledger", "result": result, "exit": str(code)}


def test_a_task_that_is_stopped_hands_the_signal_on_and_still_tells(tree: Path) -> None:
    (tree / "manage.py").write_text("import time\nprint('begun', flush=True)\ntime.sleep(30)\n", encoding="utf-8")
    run = [tree / "deploy" / "host" / "run-job", "close-day", "close_day"]
    with subprocess.Popen(run, stdout=subprocess.PIPE, text=True) as job:
        assert job.stdout is not None and job.stdout.readline() == "begun\n"
        os.kill(job.pid, signal.SIGTERM)
        end = json.loads(job.stdout.readline())
    assert end["result"] == "exit-code" and end["exit"] == str(128 + signal.SIGTERM) == str(job.returncode)


@pytest.mark.parametrize("code, served", [(0, "served --bind=0.0.0.0:8000"), (1, "")])
def test_a_task_serves_only_after_the_tables_answered(tree: Path, code: int, served: str) -> None:
    """By `manage.py ready`; a task that ends is what the service's circuit breaker counts."""
    (tree / "manage.py").write_text(
        f"import sys\nassert sys.argv[1:] == ['ready']\nsys.exit({code})\n", encoding="utf-8"
    )
    gunicorn = tree / ".venv" / "bin" / "gunicorn"
    gunicorn.write_text("#!/bin/sh\necho served $1\n", encoding="utf-8")
    gunicorn.chmod(0o755)
    done = subprocess.run([tree / "deploy" / "host" / "serve"], capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stdout.strip()) == (code, served), done.stderr


@pytest.mark.parametrize("status, code", [(200, 0), (500, 1)])
def test_a_task_is_well_while_its_process_answers(tree: Path, status: int, code: int) -> None:
    class Bank(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    with HTTPServer(("127.0.0.1", 0), Bank) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        here = tree / "deploy" / "host" / "answers"
        script = here.read_text(encoding="utf-8").replace(":8000", f":{server.server_port}")
        here.unlink()
        here.write_text(script, encoding="utf-8")
        assert subprocess.run(["sh", here], timeout=20).returncode == code
        server.shutdown()


def test_the_tables_are_waited_for_and_not_for_ever(bank: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([store.Unavailable("away"), None])

    def asked() -> None:
        if error := next(answers, store.Unavailable("away")):
            raise error

    call_command("ready", stdout=io.StringIO())
    monkeypatch.setattr("cloudbank.management.commands.ready.PAUSE_SECONDS", 0.01)
    monkeypatch.setattr("cloudbank.management.commands.ready.refuse_unready", asked)
    call_command("ready", stdout=io.StringIO())
    with pytest.raises(CommandError, match="Not ready: Unavailable"):
        call_command("ready", seconds=0.05, stdout=io.StringIO())


AWS = """#!/bin/sh
# The AWS CLI, as far as bank-task asks it: each call is a line of a file.
printf '%s\\n' "$*" >>"$CALLS"
case "$*" in
*describe-stacks*) echo subnet-1,subnet-2 ;;
*run-task*) echo arn:aws:ecs:us-east-1:1:task/cloudbank/abc ;;
*lastStatus*) echo STOPPED ;;
*get-log-events*) echo '["what it says", "in two lines"]' ;;
*exitCode*) echo 3 ;;
esac
"""


def test_a_command_run_as_a_task_says_what_it_says_and_ends_as_it_ends(tmp_path: Path) -> None:
    aws = tmp_path / "aws"
    aws.write_text(AWS, encoding="utf-8")
    aws.chmod(0o755)
    calls = tmp_path / "calls"
    known = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "CALLS": str(calls),
        "BANK": "cloudbank",
        "AWS_REGION": "us-east-1",
    }
    said = ["create_staff", "--name", """It's "quoted" $HOME"""]
    done = subprocess.run([DEPLOY / "bank-task", *said], env=known, capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stdout) == (3, "what it says\nin two lines\n"), done.stderr
    (run,) = (line for line in calls.read_text(encoding="utf-8").splitlines() if "run-task" in line)
    override = json.loads(run.split("--overrides ")[1].split(" --query")[0])["containerOverrides"][0]
    assert override == {"name": "jobs", "command": [".venv/bin/python", "manage.py", *said]}
    assert "subnets=[subnet-1,subnet-2]" in run and "assignPublicIp=DISABLED" in run
