"""Documents in S3 (django-storages): each object appears whole, encrypted, and never over another one of its name."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import File
from storages.backends.s3 import S3Storage

from cloudbank.documents import NameTaken, NotStored, checked_name

TAKEN = {"PreconditionFailed", "ConditionalRequestConflict"}
EIO = 5


@contextmanager
def _in_one_sentence(what: str) -> Iterator[None]:
    """NotStored says which request S3 refused, and why; a missing object stays FileNotFoundError."""
    try:
        yield
    except ClientError as error:
        code, said = error.response["Error"].get("Code", ""), error.response["Error"].get("Message", "")
        if code in TAKEN:
            raise NameTaken(what) from error
        raise NotStored(EIO, f"S3 refused {what}: {code} {said}".strip().rstrip(".")) from error
    except BotoCoreError as error:
        raise NotStored(EIO, f"S3 could not be reached for {what}: {type(error).__name__}") from error


class BucketStorage(S3Storage):
    """`STORAGES["documents"]` when DOCUMENTS_BUCKET is set. Credentials are those of the host's role."""

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        """The name itself: callers choose unique names, and a taken one is an error."""
        return checked_name(name)

    def _save(self, name: str, content: "File[bytes]") -> str:
        """One PUT on condition that no object has the name: there is no half object, and no overwriting."""
        key = self._normalize_name(checked_name(name))
        content.seek(0)
        sent = self._get_write_parameters(name, content)
        with _in_one_sentence(f"the document {name}"):
            self.bucket.Object(key).put(Body=content.read(), IfNoneMatch="*", **sent)
        return name

    def _open(self, name: str, mode: str = "rb") -> Any:
        """The object, read whole: what is handed out is checked against its hash first."""
        with _in_one_sentence(f"the document {name}"):
            return super()._open(name, mode)

    def delete(self, name: str) -> None:
        """The object is gone afterwards, whether or not it was there."""
        with _in_one_sentence(f"to delete the document {name}"):
            super().delete(name)

    def url(self, *args: Any, **named: Any) -> str:
        """Documents have no address of their own: they are read through a view that checks and audits."""
        raise NotImplementedError("documents have no URL")
