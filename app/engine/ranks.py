"""The order of ranks, how much two orders agree, and who is ahead of whom."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

from app.engine.arithmetic import rounded


def sort_key(tier: int | None, score: float | None) -> tuple[int, float]:
    """Put the tiers in ascending order, and in each the scores in descending; none comes last."""
    return (tier or 0, math.inf if score is None else -score)  # for every score is finite


def tau_b(ranks: Sequence[tuple[int, int]]) -> float | None:
    """Measure how much two orders agree, from -1 to 1, by Kendall's tau-b (1945).

    Discordant pairs are counted by sorting, O(n log n), after Knight (1966). Null where one order
    is nothing but ties.
    """
    pairs = len(ranks) * (len(ranks) - 1) // 2
    tied = [_pairs_of(Counter(values)) for values in (*zip(*ranks, strict=True), ranks)]
    if not ranks or tied[0] == pairs or tied[1] == pairs:
        return None
    discordant = _inversions([y for _, y in sorted(ranks)])
    agreed = pairs - tied[0] - tied[1] + tied[2] - 2 * discordant
    return rounded(agreed / math.sqrt((pairs - tied[0]) * (pairs - tied[1])))


def _pairs_of(counts: Counter[Any]) -> int:
    return sum(count * (count - 1) // 2 for count in counts.values())


def _inversions(values: Sequence[int]) -> int:
    tree = Counts(max(values))
    found = 0
    for number, value in enumerate(values):
        found += number - tree.up_to(value)
        tree.add(value)
    return found


class Counts:
    """Counts numbers from 1 and says how many are not above another (Fenwick 1994)."""

    def __init__(self, largest: int) -> None:
        self._sums = [0] * (largest + 1)

    def add(self, number: int) -> None:
        """Count a number."""
        while number < len(self._sums):
            self._sums[number] += 1
            number += number & -number

    def up_to(self, number: int) -> int:
        """Say how many were counted that are not above a number."""
        found = 0
        while number > 0:
            found += self._sums[number]
            number -= number & -number
        return found


class Firsts:
    """Finds the first numbers of a list that are at least so large (a tree of maxima)."""

    def __init__(self, numbers: Sequence[int]) -> None:
        self._width = 1 << max(len(numbers) - 1, 0).bit_length()
        self._most = [0] * self._width + [*numbers, *[0] * (self._width - len(numbers))]
        for node in range(self._width - 1, 0, -1):
            self._most[node] = max(self._most[2 * node], self._most[2 * node + 1])

    def at_least(self, number: int, end: int, count: int) -> list[int]:
        """Give the indexes of the first `count` of them that are below `end`."""
        found: list[int] = []
        nodes = [1]
        while nodes and len(found) < count:
            node = nodes.pop()
            if self._most[node] < number:
                continue
            if node < self._width:
                nodes += (2 * node + 1, 2 * node)
            elif node - self._width < end:
                found.append(node - self._width)
            else:
                break
        return found
