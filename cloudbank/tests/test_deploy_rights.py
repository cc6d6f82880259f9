"""Who may do what: the roles of deploy/templates, read off the parsed text. moto's enforcement is not IAM's."""

import json
import re
from typing import Any

import pytest

from cloudbank import tables
from cloudbank.tests.cloudformation import as_list, resources, statements, template, walked

BARE_STAR = {
    "ecr:GetAuthorizationToken",
    "ssm:UpdateInstanceInformation",
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
}
"""IAM knows no resource for these."""
READS = {"dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"}


def rights(role: str) -> dict[str, set[str]]:
    """Action -> what it is allowed on, as text, of a role of roles.yaml."""
    found: dict[str, set[str]] = {}
    for one in statements(template("roles")["Resources"][role]):
        if one["Effect"] == "Allow":
            for action in as_list(one["Action"]):
                found.setdefault(action, set()).update(json.dumps(on) for on in as_list(one["Resource"]))
    return found


@pytest.mark.parametrize("name, role", [(name, role) for name, role in resources("AWS::IAM::Role")])
def test_no_right_is_by_a_wildcard(name: str, role: dict[str, Any]) -> None:
    for one in statements(role):
        assert not {"NotAction", "NotResource"} & set(one), name
        for action in as_list(one["Action"]):
            assert "*" not in action, (name, action)
        for on in as_list(one["Resource"]):
            if on == "*":
                assert set(as_list(one["Action"])) <= BARE_STAR, (name, one)
                continue
            starred = [text for _, text in walked(on) if isinstance(text, str) and "*" in text]
            # Below one bucket; the tables that a restore makes beside the bank's; a table's exports; a task's revisions.
            assert all(re.search(r"/\*$|-restored-\*$|-jobs:\*$", text) for text in starred), (name, on)


