"""The templates of deploy/: by cfn-lint, and by what neither it nor moto looks at."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from cloudbank import tables
from cloudbank.tests.cloudformation import DEPLOY, TEMPLATES, resources, statements, template, walked

TEXTS = {path.stem: path.read_text(encoding="utf-8") for path in TEMPLATES}
ORDER = (
    "tables", "storage", "network", "roles", "balancer", "watch", "late", "app", "fargate", "schedules", "edge", "firewall",
)  # fmt: skip
"""In which docs/deploy.md has them deployed; a change of it is one of the page too."""


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
    assert sorted(ORDER) == sorted(TEXTS)
    made: set[str] = set()
    for name in ORDER:
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
    rules = found["DocumentsBucket"]["Properties"]["ReplicationConfiguration"]["Rules"]
    assert {rule["Filter"]["Prefix"] for rule in rules} == {"reports/", "filings/"}
    assert len({rule["Priority"] for rule in rules}) == len(rules)
    for rule in rules:
        assert rule["Status"] == "Enabled" and rule["Destination"]["Bucket"] == {"Fn::GetAtt": "FiledBucket.Arn"}


def test_s3_may_copy_what_is_filed_and_is_asked_for_nothing_that_replication_does_not_tell() -> None:
    """Its calls carry no source account: with a condition on one, every copy would fail unseen."""
    role = template("storage")["Resources"]["FilingRole"]
    (trust,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "s3.amazonaws.com"} and "Condition" not in trust
    for action in ("s3:GetObjectVersionForReplication", "s3:ReplicateObject"):
        (one,) = (one for one in statements(role) if action in one["Action"])
        assert {on["Fn::Sub"].rsplit("/", 2)[1] for on in one["Resource"]} == {"reports", "filings"}


def test_the_load_balancer_may_write_its_logs_where_it_writes_them() -> None:
    """Under its account's own path, with SSE-S3; AWS's own example has no condition, and without the right it is not made."""
    found = template("storage")["Resources"]
    (one,) = (one for one in statements(found["AccessLogsPolicy"]) if "elasticloadbalancing" in str(one["Principal"]))
    assert "Condition" not in one and one["Resource"]["Fn::Sub"].endswith("/alb/AWSLogs/${AWS::AccountId}/*")
    attributes = template("balancer")["Resources"]["Balancer"]["Properties"]["LoadBalancerAttributes"]
    assert {"Key": "access_logs.s3.prefix", "Value": "alb"} in attributes


def test_backups_go_when_their_lock_ends() -> None:
    """What was erased of a person would else stay in them for ever."""
    has = template("storage")["Resources"]["BackupBucket"]["Properties"]
    days = has["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]["Days"]
    (gone,) = (rule for rule in has["LifecycleConfiguration"]["Rules"] if "ExpirationInDays" in rule)
    assert gone["ExpirationInDays"] == days == {"Ref": "BackupDays"} and gone["NoncurrentVersionExpiration"]


def test_an_image_is_what_it_was_when_it_was_tried() -> None:
    has = template("storage")["Resources"]["Images"]["Properties"]
    assert has["ImageTagMutability"] == "IMMUTABLE" and has["ImageScanningConfiguration"] == {"ScanOnPush": True}
    assert has["EncryptionConfiguration"]["EncryptionType"] == "KMS"
    (rule,) = json.loads(has["LifecyclePolicy"]["LifecyclePolicyText"])["rules"]
    assert rule["selection"]["tagStatus"] == "untagged", "a release that is served must never end by its age"


def test_no_release_that_a_new_host_needs_ends_by_its_age() -> None:
    for rule in template("storage")["Resources"]["ReleasesBucket"]["Properties"]["LifecycleConfiguration"]["Rules"]:
        assert not {"ExpirationInDays", "ExpirationDate", "Transitions"} & set(rule)


def test_caps_stay_within_what_a_new_account_may_take_of_a_table() -> None:
    for size, caps in template("tables")["Mappings"]["Sizes"].items():
        assert set(caps) == {"Reads", "Writes"} and max(caps.values()) <= 40_000, size


def test_tables_can_be_warmed_before_their_first_payday_and_are_not_unless_it_is_asked_for() -> None:
    """A new table takes 4,000 writes a second; a table and its indexes take the same writes."""
    known = template("tables")
    assert known["Parameters"]["WarmWrites"]["Default"] == 0
    warm = {"Fn::If": ["IsWarmed", {"WriteUnitsPerSecond": {"Ref": "WarmWrites"}}, {"Ref": "AWS::NoValue"}]}
    for name in ("AccountsTable", "TransactionsTable"):
        has = known["Resources"][name]["Properties"]
        assert all(one["WarmThroughput"] == warm for one in (has, *has["GlobalSecondaryIndexes"])), name


def test_no_export_is_of_a_value_that_an_update_changes() -> None:
    """A stack cannot be updated while another imports what would change: another certificate, a new release's tasks."""
    for name in ORDER:
        known, parameters = template(name)["Resources"], template(name)["Parameters"]
        for key, one in template(name).get("Outputs", {}).items():
            if "Export" in one and "Ref" in one["Value"]:
                named = one["Value"]["Ref"]
                assert named not in parameters and known[named]["Type"] != "AWS::ECS::TaskDefinition", (name, key)


@pytest.mark.parametrize("name", ORDER)
def test_names_and_descriptions_are_of_the_letters_that_aws_takes(name: str) -> None:
    """A group's description with an apostrophe fails only when it is made."""
    for path, text in walked(template(name)["Resources"]):
        if path.endswith("Description") and "SecurityGroup" in str(
            template(name)["Resources"][path.split("/")[1]]["Type"]
        ):
            assert re.fullmatch(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{1,255}", text), (path, text)
