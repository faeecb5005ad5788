"""Now, Next, Later: what is being worked on, what comes after it, and what waits.

After Janna Bastow, ProdPad. A horizon given by hand is kept as said. The other items are assigned
in the order of value / effort (or of the scoring method whose buckets these are): each goes into
the first horizon that has room for it together with the prerequisites it still lacks. What does
not fit waits, and smaller ones behind it may still go in.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from graphlib import TopologicalSorter
from operator import getitem, or_
from typing import Annotated, Final, Literal

from pydantic import Field
from typing_extensions import TypeAliasType

from app.engine.arithmetic import counted, rounded, spoken
from app.engine.balance import balance
from app.engine.dependencies import prerequisites, unknown_dependencies
from app.engine.inputs import Amount, Count, DependsOn, Effort, Inputs, Options, Value
from app.engine.method import Example, Item, Method
from app.engine.verdict import (
    Explanation,
    ListWarning,
    Reason,
    References,
    Verdict,
    Verdicts,
    list_warning,
    missing_input,
    unranked,
    value_per_effort,
    value_per_effort_explained,
)

HORIZONS: Final = {"now": "Now", "next": "Next", "later": "Later"}
NOW, NEXT, LATER = range(3)


Horizon = TypeAliasType(
    "Horizon",
    Annotated[
        Literal["now", "next", "later"], Field(description="When it is the turn of an item.")
    ],
)
"""A class of Now, Next, Later."""


class NowNextLaterInputs(Inputs):
    """What Now, Next, Later needs to know of one item."""

    horizon: Annotated[
        Horizon | None,
        Field(description="Where it belongs, if that is decided; assigned where it is null."),
    ] = None
    value: Value = None
    effort: Effort = None
    depends_on: DependsOn = None


class Limit(Options):
    """How much work may be in a horizon; null is no limit."""

    max_items: Annotated[Count | None, Field(description="So many items at most.")] = None
    max_effort: Annotated[Amount | None, Field(description="So much effort at most.")] = None


class NowNextLaterOptions(Options):
    """What Now, Next, Later needs once for the whole list."""

    now: Annotated[Limit | None, Field(description="The limits of Now.")] = None
    next: Annotated[Limit | None, Field(description="The limits of Next.")] = None


def compute(
    items: Sequence[Item[NowNextLaterInputs]],
    options: NowNextLaterOptions,
    scores: Sequence[float | None] | None = None,
) -> Verdicts:
    """Place each item in a horizon, by hand or where there is room, and within it by score."""
    own = [value_per_effort(item.inputs.value, item.inputs.effort) for item in items]
    if scores is not None:
        own = [(score, []) for score in scores]
    reasons = [
        _reasons(item.inputs, options, score, why_none)
        for item, (score, why_none) in zip(items, own, strict=True)
    ]
    order = {
        item.key: (-score if score is not None else 0.0, item.key)
        for item, (score, _), found in zip(items, own, reasons, strict=True)
        if not found
    }
    plan = _Plan(items, order, options)
    verdicts = [
        unranked(found)
        if found
        else _verdict(plan, item.key, *((None, []) if scores is not None else verdict))
        for item, found, verdict in zip(items, reasons, own, strict=True)
    ]
    spread = balance(
        [
            (item.key, verdict.bucket, item.inputs.effort)
            for item, verdict in zip(items, verdicts, strict=True)
            if verdict.bucket
        ],
        tuple(HORIZONS),
        tuple(HORIZONS),
    )
    return Verdicts(verdicts, [*plan.warnings(), *unknown_dependencies(items)], spread)


def explain(
    inputs: NowNextLaterInputs,
    _options: NowNextLaterOptions,
    verdict: Verdict,
    _reference: References | None,
) -> Explanation:
    """Say the order within the horizon with its numbers."""
    return value_per_effort_explained(inputs.value, inputs.effort, verdict)


def per_item(options: NowNextLaterOptions) -> bool:
    """Without limits every horizon is given by hand."""
    return options.now is None and options.next is None


def _verdict(plan: "_Plan", key: str, score: float | None, reasons: list[Reason]) -> Verdict:
    tier = plan.tiers[key]
    horizon = tuple(HORIZONS)[tier]
    return Verdict(score, tier, horizon, f"{HORIZONS[horizon]}: {plan.why[key]}", reasons)


def _reasons(
    inputs: NowNextLaterInputs,
    options: NowNextLaterOptions,
    score: float | None,
    why_none: list[Reason],
) -> list[Reason]:
    """Say why no horizon was given and none can be assigned."""
    if inputs.horizon is not None:
        return []
    if per_item(options):
        message = (
            "horizon is missing: send now, next or later, or set options.now and options.next."
        )
        return [Reason("missing_input", "horizon", message)]
    reasons = list(why_none)
    if score is None and not reasons:
        message = "It has no score, by which a horizon is assigned: mend that, or send a horizon."
        reasons.append(Reason("missing_input", "horizon", message))
    by_effort = any(
        limit and limit.max_effort is not None for limit in (options.now, options.next)
    )
    if by_effort and inputs.effort is None and missing_input("effort") not in reasons:
        reasons.append(missing_input("effort"))
    return reasons


class _Efforts:
    """Adds up the efforts of sets of items; a set is an integer with one bit for each item.

    Exactly: every float is a whole multiple of one power of two, the `unit`. With tables for eight
    items at a time, so that long chains of prerequisites cost no more than the length of the list.
    """

    def __init__(self, efforts: Iterable[float]) -> None:
        ratios = [effort.as_integer_ratio() for effort in efforts]
        self._unit = max((divisor for _, divisor in ratios), default=1)
        self._wholes = [whole * (self._unit // divisor) for whole, divisor in ratios]
        self._tables: list[list[int]] = []
        for start in range(0, len(self._wholes), 8):
            table = [0]
            for whole in self._wholes[start : start + 8]:
                table += [whole + others for others in table]
            self._tables.append(table)

    def of(self, chosen: int) -> int:
        """Add up, in units."""
        if chosen.bit_count() == 1:
            return self._wholes[chosen.bit_length() - 1]
        return sum(map(getitem, self._tables, chosen.to_bytes(len(self._tables), "little")))

    def told(self, units: int) -> float:
        """Say units as effort, rounded."""
        try:
            return rounded(units / self._unit)
        except OverflowError:
            return math.inf


class _Room:
    """What is in a horizon, and what still fits."""

    def __init__(self, limit: Limit | None, efforts: _Efforts) -> None:
        self._limit = limit or Limit()
        self._efforts = efforts
        self._items = 0
        self._effort = 0

    def add(self, chosen: int) -> None:
        self._items += chosen.bit_count()
        self._effort += self._efforts.of(chosen)

    def holds(self, chosen: int) -> bool:
        """Do these fit as well?"""
        most_items, most_effort = self._limit.max_items, self._limit.max_effort
        if most_items is not None and self._items + chosen.bit_count() > most_items:
            return False
        if most_effort is None:
            return True
        effort = self._efforts.told(self._effort + self._efforts.of(chosen))
        return effort <= rounded(most_effort)

    def left(self, chosen: int) -> str:
        """Say for people what these need and what is left."""
        told = []
        if (most_effort := self._limit.max_effort) is not None:
            needed = self._efforts.told(self._efforts.of(chosen))
            left = max(most_effort - self._efforts.told(self._effort), 0.0)
            told.append(f"{spoken(needed)}, {spoken(left)} of {spoken(most_effort)}")
        if (most_items := self._limit.max_items) is not None:
            left = max(most_items - self._items, 0)
            told.append(
                f"{counted(chosen.bit_count(), 'places')}, {spoken(left)} of {spoken(most_items)}"
            )
        if not told:
            return "there is no limit"
        more = " with what comes before it" if chosen.bit_count() > 1 else ""
        return f"needs{more} {' and '.join(told)} were left"


class _Plan:
    """Which horizon each item is in, and why.

    A prerequisite is never in a later horizon than what needs it, unless both were set by hand.
    """

    def __init__(
        self,
        items: Sequence[Item[NowNextLaterInputs]],
        order: Mapping[str, tuple[float, str]],
        options: NowNextLaterOptions,
    ) -> None:
        """Assign the items that `order` has a place for; the others have no horizon."""
        graph = prerequisites(items)
        self._graph = {key: [p for p in graph[key] if p in order] for key in sorted(order)}
        self._passed_over = [key for key in order if len(graph[key]) > len(self._graph[key])]
        self._keys = list(self._graph)
        self._bits = {key: 1 << index for index, key in enumerate(self._keys)}
        known = {item.key: item.inputs for item in items}
        efforts = _Efforts(known[key].effort or 0.0 for key in self._keys)
        self._rooms = [_Room(limit, efforts) for limit in (options.now, options.next, None)]
        self._given = {
            key: tuple(HORIZONS).index(horizon)
            for key in self._keys
            if (horizon := known[key].horizon) is not None
        }
        self._waiting = (1 << len(self._keys)) - 1
        self.tiers: dict[str, int] = {}
        self.why: dict[str, str] = {}
        for key, tier in self._given.items():
            self._place(self._bits[key], tier, "set by hand")
        self._assign(sorted(order.keys() - self._given.keys(), key=order.__getitem__))

    def warnings(self) -> list[ListWarning]:
        """Say where what was set by hand is at odds with dependencies and limits."""
        warnings = []
        early = [
            key
            for key, tier in self.tiers.items()
            if any(self.tiers[p] > tier for p in self._graph[key])
        ]
        if early:
            message = f"Items that need something of a later horizon: {len(early)}."
            warnings.append(list_warning("dependency_order", message, early))
        if self._passed_over:
            message = f"Items that need something that is unranked: {len(self._passed_over)}."
            warnings.append(list_warning("unranked_dependency", message, self._passed_over))
        for tier, name in enumerate(HORIZONS.values()):
            if not self._rooms[tier].holds(0):
                inside = [key for key, given in self.tiers.items() if given == tier]
                message = f"{name} holds more than its limit, by what was set by hand."
                warnings.append(list_warning("over_limit", message, inside))
        return warnings

    def _place(self, chosen: int, tier: int, why: str) -> None:
        """Put a set of items into a horizon."""
        self._waiting &= ~chosen
        self._rooms[tier].add(chosen)
        while chosen:
            key = self._keys[chosen.bit_length() - 1]
            chosen ^= self._bits[key]
            self.tiers[key] = tier
            self.why.setdefault(key, why)

    def _assign(self, order: Sequence[str]) -> None:
        topological = list(TopologicalSorter(self._graph).static_order())
        earliest: dict[str, int] = {}
        closures: dict[str, int] = {}
        for key in topological:
            needed = self._graph[key]
            earliest[key] = self._given.get(key, max((earliest[p] for p in needed), default=NOW))
            closures[key] = reduce(or_, [closures[p] for p in needed], self._bits[key])
        latest = dict.fromkeys(self._graph, LATER)
        for key in reversed(topological):
            for p in self._graph[key]:
                latest[p] = min(latest[p], self._given.get(key, latest[key]))
        for tier, room in enumerate(self._rooms):
            name = tuple(HORIZONS.values())[tier]
            allowed = [key for key in order if key not in self.tiers and earliest[key] <= tier]
            for key in allowed:
                if latest[key] <= tier < LATER:
                    self._place(self._bits[key], tier, "needed by what was set by hand")
            for key in allowed:
                if key in self.tiers:
                    continue
                lacking = closures[key] & self._waiting
                told = room.left(lacking)
                if room.holds(lacking):
                    self.why.setdefault(key, told)
                    self._place(lacking, tier, f"{key} needs it")
                else:
                    self.why[key] = f"{told} in {name}"


METHOD: Final = Method(
    name="now_next_later",
    title="Now, Next, Later",
    formula="now, next, later: given, or assigned within limits by value / effort",
    source="Janna Bastow, ProdPad, the Now-Next-Later roadmap, 2012",
    use_it="You show where things stand without promising dates.",
    avoid_it="Somebody needs a date, or a place within the horizon that means something"
    " (use a scoring method with bucket_by).",
    inputs=NowNextLaterInputs,
    options=NowNextLaterOptions,
    compute=compute,
    explain=explain,
    per_item=per_item,
    buckets=tuple(HORIZONS),
    examples=(
        Example(
            name="by_hand",
            summary="A roadmap whose horizons were set by hand",
            source="The roadmap of Janna Bastow",
            request={
                "items": [
                    {"key": "billing", "inputs": {"horizon": "now", "value": 8, "effort": 4}},
                    {"key": "import", "inputs": {"horizon": "next", "value": 9, "effort": 3}},
                    {"key": "mobile", "inputs": {"horizon": "later", "value": 5, "effort": 10}},
                    {"key": "idea", "inputs": {}},
                ]
            },
            scores={"billing": 2, "import": 3, "mobile": 0.5, "idea": None},
            buckets={"billing": "now", "import": "next", "mobile": "later"},
        ),
        Example(
            name="limits",
            summary="Assigned within limits: what is too large waits, smaller ones go in",
            request={
                "items": [
                    {"key": "search", "inputs": {"value": 30, "effort": 6}},
                    {"key": "export", "inputs": {"value": 12, "effort": 3}},
                    {
                        "key": "share",
                        "inputs": {"value": 8, "effort": 4, "depends_on": ["accounts"]},
                    },
                    {"key": "accounts", "inputs": {"value": 3, "effort": 3}},
                    {"key": "themes", "inputs": {"value": 1, "effort": 2}},
                ],
                "options": {"now": {"max_effort": 8}, "next": {"max_effort": 8}},
            },
            scores={"search": 5, "themes": 0.5, "export": 4, "accounts": 1, "share": 2},
            buckets={
                "search": "now",
                "themes": "now",
                "export": "next",
                "accounts": "next",
                "share": "later",
            },
        ),
    ),
)
