"""Item kinds of people: users (customers and staff), e-mail locks, sessions."""

import hashlib
import unicodedata

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute, UnicodeSetAttribute

from accounts.participants import Profile
from cloudbank.audit import Audited
from cloudbank.roles import STAFF
from cloudbank.tables import IntegerAttribute, UsersItem

PENDING, VERIFIED, REJECTED = "pending", "verified", "rejected"
KYC_PENDING, KYC_REVIEW = "kyc-pending", "kyc-review"
"""Groups of the index by_review_date: identities to verify, verified customers by the date of their next review."""


class User(Audited, UsersItem, discriminator="user"):
    """A person: customer or staff. Those who never sign in (imported customers) have no password."""

    email = UnicodeAttribute(default="")
    name = UnicodeAttribute()
    role = UnicodeAttribute()
    password = UnicodeAttribute(default="")
    password_set_at = UnicodeAttribute(default="")
    disabled = BooleanAttribute(default=False)
    branch = UnicodeAttribute(default="main")
    segment = UnicodeAttribute(default="retail")
    channel = UnicodeAttribute(default="online")
    date_of_birth = UnicodeAttribute(default="")
    address = UnicodeAttribute(default="")
    phone = UnicodeAttribute(default="")
    identity_number = UnicodeAttribute(default="")
    """Last four characters only; the document itself is a document, not an attribute."""
    kyc_status = UnicodeAttribute(default=PENDING)
    kyc_decided_on = UnicodeAttribute(default="")
    kyc_review_on = UnicodeAttribute(default="")
    risk_rating = UnicodeAttribute(default="low")
    consent_on = UnicodeAttribute(default="")
    registered_at = UnicodeAttribute(default="")
    registered_on = UnicodeAttribute(default="")
    first_account_on = UnicodeAttribute(default="")
    activated_on = UnicodeAttribute(default="")
    """Business date on which identity was verified and a first account open; "" before."""
    exited_on = UnicodeAttribute(default="")
    """Business date on which the last account was closed; opening another one ends the exit."""
    open_accounts = IntegerAttribute(default=0)
    """Deposit accounts that are not closed; changed in the transaction that opens or closes one."""
    last_sign_in_at = UnicodeAttribute(default="")
    last_sign_in_from = UnicodeAttribute(default="")
    import_id = UnicodeAttribute(null=True)
    sign_ins = IntegerAttribute(default=0)
    session_epoch = IntegerAttribute(default=0)
    """Part of every session's auth hash: one more, and all open sessions of this person are over."""
    notices_off = UnicodeSetAttribute(null=True)
    """Kinds of notices by e-mail that this colleague has turned off."""
    must_change_password = BooleanAttribute(default=False)
    """The password was handed out; it opens nothing but the page that changes it."""

    def file_under_name(self) -> None:
        """Set the keys of the index by_name; call before saving a new or renamed person."""
        self.name_role = self.role
        self.name_key = f"{searched(self.name)}#{self.user_id}"

    def file_for_review(self) -> None:
        """Set the keys of the index by_review_date; call before saving a new customer or a change of identity status.

        Pending customers stand under the day they registered, verified ones under their review date.
        """
        pending = self.kyc_status == PENDING
        due = self.registered_on if pending else self.kyc_review_on
        filed = not self.is_staff_member and not self.exited_on and self.kyc_status != REJECTED and bool(due)
        self.review_group = (KYC_PENDING if pending else KYC_REVIEW) if filed else None
        self.review_date = due if filed else None

    @property
    def is_staff_member(self) -> bool:
        """Works here."""
        return self.role in STAFF

    def profile(self) -> Profile:
        """What rules may know."""
        return Profile(
            customer_id=self.user_id,
            name=self.name,
            kyc_status=self.kyc_status,
            activated_on=self.activated_on,
            segment=self.segment,
            accounts_opened_on=self.first_account_on,
            date_of_birth=self.date_of_birth,
            risk_rating=self.risk_rating,
            kyc_review_on=self.kyc_review_on,
            password_changed_at=self.password_set_at if self.password_set_at > self.registered_at else "",
        )


class EmailLock(UsersItem, discriminator="email_lock"):
    """Holds an e-mail address for one person: the address is the key, so it is unique."""

    holder_id = UnicodeAttribute()

    @staticmethod
    def key(email: str) -> str:
        """The hash key."""
        return f"email#{normalised(email)}"


class Session(UsersItem, discriminator="session"):
    """A server-side session. The key is the SHA-256 of the cookie's value: who reads the table cannot sign in."""

    data = UnicodeAttribute(default="")
    auth_hash = UnicodeAttribute(default="")
    began_at = UnicodeAttribute()
    seen_at = UnicodeAttribute()
    source = UnicodeAttribute(default="")
    agent = UnicodeAttribute(default="")

    @staticmethod
    def key(cookie: str) -> str:
        """The hash key."""
        return f"session#{hashlib.sha256(cookie.encode()).hexdigest()}"

    @staticmethod
    def order(began_at: str) -> str:
        """Order among what the person owns."""
        return f"session#{began_at}"

    @property
    def ref(self) -> str:
        """What addresses name this session by; opens nothing."""
        return self.user_id.removeprefix("session#")[:20]


def searched(name: str) -> str:
    """The beginning of a name as it stands in the index: a sort key holds 1,024 bytes, and NFKD makes text longer."""
    return normalised(name)[:150]


def is_id(text: str) -> bool:
    """Whether it can be an id at all: DynamoDB refuses keys that are empty or longer than 2,048 bytes."""
    return 0 < len(text) <= 200


def normalised(text: str) -> str:
    """For search and uniqueness: compatibility form, no accents, lower case, single spaces."""
    decomposed = unicodedata.normalize("NFKD", text)
    return " ".join("".join(c for c in decomposed if not unicodedata.combining(c)).casefold().split())
