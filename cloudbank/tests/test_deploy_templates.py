"""The templates of deploy/: by cfn-lint, and by what neither it nor moto looks at."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from cloudbank import tables
from cloudbank.tests.cloudformation import (
    DEPLOY,
    TEMPLATES,
    as_list,
    resources,
    statements,
    template,
    walked,
)

TEXTS = {path.stem: path.read_text(encoding="utf-8") for path in TEMPLATES}
BARE_STAR = {
    "ssm:UpdateInstanceInformation",
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
}
"""IAM knows no resource for these."""
READS = {"dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"}


@pytest.mark.slow
def test_cfn_lint_finds_nothing() -> None:
    lint = Path(sys.executable).with_name("cfn-lint")
    told = subprocess.run([lint, "--", *TEMPLATES], capture_output=True, text=True, timeout=120)
    assert (told.returncode, told.stdout) == (0, ""), told.stdout + told.stderr


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_only_yaml_that_cloudformation_reads(name: str) -> None:
    """It takes no aliases and no merged maps; a text of its is at most 51,200 bytes when given with the request."""
    events = [type(event) for event in yaml.parse(TEXTS[name])]
    assert yaml.AliasEvent not in events
    assert len(TEXTS[name].encode()) < 51_200


def test_no_account_and_no_secret_is_in_a_template() -> None:
    for path in [*TEMPLATES, *(DEPLOY / "host").iterdir(), *(DEPLOY / "systemd").iterdir()]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"(?<![\d-])\d{12}(?!\d)", text), path
        assert not re.search(
            r"AKIA[0-9A-Z]{16}|BEGIN [A-Z ]*PRIVATE KEY|(?i:password|secret_key)\s*[:=]\s*['\"]?\w{8,}", text
        ), path


def test_every_export_that_is_asked_for_is_made_by_an_earlier_template() -> None:
    order = ["tables", "storage", "network", "roles", "app", "edge", "watch", "late"]
    assert sorted(order) == sorted(TEXTS)
    made: set[str] = set()
    for name in order:
        asked = {
            text
            for _, node in walked(template(name)["Resources"])
            if isinstance(node, dict) and "Fn::ImportValue" in node
            for _, text in walked(node["Fn::ImportValue"])
            if isinstance(text, str) and text.startswith("${Bank}")
        }
        assert asked <= made, (name, asked - made)
        outputs = template(name).get("Outputs", {}).values()
        made |= {one["Export"]["Name"]["Fn::Sub"] for one in outputs if "Export" in one}


# --- what must not be lost ---------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::KMS::Key", "AWS::Logs::LogGroup"])
def test_what_holds_data_stays_when_its_stack_goes(kind: str) -> None:
    found = dict(resources(kind))
    assert len(found) >= 2
    for name, one in found.items():
        assert (one.get("DeletionPolicy"), one.get("UpdateReplacePolicy")) == ("Retain", "Retain"), name


def test_each_table_is_backed_up_protected_encrypted_capped_and_lets_sessions_end() -> None:
    found = dict(resources("AWS::DynamoDB::Table"))
    assert len(found) == len(tables.TABLES)
    for name, one in found.items():
        has = one["Properties"]
        assert has["PointInTimeRecoverySpecification"] == {
            "PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 35,
        }, name  # fmt: skip
        assert has["DeletionProtectionEnabled"] is True, name
        assert has["SSESpecification"] == {
            "SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": {"Fn::GetAtt": "TablesKey.Arn"},
        }, name  # fmt: skip
        assert has["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}, name
        for capped in (has, *has["GlobalSecondaryIndexes"]):
            assert set(capped["OnDemandThroughput"]) == {"MaxReadRequestUnits", "MaxWriteRequestUnits"}, name


def test_keys_are_turned_and_usable_by_their_account_only() -> None:
    for name, key in resources("AWS::KMS::Key"):
        assert key["Properties"]["EnableKeyRotation"] is True, name
        for one in statements(key):
            assert one["Principal"] != "*" and "*" not in one["Principal"].values(), name
            assert not any(action.endswith("*") for action in one["Action"]), name


def test_buckets_are_closed_versioned_encrypted_and_speak_tls_only() -> None:
    policies = {policy["Properties"]["Bucket"]["Ref"]: policy for _, policy in resources("AWS::S3::BucketPolicy")}
    for name, bucket in resources("AWS::S3::Bucket"):
        has = bucket["Properties"]
        assert (
            set(has["PublicAccessBlockConfiguration"].values()) == {True}
            and len(has["PublicAccessBlockConfiguration"]) == 4
        )
        assert has["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}, name
        assert has["VersioningConfiguration"] == {"Status": "Enabled"}, name
        (rule,) = has["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        with_own_key = rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
        # The load balancer writes its logs with SSE-S3 only; what CloudFront shows the world is no secret.
        assert with_own_key or name in ("storage.AccessLogsBucket", "edge.StaticBucket")
        assert has["LifecycleConfiguration"]["Rules"], name
        deny = statements(policies[name.partition(".")[2]])[0]
        assert (deny["Effect"], deny["Principal"], deny["Action"]) == ("Deny", "*", "s3:*"), name
        assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}} and len(deny["Resource"]) == 2, name


def test_filed_reports_and_backups_are_locked() -> None:
    found = template("storage")["Resources"]
    for name, period in (("FiledBucket", "Years"), ("BackupBucket", "Days")):
        has = found[name]["Properties"]
        assert has["ObjectLockEnabled"] is True
        retention = has["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]
        assert set(retention) == {"Mode", period}
    (rule,) = found["DocumentsBucket"]["Properties"]["ReplicationConfiguration"]["Rules"]
    assert rule["Status"] == "Enabled" and rule["Filter"] == {"Prefix": "reports/"}
    assert rule["Destination"]["Bucket"] == {"Fn::GetAtt": "FiledBucket.Arn"}


# --- rights ------------------------------------------------------------------------------------


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
            # Below one bucket; the tables that a restore makes beside the bank's; a table's exports.
            assert all(re.search(r"/\*$|-restored-\*$", text) for text in starred), (name, on)


def test_who_may_take_a_role_is_named() -> None:
    for name, role in resources("AWS::IAM::Role"):
        (one,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        assert one["Principal"] != "*" and "*" not in one["Principal"].values(), name
    (one,) = template("roles")["Resources"]["RestoreRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert one["Condition"] == {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


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


def test_no_role_deletes_a_posting_or_a_record_of_the_audit_trail() -> None:
    for role in ("WebRole", "JobsRole"):
        assert not any("TransactionsTable" in on for on in rights(role)["dynamodb:DeleteItem"])
        accounts = [
            one for one in statements(template("roles")["Resources"][role])
            if one["Action"] == ["dynamodb:DeleteItem"] and "AccountsTable" in json.dumps(one["Resource"])
        ]  # fmt: skip
        assert all(one["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"] for one in accounts)


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


def test_hosts_touch_one_set_of_tables_and_restored_ones_only_when_they_are_told_to_serve_them() -> None:
    for role in ("WebRole", "JobsRole"):
        for action, on in rights(role).items():
            if action.startswith("dynamodb:"):
                assert all("${Table}${TableSuffix}" in one for one in on), (role, action)
    told = [template(name)["Parameters"]["TableSuffix"] for name in ("roles", "app")]
    assert all(one["Default"] == "" for one in told) and len({one["AllowedPattern"] for one in told}) == 1
    for hosts in ("WebTemplate", "JobsTemplate"):
        assert "TABLE_SUFFIX=${TableSuffix}\n" in json.dumps(template("app")["Resources"][hosts]).replace("\\n", "\n")


# --- the network -------------------------------------------------------------------------------


def test_the_world_reaches_the_load_balancer_only_and_by_443_or_to_be_sent_there() -> None:
    inward = {name: one["Properties"] for name, one in resources("AWS::EC2::SecurityGroupIngress")}
    open_ones = {name: one for name, one in inward.items() if "CidrIp" in one}
    assert {(one["GroupId"]["Ref"], one["FromPort"], one["ToPort"]) for one in open_ones.values()} == {
        ("BalancerGroup", 443, 443), ("BalancerGroup", 80, 80),
    }  # fmt: skip
    for name, one in inward.items():
        assert one["FromPort"] == one["ToPort"] and one["FromPort"] in (80, 443, 587, 8000), name
    for name, group in resources("AWS::EC2::SecurityGroup"):
        has = group["Properties"]
        assert "SecurityGroupIngress" not in has and has["SecurityGroupEgress"], name
        assert all(
            rule["IpProtocol"] == "tcp" and rule["ToPort"] in (443, 587, 8000) for rule in has["SecurityGroupEgress"]
        )


def test_nothing_is_spoken_without_tls() -> None:
    found = template("app")["Resources"]
    https = found["Https"]["Properties"]
    assert (https["Protocol"], https["SslPolicy"]) == ("HTTPS", "ELBSecurityPolicy-TLS13-1-2-2021-06")
    (only,) = found["Http"]["Properties"]["DefaultActions"]
    assert only["RedirectConfig"] == {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
    edge = template("edge")["Resources"]["Distribution"]["Properties"]["DistributionConfig"]
    assert edge["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"
    behaviours = [edge["DefaultCacheBehavior"], *edge["CacheBehaviors"]]
    assert {one["ViewerProtocolPolicy"] for one in behaviours} == {"redirect-to-https"}


def test_pages_are_kept_by_no_cache() -> None:
    edge = template("edge")["Resources"]["Distribution"]["Properties"]["DistributionConfig"]
    disabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
    assert edge["DefaultCacheBehavior"]["CachePolicyId"] == disabled
    assert [one["PathPattern"] for one in edge["CacheBehaviors"]] == ["/static/*"]


def test_hosts_have_no_public_address_no_ssh_and_ask_for_tokens() -> None:
    for name, one in resources("AWS::EC2::LaunchTemplate"):
        has = one["Properties"]["LaunchTemplateData"]
        assert has["MetadataOptions"]["HttpTokens"] == "required", name
        assert not {"KeyName", "NetworkInterfaces"} & set(has), name
        assert all(disk["Ebs"]["Encrypted"] is True for disk in has["BlockDeviceMappings"]), name
    for name, group in resources("AWS::AutoScaling::AutoScalingGroup"):
        assert "PrivateSubnets" in json.dumps(group["Properties"]["VPCZoneIdentifier"]), name
        # By the balancer's check, a DynamoDB that is away would have every host replaced.
        assert group["Properties"]["HealthCheckType"] == "EC2", name


def test_a_new_release_waits_for_its_hosts() -> None:
    web = template("app")["Resources"]["WebGroup"]
    assert web["UpdatePolicy"]["AutoScalingRollingUpdate"]["WaitOnResourceSignals"] is True
    assert "cfn-signal" in json.dumps(template("app")["Resources"]["WebTemplate"])
    assert template("app")["Resources"]["Hosts"]["Properties"]["HealthCheckPath"] == "/readyz"
