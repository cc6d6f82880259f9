"""Where a back-up lies: a folder that only its owner can read, or a prefix of an S3 bucket."""

import base64
import hashlib
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

from cloudbank.backup import BackupError
from cloudbank.documents import PRIVATE, TEMPORARY, NotStored, replace_file, write_new_file

PRIVATE_FOLDER = 0o700
_BUCKET = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/([A-Za-z0-9_.=-]+(?:/[A-Za-z0-9_.=-]+)*)/?")
_S3 = Config(connect_timeout=5, read_timeout=60, retries={"mode": "standard", "max_attempts": 5})


class Place(Protocol):
    """Files by name, without folders among them."""

    def prepare(self) -> None:
        """Make it ready to be written; refuses what others could read."""

    def names(self) -> set[str]:
        """Of all that lies here, what is being written left out."""

    def read(self, name: str, most: int) -> bytes:
        """A whole file of at most so many bytes."""

    def write(self, name: str, content: bytes, *, new: bool = False) -> None:
        """All of it or nothing. `new`: only if there is none of this name."""


def place_of(text: str) -> Place:
    """`s3://bucket/prefix`, or the path of a folder. BackupError for what is neither."""
    if not text.startswith("s3:"):
        return Folder(Path(text).expanduser().absolute())
    found = _BUCKET.fullmatch(text)
    if not found or ".." in text:
        raise BackupError(f"'{text}' is no place in S3; write for example s3://bank-backups/tables/2026-11-23")
    return Bucket(found[1], found[2])


def within(root: str, name: str) -> str:
    """The text of a place below another one."""
    return f"{root.rstrip('/')}/{name}"


class Folder:
    """A folder of this host. Files are its owner's alone (mode 0600) and appear whole."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __str__(self) -> str:
        return str(self._path)

    def prepare(self) -> None:
        """Make the folder (mode 0700), or refuse one that others may look into; clear what was left half written."""
        with self._in_one_sentence("could not be made ready"):
            self._path.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
            mode = stat.S_IMODE(self._path.stat().st_mode)
            if mode & 0o077:
                raise BackupError(
                    f"Others than its owner may look into {self} (mode {mode:04o}), and a back-up holds everything: "
                    f"chmod 700 {self}, or choose another folder"
                )
            for left in self._path.glob(f"{TEMPORARY}*"):
                left.unlink()

    def names(self) -> set[str]:
        """Of all files and folders in it; of none when there is no such folder."""
        if not self._path.exists():
            return set()
        with self._in_one_sentence("could not be read"):
            mode = self._path.stat().st_mode
            if not stat.S_ISDIR(mode):
                raise BackupError(f"{self} is no folder")
            if mode & stat.S_IWOTH:
                raise BackupError(f"Anybody may write into {self}: chmod o-w {self} and make sure what lies there")
            return {one.name for one in self._path.iterdir() if not one.name.startswith(TEMPORARY)}

    def read(self, name: str, most: int) -> bytes:
        """A regular file: neither a link to elsewhere nor larger than it may be."""
        with self._in_one_sentence(f"holds {name}, which could not be read"), self._opened(name) as file:
            there = os.fstat(file.fileno())
            if not stat.S_ISREG(there.st_mode):
                raise BackupError(f"{name} in {self} is no file")
            if there.st_size > most:
                raise BackupError(_too_large(name, there.st_size, most))
            return file.read(most)

    def _opened(self, name: str) -> BinaryIO:
        return os.fdopen(os.open(self._path / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb")

    def write(self, name: str, content: bytes, *, new: bool = False) -> None:
        """Written beside and renamed; synced to the disk."""
        path = self._path / name
        try:
            if new:
                write_new_file(path, content)
            else:
                replace_file(path, content, PRIVATE)
        except FileExistsError as error:
            raise BackupError(f"{name} is in {self} already: another back-up is written there") from error
        except OSError as error:
            why = error if isinstance(error, NotStored) else f"{path} could not be written: {error.strerror}"
            raise BackupError(f"{why}. What is written stays; mend it and run the same command again") from error

    @contextmanager
    def _in_one_sentence(self, what: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise BackupError(f"{self} {what}: {error.strerror}") from error


class Bucket:
    """A prefix of a bucket. Encryption at rest, and that nothing is deleted, are the bucket's (storage.yaml)."""

    def __init__(self, bucket: str, prefix: str) -> None:
        self._bucket, self._prefix = bucket, f"{prefix}/"
        endpoint = settings.S3_ENDPOINT_URL or None
        self._client = boto3.client("s3", region_name=settings.AWS_REGION, endpoint_url=endpoint, config=_S3)

    def __str__(self) -> str:
        return f"s3://{self._bucket}/{self._prefix.rstrip('/')}"

    def prepare(self) -> None:
        """Nothing to do: a bucket is made by whoever may."""

    def names(self) -> set[str]:
        """Of all objects below the prefix."""
        with self._in_one_sentence("could not be listed"):
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=self._prefix)
            found = {one["Key"].removeprefix(self._prefix) for page in pages for one in page.get("Contents", [])}
            return found - {""}  # what the console makes for a folder

    def read(self, name: str, most: int) -> bytes:
        """The object as it is now."""
        with self._in_one_sentence(f"holds {name}, which could not be read"):
            answer = self._client.get_object(Bucket=self._bucket, Key=self._prefix + name)
            if (size := answer["ContentLength"]) > most:
                raise BackupError(_too_large(name, size, most))
            content: bytes = answer["Body"].read()
            return content

    def write(self, name: str, content: bytes, *, new: bool = False) -> None:
        """One PUT, whose bytes S3 checks against their SHA-256."""
        only_new: dict[str, Any] = {"IfNoneMatch": "*"} if new else {}
        digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
        with self._in_one_sentence(f"could not take {name}"):
            self._client.put_object(
                Bucket=self._bucket, Key=self._prefix + name, Body=content, ChecksumSHA256=digest, **only_new
            )

    @contextmanager
    def _in_one_sentence(self, what: str) -> Iterator[None]:
        try:
            yield
        except ClientError as error:
            told = error.response["Error"]
            raise BackupError(
                f"{self} {what}: {told.get('Code', '')} {told.get('Message', '')}".rstrip(". ")
            ) from error
        except BotoCoreError as error:
            raise BackupError(f"{self} {what}: S3 could not be reached ({type(error).__name__})") from error


def _too_large(name: str, size: int, most: int) -> str:
    return f"{name} has {size:,} bytes, and no file of this kind has more than {most:,}"
