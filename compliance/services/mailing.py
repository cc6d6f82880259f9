"""E-mails to those who answer for controls and actions, without names or amounts: mail is read on the way."""

from collections.abc import Iterable
from smtplib import SMTPException
from typing import Any

from django.urls import reverse

from accounts import mail
from accounts.queries.people import user
from cloudbank.outbox import Message, NotDelivered, Receiver, receiver
from cloudbank.roles import allows
from compliance.controls import find_control
from compliance.notices import CROSSED, DESK
from compliance.queries.actions import action
from monitoring.services.notices import address_of

RIGHTS = ("compliance.view_control", "compliance.view_action")


@receiver(DESK)
class Desk(Receiver):
    """An e-mail to one colleague; each message names its own."""

    def addresses(self, message: Message) -> Iterable[str]:
        """Nobody but whom a message is for."""
        return ()

    def deliver(self, address: str, message: Message) -> None:
        """One e-mail. Who left, or may not read it any more, is told nothing."""
        person = user(address)
        if person is None or person.disabled or not person.email or not any(allows(person.role, one) for one in RIGHTS):
            raise NotDelivered("this person does not work here as they did", for_good=True)
        kind, context = _content(message)
        try:
            mail.send(f"compliance/{kind}", person.email, reference=message.message_id, **context)
        except (OSError, SMTPException) as error:
            raise NotDelivered(f"the mail server: {type(error).__name__}") from error


def _content(message: Message) -> tuple[str, dict[str, Any]]:
    facts = message.facts
    if message.event == CROSSED:
        control = find_control(facts["control"])
        if control is None:
            raise NotDelivered("there is no such control any more", for_good=True)
        link = address_of(reverse("control", args=[control.code]))
        return "control_crossed", {"control": control, "level": facts["level"], "link": link}
    item = action(facts["action"])
    if item is None or item.is_closed:
        raise NotDelivered("the action is settled", for_good=True)
    link = address_of(reverse("action", args=[item.transaction_id]))
    return "action_overdue", {"item": item, "above": facts["level"] > 1, "link": link}
