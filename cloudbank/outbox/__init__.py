"""The outbox: what must be told to somebody outside is written with the change itself, and delivered afterwards.

Who changes something puts a message into the same transaction:

    store.save([store.changed(alert), outbox.message("alert.opened", alert_id, {"severity": "critical"}, now=now)])

and declares once, beside the service, what the event means: `outbox.declare("alert.opened", "An alert was opened")`.
A receiver is one decorated class (`@outbox.receiver("mail")`): it names the addresses a message is for, and
delivers to one of them. `manage.py deliver_messages` does the rest: each address is tried until it has taken the
message, at least once, always with the message's id, so that a receiver that hears it twice can tell. Receivers
that are down cost nobody a message: it waits, longer each time, and after three days it stands on `/messages`
as given up, from where it can be sent again.
"""

from cloudbank.outbox.delivering import Delivered, deliver_due, deliver_these
from cloudbank.outbox.item import (
    DELIVERED,
    GIVEN_UP,
    STATES,
    WAITING,
    Message,
    day_group,
    declare,
    events,
    message,
    message_id,
)
from cloudbank.outbox.receivers import NotDelivered, Receiver, receiver
from cloudbank.outbox.topic import Topic
from cloudbank.outbox.waiting import find, given_up, of_day, send_again, waiting
from cloudbank.outbox.webhooks import Webhook, Webhooks, webhooks

__all__ = [
    "DELIVERED",
    "GIVEN_UP",
    "STATES",
    "WAITING",
    "Delivered",
    "Message",
    "NotDelivered",
    "Receiver",
    "Topic",
    "Webhook",
    "Webhooks",
    "day_group",
    "declare",
    "deliver_due",
    "deliver_these",
    "events",
    "find",
    "given_up",
    "message",
    "message_id",
    "of_day",
    "receiver",
    "send_again",
    "waiting",
    "webhooks",
]
