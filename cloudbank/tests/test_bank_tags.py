from datetime import UTC, date, datetime

import pytest
from django.template import Context, Template, TemplateSyntaxError

NOON = datetime(2026, 3, 12, 16, 0, tzinfo=UTC)


def shown(source: str, **context: object) -> str:
    """A template's text with the house's tags loaded."""
    return Template("{% load bank %}" + source).render(Context(context))


def test_money_has_grouping_and_a_real_minus_sign() -> None:
    assert shown('{{ v|money:"USD" }}', v=-123450) == "\N{MINUS SIGN}1,234.50"
    assert shown('{{ v|money:"JPY" }}', v=1234) == "1,234"
    assert shown("{{ v|money }}", v=None) == "\N{EM DASH}"


def test_a_credit_has_plus_icon_and_currency() -> None:
    html = shown('{% amount v "USD" %}', v=5000)
    assert "money-in" in html
    assert "+50.00" in html
    assert "#arrow-down-left" in html
    assert ">USD<" in html


def test_a_debit_has_minus_and_another_icon() -> None:
    html = shown('{% amount v "USD" %}', v=-5000)
    assert "\N{MINUS SIGN}50.00" in html
    assert "#arrow-up-right" in html


def test_a_balance_has_no_sign_of_direction() -> None:
    html = shown('{% amount v "USD" False %}', v=5000)
    assert "+" not in html
    assert "icon" not in html


def test_when_has_machine_time_and_the_zone_in_its_title() -> None:
    html = shown("{{ v|when }}", v=NOON)
    assert 'datetime="2026-03-12T16:00:00+00:00"' in html
    assert 'title="12 Mar 2026, 12:00:00 EDT"' in html


def test_a_date_and_nothing_have_their_own_words() -> None:
    assert shown("{{ v|when }}", v=date(2026, 3, 12)) == '<time datetime="2026-03-12">12 Mar 2026</time>'
    assert shown("{{ v|when }}{{ v|moment }}", v=None) == "\N{EM DASH}" * 2


def test_moment_is_absolute() -> None:
    assert ">12 Mar 2026, 12:00:00 EDT</time>" in shown("{{ v|moment }}", v=NOON)


def test_account_numbers_are_grouped_and_masked() -> None:
    assert "1002 0030 0042" in shown("{{ v|account_number }}", v="100200300042")
    masked = shown("{{ v|masked }}", v="100200300042")
    assert "0042" in masked
    assert "1002" not in masked


def test_badges_have_icon_and_word_and_take_a_label() -> None:
    html = shown('{% badge "CRITICAL" %}{% severity "high" %}{% badge "frozen" label="Frozen today" %}')
    assert "CRITICAL</span>" in html
    assert "High</span>" in html
    assert "Frozen today</span>" in html
    assert html.count("<svg") == 3


def test_an_unknown_icon_is_refused_by_name() -> None:
    with pytest.raises(TemplateSyntaxError, match="no-such"):
        shown('{% icon "no-such" %}')


@pytest.mark.parametrize(
    "source",
    [
        "{{ v|account_number }}",
        "{{ v|masked }}",
        "{% badge v %}",
        "{% severity v %}",
        "{% stat v v note=v %}",
        "{% empty v v %}",
        "{% meter v 5 text=v note=v %}",
    ],
)
def test_what_people_typed_is_text_in_every_component(source: str) -> None:
    html = shown(source, v='"><script>x</script>')
    assert "<script" not in html
    assert "ipt&gt;" in html


def test_a_meter_is_a_meter_for_screen_readers() -> None:
    html = shown('{% meter "KYC" 82.5 text="82.5 %" warn=90 breach=80 status="warn" %}')
    assert 'role="meter"' in html
    assert 'aria-valuenow="82.5"' in html
    assert 'aria-valuetext="82.5 %, Warn"' in html
    assert 'width="82.5"' in html
    assert html.count("meter-mark") == 2
    assert "style=" not in html


def test_a_stat_with_a_link_is_one_link() -> None:
    html = shown('{% stat "Balance" 123450 icon="wallet2" currency="USD" url="/accounts" %}')
    assert html.strip().startswith('<a href="/accounts"')
    assert "1,234.50" in html
