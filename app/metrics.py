"""What is counted and timed, as Prometheus asks for it; no name, key or content is in it."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from threading import Lock
from typing import Final

from prometheus_client import REGISTRY, Gauge, Metric
from prometheus_client import Counter as Count
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily

HTTP_METHODS: Final = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
"""Any other is counted as `other`: a client may make up as many as it likes."""

REQUEST_BOUNDS: Final = (
    *(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5),
    *(1, 2.5, 5, 10, 30),
)
SCORING_BOUNDS: Final = (
    *(0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01),
    *(0.025, 0.05, 0.1, 0.25, 1),
)
"""Seconds between which times are counted."""

PROBLEMS: Final = Count(
    "stackrank_problems", "Requests that were refused, by the slug of the problem.", ("problem",)
)
IN_FLIGHT: Final = Gauge("stackrank_requests_in_flight", "Requests that are worked on.")
REPLAYS: Final = Count(
    "stackrank_idempotency_replays", "Answers that were given again to a repeated request."
)
RETRIES: Final = Count(
    "stackrank_write_retries", "Writes that the database undid, and that were done again."
)
CONNECTIONS: Final = Gauge(
    "stackrank_database_connections", "Connections to the database that are in use."
)
MOST_CONNECTIONS: Final = Gauge(
    "stackrank_database_connections_limit", "So many may be in use at once."
)
RATES_UNCOUNTED: Final = Count(
    "stackrank_rate_limit_uncounted", "Requests let through uncounted, because Redis was gone."
)


class _Times:
    """A histogram, which costs a tenth of Prometheus's own: what is counted at every request."""

    __slots__ = ("_bounds", "_counts", "_lock", "_sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self._sum = 0.0
        self._lock = Lock()

    def observe(self, seconds: float) -> None:
        """Count a time."""
        with self._lock:
            self._counts[bisect_left(self._bounds, seconds)] += 1
            self._sum += seconds

    def told(self) -> tuple[list[tuple[str, float]], float]:
        """Say how many were as long or shorter than each bound, and how long they were in all."""
        with self._lock:
            return list(zip(self._names(), accumulate(self._counts), strict=True)), self._sum

    def _names(self) -> list[str]:
        return [str(float(bound)) for bound in self._bounds] + ["+Inf"]


class _EveryRequest:
    """What is counted at every request, as Prometheus takes it."""

    def __init__(self) -> None:
        self.answers: Counter[tuple[str, str, str]] = Counter()
        self.times: defaultdict[str, _Times] = defaultdict(lambda: _Times(REQUEST_BOUNDS))
        self.scored: Counter[str] = Counter()
        self.scoring: defaultdict[str, _Times] = defaultdict(lambda: _Times(SCORING_BOUNDS))
        self.lock = Lock()

    def collect(self) -> Iterator[Metric]:
        """Give all numbers."""
        answers = CounterMetricFamily(
            "stackrank_requests",
            "Requests that were answered.",
            labels=("method", "route", "status"),
        )
        for labels, count in list(self.answers.items()):
            answers.add_metric(labels, count)
        yield answers
        yield _histogram(
            "stackrank_request_seconds",
            "From a request's headers to the last byte of its answer.",
            "route",
            self.times,
        )
        yield _histogram(
            "stackrank_scoring_seconds",
            "How long a list was put in order, without reading and writing it.",
            "method",
            self.scoring,
        )
        scored = CounterMetricFamily(
            "stackrank_scored_items", "Items that were scored.", labels=("method",)
        )
        for method, count in list(self.scored.items()):
            scored.add_metric((method,), count)
        yield scored


def _histogram(
    name: str, told: str, label: str, times: Mapping[str, _Times]
) -> HistogramMetricFamily:
    family = HistogramMetricFamily(name, told, labels=(label,))
    for value, one in list(times.items()):
        buckets, total = one.told()
        family.add_metric((value,), buckets, total)
    return family


_every_request: Final = _EveryRequest()
REGISTRY.register(_every_request)


def count_answer(method: str, route: str, status: int, seconds: float) -> None:
    """Count an answer and how long it took; for the thread of the loop alone."""
    method = method if method in HTTP_METHODS else "other"
    _every_request.answers[method, route, str(status)] += 1
    _every_request.times[route].observe(seconds)


def count_scoring(method: str, items: int, seconds: float) -> None:
    """Count a list that was put in order, in any thread."""
    with _every_request.lock:
        _every_request.scored[method] += items
        times = _every_request.scoring[method]
    times.observe(seconds)
