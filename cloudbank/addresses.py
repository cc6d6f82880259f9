"""Where a request comes from, and what tries are counted by."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def source_of(request: HttpRequest) -> str:
    """The client's IP address, "" when unknown.

    Behind the bank's own proxy (one hop) it is the last entry of X-Forwarded-For, which that proxy
    wrote; what stands left of it was written by the client and is believed by nobody.
    """
    address = request.META.get("REMOTE_ADDR", "")
    if settings.SECURE_PROXY_SSL_HEADER:
        address = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip() or address
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return ""


def network_of(source: str) -> str:
    """What attempts are counted by: the address, for IPv6 its /64 (one household has 2^64 addresses)."""
    if ":" not in source:
        return source
    return str(ipaddress.ip_network((source, 64), strict=False))
