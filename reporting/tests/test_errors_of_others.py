"""The specification's list of others' errors: docs/errors-of-others.md names a test for each; here are the last ones."""

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from accounts.totals import DayTotals
from cloudbank import documents
from cloudbank.house.paths import ROOT
from reporting import queries, services
from reporting.metrics import METRICS, in_order
from reporting.orders import Order
from reporting.services.runs import ask_run, performing
from reporting.tests.conftest import MANAGER, NOW
from reporting.tests.days import Q3
from reporting.tests.loan_days import loan_period, rows_at_end
from reporting.tests.test_loan_metrics import with_rows
from reporting.writers import in_order as writers_in_order

TOGETHER = 3


def test_the_page_names_tests_that_exist() -> None:
    page = (ROOT / "docs" / "errors-of-others.md").read_text()
    named = re.findall(r"`(\S+\.py)::(test_\w+)`", page)
    assert len(named) >= 12
    assert [(path, name) for path, name in named if f"def {name}(" not in (ROOT / path).read_text()] == []


def quality(overdue: int) -> dict[str, int | None]:
    """The portfolio's quality when each late loan has this much overdue (cents)."""
    rows = [row._replace(overdue=overdue if row.days else 0) for row in rows_at_end()]
    found = METRICS["portfolio_quality"].measure(loan_period(days=with_rows(rows))).measures
    return {one.metric: one.value for one in found if not one.dimension}


def test_what_is_overdue_moves_the_arrears_and_neither_par_nor_what_it_is_divided_by() -> None:
    little, much = quality(100), quality(90_000)
    assert [(much[name], little[name]) for name in ("PAR 0", "PAR 30")] == [(2_449, 2_449), (2_041, 2_041)]
    assert (little["Arrears rate"], much["Arrears rate"]) == (1, 735), "2 x 900.00 / GLP of 24,500.00"


def test_runs_at_the_same_moment_write_whole_files_of_their_own(sealed_bank: list[DayTotals], folder: Any) -> None:
    """Three people press Build for the same report at once; then the program that keys by content does so, too."""
    order, formats = Order(Q3, tuple(in_order(("deposits",))), "USD"), writers_in_order(("csv", "xlsx"))
    start = Barrier(TOGETHER)

    def pressed(place: int) -> str:
        run = ask_run(order=order, formats=formats, key=f"k{place}", actor=MANAGER, now=NOW)
        start.wait(20)
        with performing(run_id=str(run.transaction_id), now=lambda: NOW) as work:
            return str(work.build().transaction_id)

    def by_content(place: int) -> str:
        start.wait(20)
        return str(services.build_report(order=order, formats=formats, actor=MANAGER, now=NOW).transaction_id)

    with ThreadPoolExecutor(TOGETHER) as pool:
        own = list(pool.map(pressed, range(TOGETHER)))
        shared = list(pool.map(by_content, range(TOGETHER)))
    assert len(set(own)) == TOGETHER
    assert len(set(shared)) == 1
    reports = [queries.report(one) for one in [*own, shared[0]]]
    names = [reference[0] for one in reports if one for reference in [*one.files.values(), one.content]]
    assert len(names) == len(set(names)) == 3 * (TOGETHER + 1)
    assert all(services.problems_of(one, NOW) == [] for one in reports if one)
    stored = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert stored == set(names), "nothing half written, nothing beside"
    assert len({documents.sha256_of((folder / name).read_bytes()) for name in names if name.endswith("csv")}) == 1
