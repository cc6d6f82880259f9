"""What must be true before Django reads its settings: the environment of a test run.

Set here, at import, and not by pytest-django's --ds, which would read the settings before this file.
A developer's .env does not override it. The fixtures are in cloudbank/testing.py.
"""

import gc
import os
import sys
from typing import Any

import django
import pytest
from hypothesis import HealthCheck, settings

# An endpoint nobody serves: a test that forgets the `bank` fixture is refused at once and never reaches AWS.
NOWHERE = "http://127.0.0.1:9"

os.environ.update(
    DJANGO_SETTINGS_MODULE="cloudbank.settings",
    SECRET_KEY="only-for-tests-" + "0123456789abcdef" * 4,
    DEBUG="on",  # at import only, for plain static files; Django's test runner turns DEBUG off for the tests
    ENVIRONMENT="test",
    ALLOWED_HOSTS="127.0.0.1,localhost,testserver",
    AWS_REGION="us-east-1",
    AWS_DEFAULT_REGION="us-east-1",
    AWS_ACCESS_KEY_ID="test",
    AWS_SECRET_ACCESS_KEY="test",  # noqa: S106  no secret: the engine in memory takes anything
    AWS_EC2_METADATA_DISABLED="true",
    DYNAMODB_ENDPOINT_URL=NOWHERE,
    TABLE_SUFFIX="",
    TELL_SECONDS="0",  # a word of another process in the tables would be one item more than a test expects
    BANK_TIMEZONE="America/New_York",
    BANK_CUTOFF="18:00",
    BANK_CURRENCY="USD",
    FISCAL_YEAR_START_MONTH="1",
    EMAIL_URL="memorymail://",
)
for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
    os.environ.pop(name, None)

# Python looks for garbage whenever 700 objects were made: a page makes thousands, and so do the modules of a bank.
gc.set_threshold(20_000, 20, 20)

django.setup()

# Machines are shared: how fast examples are made says nothing.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")

pytest_plugins = ("cloudbank.testing",)


@pytest.fixture(autouse=True)
def _every_action_has_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fails a test in which the product records an action that its audit pages could only show as a code."""
    from accounts.audit_actions import ACTIONS
    from cloudbank import audit

    real = audit.record

    def record(item: Any, action: str, **more: Any) -> Any:
        by = sys._getframe(1).f_globals["__name__"]
        if action not in ACTIONS and ".tests." not in by:
            pytest.fail(f"name {action!r} of {by} in accounts/audit_actions.py")
        return real(item, action, **more)

    monkeypatch.setattr(audit, "record", record)
