"""Record screens: one page a record of the bank, all of one kind, with tabs and the history of its changes.

To add a kind: a new file in `compliance/records/kinds` with a `compliance.records.screen.Screen`, registered under
its code; an app above compliance registers its own in its AppConfig.ready. The index, the pages, the find box, the
links of the audit trail and the tests loop over them.
"""

from typing import TYPE_CHECKING, Any

from cloudbank.registry import Registry

if TYPE_CHECKING:
    from compliance.records.screen import Screen

RECORDS: "Registry[Screen[Any]]" = Registry("compliance.records.kinds")


def record(screen: "Screen[Any]") -> "Screen[Any]":
    """Register a screen under its code."""
    return RECORDS.add(screen.code, screen)
