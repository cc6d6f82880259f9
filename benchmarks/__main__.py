"""`python -m benchmarks [name ...]`: measure, print a table, write var/bench.json; exit 1 when a promise is broken.

`python -m benchmarks simulate [--help]`: no measurement, a model (docs/capacity.md).
"""

import json
import os
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cloudbank.settings")
os.environ.setdefault("DEBUG", "on")
os.environ.setdefault("DYNAMODB_ENDPOINT_URL", "http://127.0.0.1:9")
# The web server that is measured inherits it: sessions made here are sessions there.
os.environ["SECRET_KEY"] = "only-for-benchmarks-" + "0123456789abcdef" * 4
django.setup()

from benchmarks import (  # noqa: E402  Django must be set up before the apps are imported
    bench_bank,
    bench_compliance,
    bench_posting,
    bench_reports,
    bench_sanctions,
    bench_throughput,
    simulate,
)
from benchmarks.stage import Figure  # noqa: E402

OUTPUT = Path("var/bench.json")
MEASUREMENTS: dict[str, Callable[[], Iterable[Figure]]] = {
    "posting": bench_posting.figures,
    "throughput": bench_throughput.figures,
    "bank": bench_bank.figures,
    "reports": bench_reports.figures,
    "sanctions": bench_sanctions.figures,
    "compliance": bench_compliance.figures,
}


def main(names: list[str]) -> int:
    """Run the named measurements, or all; `simulate` has options of its own."""
    if names[:1] == ["simulate"]:
        return simulate.main(names[1:])
    unknown = set(names) - set(MEASUREMENTS)
    if unknown:
        print(f"There is no measurement {', '.join(sorted(unknown))}; there are {', '.join(MEASUREMENTS)}.")
        return 2
    figures = [figure for name in names or MEASUREMENTS for figure in _measured(name)]
    OUTPUT.parent.mkdir(exist_ok=True)
    content = {"at": datetime.now(UTC).isoformat(), "cpus": os.cpu_count(), "figures": [f.as_json() for f in figures]}
    OUTPUT.write_text(json.dumps(content, indent=1))
    broken = [figure.name for figure in figures if not figure.kept]
    print(f"\nWritten to {OUTPUT}." + (f" NOT KEPT: {', '.join(broken)}" if broken else " Every promise is kept."))
    return 1 if broken else 0


def _measured(name: str) -> list[Figure]:
    print(f"\n{name}\n{'figure':44} {'value':>12} {'floor':>12} {'ratio':>7} {'limit':>7}", flush=True)
    figures = []
    for figure in MEASUREMENTS[name]():
        print(_row(figure), flush=True)
        figures.append(figure)
    return figures


def _row(figure: Figure) -> str:
    floor = f"{figure.floor:.2f}" if figure.floor else ""
    ratio = f"{figure.ratio:.2f}" if figure.ratio else ""
    limit = "" if figure.limit is None else f"{figure.limit:g}"
    mark = "" if figure.kept else "  NOT KEPT"
    value = f"{figure.value:.2f} {figure.unit}".strip()
    return f"{figure.name:44} {value:>12} {floor:>12} {ratio:>7} {limit:>7}  {figure.note}{mark}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
