"""Documents in S3, against moto: whole, encrypted, never over another's; and a refusal is one sentence."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from moto import mock_aws

from cloudbank import documents
from cloudbank.bucket import BucketStorage
from cloudbank.documents import Damaged, NameTaken, NotStored

BUCKET = "bank-documents"


@pytest.fixture
def bucket(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An S3 bucket as the document store."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket=BUCKET)
        options = {
            "bucket_name": BUCKET,
            "location": "reports",
            "region_name": "us-east-1",
            "object_parameters": {"ServerSideEncryption": "AES256"},
            "default_acl": None,
        }
        chosen = {"BACKEND": "cloudbank.bucket.BucketStorage", "OPTIONS": options}
        settings.STORAGES = settings.STORAGES | {"documents": chosen}
        yield client


def answered(answer: Callable[..., Any]) -> None:
    """From now on the store's own client gets this answer to each PutObject."""
    storage = documents.documents()
    assert isinstance(storage, BucketStorage)
    storage.connection.meta.client.meta.events.register("before-call.s3.PutObject", answer)


def test_a_document_is_stored_encrypted_and_read_back(bucket: Any) -> None:
    stored = documents.store_bytes("a/b.csv", b"figures")
    assert documents.read_document(stored) == b"figures"
    there = bucket.get_object(Bucket=BUCKET, Key="reports/a/b.csv")
    assert (there["Body"].read(), there["ServerSideEncryption"]) == (b"figures", "AES256")


def test_the_same_bytes_again_are_harmless_and_others_are_refused(bucket: Any) -> None:
    documents.store_bytes("a.csv", b"figures")
    assert documents.store_bytes("a.csv", b"figures").size == 7
    with pytest.raises(NameTaken, match="a document named a.csv exists"):
        documents.store_bytes("a.csv", b"others")
    assert bucket.get_object(Bucket=BUCKET, Key="reports/a.csv")["Body"].read() == b"figures"


def test_a_changed_or_missing_object_is_never_handed_out(bucket: Any) -> None:
    stored = documents.store_bytes("a.csv", b"figures")
    bucket.put_object(Bucket=BUCKET, Key="reports/a.csv", Body=b"forged")
    with pytest.raises(Damaged, match="its SHA-256 differs"):
        documents.read_document(stored)
    bucket.delete_object(Bucket=BUCKET, Key="reports/a.csv")
    with pytest.raises(Damaged, match="not there any more"):
        documents.read_document(stored)


def test_a_refusal_is_one_sentence_and_leaves_nothing(bucket: Any) -> None:
    said = {"Error": {"Code": "AccessDenied", "Message": "Access Denied."}, "ResponseMetadata": {}}
    answered(lambda **request: (SimpleNamespace(status_code=403), said))
    with pytest.raises(NotStored, match=r"S3 refused the document a.csv: AccessDenied Access Denied$"):
        documents.store_bytes("a.csv", b"figures")
    assert "Contents" not in bucket.list_objects_v2(Bucket=BUCKET)


def test_no_bucket_is_one_sentence(bucket: Any) -> None:
    bucket.delete_bucket(Bucket=BUCKET)
    with pytest.raises(NotStored, match="S3 refused the document a.csv: NoSuchBucket"):
        documents.store_bytes("a.csv", b"figures")


def test_out_of_reach_is_one_sentence(bucket: Any) -> None:
    def away(**request: Any) -> None:
        raise EndpointConnectionError(endpoint_url="https://s3.example")

    answered(away)
    with pytest.raises(NotStored, match="S3 could not be reached for the document a.csv: EndpointConnectionError"):
        documents.store_bytes("a.csv", b"figures")


@pytest.mark.parametrize("name", ["../x", "A.csv", "/etc/passwd", "a b"])
def test_names_are_of_the_fixed_alphabet(bucket: Any, name: str) -> None:
    with pytest.raises(documents.BadName):
        documents.store_bytes(name, b"x")
