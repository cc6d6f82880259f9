"""The AMLSim sample as a labelled history: outside data that nobody here made."""

import csv
import gzip
from decimal import Decimal
from pathlib import Path

from accounts.ledger import TRANSFER
from cloudbank.money import round_half_even
from monitoring.evaluation.paid import DAY, HOUR, Paid
from monitoring.evaluation.people import Person
from monitoring.evaluation.town import History

FILES = ("nodes.csv.gz", "transactions.csv.gz")


def amlsim(folder: Path) -> History:
    """Accounts and transfers of the folder; the members of planted patterns are labelled. A step is a day."""
    people = {row["nodeid"]: _person(row) for row in _rows(folder / FILES[0])}
    labelled = {
        people[row["nodeid"]].ref for row in _rows(folder / FILES[0]) if row["isFraud"].lower() in ("1", "true")
    }
    on_day: dict[int, list[dict[str, str]]] = {}
    for row in _rows(folder / FILES[1]):
        if row["sourceNodeId"] != row["targetNodeId"]:
            on_day.setdefault(int(row["time"]), []).append(row)
    movements = []
    for day in sorted(on_day):
        for place, row in enumerate(on_day[day]):
            # As the import does: spread evenly over the hours of business.
            at = day * DAY + 8 * HOUR + (9 * HOUR + 30) * (2 * place + 1) // (2 * len(on_day[day]))
            payer, payee = people[row["sourceNodeId"]], people[row["targetNodeId"]]
            movements.append(Paid(at, TRANSFER, payer.account, payee.account, _minor(row["value"]), "import"))
    return History("AMLSim 20K", list(people.values()), movements, labelled=labelled)


def _rows(path: Path) -> "csv.DictReader[str]":
    return csv.DictReader(gzip.open(path, "rt", encoding="utf-8"))


def _person(row: dict[str, str]) -> Person:
    return Person(
        ref=f"usr_eval{int(row['nodeid']):06d}",
        role="worker",
        segment="retail",
        income=0,
        branch="main",
        balance=_minor(row["init_balance"]),
    )


def _minor(text: str) -> int:
    return round_half_even(Decimal(text) * 100)
