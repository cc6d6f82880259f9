"""Back-ups in S3, against moto: there and back, gone on with, refused in one sentence; tables under the bank's own key."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from moto import mock_aws

from accounts.testing import a_customer
from cloudbank import tables, testing
from cloudbank.backup import BackupError, restoring
from cloudbank.backup.places import Bucket, place_of
from cloudbank.tests.drilling import SUFFIX, business, own_tables, printed, refused

BUCKET, PLACE = "bank-backups", "s3://bank-backups/tables/2026-11-23"


@pytest.fixture
def s3(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """S3 of an Amazon in memory, with a bucket for back-ups."""
    monkeypatch.delenv("DYNAMODB_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket=BUCKET, ObjectLockEnabledForBucket=True)
        yield client


@pytest.fixture
def amazon(s3: Any, settings: Any) -> Iterator[Any]:
    """The bank's tables there, too."""
    before = settings.DYNAMODB_ENDPOINT_URL
    settings.DYNAMODB_ENDPOINT_URL = None
    tables.connect(None)
    list(tables.create_tables())
    testing._forget_caches()
    yield s3
    tables.use_suffix("")
    tables.connect(before)
    testing._forget_caches()


def answered(monkeypatch: pytest.MonkeyPatch, operation: str, answer: Callable[..., Any]) -> None:
    """From now on S3 gives this answer to each such request."""
    real = Bucket.__init__

    def made(self: Bucket, *args: Any) -> None:
        real(self, *args)
        self._client.meta.events.register(f"before-call.s3.{operation}", answer)

    monkeypatch.setattr(Bucket, "__init__", made)


@pytest.mark.slow
def test_a_bank_goes_into_a_locked_bucket_and_comes_back(amazon: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    a_customer()
    before = business()
    assert f"{PLACE}: 3 parts" in printed("backup", f"--to={PLACE}", "--segments=1")
    names = [one["Key"] for one in amazon.list_objects_v2(Bucket=BUCKET)["Contents"]]
    assert all(name.startswith("tables/2026-11-23/") for name in names) and len(names) == 8
    assert "another one needs another place" in refused("backup", f"--to={PLACE}")
    assert "--key: say under which key" in refused("restore", f"--from={PLACE}", f"--suffix={SUFFIX}")
    key = boto3.client("kms", region_name="us-east-1").create_key()["KeyMetadata"]["Arn"]
    asked: list[dict[str, Any]] = []
    real = restoring.whole.asked

    def noting(operation: str, arguments: dict[str, Any]) -> Any:
        if operation == "UpdateTable":
            asked.append(arguments)
        return real(operation, arguments)

    monkeypatch.setattr(restoring.whole, "asked", noting)
    said = printed("restore", f"--from={PLACE}", f"--suffix={SUFFIX}", f"--key={key}")
    assert "dynamo_plan --apply" in said and business() == before
    assert {one["TableName"] for one in asked} == {base.Meta.table_name for base in tables.TABLES}
    assert all(one["SSESpecification"]["KMSMasterKeyId"] == key for one in asked)
    own_tables()
    amazon.put_object(Bucket=BUCKET, Key="tables/2026-11-23/BankingUsers-00-000001.jsonl.gz", Body=b"forged")
    why = refused("restore", f"--from={PLACE}", "--suffix=-other", f"--key={key}")
    assert (
        "BankingUsers-00-000001.jsonl.gz in s3://bank-backups/tables/2026-11-23 is not the file that was written" in why
    )


def test_what_s3_refuses_is_one_sentence_and_the_same_command_goes_on(
    amazon: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {"Error": {"Code": "AccessDenied", "Message": "Access Denied."}, "ResponseMetadata": {}}

    def denies_parts(params: dict[str, Any], **_: Any) -> Any:
        return (SimpleNamespace(status_code=403), said) if "gz" in params["url_path"] else None

    with monkeypatch.context() as patch:
        answered(patch, "PutObject", denies_parts)
        why = refused("backup", f"--to={PLACE}", "--segments=1")
    assert "could not take BankingTransactions-00-000001.jsonl.gz: AccessDenied Access Denied." in why
    assert "Keep its seal" in printed("backup", f"--to={PLACE}")
    with pytest.raises(BackupError, match="could not be listed: NoSuchBucket"):
        place_of("s3://no-such-bucket/x").names()


def test_of_two_that_begin_at_the_same_place_one_is_told(s3: Any) -> None:
    place = place_of(PLACE)
    place.write("begin.json", b"1", new=True)
    with pytest.raises(BackupError, match=r"could not take begin.json: PreconditionFailed"):
        place.write("begin.json", b"2", new=True)
    assert place.read("begin.json", 1) == b"1"
    with pytest.raises(BackupError, match="has 1 bytes, and no file of this kind has more than 0"):
        place.read("begin.json", 0)


def test_s3_out_of_reach_is_one_sentence(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="https://s3.example")

    answered(monkeypatch, "ListObjectsV2", away)
    with pytest.raises(BackupError, match=r"could not be listed: S3 could not be reached \(EndpointConnectionError\)"):
        place_of(PLACE).names()
