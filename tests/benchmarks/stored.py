"""Stored backlogs: us on either database, raw SQL beside us, and the peer; and how we grow."""

from collections.abc import Callable
from contextlib import ExitStack
from itertools import cycle
from typing import Any, Final

from tests.benchmarks.backlogs import Backlog
from tests.benchmarks.client import Load, Target, post, run
from tests.benchmarks.databases import KINDS, Raw
from tests.benchmarks.lists import rice_body, rice_sheet
from tests.benchmarks.pocketbase import BINARY, peer
from tests.benchmarks.servers import Server, serving
from tests.benchmarks.summary import aims, summed_up

SECRET: Final = "known to the bench, and to nobody else"  # noqa: S105

Work = Callable[[], Load]
Works = dict[tuple[str, str], Work]
"""Who does what."""


def measured(*, quick: bool) -> dict[str, Any]:
    """Let everybody work in turn, and sum up what each one took."""
    rounds, seconds, size = (1, 0.1, 1_000) if quick else (5, 0.7, 10_000)
    backlogs = [] if quick else [1_000, size, 50_000]
    databases = [size] if quick else [size, 100_000, 1_000_000]
    loads: dict[tuple[str, str], list[Load]] = {}
    with ExitStack() as stack:
        works: Works = {}
        if BINARY:
            made = stack.enter_context(peer(BINARY)).works(size, seconds)
            works = {("pocketbase", what): work for what, work in made.items()}
        for kind, addresses in KINDS.items():
            new = stack.enter_context(addresses())
            server, raw = served(stack, new())
            works |= compared(kind, server, raw, size, seconds)
            for held in backlogs:
                who = f"{kind}, backlog of {held:,}"
                works |= grown(who, Backlog(server, held), held, seconds)
            for held in databases:
                who = f"{kind}, database of {held:,}"
                server, raw = served(stack, new())
                backlog = Backlog(server, size)
                for _ in range(held // size - 1):
                    raw.copy(backlog.name, with_items=True)
                raw.settle()
                works |= grown(who, backlog, size, seconds)
        for number in range(0 if quick else -1, rounds):
            for name, work in works.items() if number % 2 else reversed(works.items()):
                load = work()
                if number >= 0:  # the one before is to warm up
                    loads.setdefault(name, []).append(load)
    rows = [summed_up(*name, loads[name]) for name in works]
    return {
        "rounds": rounds,
        "size": size,
        "peer": bool(BINARY),
        "rows": rows,
        "aims": list(aims(rows, min(databases), max(databases))),
    }


def served(stack: ExitStack, address: str) -> tuple[Server, Raw]:
    """Serve a new database, and connect to it."""
    raw = Raw(address)
    settings = {"STACKRANK_DATABASE_URL": address, "STACKRANK_SECRET": SECRET}
    return stack.enter_context(serving("ours", **settings)), raw


def compared(kind: str, server: Server, raw: Raw, size: int, seconds: float) -> Works:
    """Say what is measured of us on a database, and of raw SQL on copies of our rows there."""
    still, busy, copied = (Backlog(server, size) for _ in range(3))
    bodies = cycle([rice_body(size, more=1), rice_body(size)])
    rows = raw.rows(copied.name)
    run(post(copied.merge(rice_body(size, more=1)), 1, 0))
    both = [raw.rows(copied.name), rows]
    alternating, one = cycle(both), [rows[7] for rows in both]
    first, last = still.page(1), still.page(size // 100)
    run(post(busy.merge(rice_body(size, more=2)), 1, 0))
    diff = busy.diff()  # from what no rewrite makes again, so that all have changed
    run(post(busy.merge(next(bodies)), 1, 0))

    def write() -> Load:
        return run(post(Backlog(server, 0).merge(rice_body(size)), 1, 0))

    def write_sheet() -> Load:
        return run(post(Backlog(server, 0).sync(rice_sheet(size)), 1, 0))

    ours = {
        "write all": write,
        "write all as CSV": write_sheet,
        "rewrite all": lambda: run(post(busy.merge(next(bodies)), 1, 0)),
        "patch": asked(busy.patch(), 1, seconds),
        "keep a run": asked(busy.run(), 1, 0),
        "diff": asked(diff, 1, 0),
        "page 1": asked(first, 1, seconds),
        "page 1, by 8": asked(first, 8, seconds),
        "last page": asked(last, 1, seconds),
        "last page, by 8": asked(last, 8, seconds),
        "304": asked(still.unchanged(), 1, seconds),
        "304, by 8": asked(still.unchanged(), 8, seconds),
    }
    theirs = {
        "write all": lambda: raw.insert(rows, copied.name),
        "rewrite all": lambda: raw.upsert(next(alternating)),
        "patch": lambda: raw.update(one, seconds),
    }
    return {(kind, what): work for what, work in ours.items()} | {
        (f"{kind}, raw", what): work for what, work in theirs.items()
    }


def grown(who: str, backlog: Backlog, size: int, seconds: float) -> Works:
    """Say what is measured of a backlog of some size, or in a database of some size."""
    targets = {
        "upsert 100": backlog.merge(rice_body(100), rice_body(100, more=1)),
        "patch": backlog.patch(),
        "page 1": backlog.page(1),
        "last page": backlog.page(size // 100),
    }
    return {(who, what): asked(target, 1, seconds) for what, target in targets.items()}


def asked(target: Target, connections: int, seconds: float) -> Work:
    """Ask for the same for a while, or once."""
    return lambda: run(post(target, connections, seconds))
