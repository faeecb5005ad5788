"""How the work of a list is spread over its buckets: by effort, not by count."""

import math
from collections.abc import Collection, Sequence

from app.engine.arithmetic import rounded, total
from app.engine.verdict import Balance, BucketBalance


def balance(
    placed: Sequence[tuple[str, str, float | None]],
    buckets: Sequence[str],
    planned: Collection[str],
) -> Balance:
    """Add up the effort of each bucket; shares are of the known effort of what is planned.

    Args:
        placed: the key, bucket and effort of every item that has a bucket.
        buckets: their names in the order of the tiers.
        planned: the names of those that count as work to be done.
    """
    known: dict[str, list[float]] = {name: [] for name in buckets}
    for _, bucket, effort in placed:
        known[bucket].append(effort or 0.0)
    efforts = {name: rounded(total(known[name])) for name in buckets}
    whole = total(efforts[name] for name in planned)
    without = sorted(key for key, bucket, effort in placed if effort is None and bucket in planned)
    return Balance(
        [
            BucketBalance(
                name,
                len(known[name]),
                efforts[name] if math.isfinite(efforts[name]) else None,
                rounded(efforts[name] / whole)
                if name in planned and 0 < whole < math.inf
                else None,
            )
            for name in buckets
        ],
        len(without),
        without[:20],
    )
