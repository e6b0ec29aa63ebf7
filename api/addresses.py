"""Where a webhook may point: outside addresses over TLS, and internal networks only where the settings name them.

The name is resolved, each address it has is checked, and the connection goes to a checked address and nowhere else:
a name that resolves to something else a moment later gains nothing.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

LONGEST = 2000  # letters of an address
Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
_NAT64 = IPv6Network("64:ff9b::/96")


class WrongAddress(ValueError):
    """An address that is not told; the message says why, and not what lies there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A checked address."""

    host: str  #: as the certificate and the Host header name it
    port: int
    tls: bool
    path: str
    address: Address


def checked(url: str, allowed: Sequence[Network]) -> Target:
    """The address, resolved and allowed. Raises WrongAddress."""
    host, port, tls, path = _parts(url)
    addresses = _resolved(host, port)
    for address in addresses:
        inside = any(address in network for network in allowed if network.version == address.version)
        if not inside and not _is_outside(address):
            raise WrongAddress("it points into an internal network that the settings do not name")
        if not inside and not tls:
            raise WrongAddress("only https is told outside the networks that the settings name")
    return Target(host=host, port=port, tls=tls, path=path, address=addresses[0])


def _parts(url: str) -> tuple[str, int, bool, str]:
    if len(url) > LONGEST or not url.isascii() or any(letter <= " " or letter in "\\\x7f" for letter in url):
        raise WrongAddress("it is too long, or holds letters that an address does not have")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise WrongAddress("it is no address") from None
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise WrongAddress("it must begin with https:// and name a host")
    if parts.username is not None or parts.password is not None or parts.fragment or port == 0:
        raise WrongAddress("user names, passwords, fragments and port 0 have no place in it")
    tls = parts.scheme == "https"
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return parts.hostname, port or (443 if tls else 80), tls, path


def _resolved(host: str, port: int) -> list[Address]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise WrongAddress("its name cannot be resolved") from None
    return [ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]


def _is_outside(address: Address) -> bool:
    """Whether it is on the public net, also where an IPv4 address is wrapped into an IPv6 one."""
    if isinstance(address, IPv6Address):
        wrapped = address.ipv4_mapped or address.sixtofour
        if wrapped is None and address in _NAT64:
            wrapped = IPv4Address(int(address) & 0xFFFF_FFFF)
        if wrapped is not None:
            return _is_outside(wrapped)
        if address.teredo is not None:
            return False
    return address.is_global and not address.is_multicast
