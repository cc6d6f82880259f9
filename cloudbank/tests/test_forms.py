from collections.abc import Iterator

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.template import Context, Template
from django.test import RequestFactory

from cloudbank.forms import MoneyField
from cloudbank.tests.gallery import TransferForm, TransferView, site


@pytest.mark.parametrize(("typed", "minor"), [("1,234.50", 123450), (" 12 ", 1200), ("0.01", 1), ("$5", 500)])
def test_a_money_field_takes_what_people_type(typed: str, minor: int) -> None:
    assert MoneyField().clean(typed) == minor


@pytest.mark.parametrize(
    "typed", ["NaN", "1e3", "-1", "0", "1.234", "１２", "٣", "1_000", "10,00", "1" * 30, "+5", "Infinity"]
)
def test_a_money_field_refuses_the_rest_in_a_sentence(typed: str) -> None:
    with pytest.raises(ValidationError) as refused:
        MoneyField().clean(typed)
    assert refused.value.messages[0].endswith(".")


def test_a_money_field_knows_its_limit_its_currency_and_when_it_may_be_empty() -> None:
    assert MoneyField(required=False).clean("") is None
    assert MoneyField(currency="JPY").clean("1,000") == 1000
    with pytest.raises(ValidationError, match="must not exceed"):
        MoneyField(maximum=10_000).clean("100.01")
    with pytest.raises(ValidationError, match="required"):
        MoneyField().clean("")


def test_initial_minor_units_are_written_as_people_write() -> None:
    class One(forms.Form):
        amount = MoneyField()

    assert 'value="1,234.50"' in str(One(initial={"amount": 123450})["amount"])
    assert 'value="1,23"' in str(One({"amount": "1,23"})["amount"])


@pytest.fixture(autouse=True)
def _site() -> Iterator[None]:
    with site():
        yield


def rendered(form: forms.Form) -> str:
    """The form as crispy draws it, with its error summary."""
    source = "{% load crispy_forms_tags bank %}{% error_summary form %}{% crispy form %}"
    return Template(source).render(Context({"form": form}))


def test_icons_hints_and_suffix_stand_around_the_input() -> None:
    html = rendered(TransferForm())
    assert "#person-vcard" in html
    assert '<span class="input-group-text">USD</span>' in html
    assert 'aria-describedby="id_amount_helptext"' in html
    assert 'id="id_amount_helptext"' in html


def test_a_hint_is_text() -> None:
    form = TransferForm()
    form.fields["memo"].help_text = "<script>x</script>"
    assert "<script>" not in rendered(form)


def test_the_summary_links_every_error_to_its_field_and_values_are_kept() -> None:
    html = rendered(TransferForm({"source": "1", "target": "12 34", "amount": "12.345"}))
    assert 'href="#id_amount"' in html
    assert 'href="#id_agree"' in html
    assert "2 things need your attention" in html
    assert 'value="12 34"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="id_amount_error"' in html


def test_an_invalid_form_answers_422(rf: RequestFactory) -> None:
    answer = TransferView.as_view(template_name="404.html")(rf.post("/form", {}))
    assert answer.status_code == 422


def test_a_valid_form_goes_on(rf: RequestFactory) -> None:
    answer = TransferView.as_view()(rf.post("/form", {"source": "1", "target": "1", "amount": "5", "agree": "on"}))
    assert answer.status_code == 302
