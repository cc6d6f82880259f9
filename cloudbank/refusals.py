"""What a request to the engine that did not go through means: by what the caller must do next, not by AWS's names."""

from collections.abc import Sequence

from botocore.exceptions import ClientError

from cloudbank.telling.tally import CONFLICTS, THROTTLES, tally
from cloudbank.writes import Put, Write

_NOT_APPLIED = {
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "RequestLimitExceeded",
    "TransactionConflictException",
    "ValidationException",
    "ResourceNotFoundException",
    "AccessDeniedException",
}
_THROTTLED = {"ThrottlingError", "ProvisionedThroughputExceeded"}


class StoreError(Exception):
    """Something went wrong at the store."""


class Conflict(StoreError):
    """Another writer was there, or the engine asked us to slow down: nothing was written, load and try again."""


class ConditionFailed(StoreError):
    """A condition did not hold: nothing was written. `writes` are those whose condition failed."""

    def __init__(self, writes: Sequence[Write]) -> None:
        super().__init__(", ".join(write.label for write in writes))
        self.writes = list(writes)


class OutcomeUnknown(StoreError):
    """The answer was lost: it may or may not be written. Find out by reading."""


class Unavailable(StoreError):
    """The engine could not be reached or refused the request: nothing was written."""


def named(error: ClientError, writes: Sequence[Write]) -> StoreError:
    """What a refused transaction of these writes means. Counted where it is a conflict or the engine put it off."""
    reasons = list(getattr(error, "cancellation_reasons", None) or [])
    codes = [reason.code if reason else "None" for reason in reasons]
    failed = [write for write, code in zip(writes, codes, strict=False) if code == "ConditionalCheckFailed"]
    if failed:
        if any(isinstance(write, Put) and write.item.version > 1 for write in failed):
            tally.add(CONFLICTS)  # of an item that was there: somebody else changed it meanwhile
        return ConditionFailed(failed)
    if any(code in _THROTTLED or code == "TransactionConflict" for code in codes):
        tally.add(CONFLICTS if "TransactionConflict" in codes else THROTTLES)
        return Conflict(", ".join(sorted(set(codes) - {"None"})))
    return by_code(error)


def by_code(error: ClientError) -> StoreError:
    """The same of any request, by the error's name alone; of an unknown one nobody knows what became of it."""
    code = error.response.get("Error", {}).get("Code", "")
    if code in ("TransactionConflictException", "ThrottlingException", "ProvisionedThroughputExceededException"):
        tally.add(CONFLICTS if code == "TransactionConflictException" else THROTTLES)
        return Conflict(code)
    if code in _NOT_APPLIED or code == "TransactionCanceledException":
        return Unavailable(str(error))
    return OutcomeUnknown(code)
