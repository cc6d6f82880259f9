"""Which addresses outside the bank may be called: never one of the bank's own network, unless the settings name it.

Against server-side request forgery (OWASP SSRF cheat sheet): the name is resolved once, every answer is looked at,
and the connection goes to the address that was looked at, so a name cannot point elsewhere a moment later.
"""

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from django.conf import settings


class Forbidden(ValueError):
    """The address may not be called; the message says why."""


@dataclass(frozen=True)
class Target:
    """Where to connect, and as whom to speak."""

    scheme: str
    host: str
    port: int
    address: str
    """The IP address that was looked at."""
    path: str


def checked(url: str) -> SplitResult:
    """The parts of an address a person typed. Raises Forbidden; resolves nothing."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError as error:
        raise Forbidden("This is no web address; write one such as https://example.com/hook.") from error
    host = parts.hostname or ""
    if not host or parts.scheme not in ("http", "https") or port == 0:
        raise Forbidden("This is no web address; write one such as https://example.com/hook.")
    if parts.scheme == "http" and not _inside(host):
        raise Forbidden("Only https:// addresses are called; what is sent must not be read on the way.")
    if parts.username or parts.password or parts.fragment:
        raise Forbidden("Leave out user name, password and #fragment; the receiver knows the bank by the signature.")
    return parts


def target(url: str) -> Target:
    """Where to connect now. Raises Forbidden, and OSError for a name that does not resolve."""
    parts = checked(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = [str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except UnicodeError as error:
        raise Forbidden(f"{host[:80]} is no name of a host.") from error
    if not _inside(host) and not all(_is_public(one) for one in found):
        raise Forbidden(f"{host} is an address inside a private network; it is not called.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port, found[0], path)


def _inside(host: str) -> bool:
    return host in settings.WEBHOOK_HOSTS_INSIDE


_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def _is_public(text: str) -> bool:
    """Whether it lies outside of all private networks; so must an IPv4 address that an IPv6 one only carries."""
    address = ipaddress.ip_address(text.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    return all(one.is_global and not one.is_multicast for one in [mapped or address, *_carried(address)])


def _carried(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> list[ipaddress.IPv4Address]:
    """The IPv4 addresses that a gateway would go to: of 6to4 (RFC 3056), Teredo (RFC 4380), NAT64 (RFC 6052)."""
    if isinstance(address, ipaddress.IPv4Address):
        return []
    inside = [address.sixtofour, *(address.teredo or ())]
    if address in _NAT64:
        inside.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return [one for one in inside if one is not None]
