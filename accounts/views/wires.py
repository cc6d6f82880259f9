"""Wires: the same road as the other movements, form, read-back, posting or request, receipt."""

from typing import Any, ClassVar, cast

from accounts.forms.banking import MovementForm
from accounts.forms.wires import IncomingWireForm, OutgoingWireForm, WireForm
from accounts.ledger import HOUSE, Plan
from accounts.models import User
from accounts.views.movements import OWN, Fact, MovementView, Words
from accounts.wires import Wire, bic_country
from cloudbank.clock import utcnow
from cloudbank.countries import country_name
from cloudbank.money import format_amount

ANY_WIRE = "accounts.post_any_wire"


class WireView(MovementView):
    """What both directions share. The counter of wires is also the managers'."""

    permission_required: tuple[str, ...] = (OWN, ANY_WIRE)
    counter_permission = ANY_WIRE
    form_class: ClassVar[type[MovementForm]]

    def facts(self, form: MovementForm, plan: Plan) -> list[Fact]:
        """With the particulars."""
        rows = [("Purpose", *row[1:]) if row[0] == "Note" else row for row in super().facts(form, plan)]
        place = next((n for n, row in enumerate(rows) if row[0] in ("Purpose", "Business day")), len(rows))
        return rows[:place] + [(label, value, "") for label, value in self.shown(form)] + rows[place:]

    def shown(self, form: MovementForm) -> list[tuple[str, str]]:
        """The particulars that the two ends do not say already."""
        wire = cast(WireForm, form).wire()
        said = {form.own.account_id, *self.party(wire)}
        return [(label, value) for label, value in wire.facts() if value not in said]

    def party(self, wire: Wire) -> tuple[str, str]:
        """Name and account of the other side."""
        incoming = self.form_class is IncomingWireForm
        return wire.party(incoming), wire.party_account(incoming)

    def end(self, form: MovementForm, account_id: str, people: dict[str, User]) -> tuple[str, str]:
        """The other side by its name."""
        if account_id not in HOUSE:
            return super().end(form, account_id, people)
        name, number = self.party(cast(WireForm, form).wire())
        return name or "Not named", number

    def read_back(self, form: MovementForm, status: int = 200) -> Any:
        """As the other movements; the warning looks at the particulars too."""
        self.form = cast(WireForm, form)
        return super().read_back(form, status)

    def warning(self, plan: Plan) -> str:
        """A bank whose BIC is of another country than the one that is named."""
        wire = self.form.wire()
        of_bank = bic_country(wire.institution)
        if not wire.country or not of_bank or of_bank == wire.country:
            return ""
        named = country_name(wire.country)
        return f"This bank's code is of {country_name(of_bank)}, the country named is {named}. Compare them."


class OutgoingWire(WireView):
    """`/wire`."""

    form_class = OutgoingWireForm
    url_name = "wire"
    online = Words("Wire", "To an account at another bank, here or abroad.", "Send", "globe")
    counter = Words("Wire for a customer", "From any account of the bank to another bank.", "Send", "globe")

    def facts(self, form: MovementForm, plan: Plan) -> list[Fact]:
        """The fee is a movement of its own, right after the wire."""
        rows, unit = super().facts(form, plan), form.own.currency
        fee = cast(OutgoingWireForm, form).fee(utcnow())
        if not fee:
            return rows
        rows.insert(-1, ("Fee", f"{format_amount(fee, unit)} {unit}", "taken from the same account after the wire"))
        after = plan.states[0].balance - fee
        now = f"{format_amount(form.own.balance, unit)} {unit} now"
        rows[-1] = ("New balance", f"{format_amount(after, unit)} {unit}", f"after the fee; {now}")
        return rows


class IncomingWire(WireView):
    """`/wire/incoming`: staff book what came in through clearing."""

    permission_required = (ANY_WIRE,)
    form_class = IncomingWireForm
    url_name = "wire_incoming"
    counter = Words("Incoming wire", "Book it as its message says; leave empty what it does not say.", "Book", "globe")
    online = counter

    def warning(self, plan: Plan) -> str:
        """What the message lacks, and rule 6 will ask for."""
        if lacking := cast(IncomingWireForm, self.form).lacking():
            return f"The message does not say: {lacking}. Ask the ordering bank; an alert is opened until it is known."
        return super().warning(plan)
