"""The register of instruments sold for cash (31 CFR 1010.415(c): kept so that it can be found by customer and day)."""

from pynamodb.attributes import UnicodeAttribute

from cloudbank.tables import IntegerAttribute, TransactionsItem


class InstrumentSale(TransactionsItem, discriminator="instrument_sale"):
    """One sale. Written in the transaction of its posting, never changed; a reversal is looked up. Minor units."""

    movement_id = UnicodeAttribute()
    account_id_of = UnicodeAttribute()
    customer_id = UnicodeAttribute()
    conductor_id = UnicodeAttribute(default="")
    instrument = UnicodeAttribute()
    """A code of accounts.instruments.KINDS."""
    serial = UnicodeAttribute()
    payee = UnicodeAttribute()
    identity = UnicodeAttribute()
    amount = IntegerAttribute()
    currency = UnicodeAttribute()
    branch = UnicodeAttribute()
    business_date = UnicodeAttribute()
    sold_at = UnicodeAttribute()
    sold_by = UnicodeAttribute()

    @staticmethod
    def key(movement_id: str) -> str:
        """The hash key."""
        return f"instrument#{movement_id}"

    @staticmethod
    def group_of(month: str) -> str:
        """The group of the index by_day with a month's sales ("2026-11")."""
        return f"instruments#{month}"

    @staticmethod
    def subject_of(customer_id: str) -> str:
        """The group of the index by_subject with a customer's."""
        return f"instruments#{customer_id}"

    def file(self) -> None:
        """Set the index keys; call before saving."""
        order = f"{self.business_date}#{self.sold_at}#{self.transaction_id}"
        self.day_group, self.day_order = self.group_of(self.business_date[:7]), order
        self.subject, self.subject_order = self.subject_of(self.customer_id), order
