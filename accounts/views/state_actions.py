"""The transitions of an account's state in the words of their pages."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse

from accounts.models import DepositAccount
from accounts.states import BLOCK_CREDITS, BLOCK_DEBITS, CLOSE, FREEZE, UNBLOCK, UNFREEZE, WAKE, Transition


@dataclass(frozen=True)
class StatusAction:
    """A transition of an account's state in the words of its page."""

    transition: Transition
    label: str
    title: str
    button: str
    icon: str
    danger: bool
    text: str
    done: str


_ASKED = "Asked. Nothing changes until another person approves."
ACTIONS = {
    action.transition.code: action
    for action in (
        StatusAction(
            FREEZE, "Freeze", "Freeze this account", "Freeze the account", "snow", True,
            "From this moment no money moves on this account, in or out. Releasing it needs two people.",
            "The account is frozen.",
        ),
        StatusAction(
            UNFREEZE, "Ask for release", "Ask for the release of this account", "Ask for release", "unlock", False,
            "Freezing is one person's, releasing needs two: say why, and another person approves.", _ASKED,
        ),
        StatusAction(
            BLOCK_DEBITS, "Block debits", "Block debits on this account", "Block debits", "shield-lock", True,
            "No money may leave this account; what comes in is still credited. Lifting the block needs two people.",
            "Debits are blocked.",
        ),
        StatusAction(
            BLOCK_CREDITS, "Block credits", "Block credits on this account", "Block credits", "shield-lock", True,
            "No money may come into this account; its owner can still use what is there. Lifting needs two people.",
            "Credits are blocked.",
        ),
        StatusAction(
            UNBLOCK, "Ask to unblock", "Ask to lift the block on this account", "Ask to unblock", "unlock", False,
            "Blocking is one person's, lifting the block needs two: say why, and another person approves.", _ASKED,
        ),
        StatusAction(
            WAKE, "Ask to wake", "Ask to wake this dormant account", "Ask to wake", "sun", False,
            "Identify the owner first. Dormant accounts are woken by two people, so that nobody uses them unseen.",
            _ASKED,
        ),
        StatusAction(
            CLOSE, "Close", "Close this account", "Close the account", "lock", True,
            "It stays closed. What is on it is paid out first, with interest to today; no hold may be open.",
            "The account is closed.",
        ),
    )
}  # fmt: skip


def actions_for(account: DepositAccount, request: HttpRequest) -> list[tuple[StatusAction, str]]:
    """What this person may do to the account's state now, with its address."""
    return [
        (action, reverse("account_status", args=[account.account_id, code]))
        for code, action in ACTIONS.items()
        if account.status in action.transition.start and request.user.has_perm(action.transition.permission)
    ]
