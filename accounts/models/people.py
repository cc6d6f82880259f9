"""Item kinds of people: users (customers and staff), e-mail locks, sessions."""

import hashlib
import unicodedata

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute, UnicodeSetAttribute

from accounts.participants import Profile
from cloudbank.audit import Audited
from cloudbank.roles import STAFF
from cloudbank.tables import IntegerAttribute, UsersItem

PENDING, VERIFIED, REJECTED = "pending", "verified", "rejected"
KYC_PENDING, KYC_REVIEW, KYC_REJECTED = "kyc-pending", "kyc-review", "kyc-rejected"
"""Groups of the index by_review_date: identities to verify, verified customers by the date of their next review, and
those whose identity could not be verified, by the day of the decision.
"""
KYC_HIGH = "kyc#high"
"""Group of the index by_owner: verified customers of high risk, by the day their enhanced review is due."""
LOW, MEDIUM, HIGH = "low", "medium", "high"
RETAIL, BUSINESS = "retail", "business"


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
    risk_rating = UnicodeAttribute(default=LOW)
    enhanced_due = UnicodeAttribute(default="")
    """Of high risk: until when the enhanced review is done; "": until the next review."""
    owner_names = UnicodeSetAttribute(null=True)
    """Of a company: its owners and its control person, who are screened with it."""
    screened = UnicodeAttribute(default="")
    """At registration: "clear", "hit", "failed" (an alert asks a person to look), "" when there was no list."""
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
    restricted_on = UnicodeAttribute(default="")
    """Since this day the data is kept, and used only for what the law asks (GDPR art. 18); "" while it is not."""
    restricted_why = UnicodeAttribute(default="")
    legal_hold = UnicodeAttribute(default="")
    """Why nothing of this person may be erased, whatever its age (a court, an authority, a claim); "" for none."""
    erased_on = UnicodeAttribute(default="")
    """The day on which everything that named this person was taken out; what is left is a number."""
    must_change_password = BooleanAttribute(default=False)
    """The password was handed out; it opens nothing but the page that changes it."""

    def file_under_name(self) -> None:
        """Set the keys of the index by_name; call before saving a new or renamed person."""
        self.name_role = self.role
        self.name_key = f"{searched(self.name)}#{self.user_id}"

    def file_for_review(self) -> None:
        """Set the keys of the indexes by_review_date and by_owner; call before saving a new customer or a change of
        identity status, rating or review date.

        Pending customers stand under the day they registered, verified ones under their review date, rejected ones
        under the day of the decision; of verified ones those of high risk also under their enhanced review's date.
        """
        here = not self.is_staff_member and not self.exited_on
        filed = {
            PENDING: (KYC_PENDING, self.registered_on),
            VERIFIED: (KYC_REVIEW, self.kyc_review_on),
            REJECTED: (KYC_REJECTED, self.kyc_decided_on or self.registered_on),
        }
        group, due = filed.get(self.kyc_status, (KYC_PENDING, ""))
        self.review_group, self.review_date = (group, due) if here and due else (None, None)
        enhanced = here and self.kyc_status == VERIFIED and self.risk_rating == HIGH
        until = self.enhanced_due or self.kyc_review_on or self.registered_on
        self.owner_id, self.owner_order = (KYC_HIGH, f"{until}#{self.user_id}") if enhanced else (None, None)

    @property
    def is_company(self) -> bool:
        """A legal entity: it has owners."""
        return self.segment == BUSINESS

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
            owner_names=tuple(sorted(self.owner_names or ())),
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

    backed_up = False  # a restore signs nobody in
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
