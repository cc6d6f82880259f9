"""What the page draws: the same numbers as in the files, in their unit; a gap where nothing is known."""

from cloudbank.charts import payload, rows
from reporting.figures import exact
from reporting.pack import Chart, Series
from reporting.preview import chart_data
from reporting.tests.days import bank_pack


def test_a_percentage_is_drawn_in_percent_and_what_is_missing_is_no_zero() -> None:
    late = Chart("late", "Late", "line", "Months", ("0", "1"), (Series("2026Q1", (5435, None)),), "%")
    found = chart_data(bank_pack(), late)
    assert [row["cells"][0]["text"] for row in rows(found)] == ["54.35", "n/a"]
    assert payload(found)["exponent"] == 2


def test_every_chart_of_the_page_shows_what_the_pack_says() -> None:
    drawn = [one for section in bank_pack().sections for one in section.charts if one.kind != "waterfall"]
    assert {one.unit for one in drawn} >= {"USD", "count", "%"}
    for chart in drawn:
        said = payload(chart_data(bank_pack(), chart))
        for series, told in zip(chart.series, said["datasets"], strict=True):
            for value, shown in zip(series.values, told["data"], strict=True):
                assert (value is None) == (shown is None)
                if value is not None:
                    assert exact(value, chart.unit) * 10 ** said["exponent"] == shown, chart.code
