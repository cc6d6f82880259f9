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
from compliance.notices import CROSSED, DESK, SECRET_CROSSED
from compliance.queries.actions import action
from monitoring.services.notices import address_of

LEFT = "this person does not work here as they did"


@receiver(DESK)
class Desk(Receiver):
    """An e-mail to one colleague; each message names its own."""

    def addresses(self, message: Message) -> Iterable[str]:
        """Nobody but whom a message is for."""
        return ()

    def deliver(self, address: str, message: Message) -> None:
        """One e-mail. Who left, or may not read it any more, is told nothing."""
        person = user(address)
        if person is None or person.disabled or not person.email:
            raise NotDelivered(LEFT, for_good=True)
        kind, context = _content(message, person.role)
        try:
            mail.send(f"compliance/{kind}", person.email, reference=message.message_id, **context)
        except (OSError, SMTPException) as error:
            raise NotDelivered(f"the mail server: {type(error).__name__}") from error


def _content(message: Message, role: str) -> tuple[str, dict[str, Any]]:
    """The template and what it says. NotDelivered when somebody of this role may not read it (any more)."""
    facts = message.facts
    if message.event in (CROSSED, SECRET_CROSSED):
        control = find_control(facts["control"])
        if control is None:
            raise NotDelivered("there is no such control any more", for_good=True)
        _may_read(role, "compliance.view_control", control.permission)
        link = address_of(reverse("control", args=[control.code]))
        return "control_crossed", {"control": control, "level": facts["level"], "link": link}
    item = action(facts["action"])
    if item is None or item.is_closed:
        raise NotDelivered("the action is settled", for_good=True)
    _may_read(role, "compliance.view_action", item.secret)
    link = address_of(reverse("action", args=[item.transaction_id]))
    return "action_overdue", {"item": item, "above": facts["level"] > 1, "link": link}


def _may_read(role: str, *needed: str) -> None:
    if not all(allows(role, one) for one in needed if one):
        raise NotDelivered(LEFT, for_good=True)
