"""How fast we are beside the floors, where the time goes, and what memory it takes.

    python -m tests.benchmarks.bench [--quick] [--json FILE]

Only ratios of one run mean anything: the servers take turns, and each round reverses the order.
Nothing is asserted but that every answer is 200; the numbers are read by people.
"""

import gc
import json
import os
import platform
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from itertools import product
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Annotated, Any, Final

import msgspec
import typer

from app.api.decoding import Decoder
from app.api.v1.scores import ScoreQuery, rank, score_request
from app.engine.methods import METHODS
from app.engine.ranking import Scoring, prioritize
from tests.benchmarks import stored, summary
from tests.benchmarks.client import Load, Target, post, post_beside, run
from tests.benchmarks.lists import rice_body
from tests.benchmarks.servers import APPLICATIONS, Server, pin, serving

LARGEST: Final = 10_000
CASES: Final = [
    (1, "true"),
    (100, "true"),
    (1_000, "true"),
    (LARGEST, "true"),
    (LARGEST, "false"),
]
"""How many items, and whether they are explained."""

MANY: Final = 8
"""Connections at which requests per second are counted; times are taken at one."""

Case = tuple[int, str]
Rounds = dict[tuple[Case, str], list[tuple[Load, Load]]]


def main(
    *,
    quick: Annotated[bool, typer.Option("--quick", help="One short round, in a minute.")] = False,
    to_file: Annotated[Path | None, typer.Option("--json", help="Write the numbers here.")] = None,
) -> None:
    """Measure us and the floors, print the numbers, and write the same as JSON."""
    rounds, seconds, cases = (1, 0.2, CASES[:3]) if quick else (5, 1.5, CASES)
    pin(os.getpid(), last=False)
    with ExitStack() as stack:
        servers = [stack.enter_context(serving(name)) for name in APPLICATIONS]
        loads = compared(servers, cases, rounds, seconds)
        neighbor = neighbored(servers[0], rounds * seconds)
    told: dict[str, Any] = {
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
        "rounds": rounds,
        "loads": [summed_up(loads, case, name) for case, name in product(cases, APPLICATIONS)],
        "peak_mb": {name: raised_peak(name) for name in APPLICATIONS},
        "stages_ms": stages(repetitions=rounds * 5),
        "neighbor_ms": neighbor,
        "stored": stored.measured(quick=quick),
    }
    typer.echo("\n".join([*tables(told), *summary.tables(told["stored"])]))
    if to_file:
        to_file.write_text(json.dumps(told, indent=2))


def compared(
    servers: Sequence[Server], cases: Sequence[Case], rounds: int, seconds: float
) -> Rounds:
    """Post the same lists to all servers in turn."""
    loads: Rounds = {}
    for number in range(-1, rounds):
        for case in cases:
            for server in servers if number % 2 else reversed(servers):
                if number < 0:  # to warm up
                    run(post(target(server, case), 1, 0))
                    continue
                one = run(post(target(server, case), 1, seconds))
                many = run(post(target(server, case), MANY, seconds))
                loads.setdefault((case, server.name), []).append((one, many))
    return loads


def target(server: Server, case: Case) -> Target:
    """Say where a case is posted to."""
    size, explain = case
    path = f"/v1/score/rice?explain={explain}"
    return Target(server.port, path, rice_body(size), key=server.key)


def summed_up(loads: Rounds, case: Case, name: str) -> dict[str, Any]:
    """Sum up the rounds of a case and a server by their medians."""
    rates = [many.rate for _, many in loads[case, name]]
    rate = median(rates)
    floors = {
        f"times_{floor}": rate / median(many.rate for _, many in loads[case, floor])
        for floor in ("naive", "bare")
    }
    return {
        "items": case[0],
        "explain": case[1],
        "server": name,
        "requests_per_second": rate,
        "spread": (max(rates) - min(rates)) / rate / 2,
        **floors,
        "p50_ms": median(one.p50 for one, _ in loads[case, name]),
        "p99_ms": median(one.p99 for one, _ in loads[case, name]),
    }


def neighbored(server: Server, seconds: float) -> dict[str, float]:
    """Take the times of one item, alone and while two others post the largest list."""
    small, large = target(server, CASES[0]), target(server, (LARGEST, "true"))
    alone = run(post(small, 1, seconds))
    beside = run(post_beside(small, large, 2, seconds))
    return {
        "p50_alone": alone.p50,
        "p99_alone": alone.p99,
        "p50_beside": beside.p50,
        "p99_beside": beside.p99,
    }


def raised_peak(name: str) -> float | None:
    """Ask a new server for one small and one large list: by how many MB its peak rises."""
    with serving(name) as server:
        run(post(target(server, CASES[0]), 1, 0))
        before = server.peak
        run(post(target(server, (LARGEST, "true")), 1, 0))
        after = server.peak
    return None if before is None or after is None else after - before


def stages(repetitions: int) -> dict[str, float]:
    """Take the times of what one process does with the largest list, without a server."""
    method, body, query = METHODS["rice"], rice_body(LARGEST), ScoreQuery()
    decoder = Decoder(score_request(method))
    request: Any = decoder.decode(body)
    scoring = Scoring(method, request.options)
    ranking = rank(request, query, method)
    gc.freeze()
    prioritized = _ms(lambda: prioritize(request.items, scoring), repetitions)
    return {
        "decode": _ms(lambda: decoder.decode(body), repetitions),
        "compute and rank": prioritized,
        "explain and build": _ms(lambda: rank(request, query, method), repetitions) - prioritized,
        "encode": _ms(lambda: msgspec.json.encode(ranking), repetitions),
    }


def _ms(work: Callable[[], object], repetitions: int) -> float:
    times = []
    for _ in range(repetitions):
        start = perf_counter()
        work()
        times.append(perf_counter() - start)
    return median(times) * 1000


def tables(told: dict[str, Any]) -> Iterator[str]:
    """Write all of it for people, line by line."""
    yield f"POST /v1/score/rice, medians of {told['rounds']} rounds."
    yield f"Requests/s at {MANY} connections, with the ratio to the floors; ms at one.\n"
    yield "  items  explain  server   requests/s  spread  x naive  x bare   p50 ms   p99 ms"
    for row in told["loads"]:
        yield (
            f"{row['items']:>7,}  {row['explain']:<7}  {row['server']:<6}"
            f" {row['requests_per_second']:>12,.1f} {row['spread']:>6.0%} "
            f" {row['times_naive']:>8.2f} {row['times_bare']:>7.2f}"
            f" {row['p50_ms']:>8.2f} {row['p99_ms']:>8.2f}"
        )
    yield f"\nOne request of {LARGEST:,} items raises the peak of memory by, in MB:"
    for name, peak in told["peak_mb"].items():
        yield f"  {name:<18} {'unknown' if peak is None else f'{peak:.0f}':>7}"
    yield f"\nWhere the time goes with {LARGEST:,} items, in ms:"
    for name, time in told["stages_ms"].items():
        yield f"  {name:<18} {time:>7.1f}"
    neighbor = told["neighbor_ms"]
    yield f"\nOne item, alone and while two others post {LARGEST:,}, in ms:"
    for percent in ("p50", "p99"):
        alone, beside = neighbor[f"{percent}_alone"], neighbor[f"{percent}_beside"]
        yield f"  {percent:<18} {alone:>7.2f} {beside:>7.2f}"


if __name__ == "__main__":
    typer.run(main)
