"""Now, Next, Later: what is being worked on, what comes after it, and what waits.

After Janna Bastow, ProdPad. A horizon given by hand is kept as said. The other items are assigned
in the order of value / effort (or of the scoring method whose buckets these are): each goes into
the first horizon that has room for it together with the prerequisites it still lacks. What does
not fit waits, and smaller ones behind it may still go in.
"""

from collections.abc import Sequence
from typing import Annotated, Final, Literal

from pydantic import Field
from typing_extensions import TypeAliasType

from app.engine.balance import balance
from app.engine.dependencies import unknown_dependencies
from app.engine.horizons import HORIZONS, NAMES, Plan
from app.engine.inputs import Amount, Count, DependsOn, Effort, Inputs, Options, Value
from app.engine.method import Example, Item, Method
from app.engine.verdict import (
    Explanation,
    Reason,
    References,
    Verdict,
    Verdicts,
    missing_input,
    unranked,
    value_per_effort,
    value_per_effort_explained,
)

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
    plan = Plan(items, order, (options.now, options.next))
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


def canonical(options: NowNextLaterOptions) -> NowNextLaterOptions:
    """Leave out a horizon without a limit, but for one where there are no others."""
    limited = {name: limit for name, limit in options if limit and limit != Limit()}
    if not limited and not per_item(options):
        limited = {"now": Limit()}
    return NowNextLaterOptions(**limited)


def ordering(options: NowNextLaterOptions) -> tuple[str, ...]:
    """Name what orders a horizon within; the effort of an item may also be limited."""
    return ("value",) if _limits_effort(options) else ("value", "effort")


def idle_inputs(options: NowNextLaterOptions) -> tuple[str, ...]:
    """Name what assigns items alone, where nothing is assigned."""
    return ("depends_on",) if per_item(options) else ()


def _limits_effort(options: NowNextLaterOptions) -> bool:
    return any(limit and limit.max_effort is not None for limit in (options.now, options.next))


def _verdict(plan: Plan, key: str, score: float | None, reasons: list[Reason]) -> Verdict:
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
    if (
        _limits_effort(options)
        and inputs.effort is None
        and missing_input("effort") not in reasons
    ):
        reasons.append(missing_input("effort"))
    return reasons


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
    ordering=ordering,
    idle_inputs=idle_inputs,
    canonical=canonical,
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
