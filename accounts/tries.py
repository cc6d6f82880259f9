"""How often people may try what is guessed at: passwords, links, names of account holders.

A password try is counted three times: per account and network (the real limit), per network, and,
with a wide limit, per account. The wide one stops a botnet; the narrow one locks out only whoever
guesses, so that nobody can lock out a colleague.
"""

from accounts.models.people import normalised
from cloudbank.addresses import network_of
from cloudbank.throttle import Count, Limit

HOUR, DAY = 60 * 60, 24 * 60 * 60
SIGN_IN_HERE = Limit("sign_in_here", 10, 30 * 60, own=True)
SIGN_IN_NETWORK = Limit("sign_in_network", 20, HOUR)
SIGN_IN_ACCOUNT = Limit("sign_in_account", 100, HOUR)
REGISTER_NETWORK = Limit("register_network", 20, HOUR)
RESET_NETWORK = Limit("reset_network", 20, HOUR)
RESET_ACCOUNT = Limit("reset_account", 5, HOUR)
LOOK_UP = Limit("look_up", 60, HOUR)
LOOK_UP_DAY = Limit("look_up_day", 200, DAY)
LOOK_UP_NETWORK = Limit("look_up_network", 240, HOUR)
LOOK_UP_STAFF = Limit("look_up_staff", 60, 60)


def password_counts(email: str, source: str) -> tuple[Count, ...]:
    """What a password try of this address from this source counts towards."""
    who, network = normalised(email), network_of(source)
    return (
        Count(SIGN_IN_HERE, (who, network)),
        Count(SIGN_IN_NETWORK, (network,)),
        Count(SIGN_IN_ACCOUNT, (who,)),
    )


def look_up_counts(user_id: str, source: str, *, staff: bool) -> tuple[Count, ...]:
    """What reading an account holder's name counts towards.

    A transfer takes two: while the number is typed and at the read-back. A branch shares its address.
    """
    if staff:
        return (Count(LOOK_UP_STAFF, (user_id,)),)
    return (
        Count(LOOK_UP, (user_id,)),
        Count(LOOK_UP_DAY, (user_id,)),
        Count(LOOK_UP_NETWORK, (network_of(source),)),
    )
