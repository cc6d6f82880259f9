"""A client that does not work out anew for each request what never changes.

The user agent; towards an engine on this host also the endpoint's rules and the signature, which it does not check,
and the HTTP stack: of a small request they are two thirds of the SDK's work (docs/decisions/0054).
"""

from typing import Any
from urllib.parse import urlsplit

from cloudbank.tables.loopback import Loopback

_CREATED = "request-created.dynamodb"
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_UNCHECKED = (
    "AWS4-HMAC-SHA256 Credential={key}/20260101/{region}/dynamodb/aws4_request, "
    "SignedHeaders=host, Signature=0000000000000000000000000000000000000000000000000000000000000000"
)
"""In the form that an embedded engine reads (moto takes the region from it), with the date that belongs to it."""
_ONCE = "20260101T000000Z"


class _SameAgent:
    """Stands in the place of botocore's maker of user agents: says at each request what that said at first."""

    def __init__(self, text: str) -> None:
        self._text = text

    def to_string(self) -> str:
        """The header's text."""
        return self._text


def is_embedded(endpoint: str | None) -> bool:
    """Whether it is an engine on this host: Amazon's, and whatever is reached over a network, are given signatures."""
    parts = urlsplit(endpoint or "")
    return parts.scheme == "http" and parts.hostname in _LOOPBACK


def spare(client: Any, wire: Loopback | None) -> None:
    """Let a client that was just made ask with less work; `wire` leads to an engine on this host.

    What Amazon is sent stays the same.
    """
    agent, events = client._user_agent_creator, client.meta.events
    events.unregister(_CREATED, agent.rebuild_and_replace_user_agent_handler)
    client._user_agent_creator = _SameAgent(agent.to_string())
    if wire:
        client._ruleset_resolver = None  # botocore then takes the endpoint it was given
        events.unregister(_CREATED, client._request_signer.handler)
        events.register(_CREATED, _unchecked(client))
        events.register("before-send.dynamodb", wire.send)


def _unchecked(client: Any) -> Any:
    key = client._request_signer._credentials.access_key
    header = _UNCHECKED.format(key=key, region=client.meta.region_name)

    def put(request: Any, **_: Any) -> None:
        request.headers["Authorization"], request.headers["X-Amz-Date"] = header, _ONCE

    return put
