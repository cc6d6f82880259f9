"""Forms of KYC. They check the shape of what is typed; the services check what it means."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from accounts.forms.banking import KeyField
from accounts.forms.fields import PlainField, reason_field
from cloudbank.countries import countries
from cloudbank.forms import DayField, IconField, MoneyField, layout
from compliance.forms import DateInput
from compliance.kyc.checks import METHODS
from compliance.kyc.owners import Owner
from compliance.kyc.papers import KINDS, OWN_KINDS
from compliance.kyc.queries import WORK
from compliance.kyc.rating import JUDGEMENTS, OCCUPATIONS, PEPS, PRODUCTS, Factors
from compliance.queries.selections import Counted
from monitoring.papers import MOST_BYTES

CHOOSE = ("", "Choose\N{HORIZONTAL ELLIPSIS}")


def _choices(values: dict[str, str]) -> list[tuple[str, str]]:
    return [CHOOSE, *values.items()]


def _countries() -> list[tuple[str, str]]:
    return _choices(countries())


class DeskFilter(forms.Form):
    """Filters of the desk; `show` says how many each list holds."""

    show = forms.ChoiceField(label="Show", required=False)
    risk = forms.ChoiceField(
        label="Risk", required=False, choices=[("", "Any"), ("high", "High"), ("medium", "Medium"), ("low", "Low")]
    )
    name = PlainField(label="Name", required=False, max_length=100, widget=forms.TextInput({"type": "search"}))

    def __init__(self, *args: Any, counts: dict[str, Counted], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lists = [(code, f"{work.label} ({counts[code]})") for code, work in WORK.items()]
        self.fields["show"].choices = [("", "All customers, by name"), *lists]  # type: ignore[attr-defined]


class SeenForm(forms.Form):
    """A change of a customer's file as somebody saw it."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)


class FactorsForm(SeenForm):
    """What sets the risk of a customer."""

    company = forms.ChoiceField(label="The customer is", choices=[("person", "A person"), ("company", "A company")])
    country = forms.ChoiceField(label="Country of residence or seat", choices=_countries)
    product = forms.ChoiceField(label="Product of most risk that is used", choices=_choices(PRODUCTS))
    occupation = forms.ChoiceField(label="Occupation or business", choices=_choices(OCCUPATIONS))
    pep = forms.ChoiceField(label="Public office (PEP)", choices=_choices(PEPS))
    turnover = MoneyField(label="Expected money in a month", currency=settings.BANK_CURRENCY)
    judgement = forms.ChoiceField(label="Your judgement", required=False, choices=list(JUDGEMENTS.items()))
    reason = reason_field("Known from")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout(
            IconField("company", "building"),
            IconField("country", "globe"),
            IconField("product", "wallet2"),
            IconField("occupation", "briefcase"),
            IconField("pep", "bank"),
            IconField("turnover", "cash-coin", suffix=settings.BANK_CURRENCY),
            IconField("judgement", "shield-exclamation"),
            IconField("reason", "journal-text"),
            "seen",
        )

    def factors(self) -> Factors:
        """What a valid form declares."""
        names = ("country", "product", "occupation", "pep", "turnover", "judgement")
        return Factors(**{name: self.cleaned_data[name] for name in names})


class LowerForm(SeenForm):
    """A rating below the points, that a second person agrees to."""

    to = forms.ChoiceField(label="Rate the customer")
    reason = reason_field("Why the points say too much", lines=True, help_text="The person who approves reads it.")
    key = KeyField()

    def __init__(self, *args: Any, ratings: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(one, f"{one.capitalize()} risk") for one in ratings]
        self.fields["to"].choices = [CHOOSE, *choices]  # type: ignore[attr-defined]
        self.helper = layout(IconField("to", "shield-check"), "reason", "key", "seen")


class DecideForm(SeenForm):
    """Who the customer is: verified or not."""

    decision = forms.ChoiceField(
        choices=[("approve", "Verified"), ("reject", "Not verified")],
        widget=forms.HiddenInput,
        error_messages={"required": "Choose Verified or Not verified."},
    )
    method = forms.ChoiceField(label="How it was verified", choices=list(METHODS.items()), required=False)
    reason = reason_field("What was seen, or why not")
    key = KeyField()

    def __init__(self, *args: Any, rejects_only: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        method = [] if rejects_only else [IconField("method", "person-vcard")]
        self.helper = layout(*method, IconField("reason", "journal-text"), "key", "seen")


class ReviewForm(forms.Form):
    """The periodic review."""

    note = reason_field("What was reviewed")
    enhanced = forms.BooleanField(
        label="With enhanced diligence: source of funds, activity against what is expected, owners", required=False
    )

    def __init__(self, *args: Any, high: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names: list[Any] = [IconField("note", "journal-text"), *(["enhanced"] if high else [])]
        self.helper = layout(*names)


class CheckForm(SeenForm):
    """Accept or refuse a paper."""

    verdict = forms.ChoiceField(
        choices=[("accept", "Accept"), ("refuse", "Refuse")],
        widget=forms.HiddenInput,
        error_messages={"required": "Choose Accept or Refuse."},
    )
    expires_on = DayField(label="Valid until", required=False, widget=DateInput())
    note = reason_field("What is wrong with it, or what was seen", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout(IconField("expires_on", "calendar-check"), IconField("note", "journal-text"), "seen")


class OwnerForm(SeenForm):
    """A person who owns or controls a company."""

    name = PlainField(label="Full name", max_length=100)
    born = DayField(label="Date of birth", widget=DateInput())
    country = forms.ChoiceField(label="Country of residence", choices=_countries)
    share = forms.DecimalField(
        label="Share, percent", min_value=0, max_value=100, max_digits=5, decimal_places=2, required=False
    )
    control = forms.BooleanField(label="Controls the company", required=False)
    title = PlainField(label="Office, of who controls it", max_length=60, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout(
            IconField("name", "person"),
            IconField("born", "calendar3"),
            IconField("country", "globe"),
            IconField("share", "percent"),
            "control",
            IconField("title", "briefcase"),
            "seen",
        )

    def owner(self) -> Owner:
        """What a valid form names."""
        said = self.cleaned_data
        share = int((said["share"] or Decimal(0)) * 100)
        return Owner(said["name"], said["born"].isoformat(), said["country"], share, said["control"], said["title"])


class ReasonForm(SeenForm):
    """A change of the owners that needs only a reason; `place` names who is taken off."""

    place = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)
    reason = reason_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout(IconField("reason", "journal-text"), "place", "seen")


class PaperForm(forms.Form):
    """A paper to be kept."""

    kind = forms.ChoiceField(label="Kind of paper")
    expires_on = DayField(
        label="Valid until",
        required=False,
        widget=DateInput(),
        help_text="As it stands on the paper, if it has an end.",
    )
    file = forms.FileField(
        label="File",
        help_text=f"PDF, PNG or JPG, at most {MOST_BYTES // 1024 // 1024} MB.",
        widget=forms.FileInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg"}),
        allow_empty_file=True,
    )

    def __init__(self, *args: Any, own: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = OWN_KINDS if own else KINDS
        self.fields["kind"].choices = [CHOOSE, *((code, KINDS[code].label) for code in kinds)]  # type: ignore[attr-defined]
        self.helper = layout(
            IconField("kind", "person-vcard"), IconField("expires_on", "calendar-check"), IconField("file", "upload")
        )

    def clean_file(self) -> UploadedFile:
        """Of a size that is read at all."""
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > MOST_BYTES:
            raise forms.ValidationError(f"The file is larger than {MOST_BYTES // 1024 // 1024} MB.")
        return file
