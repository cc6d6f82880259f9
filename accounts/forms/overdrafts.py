"""The form that asks for another overdraft limit."""

from typing import Any

from accounts.forms.overview import AskForm
from cloudbank.forms import IconField, MoneyField, layout


class LimitField(MoneyField):
    """Money that may be zero: no overdraft at all."""

    def to_python(self, value: Any) -> int | None:
        """Minor units."""
        return 0 if str(value).strip() in ("0", "0.00") else super().to_python(value)


class OverdraftForm(AskForm):
    """The new limit and why."""

    limit = LimitField(label="New overdraft limit", help_text="How far below zero the owner may go; 0 for not at all.")

    field_order = ("limit", "reason")

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["limit"].currency = currency  # type: ignore[attr-defined]
        self.helper = layout(IconField("limit", "sliders"), IconField("reason", "pencil"), "key")
