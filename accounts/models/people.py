"""Item kinds of people: users (customers and staff), e-mail locks."""

import unicodedata

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute

from accounts.participants import Profile
from cloudbank.audit import Audited
from cloudbank.roles import STAFF
from cloudbank.tables import IntegerAttribute, UsersItem

PENDING, VERIFIED, REJECTED = "pending", "verified", "rejected"


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
    last_sign_in_at = UnicodeAttribute(default="")
    last_sign_in_from = UnicodeAttribute(default="")
    import_id = UnicodeAttribute(null=True)
    sign_ins = IntegerAttribute(default=0)

    def file_under_name(self) -> None:
        """Set the keys of the index by_name; call before saving a new or renamed person."""
        self.name_role = self.role
        self.name_key = f"{normalised(self.name)}#{self.user_id}"

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
        )


class EmailLock(UsersItem, discriminator="email_lock"):
    """Holds an e-mail address for one person: the address is the key, so it is unique."""

    holder_id = UnicodeAttribute()

    @staticmethod
    def key(email: str) -> str:
        """The hash key."""
        return f"email#{normalised(email)}"


def normalised(text: str) -> str:
    """For search and uniqueness: compatibility form, no accents, lower case, single spaces."""
    decomposed = unicodedata.normalize("NFKD", text)
    return " ".join("".join(c for c in decomposed if not unicodedata.combining(c)).casefold().split())
