"""AMLSim's output (github.com/IBM/AMLSim): a node is a customer with one checking account. Pure."""

from accounts.imports.mappings import MAPPINGS
from accounts.imports.reading import BadLine, Row
from accounts.imports.rows import AccountRow, Mapping, MovementRow, amount, balance, reference
from accounts.ledger import TRANSFER


def account(row: Row, line: int) -> AccountRow:
    """A node."""
    node = reference(row, "nodeid")
    return AccountRow(
        line=line,
        ref=node,
        customer_ref=node,
        name=f"AMLSim node {node}",
        product="checking",
        currency="USD",
        opening=balance(row, "init_balance", "USD"),
        branch="main",
        segment="retail",
    )


def movement(row: Row, line: int) -> MovementRow:
    """A transfer; `time` is a day number, and the line number is all the reference it has."""
    step = row["time"].strip()
    if not (step.isascii() and step.isdigit() and len(step) < 6):
        raise BadLine(f"time '{row['time']}' is no day number")
    return MovementRow(
        line=line,
        reference=f"line {line}",
        type=TRANSFER,
        debit=reference(row, "sourceNodeId"),
        credit=reference(row, "targetNodeId"),
        amount=amount(row, "value", "USD"),
        channel="import",
        branch="main",
        memo=f"AMLSim line {line}",
        at=int(step),
    )


MAPPINGS.add(
    "amlsim",
    Mapping(
        account_columns=("nodeid", "init_balance"),
        # The labels are not read: rules must not know them.
        account_optional=("isFraud", "fraudStep"),
        movement_columns=("sourceNodeId", "targetNodeId", "value", "time"),
        account=account,
        movement=movement,
        sets_aside_loops=True,
    ),
)
