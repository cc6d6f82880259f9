"""An Amazon SNS topic that hears of every message, when the settings name one (NOTICE_TOPIC_ARN)."""

from collections.abc import Iterable
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

from cloudbank.outbox.item import Message
from cloudbank.outbox.receivers import NotDelivered, Receiver, receiver
from cloudbank.outbox.webhooks import body_of

TIMES = Config(connect_timeout=3, read_timeout=10, retries={"max_attempts": 1})


@cache
def _client() -> Any:
    return boto3.client("sns", region_name=settings.AWS_REGION, config=TIMES)


@receiver("topic")
class Topic(Receiver):
    """The topic of the settings."""

    def addresses(self, message: Message) -> Iterable[str]:
        """Its ARN, if there is one. A message to one person is none for everybody."""
        return [settings.NOTICE_TOPIC_ARN] if settings.NOTICE_TOPIC_ARN else []

    def deliver(self, address: str, message: Message) -> None:
        """Publish the same JSON as webhooks get, with the id and the event as attributes."""
        attributes = {"id": message.message_id, "event": message.event}
        try:
            _client().publish(
                TopicArn=address,
                Message=body_of(message).decode(),
                MessageAttributes={k: {"DataType": "String", "StringValue": v} for k, v in attributes.items()},
            )
        except (BotoCoreError, ClientError) as error:
            raise NotDelivered(f"{type(error).__name__}: {error}"[:200]) from error
