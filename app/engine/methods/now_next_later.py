"""Now, Next, Later: what is being worked on, what comes after it, and what waits.

After Janna Bastow, ProdPad. A horizon given by hand is kept as said. The other items are assigned
in the order of value / effort (or of the scoring method whose buckets these are): each goes into
the first horizon that has room for it together with the prerequisites it still lacks. What does
not fit waits, and smaller ones behind it may still go in.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, lru_cache, reduce
from operator import getitem, or_
from typing import Annotated, Final, Literal, NamedTuple

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
NAMES: Final = tuple(HORIZONS.values())
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
    text = f"{NAMES[tier]}: {plan.why(key)}"
    return Verdict(score, tier, tuple(HORIZONS)[tier], text, reasons)


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
        self._limit = limit or Limit()
        self._efforts = efforts
        self.taken = _Work(0, 0)

    def add(self, work: _Work) -> None:
        self.taken = _Work(self.taken.items + work.items, self.taken.effort + work.effort)

    def holds(self, work: _Work) -> bool:
        """Does this fit as well?"""
        most_items, most_effort = self._limit.max_items, self._limit.max_effort
        if most_items is not None and self.taken.items + work.items > most_items:
            return False
        if most_effort is None:
            return True
        return self._efforts.said(self.taken.effort + work.effort) <= rounded(most_effort)

    def left(self, needed: _Work, taken: _Work) -> str:
        """Say for people what was needed and what was left."""
        asked, remains = [], []
        if (most_effort := self._limit.max_effort) is not None:
            left = max(most_effort - self._efforts.said(taken.effort), 0.0)
            asked.append(spoken(self._efforts.said(needed.effort)))
            remains.append(f"{spoken(left)} of {spoken(most_effort)}")
        if (most_items := self._limit.max_items) is not None:
            left = max(most_items - taken.items, 0)
            asked.append(counted(needed.items, "places"))
            remains.append(f"{spoken(left)} of {spoken(most_items)}")
        if not asked:
            return "there is no limit"
        more = " with what comes before it" if needed.items > 1 else ""
        return f"needs {' and '.join(asked)}{more}, {' and '.join(remains)} were left"


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
        self._rooms = [_Room(limit, self._efforts) for limit in (options.now, options.next, None)]
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
        """Find what each item needs, itself included, and the effort of that."""
        closures: dict[str, int] = {}
        sizes: dict[str, int] = {"": 0}
        efforts: dict[str, int] = {"": 0}
        for key, needed in self._graph.items():
            closure = reduce(or_, map(closures.__getitem__, needed), self._bits[key])
            # Most of the effort is known from the largest prerequisite.
            largest = max(needed, key=sizes.__getitem__, default="")
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
