"""Where a request comes from, and what tries are counted by."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def source_of(request: HttpRequest) -> str:
    """The client's IP address, "" when unknown.

    Each proxy of the bank's own adds the address that it was asked from to X-Forwarded-For: behind one (the load
    balancer) it is the last entry, behind two (CloudFront before it, PROXY_HOPS=2) the last but one. What stands left
    of it was written by the client and is believed by nobody.
    """
    address = request.META.get("REMOTE_ADDR", "")
    if settings.SECURE_PROXY_SSL_HEADER:
        entries = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        address = entries[-settings.PROXY_HOPS :][0].strip() or address
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return ""


def network_of(source: str) -> str:
    """What attempts are counted by: the address, for IPv6 its /64 (one household has 2^64 addresses)."""
    if ":" not in source:
        return source
    return str(ipaddress.ip_network((source, 64), strict=False))
