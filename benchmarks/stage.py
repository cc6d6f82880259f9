"""What every measurement stands on: an engine with its file on disk, and a few people with money."""

import io
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore import xform_name
from botocore.config import Config
from django.conf import settings
from django.core.management import call_command

from accounts import participants
from accounts.ledger import CASH, Actor, Instruction
from accounts.models import User
from accounts.queries import totals
from accounts.services.deposits import open_account
from accounts.services.posting import post
from cloudbank import parameters, store, tables
from cloudbank.clock import utcnow
from cloudbank.house import engine as house_engine
from cloudbank.ids import new_id
from cloudbank.tables.base import wire_to
from cloudbank.tables.lean import spare

TELLER = Actor("usr_bench", "teller", "benchmark")
Call = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Figure:
    """One line of the table. `ratio` is value / floor; it must not exceed `limit` (None: only shown)."""

    name: str
    value: float
    unit: str
    floor: float | None = None
    limit: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times the floor."""
        return self.value / self.floor if self.floor else None

    @property
    def kept(self) -> bool:
        """Whether the promise holds: the ratio's where there is a floor, else the value's."""
        measured = self.value if self.ratio is None else self.ratio
        return self.limit is None or measured <= self.limit

    def as_json(self) -> dict[str, Any]:
        """For the JSON file."""
        return asdict(self) | {"ratio": self.ratio, "kept": self.kept}


@contextmanager
def engine_on_disk() -> Iterator[house_engine.Engine]:
    """An engine of its own with its file on disk, thrown away afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    started = house_engine.start(file=folder / "bank.db", log=folder / "engine.log")
    try:
        yield started
    finally:
        started.stop()
        shutil.rmtree(folder, ignore_errors=True)


def use(engine: house_engine.Engine) -> None:
    """Point the bank at an engine and make its tables."""
    settings.DYNAMODB_ENDPOINT_URL = engine.url
    tables.connect(engine.url)
    parameters.forget()
    totals.forget()
    list(tables.create_tables())


def bare_client(endpoint: str) -> Any:
    """boto3 as it comes, by the same wire as the bank's own requests (docs/decisions/0054): what differs is ours."""
    client = boto3.client(
        "dynamodb",
        endpoint_url=endpoint,
        region_name=settings.AWS_REGION,
        aws_access_key_id="bench",
        aws_secret_access_key="bench",
        config=Config(max_pool_connections=32),
    )
    spare(client, wire_to(endpoint))
    return client


def replay(client: Any, calls: Sequence[Call]) -> None:
    """Make the same requests with bare boto3."""
    for operation, arguments in calls:
        getattr(client, xform_name(operation))(**arguments)


@contextmanager
def recorded() -> Iterator[list[Call]]:
    """The requests that go through `store`, in order."""
    calls: list[Call] = []
    real = store._call

    def recording(operation: str, kwargs: dict[str, Any]) -> dict[str, Any]:
        calls.append((operation, dict(kwargs)))  # who pages changes it for the next page
        return real(operation, kwargs)

    store._call = recording
    try:
        yield calls
    finally:
        store._call = real


@contextmanager
def screened_by(dotted_path: str) -> Iterator[None]:
    """Screen movements by this participant."""
    before = settings.POSTING_PARTICIPANTS
    settings.POSTING_PARTICIPANTS = [dotted_path]
    participants.participant.cache_clear()
    try:
        yield
    finally:
        settings.POSTING_PARTICIPANTS = before
        participants.participant.cache_clear()


def an_account(name: str, cents: int) -> str:
    """A verified customer with a funded checking account; its number."""
    owner = User(user_id=new_id("usr"), version=1, name=name, role="customer", kyc_status="verified")
    owner.file_under_name()
    store.save([store.new(owner)])
    opened = open_account(
        owner_id=owner.user_id,
        product="checking",
        currency="USD",
        branch="main",
        key=new_id("key"),
        actor=TELLER,
        now=utcnow(),
    )
    post(instruct("deposit", cents, CASH, opened.account_id), now=utcnow())
    return opened.account_id


def instruct(type_: str, amount: int, debit: str, credit: str, channel: str = "branch") -> Instruction:
    """An instruction with a fresh key."""
    return Instruction(
        type=type_,
        key=new_id("key"),
        amount=amount,
        currency="USD",
        debit=debit,
        credit=credit,
        channel=channel,
        branch="main",
        actor=TELLER,
    )


def seconds(act: Callable[[], object]) -> float:
    """How long it takes."""
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def run(command: str, **options: Any) -> None:
    """A command of manage.py in this process, without its words."""
    call_command(command, stdout=io.StringIO(), stderr=io.StringIO(), **options)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share of the values lies."""
    return statistics.quantiles(values, n=100, method="inclusive")[round(share * 100) - 1]
