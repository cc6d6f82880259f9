"""The page of last resort: what a person sees when a view fails (Django's handler500)."""

import logging
import sys

from django.http import HttpRequest, HttpResponse
from django.template import loader
from pynamodb.exceptions import PynamoDBException

from cloudbank.store import StoreError

logger = logging.getLogger(__name__)


def server_error(request: HttpRequest) -> HttpResponse:
    """500 with a reference that the log names too; 503 when it was the store that did not answer."""
    error = sys.exc_info()[1]
    logger.error("request %s failed: %s", getattr(request, "request_id", "-"), type(error).__name__)
    unavailable = isinstance(error, StoreError | PynamoDBException)
    status = 503 if unavailable else 500
    answer = HttpResponse(loader.render_to_string(f"{status}.html", {"request": request}), status=status)
    if unavailable:
        answer["Retry-After"] = "5"
    return answer
