"""MoSCoW: must, should, could and won't, and what is inside of each by value over effort.

After Dai Clegg and Richard Barker, CASE Method Fast-Track, 1994, and the DSDM handbook, chapter
10, whose rules about the balance are by effort: no more than 60 % of it on musts, about 20 % on
coulds, and Won't left out of the sum.
"""

from collections.abc import Sequence
from typing import Annotated, Final, Literal

from pydantic import Field
from typing_extensions import TypeAliasType

from app.engine.arithmetic import rounded, spoken, spoken_apart, total
from app.engine.balance import balance
from app.engine.dependencies import prerequisites, unknown_dependencies
from app.engine.inputs import Amount, DependsOn, Effort, Inputs, Options, Value
from app.engine.method import Example, Item, Method
from app.engine.verdict import (
    Balance,
    Explanation,
    ListWarning,
    Reason,
    References,
    Verdict,
    Verdicts,
    list_warning,
    unranked,
    value_per_effort,
    value_per_effort_explained,
)

CATEGORIES: Final = {"must": "Must", "should": "Should", "could": "Could", "wont": "Won't"}
PLANNED: Final = ("must", "should", "could")
MOST_MUST: Final = 0.6
LEAST_COULD: Final = 0.2


Category = TypeAliasType(
    "Category",
    Annotated[
        Literal["must", "should", "could", "wont"],
        Field(description="How much a release depends on an item."),
    ],
)
"""A class of MoSCoW."""


class MoscowInputs(Inputs):
    """What MoSCoW needs to know of one item."""

    category: Annotated[
        Category | None,
        Field(description="How much the release depends on it."),
    ] = None
    value: Value = None
    effort: Effort = None
    depends_on: DependsOn = None


class MoscowOptions(Options):
    """What MoSCoW needs once for the whole list."""

    capacity: Annotated[
        Amount | None, Field(description="How much effort there is, in the unit of the items.")
    ] = None


def compute(
    items: Sequence[Item[MoscowInputs]],
    options: MoscowOptions,
    scores: Sequence[float | None] | None = None,
) -> Verdicts:
    """Place each item in its class, and within it by value / effort."""
    graph = prerequisites(items)
    verdicts = [_verdict(item.inputs, scored=scores is None) for item in items]
    spread = balance(
        [
            (item.key, item.inputs.category, item.inputs.effort)
            for item in items
            if item.inputs.category
        ],
        tuple(CATEGORIES),
        PLANNED,
    )
    warnings = [
        *_balance_warnings(items, spread, options),
        *_order_warnings(items, graph),
        *unknown_dependencies(items),
    ]
    return Verdicts(verdicts, warnings, spread)


def explain(
    inputs: MoscowInputs, _options: MoscowOptions, verdict: Verdict, _reference: References | None
) -> Explanation:
    """Say the order within the class with its numbers."""
    return value_per_effort_explained(inputs.value, inputs.effort, verdict)


def ordering(_options: MoscowOptions) -> tuple[str, ...]:
    """Name what orders a class within."""
    return ("value", "effort")


def idle_inputs(_options: MoscowOptions) -> tuple[str, ...]:
    """Name what is warned of alone: a class is set by hand, whatever the item depends on."""
    return ("depends_on",)


def _verdict(inputs: MoscowInputs, *, scored: bool) -> Verdict:
    category = inputs.category
    if category is None:
        message = "category is missing: send must, should, could or wont."
        return unranked([Reason("missing_input", "category", message)])
    score, reasons = value_per_effort(inputs.value, inputs.effort) if scored else (None, [])
    tier = tuple(CATEGORIES).index(category)
    return Verdict(score, tier, category, f"{CATEGORIES[category]}: set by hand", reasons)


def _keys(items: Sequence[Item[MoscowInputs]], category: str) -> list[str]:
    return [item.key for item in items if item.inputs.category == category]


def _balance_warnings(
    items: Sequence[Item[MoscowInputs]], spread: Balance, options: MoscowOptions
) -> list[ListWarning]:
    warnings = []
    must, _, could, _ = spread.buckets
    if must.share is not None and must.share > MOST_MUST:
        message = (
            f"Musts are {_percent(must.share, MOST_MUST)} of the planned effort; above 60 %"
            " nothing is left to give when a must grows."
        )
        warnings.append(list_warning("must_over_60_percent", message, _keys(items, "must")))
    if could.share is not None and could.share < LEAST_COULD:
        message = (
            f"Coulds are {_percent(could.share, LEAST_COULD)} of the planned effort; with less"
            " than 20 % there is little to drop when time runs short."
        )
        warnings.append(list_warning("could_under_20_percent", message, _keys(items, "could")))
    needed = total(item.inputs.effort or 0.0 for item in items if item.inputs.category == "must")
    if options.capacity is not None and rounded(needed) > rounded(options.capacity):
        need, capacity = spoken_apart(needed, options.capacity)
        message = (
            f"Musts need {need} and the capacity is {capacity}:"
            f" {spoken(needed - options.capacity)} too much."
        )
        warnings.append(list_warning("must_over_capacity", message, _keys(items, "must")))
    return warnings


def _percent(share: float, limit: float) -> str:
    """Say a share so that it is told apart from the limit that it passes."""
    return f"{spoken_apart(share * 100, limit * 100)[0]} %"


def _order_warnings(
    items: Sequence[Item[MoscowInputs]], graph: dict[str, list[str]]
) -> list[ListWarning]:
    lower = {item.key for item in items if item.inputs.category not in {None, "must"}}
    found = [key for key in _keys(items, "must") if not lower.isdisjoint(graph[key])]
    if not found:
        return []
    message = (
        f"Musts that need something of a lower class, which is then a must too: {len(found)}."
    )
    return [list_warning("must_depends_on_lower", message, found)]


METHOD: Final = Method(
    name="moscow",
    title="MoSCoW",
    formula="must, should, could, wont; inside of each by value / effort",
    source="Dai Clegg and Richard Barker, CASE Method Fast-Track: A RAD Approach, 1994; The DSDM"
    " Handbook, chapter 10",
    use_it="A date is fixed, and you decide what the release cannot do without.",
    avoid_it="Everything ends up a must, or the order inside of a class is what you are after"
    " (use a scoring method with bucket_by).",
    inputs=MoscowInputs,
    options=MoscowOptions,
    compute=compute,
    explain=explain,
    buckets=tuple(CATEGORIES),
    ordering=ordering,
    idle_inputs=idle_inputs,
    idle_options=("capacity",),
    examples=(
        Example(
            name="release",
            summary="A release with a capacity, 60 % of it musts",
            source="The DSDM Handbook, chapter 10: 60 % must, 20 % should, 20 % could",
            request={
                "items": [
                    {"key": "login", "inputs": {"category": "must", "value": 8, "effort": 4}},
                    {
                        "key": "pay",
                        "inputs": {
                            "category": "must",
                            "value": 10,
                            "effort": 2,
                            "depends_on": ["login"],
                        },
                    },
                    {"key": "search", "inputs": {"category": "should", "value": 6, "effort": 2}},
                    {"key": "themes", "inputs": {"category": "could", "value": 1, "effort": 2}},
                    {"key": "chat", "inputs": {"category": "wont"}},
                ],
                "options": {"capacity": 10},
            },
            scores={"pay": 5, "login": 2, "search": 3, "themes": 0.5, "chat": None},
            buckets={
                "pay": "must",
                "login": "must",
                "search": "should",
                "themes": "could",
                "chat": "wont",
            },
        ),
    ),
)
