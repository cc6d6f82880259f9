"""What the bank holds about a customer, why, and for how long, in plain words. Pure.

Periods stand in braces; compliance.privacy.periods puts in those that are in force.

Years and legal bases: domain page compliance.md ("Facts" and "Retention"). Nothing here depends
on alerts or reports about a customer, so the page cannot give any away (31 CFR 1020.320(e)).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Holding:
    """One group of data: what, why, how long, and the law that asks for it."""

    title: str
    icon: str
    what: str
    why: str
    kept: str
    source: str


HOLDINGS = (
    Holding(
        "Who you are",
        "person-vcard",
        "Your name, date of birth, address, last four characters of your identity document, and the papers you sent.",
        "A bank has to know who its customers are before it opens an account.",
        "Until {identity} after your last account is closed.",
        "31 CFR 1020.220",
    ),
    Holding(
        "How to reach you",
        "envelope",
        "Your e-mail address and telephone number.",
        "To tell you about your money, and to let you sign in safely.",
        "While you are a customer, then with your identity data.",
        "contract",
    ),
    Holding(
        "What moved on your accounts",
        "arrow-left-right",
        "Every deposit, withdrawal and transfer: when, how much, from where to where.",
        "It is the record of your money, and the law tells banks to keep it.",
        "For {records} after the movement.",
        "31 CFR 1010.430",
    ),
    Holding(
        "How you sign in",
        "shield-lock",
        "A scrambled form of your password, your open sessions and your last sign-in. Nobody can read the password.",
        "To keep others out of your account.",
        "Sessions end within twelve hours; the rest while you are a customer.",
        "security of the service",
    ),
    Holding(
        "What was done to your accounts",
        "journal-check",
        "Each change of your details and accounts: what, when and by whom.",
        "So that nobody can change them unseen, not even we.",
        "For {records} after the change.",
        "31 CFR 1010.430",
    ),
    Holding(
        "What you asked us",
        "question-circle",
        "Your requests about your data, your consent, and our answers.",
        "To prove that we answered you in time.",
        "For {records} after the answer.",
        "GDPR art. 5(2)",
    ),
)

RIGHTS = {
    "access": ("A copy of my data", "Everything we hold about you, in one file."),
    "portability": ("My data in a format for machines", "To take to another provider."),
    "rectification": ("Something is wrong", "Tell us what to correct."),
    "restriction": ("Stop using my data for now", "While something is being cleared up."),
    "erasure": ("Delete my data", "As far as the law lets us. What we must keep is locked away instead."),
}
"""What a customer can ask for: GDPR art. 15, 20, 16, 18, 17."""

ANSWERS = {
    "access": "A copy of the data we hold about you is ready at your branch. Please bring your identity document.",
    "portability": (
        "Your data is ready at your branch, as a file that other providers can read. "
        "Please bring your identity document."
    ),
    "rectification": "We have corrected what you told us about.",
    "restriction": "From now on we use the data you named only to keep it, until this is cleared up.",
    "erasure": (
        "You are our customer, so the law makes us keep your identity data until {identity} after your last account "
        "is closed (31 CFR 1020.220) and your movements for {records} (31 CFR 1010.430). We have deleted what we need "
        "not keep, and restricted the rest: it is used for nothing else, and deleted when that time is over."
    ),
}
"""What an officer's answer starts from."""
