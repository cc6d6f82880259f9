"""Names of the three tables: the mission's, and a suffix for a set of tables that was restored beside them. Pure."""

import re

LONGEST = "BankingTransactions"
MOST = 255
"""Characters in the name of a table (Amazon DynamoDB, "Naming rules")."""
_SUFFIX = re.compile(r"[a-zA-Z0-9_.-]*")


def why_no_suffix(text: str) -> str:
    """What is wrong with a suffix of table names; "" when nothing is."""
    if not _SUFFIX.fullmatch(text):
        return f"'{text}' has characters that no table's name may have; write for example -restored-20261123"
    if len(LONGEST + text) > MOST:
        return f"is too long: a table's name has at most {MOST} characters, so at most {MOST - len(LONGEST)} here"
    return ""
