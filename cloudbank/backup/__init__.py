"""The bank's tables as files, and files as tables again: for drills, for evidence, and for the day they are needed.

`manage.py backup` reads all items by Scan, part by part; `manage.py restore` writes them into tables with a suffix.
A logical back-up is no instant: money moves while it is taken. What is torn by that, `verify_ledger --full` names on
the restored tables; an exact instant is point-in-time recovery's (docs/runbooks/restore.md, docs/decisions/0066).
"""


class BackupError(Exception):
    """A back-up cannot be taken, or cannot be restored; the text says why and what to do."""
