"""Which horizon each item of a list goes into, within limits and with all that it needs."""

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, lru_cache, reduce
from operator import getitem, or_
from typing import Final, NamedTuple, Protocol

from app.engine.arithmetic import counted, rounded, spoken, spoken_apart
from app.engine.dependencies import Dependent, prerequisites
from app.engine.verdict import ListWarning, list_warning

HORIZONS: Final = {"now": "Now", "next": "Next", "later": "Later"}
NAMES: Final = tuple(HORIZONS.values())
NOW, NEXT, LATER = range(3)


class Limit(Protocol):
    """How much work may be in a horizon; null is no limit."""

    @property
    def max_items(self) -> float | None:
        """So many items at most."""

    @property
    def max_effort(self) -> float | None:
        """So much effort at most."""


class Planned(Dependent, Protocol):
    """Inputs that a plan reads."""

    @property
    def horizon(self) -> str | None:
        """Where it belongs, if that is decided."""

    @property
    def effort(self) -> float | None:
        """How much work it is."""


class PlannedItem(Protocol):
    """An item with such inputs."""

    @property
    def key(self) -> str:
        """The caller's own name of it."""

    @property
    def inputs(self) -> Planned:
        """What is known of it."""


class _Efforts:
    """Adds up the efforts of sets of items; a set is an integer with one bit for each item.

    Exactly: every float is a whole multiple of one power of two, the `unit`.
    """

    def __init__(self, efforts: Iterable[float]) -> None:
        ratios = [effort.as_integer_ratio() for effort in efforts]
        self._unit = max((divisor for _, divisor in ratios), default=1)
        self._wholes = [whole * (self._unit // divisor) for whole, divisor in ratios]
        # Items that share their prerequisites ask for the same sums one after the other.
        self.of = lru_cache(maxsize=64)(self._sum)

    def said(self, units: int) -> float:
        """Say units as effort, rounded."""
        try:
            return rounded(units / self._unit)
        except OverflowError:
            return math.inf

    def _sum(self, chosen: int) -> int:
        """Add up, in units."""
        if chosen.bit_count() == 1:
            return self._wholes[chosen.bit_length() - 1]
        size = (chosen.bit_length() + 7) // 8
        return sum(map(getitem, self._tables, chosen.to_bytes(size, "little")))

    @cached_property
    def _tables(self) -> list[list[int]]:
        """The sums of all sets of eight neighbors, so that a sum has a step for each eight."""
        tables = []
        for start in range(0, len(self._wholes), 8):
            table = [0]
            for whole in self._wholes[start : start + 8]:
                table += [whole + others for others in table]
            tables.append(table)
        return tables


class _Work(NamedTuple):
    """A number of items and their effort, in units."""

    items: int
    effort: int


class _Try(NamedTuple):
    """What an item needed of a horizon, and what was taken of that."""

    tier: int
    needed: _Work
    taken: _Work


class _Room:
    """What is in a horizon, and what still fits."""

    def __init__(self, limit: Limit | None, efforts: _Efforts) -> None:
        self._most_items = limit.max_items if limit else None
        self._most_effort = limit.max_effort if limit else None
        self._efforts = efforts
        self.taken = _Work(0, 0)

    def add(self, work: _Work) -> None:
        self.taken = _Work(self.taken.items + work.items, self.taken.effort + work.effort)

    def holds(self, work: _Work) -> bool:
        """Does this fit as well?"""
        if self._most_items is not None and self.taken.items + work.items > self._most_items:
            return False
        return self._most_effort is None or self._bears(
            self.taken.effort + work.effort, self._most_effort
        )

    def left(self, needed: _Work, taken: _Work) -> str:
        """Say for people what was needed and what was left."""
        asked, remains = [], []
        if (most_effort := self._most_effort) is not None:
            effort, *left_of = self._effort_left(needed.effort, taken.effort, most_effort)
            asked.append(f"effort {effort}" if self._most_items is not None else effort)
            remains.append(left_of)
        if (most_items := self._most_items) is not None:
            left = max(most_items - taken.items, 0)
            asked.append(counted(needed.items, "places"))
            remains.append([spoken(left), spoken(most_items)])
        if not asked:
            return "there is no limit"
        more = " with what comes before it" if needed.items > 1 else ""
        told = " and ".join(map(" of ".join, remains))
        verb = "was" if [left for left, _ in remains] == ["1"] else "were"
        return f"needs {' and '.join(asked)}{more}, {told} {verb} left"

    def _bears(self, effort: int, most: float) -> bool:
        return self._efforts.said(effort) <= rounded(most)

    def _effort_left(self, needed: int, taken: int, most: float) -> tuple[str, ...]:
        """Say the effort that was needed, that was left, and the most that there may be."""
        left = max(most - self._efforts.said(taken), 0.0)
        numbers = self._efforts.said(needed), rounded(left), rounded(most)
        said = tuple(map(spoken, numbers))
        # What fits to the brim differs from what was left by rounding alone.
        if len({*said}) == len({*numbers}) or self._bears(taken + needed, most):
            return said
        return spoken_apart(*numbers)


class Plan:
    """Which horizon each item is in, and why.

    A prerequisite is never in a later horizon than what needs it, unless that was set by hand.
    """

    def __init__(
        self,
        items: Sequence[PlannedItem],
        order: Mapping[str, tuple[float, str]],
        limits: Sequence[Limit | None],
    ) -> None:
        """Assign the items that `order` has a place for; the others have no horizon.

        `limits` are those of Now and of Next; Later has none.
        """
        graph = prerequisites(items)
        self._graph = {
            key: list(filter(order.__contains__, needed))
            for key, needed in graph.items()
            if key in order
        }
        self._passed_over = [key for key in order if len(graph[key]) > len(self._graph[key])]
        self._keys = list(self._graph)
        self._bits = {key: 1 << index for index, key in enumerate(self._keys)}
        known = {item.key: item.inputs for item in items}
        self._efforts = _Efforts(known[key].effort or 0.0 for key in self._keys)
        self._rooms = [_Room(limit, self._efforts) for limit in (*limits, None)]
        self._given = {
            key: tuple(HORIZONS).index(horizon)
            for key in self._keys
            if (horizon := known[key].horizon) is not None
        }
        self._earliest: dict[str, int] = {}
        for key, needed in self._graph.items():  # in which prerequisites stand first
            soonest = max(map(self._earliest.__getitem__, needed), default=NOW)
            self._earliest[key] = self._given.get(key, soonest)
        self._waiting = (1 << len(self._keys)) - 1
        self._tries: dict[str, _Try] = {}
        self._needed_by: dict[str, str] = {}
        self.tiers: dict[str, int] = {}
        for key, tier in self._given.items():
            self._place_alone(key, tier)
        self._assign(sorted(order.keys() - self._given.keys(), key=order.__getitem__))

    def why(self, key: str) -> str:
        """Say for people why an item is in its horizon."""
        if key in self._given:
            return "set by hand"
        tier, last = self.tiers[key], self._tries.get(key)
        if last and last.tier < tier:
            room = self._rooms[last.tier]
            return f"{room.left(last.needed, last.taken)} in {NAMES[last.tier]}"
        if self._earliest[key] == tier > NOW:
            first = next(p for p in self._graph[key] if self._earliest[p] == tier)
            return f"{first}, which it needs, is in {NAMES[tier]}"
        if last and key not in self._needed_by:
            return self._rooms[tier].left(last.needed, last.taken)
        return self._needed_by.get(key, "needed by what was set by hand")

    def warnings(self) -> list[ListWarning]:
        """Say where what was set by hand is at odds with dependencies and limits."""
        warnings = []
        early = [
            key
            for key, tier in self._given.items()
            if any(self.tiers[p] > tier for p in self._graph[key])
        ]
        if early:
            message = f"Items that need something of a later horizon: {len(early)}."
            warnings.append(list_warning("dependency_order", message, early))
        if self._passed_over:
            message = f"Items that need something that is unranked: {len(self._passed_over)}."
            warnings.append(list_warning("unranked_dependency", message, self._passed_over))
        for tier, name in enumerate(NAMES):
            if not self._rooms[tier].holds(_Work(0, 0)):
                inside = [key for key, given in self.tiers.items() if given == tier]
                message = f"{name} holds more than its limit, by what was set by hand."
                warnings.append(list_warning("over_limit", message, inside))
        return warnings

    def _place_alone(self, key: str, tier: int) -> None:
        bit = self._bits[key]
        self._place(bit, _Work(1, self._efforts.of(bit)), tier)

    def _place(self, chosen: int, work: _Work, tier: int) -> list[str]:
        """Put a set of items into a horizon."""
        self._waiting &= ~chosen
        self._rooms[tier].add(work)
        keys = []
        while chosen:
            keys.append(self._keys[chosen.bit_length() - 1])
            chosen ^= self._bits[keys[-1]]
        self.tiers |= dict.fromkeys(keys, tier)
        return keys

    def _assign(self, order: Sequence[str]) -> None:
        closures, efforts = self._closures()
        latest = self._latest()
        for tier, room in enumerate(self._rooms):
            allowed = [k for k in order if k not in self.tiers and self._earliest[k] <= tier]
            for key in allowed:
                if latest[key] <= tier < LATER:
                    self._place_alone(key, tier)
            for key in allowed:
                if key in self.tiers:
                    continue
                lacking = closures[key] & self._waiting
                placed = closures[key] ^ lacking
                work = _Work(lacking.bit_count(), efforts[key] - self._efforts.of(placed))
                this = _Try(tier, work, room.taken)
                if not room.holds(work):
                    self._tries[key] = this
                else:
                    self._tries.setdefault(key, this)
                    for other in self._place(lacking, work, tier):
                        self._needed_by[other] = f"{key} needs it"
                    del self._needed_by[key]

    def _closures(self) -> tuple[dict[str, int], dict[str, int]]:
        """Find what each item takes along, itself included, and the effort of that.

        What was set by hand does not move, and `latest` says where it has what it needs.
        """
        closures: dict[str, int] = {}
        sizes: dict[str, int] = {"": 0}
        efforts: dict[str, int] = {"": 0}
        for key, needed in self._graph.items():
            free = [p for p in needed if p not in self._given]
            closure = reduce(or_, map(closures.__getitem__, free), self._bits[key])
            # Most of the effort is known from the largest prerequisite.
            largest = max(free, key=sizes.__getitem__, default="")
            more = closure & ~closures.get(largest, 0)
            closures[key], sizes[key] = closure, closure.bit_count()
            efforts[key] = efforts[largest] + self._efforts.of(more)
        return closures, efforts

    def _latest(self) -> dict[str, int]:
        """Find the horizons that items set by hand leave to their prerequisites."""
        latest = dict.fromkeys(self._graph, LATER)
        for key in reversed(self._keys):
            bound = self._given.get(key, latest[key])
            if bound < LATER:
                for p in self._graph[key]:
                    latest[p] = min(latest[p], bound)
        return latest
