"""Whether this process can serve: the load balancer asks (/readyz), and a task before it serves (`manage.py ready`)."""

from cloudbank import store
from cloudbank.tables import UsersItem

NO_ITEM = "readyz"


def refuse_unready() -> None:
    """Read one item that nobody has, and compare the clocks. Raises StoreError when either is not as it should be."""
    store.get(UsersItem, NO_ITEM)
    store.refuse_wrong_clock()
