import json

from django.template import Context, Template

from cloudbank.charts import ChartData, Dataset, meter, payload, rows

VOLUME = ChartData(
    "Volume", "line", ["1 Mar", "</script><b>"], [Dataset("In", [123450, -5000], ["/history?day=1"])], currency="USD"
)


def drawn(chart: ChartData) -> str:
    """The figure's HTML."""
    return Template('{% load bank %}{% chart chart id="one" %}').render(Context({"chart": chart}))


def test_the_table_says_amounts_and_links_where_the_chart_does() -> None:
    assert rows(VOLUME)[0] == {"label": "1 Mar", "cells": [{"text": "1,234.50", "link": "/history?day=1"}]}
    assert rows(VOLUME)[1]["cells"][0] == {"text": "\N{MINUS SIGN}50.00", "link": ""}


def test_counts_are_grouped_in_the_table() -> None:
    assert rows(ChartData("Count", "bar", ["a"], [Dataset("n", [12345])]))[0]["cells"][0]["text"] == "12,345"


def test_what_is_not_known_is_a_gap_and_says_so() -> None:
    chart = ChartData("Rate", "line", ["a", "b"], [Dataset("n", [5435, None])], unit="%", decimals=2)
    assert [row["cells"][0]["text"] for row in rows(chart)] == ["54.35", "n/a"]
    said = json.loads(json.dumps(payload(chart)))
    assert (said["exponent"], said["datasets"][0]["data"]) == (2, [5435, None])


def test_the_payload_is_json_and_tells_the_exponent() -> None:
    data = json.loads(json.dumps(payload(VOLUME)))
    assert (data["exponent"], data["unit"], data["datasets"][0]["links"]) == (2, "USD", ["/history?day=1"])


def test_a_label_cannot_end_the_script_block() -> None:
    html = drawn(VOLUME)
    assert "</script><b>" not in html
    assert html.count("</script>") == 1


def test_the_canvas_has_a_name_and_a_table_beside_it() -> None:
    html = drawn(VOLUME)
    assert 'role="img"' in html
    assert 'aria-label="Volume' in html
    assert "<table" in html


def test_an_empty_chart_says_so_and_draws_nothing() -> None:
    html = drawn(ChartData("Volume", "bar", ["1 Mar"], [Dataset("In", [0])]))
    assert "<canvas" not in html
    assert "Nothing in this period" in html


def test_a_meter_stays_inside_its_bar() -> None:
    assert meter("m", 250, 100, None, None)["fill"] == 100
    assert meter("m", -3, 100, None, None)["fill"] == 0
    assert meter("m", 3, 0, 1, 2)["fill"] == 0
    assert meter("m", 5, 10, 8, 9)["marks"] == [80, 90]
