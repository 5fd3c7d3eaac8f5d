"""Where a request may go: to the public internet by https, and to networks that the operator names.

An allow-list, not a list of what is bad: of IPv6 only what is handed out as global unicast, without the ranges in it
that lead elsewhere (tunnels, documentation, protocols); of IPv4 what Python calls global, without multicast. An address
that carries another one inside (`::ffff:127.0.0.1`, `64:ff9b::7f00:1`, `2002:7f00:1::`) is outside of that by itself.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import idna

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network
Resolve: TypeAlias = Callable[..., Sequence[Any]]
"""`socket.getaddrinfo`, or what a test puts in its place."""

LONGEST = 1000
PORTS = {"http": 80, "https": 443}

_UNICAST = ip_network("2000::/3")
_ELSEWHERE = tuple(
    ip_network(one)
    for one in (
        "2001::/23",  # protocols, Teredo among them
        "2001:db8::/32", "3fff::/20",  # documentation
        "2002::/16",  # 6to4: an IPv4 address inside
        "192.88.99.0/24",  # its relays
        "192.0.0.0/24",  # protocols
        "168.63.129.16/32",  # a cloud's own, though it looks public
    )
)  # fmt: skip
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*", re.ASCII)
_NUMBERS = re.compile(r"(0x[0-9a-f]*|[0-9]+)(\.(0x[0-9a-f]*|[0-9]+)){0,3}", re.ASCII)
_ENDS_IN_NUMBER = re.compile(r"(^|\.)([0-9]+|0x[0-9a-f]*)$", re.ASCII)
_PATH = re.compile(r"[!-~]*")
_HERE = ("localhost", "local", "internal", "home.arpa", "lan", "intranet", "corp", "private")


class TargetRefused(ValueError):
    """No request goes there. `code` is a word for a form; the message, one for machines, quotes nothing of it."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


@dataclass(frozen=True, slots=True)
class Target:
    """An address as it was read: nothing is known yet of where its name leads."""

    scheme: str
    host: str
    """In ASCII, lower case, without brackets."""
    port: int
    path: str
    """With the query."""

    @property
    def literal(self) -> Address | None:
        """The IP address that the host is, however it is spelled."""
        return _literal(self.host)

    @property
    def plain(self) -> bool:
        """Not https on its usual port: only for networks that the operator names."""
        return self.scheme != "https" or self.port != 443

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def read_target(url: str) -> Target:
    """Read an address. Raises TargetRefused for what is none, or names a user, or could be read in two ways."""
    if not 0 < len(url) <= LONGEST or not url.isprintable() or re.search(r"[\s\\]", url):
        raise TargetRefused("url", f"must be an https address of {LONGEST} characters at most")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise TargetRefused("url", "is no address") from error
    if parts.scheme not in PORTS:
        raise TargetRefused("https", "must begin with https://")
    if "@" in parts.netloc or parts.fragment or url.endswith("#"):
        raise TargetRefused("url", "must have no user, password or fragment")
    host = _host(parts.hostname or "")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if port == 0 or not _PATH.fullmatch(path):
        raise TargetRefused("url", "is no address")
    return Target(parts.scheme, host, port or PORTS[parts.scheme], path)


def check(target: Target, *, allowed: Sequence[Network] = (), resolve: Resolve | None = None) -> list[Address]:
    """Return the addresses behind a target, each of which may be called. Raises TargetRefused.

    One that may not is enough: who answers for the name could give that one next time. Raises OSError where the name
    is not known.
    """
    literal = target.literal
    if literal is None and _is_here(target.host) and not allowed:
        raise TargetRefused("private", "must be in the public internet")
    found = [literal] if literal is not None else _look_up(target, resolve or socket.getaddrinfo)
    for address in found:
        _check(target, address, allowed)
    return found


def may_be_called(address: Address) -> bool:
    """Say whether an address is in the public internet, and nowhere else."""
    if any(address in network for network in _ELSEWHERE if network.version == address.version):
        return False
    if isinstance(address, IPv6Address):
        return address in _UNICAST
    return address.is_global and not address.is_multicast


def _check(target: Target, address: Address, allowed: Sequence[Network]) -> None:
    inner = (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
    if any(inner in network for network in allowed if network.version == inner.version):
        return
    if not may_be_called(address):
        raise TargetRefused("private", "must be in the public internet")
    if target.plain:
        raise TargetRefused("https", "must begin with https://, on its usual port")


def _look_up(target: Target, resolve: Resolve) -> list[Address]:
    try:
        rows = resolve(target.host, target.port, 0, socket.SOCK_STREAM)
    except UnicodeError as error:
        raise TargetRefused("url", "is no address") from error
    found = dict.fromkeys(_address(row[4][0]) for row in rows)
    if not found:
        raise OSError("the name leads nowhere")
    return list(found)


def _address(text: str) -> Address:
    return ip_address(text.partition("%")[0])


def _host(name: str) -> str:
    """Return a host in one spelling: what a browser would make of it."""
    if ":" in name:
        try:
            return str(IPv6Address(name))  # an address of a single link (fe80::1%eth0) is refused with the others
        except ValueError as error:
            raise TargetRefused("url", "is no address") from error
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode("ascii")
        except idna.IDNAError as error:
            raise TargetRefused("url", "is no address") from error
    name = name.lower().removesuffix(".")
    if len(name) > 253 or not _HOST.fullmatch(name) or (_literal(name) is None and _ENDS_IN_NUMBER.search(name)):
        raise TargetRefused("url", "is no address")
    return name


def _literal(host: str) -> Address | None:
    if ":" in host:
        return IPv6Address(host)
    if not _NUMBERS.fullmatch(host):
        return None
    try:
        return IPv4Address(socket.inet_aton(host))  # 127.1, 0x7f.1, 0177.0.0.1, 2130706433: as resolvers read them
    except OSError as error:
        raise TargetRefused("url", "is no address") from error


def _is_here(host: str) -> bool:
    return "." not in host or host.rpartition(".")[2] in _HERE or host.endswith(".home.arpa")