def test_who_may_take_a_role_is_named_and_a_service_only_for_this_account() -> None:
    """But EC2, which hands a role to its own instances only, and S3's replication, which names no account."""
    for name, role in resources("AWS::IAM::Role"):
        for one in role["Properties"]["AssumeRolePolicyDocument"]["Statement"]:
            assert one["Principal"] != "*" and "*" not in one["Principal"].values(), name
            service = one["Principal"].get("Service")
            if service and service not in ("ec2.amazonaws.com", "s3.amazonaws.com"):
                assert one["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}, (
                    name,
                    service,
                )
    (one,) = template("roles")["Resources"]["RestoreRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert one["Condition"] == {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


def spelled_out(value: Any) -> Any:
    """A policy with names as long as they may be where only a deployment knows them."""
    if isinstance(value, list):
        return [spelled_out(one) for one in value]
    if not isinstance(value, dict):
        return value
    if set(value) <= {"Ref", "Fn::GetAtt", "Fn::ImportValue"}:
        return "arn:aws:dynamodb:ap-southeast-1:012345678901:table/BankingTransactions"
    if set(value) == {"Fn::Sub"}:
        text, known = value["Fn::Sub"] if isinstance(value["Fn::Sub"], list) else (value["Fn::Sub"], {})
        return re.sub(
            r"\$\{([\w:.]+)\}", lambda name: spelled_out(known[name[1]]) if name[1] in known else "x" * 21, text
        )
    return {key: spelled_out(one) for key, one in value.items()}


@pytest.mark.parametrize("name, role", [(name, role) for name, role in resources("AWS::IAM::Role")])
def test_a_role_holds_as_much_as_iam_takes(name: str, role: dict[str, Any]) -> None:
    """All its inline policies together: 10,240 characters, blanks not counted (IAM and STS quotas)."""
    policies = [spelled_out(policy["PolicyDocument"]) for policy in role["Properties"]["Policies"]]
    assert sum(len(re.sub(r"\s", "", json.dumps(one))) for one in policies) < 10_240, name


def test_no_host_may_change_or_delete_a_table_and_web_hosts_never_scan() -> None:
    for role in ("WebRole", "JobsRole"):
        actions = {action for action in rights(role) if action.startswith("dynamodb:")}
        assert not [
            action
            for action in actions
            if re.search(r"Table$|Backup|TimeToLive$|Stream", action) and "Describe" not in action
        ]
    web = {action for action in rights("WebRole") if action.startswith("dynamodb:")}
    assert web == READS | {
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
        "dynamodb:ConditionCheckItem",
        "dynamodb:DeleteItem",
    }
    assert "dynamodb:Scan" in rights("JobsRole")


def test_hosts_delete_what_ends_and_never_a_person_an_account_a_posting_or_a_record() -> None:
    due = {
        "WebRole": {"Users": {"session#*", "throttle#*", "email#*"}, "Accounts": {"whk_*"}},
        "JobsRole": {"Users": {"session#*", "throttle#*", "email#*"}, "Accounts": {"whk_*", "sanctions#*"}},
    }
    for role, known in due.items():
        deleting = [
            one for one in statements(template("roles")["Resources"][role]) if "dynamodb:DeleteItem" in as_list(one["Action"])
        ]  # fmt: skip
        found = {}
        for one in deleting:
            (table,) = re.findall(r"-(\w+)TableArn", json.dumps(one["Resource"]))
            found[table] = set(one["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"])
            # Of no key at all, ForAllValues would hold.
            assert one["Condition"]["Null"] == {"dynamodb:LeadingKeys": "false"}
        assert found == known


def test_a_host_may_ask_exactly_the_indexes_that_the_models_have() -> None:
    due = {
        f"{base.Meta.table_name.removeprefix('Banking')}:{index}" for base in tables.TABLES for index in base._indexes
    }
    for role in ("WebRole", "JobsRole"):
        asked = {
            re.sub(r'.*/index/(\w+)".*-(\w+)TableArn.*', r"\2:\1", on) for on in rights(role)["dynamodb:Query"]
        }  # fmt: skip
        assert asked == due


def test_the_restorer_cannot_touch_an_item_of_the_bank() -> None:
    own = rights("RestoreRole")
    for action in ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"):
        assert all("-restored-" in on for on in own[f"dynamodb:{action}"])
    denied = [one for one in statements(template("roles")["Resources"]["RestoreRole"]) if one["Effect"] == "Deny"]
    assert {action for one in denied for action in one["Action"]} >= {"dynamodb:DeleteTable"}
    (served,) = [one for one in denied if "dynamodb:PutItem" in one["Action"]]
    writes = {f"dynamodb:{action}" for action in ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem")}
    assert set(served["Action"]) == writes and len(served["Resource"]) == len(tables.TABLES)
    assert all("${Table}${TableSuffix}" in json.dumps(on) for on in served["Resource"])


def test_hosts_touch_one_set_of_tables_and_restored_ones_only_when_they_are_told_to_serve_them() -> None:
    for role in ("WebRole", "JobsRole"):
        for action, on in rights(role).items():
            if action.startswith("dynamodb:"):
                assert all("${Table}${TableSuffix}" in one for one in on), (role, action)
    told = [template(name)["Parameters"]["TableSuffix"] for name in ("roles", "app", "fargate", "watch")]
    assert all(one["Default"] == "" for one in told) and len({one["AllowedPattern"] for one in told}) == 1
    for hosts in ("WebTemplate", "JobsTemplate"):
        assert "TABLE_SUFFIX=${TableSuffix}\n" in json.dumps(template("app")["Resources"][hosts]).replace("\\n", "\n")


def test_alarms_and_dashboard_watch_the_tables_that_are_served() -> None:
    text = json.dumps(template("watch")["Resources"])
    named = re.findall(r"TableName[^B]{1,40}Banking(?:Users|Accounts|Transactions)(\$\{TableSuffix\})?", text)
    assert len(named) > 20 and all(named)


def test_only_the_host_of_the_jobs_writes_backups_where_it_is_told_to_and_deletes_none() -> None:
    told = json.dumps(template("app")["Resources"])
    (prefix,) = re.findall(r"BACKUP_TO=s3://\$\{Backups\}/(\w+)", told)
    jobs = [on for on in rights("JobsRole")["s3:PutObject"] if "BackupBucket" in on]
    assert len(jobs) == 1 and f"${{Bucket}}/{prefix}/*" in jobs[0]
    assert not any("BackupBucket" in on for on in rights("JobsRole")["s3:DeleteObject"])
    assert "BackupBucket" not in json.dumps(template("roles")["Resources"]["WebRole"])
    assert any("BackupBucket" in on for on in rights("RestoreRole")["s3:GetObject"])


def test_the_roles_of_fargate_only_start_what_the_bank_runs() -> None:
    found = template("fargate")["Resources"]
    start = {action for one in statements(found["StartRole"]) for action in as_list(one["Action"])}
    assert start == {
        "ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer",
        "secretsmanager:GetSecretValue", "kms:Decrypt", "logs:CreateLogStream", "logs:PutLogEvents",
    }  # fmt: skip
    timetable = {action: one for one in statements(found["TimetableRole"]) for action in as_list(one["Action"])}
    assert set(timetable) == {"ecs:RunTask", "ecs:TagResource", "iam:PassRole"}
    assert timetable["ecs:RunTask"]["Condition"] == {"ArnEquals": {"ecs:cluster": {"Fn::GetAtt": "Cluster.Arn"}}}
    assert timetable["iam:PassRole"]["Condition"] == {
        "StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}
    }
    passed = json.dumps(timetable["iam:PassRole"]["Resource"])
    assert "JobsRoleArn" in passed and "StartRole" in passed and "WebRole" not in passed
