"""One connection to DynamoDB shared by the three tables, and what every item has.

PynamoDB makes a client for each model class; here all kinds share one client, with short
time-outs (its defaults outlive a gunicorn worker) and the endpoint the settings name.
"""

import os
import threading
from typing import Any, ClassVar

from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError
from django.conf import settings
from pynamodb.attributes import Attribute, TTLAttribute, UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.constants import NUMBER
from pynamodb.indexes import GlobalSecondaryIndex
from pynamodb.models import Model

from cloudbank.money import is_whole
from cloudbank.tables.clocks import clocks
from cloudbank.tables.lean import is_embedded, spare
from cloudbank.tables.loopback import Loopback
from cloudbank.tables.plain import use_plain_values
from cloudbank.tables.quick import QuickModel

CONNECT_SECONDS = 2
READ_SECONDS = 5
POOL = 64


class IntegerAttribute(Attribute[int]):
    """A whole number: refuses anything else, so that no float ever reaches money."""

    attr_type = NUMBER

    def serialize(self, value: Any) -> str:
        """The digits DynamoDB stores."""
        if not is_whole(value):
            raise TypeError(f"{self.attr_name} takes an int, not {type(value).__name__}")
        return str(value)

    def deserialize(self, value: str) -> int:
        """The integer that was stored."""
        return int(value)


class TableMeta:
    """What the three tables have in common (PynamoDB's Meta)."""

    base_name = ""
    """The table's name without TABLE_SUFFIX: the mission's."""
    region = settings.AWS_REGION
    host = settings.DYNAMODB_ENDPOINT_URL
    billing_mode = "PAY_PER_REQUEST"
    connect_timeout_seconds = CONNECT_SECONDS
    read_timeout_seconds = READ_SECONDS
    max_retry_attempts = 2
    max_pool_connections = POOL


class Index(GlobalSecondaryIndex[Any]):
    """An index of a table; its hash key stands first, as DynamoDB wants it (PynamoDB sorts by name)."""

    @classmethod
    def _get_schema(cls) -> Any:
        schema = super()._get_schema()
        schema["key_schema"].sort(key=lambda key: key["KeyType"] != "HASH")
        return schema


class Item(QuickModel):
    """What every kind of item in every table carries.

    Each table declares its own `kind`: PynamoDB gathers the indexes of all classes that share one.
    """

    backed_up: ClassVar[bool] = True
    """False: `manage.py backup` leaves items of this kind out."""
    version = IntegerAttribute(default=0)
    expires_at = TTLAttribute(null=True)

    @property
    def hash_key(self) -> str:
        """The item's hash key."""
        value: str = getattr(self, type(self)._hash_keyname)  # type: ignore[arg-type]
        return value

    @classmethod
    def discriminator(cls) -> str:
        """The text stored in `kind` for items of this class."""
        attribute: Any = cls._get_discriminator_attribute()
        return str(attribute.get_discriminator(cls))


def text_key(**options: Any) -> UnicodeAttribute:
    """A nullable text attribute: index keys are sparse."""
    return UnicodeAttribute(null=True, **options)


class Tries(threading.local):
    """What became of the SDK's own tries of this thread's latest transaction."""

    doubtful = False
    """A try was sent and not answered: whatever a later one says, the transaction may be written."""

    def note(self, response: Any = None, caught_exception: Exception | None = None, **_: Any) -> None:
        """botocore tells how a try ended, before it decides about another one."""
        never_sent = isinstance(caught_exception, EndpointConnectionError | ConnectTimeoutError)
        failed = response is not None and response[0].status_code >= 500
        self.doubtful |= failed or (caught_exception is not None and not never_sent)


tries = Tries()
_bases: list[type[Item]] = []


def table(cls: type[Item]) -> type[Item]:
    """Class decorator of the three table bases: gives them their full names, remembers them for `connect`."""
    meta: Any = cls.Meta
    meta.base_name, meta.table_name = meta.table_name, meta.table_name + settings.TABLE_SUFFIX
    _bases.append(cls)
    return cls


def base_name(base: type[Item]) -> str:
    """A table's name without any suffix."""
    meta: Any = base.Meta
    return str(meta.base_name)


def use_suffix(suffix: str) -> None:
    """Point this process at the tables with this suffix: for what restores into them, and for tests."""
    for base in _bases:
        base.Meta.table_name = base_name(base) + suffix
    connect(_bases[0].Meta.host)


def _forget(cls: type[Model]) -> None:
    """Its kinds then take the table's connection; else each makes a client of its own, which asks the long way."""
    if "_connection" in vars(cls):
        del cls._connection
    for sub in cls.__subclasses__():
        _forget(sub)


def connect(endpoint: str | None = settings.DYNAMODB_ENDPOINT_URL, *, as_amazon: bool = False) -> None:
    """Point all three tables at one engine and share one client between them.

    `endpoint` None means Amazon DynamoDB. An embedded engine wants some credentials; it gets
    meaningless ones unless the environment has its own. `as_amazon`: ask an engine on this host
    as Amazon is asked, signed and through the SDK's own HTTP stack.
    """
    if endpoint:
        os.environ.setdefault("AWS_ACCESS_KEY_ID", "embedded")
        os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "embedded")
    shared: Connection | None = None
    for base in _bases:
        _forget(base)
        base.Meta.host = endpoint
        own = base._get_connection().connection
        if shared is None:
            shared = own
            # Made now: botocore's client creation is not thread-safe.
            use_plain_values(own)
            spare(own.client, wire_to(endpoint) if not as_amazon else None)
            own.client.meta.events.register("needs-retry.dynamodb.TransactWriteItems", tries.note)
            own.client.meta.events.register("needs-retry.dynamodb", clocks.note)
        own._client = shared._client


def wire_to(endpoint: str | None) -> Loopback | None:
    """The short way to an engine on this host; None: there is only the SDK's."""
    return Loopback(endpoint, CONNECT_SECONDS, READ_SECONDS) if endpoint and is_embedded(endpoint) else None


def connection() -> Connection:
    """The shared low-level connection."""
    return _bases[0]._get_connection().connection
