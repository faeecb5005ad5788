"""How many requests a key may send: counted in Redis for all processes, or here for this one.

The window is fixed: one number per key, exact however many processes count it, and the moment
when it begins again is known. Its price is that twice as many may come around that moment.
"""

from math import ceil
from time import monotonic, time
from typing import Any, Final

import structlog
from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter
from limits.errors import StorageError

from app.keys.callers import Caller
from app.keys.errors import RateLimited
from app.metrics import RATES_UNCOUNTED

PATIENCE: Final = 0.2
"""Seconds for which Redis is waited for."""

PAUSE: Final = 5.0
"""Seconds for which Redis is left alone once it did not answer."""

log: Any = structlog.get_logger()


class Rates:
    """Counts the requests of each key; where Redis is gone they are let through."""

    def __init__(self, rate: str | None, redis_url: str | None = None) -> None:
        self._rate: RateLimitItem | None = parse(rate) if rate else None
        storage = _redis(redis_url) if redis_url else MemoryStorage()
        self._limiter = FixedWindowRateLimiter(storage)
        self._silent_until = 0.0

    async def count(self, caller: Caller) -> None:
        """Count a request of a key, or of all who were asked for none together.

        Raises:
            RateLimited: it has sent all that it may.
        """
        if self._rate is None:
            return
        key = str(caller.key_id or caller.workspace_id)
        if monotonic() < self._silent_until:
            RATES_UNCOUNTED.inc()
            return
        try:
            if await self._limiter.hit(self._rate, key):
                return
            reset = (await self._limiter.get_window_stats(self._rate, key)).reset_time
        except StorageError as error:
            RATES_UNCOUNTED.inc()
            if monotonic() >= self._silent_until:  # of those that waited together, one says it
                self._silent_until = monotonic() + PAUSE
                reason = type(error.storage_error).__name__
                log.warning("rates uncounted", reason=reason, seconds=PAUSE)
            return
        raise RateLimited(max(1, ceil(reset - time())))


def _redis(url: str) -> RedisStorage:
    from redis.asyncio.retry import Retry  # noqa: PLC0415 - without Redis, a start is that faster
    from redis.backoff import NoBackoff  # noqa: PLC0415

    return RedisStorage(
        url,
        wrap_exceptions=True,
        implementation="redispy",
        key_prefix="stackrank",
        socket_timeout=PATIENCE,
        socket_connect_timeout=PATIENCE,
        retry=Retry(NoBackoff(), 0),  # type: ignore[arg-type]  # whatever redis-py takes
    )
