"""Which addresses may be connected to: the public ones, and what the operator names.

The table is our own, from the IANA special-purpose registries: ``ipaddress.is_private`` misses
shared address space, multicast, NAT64, 6to4 and a cloud platform's address, and ``is_global`` is
true for several of them.
"""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NOT_PUBLIC = tuple(
    (ipaddress.ip_network(block), reason)
    for block, reason in (
        ("0.0.0.0/8", "unspecified"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared address space (carrier-grade NAT, cloud metadata)"),
        ("127.0.0.0/8", "loopback"),
        ("168.63.129.16/32", "a cloud platform's own address"),
        ("169.254.0.0/16", "link-local (cloud metadata)"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved for protocol assignments"),
        ("192.0.2.0/24", "reserved for documentation"),
        ("192.88.99.0/24", "a 6to4 relay"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "reserved for benchmarks"),
        ("198.51.100.0/24", "reserved for documentation"),
        ("203.0.113.0/24", "reserved for documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("::/96", "an IPv4-compatible address"),
        ("::ffff:0:0/96", "an IPv4-mapped address"),
        ("64:ff9b::/96", "NAT64, which may lead to any IPv4 address"),
        ("64:ff9b:1::/48", "local NAT64, which may lead to any IPv4 address"),
        ("2001::/32", "Teredo, which may lead to any IPv4 address"),
        ("2001::/23", "reserved for protocol assignments"),
        ("2001:db8::/32", "reserved for documentation"),
        ("2002::/16", "6to4, which may lead to any IPv4 address"),
        ("3fff::/20", "reserved for documentation"),
        ("fc00::/7", "private (unique local)"),
        ("fe80::/10", "link-local"),
        ("ff00::/8", "multicast"),
    )
)
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")


@dataclass(frozen=True)
class Allowlist:
    """What may be reached although it is not public: blocks of addresses, and host names."""

    networks: tuple[Network, ...] = ()
    names: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, entries: Iterable[str]) -> Self:
        """Reads CIDR blocks, addresses and host names.

        Raises ``ValueError`` for a block that is none, lest it pass for a host name.
        """
        networks: list[Network] = []
        names: set[str] = set()
        for entry in entries:
            try:
                networks.append(ipaddress.ip_network(entry))
            except ValueError:
                if "/" in entry or ":" in entry:
                    raise
                names.add(_folded(entry))
        return cls(networks=tuple(networks), names=frozenset(names))

    def names_host(self, host: str) -> bool:
        """Whether ``host`` itself is named, which allows every address it resolves to."""
        return _folded(host) in self.names

    def covers(self, address: Address) -> bool:
        """Whether a block holds ``address``."""
        return any(address in network for network in self.networks)


def refusal(address: Address, allow: Allowlist) -> str | None:
    """Why ``address`` may not be connected to, as words that follow "it is"; or ``None``."""
    if allow.covers(address):
        return None
    for network, reason in _NOT_PUBLIC:
        if address in network:
            return reason
    if address.version == 6 and address not in _GLOBAL_UNICAST:
        return "not a public address"
    return None


def _folded(host: str) -> str:
    return host.lower().rstrip(".")
