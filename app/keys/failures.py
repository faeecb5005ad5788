"""How many keys from one address were none of this service's, in bounded memory."""

from collections import OrderedDict
from ipaddress import IPv6Address, ip_address
from math import ceil
from threading import Lock
from time import monotonic
from typing import Final

from app.keys.errors import TooManyFailures

MOST: Final = 20
"""So many failures an address has in a window."""

WINDOW: Final = 60.0
"""Seconds after the first failure until they are forgotten."""

ADDRESSES: Final = 10_000
"""So many addresses are remembered; the one that failed longest ago goes first."""


class Failures:
    """The failed attempts of the last minute."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._seen: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def refuse(self, address: str) -> None:
        """Refuse who failed too often.

        Raises:
            TooManyFailures: with the seconds to wait.
        """
        until, times = self._seen.get(_network(address), (0.0, 0))
        left = until - monotonic()
        if times >= MOST and left > 0:
            raise TooManyFailures(ceil(left))

    def count(self, address: str) -> None:
        """Count a failure."""
        network, now = _network(address), monotonic()
        with self._lock:
            until, times = self._seen.pop(network, (0.0, 0))
            if until <= now:
                until, times = now + WINDOW, 0
            self._seen[network] = (until, times + 1)
            if len(self._seen) > ADDRESSES:
                self._seen.popitem(last=False)


def _network(address: str) -> str:
    """Take the whole network that one customer has of IPv6 for one address."""
    try:
        read = ip_address(address)
    except ValueError:
        return address
    if isinstance(read, IPv6Address) and read.ipv4_mapped is None:
        return read.exploded[:19]
    return address
