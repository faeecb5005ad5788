"""Value and effort: the two-by-two of quick wins, big bets, fill-ins and time sinks.

The lines of the square are the medians of the list, or those that the options give. A value on
the line counts as high. Inside of a bucket the order is by value / effort.
"""

from collections.abc import Sequence
from statistics import median_high, median_low
from typing import Annotated, Final

from pydantic import Field

from app.engine.arithmetic import rounded, spoken, spoken_apart
from app.engine.inputs import Amount, Effort, Inputs, Options, Value
from app.engine.method import Example, Item, Method
from app.engine.verdict import (
    Explanation,
    References,
    Verdict,
    Verdicts,
    list_warning,
    missing,
    unranked,
    value_per_effort,
    value_per_effort_explained,
)

BUCKETS: Final = {
    "quick_win": "Quick win",
    "big_bet": "Big bet",
    "fill_in": "Fill-in",
    "time_sink": "Time sink",
}


class ValueEffortInputs(Inputs):
    """What the two-by-two needs to know of one item."""

    value: Value = None
    effort: Effort = None


class Cut(Options):
    """The lines of the square; what lies on a line is high."""

    value: Annotated[Amount, Field(description="From here on value is high.")]
    effort: Annotated[Amount, Field(description="From here on effort is high.")]


class ValueEffortOptions(Options):
    """What the two-by-two needs once for the whole list."""

    cut: Annotated[
        Cut | None, Field(description="The lines; the medians of the list where it is null.")
    ] = None


def compute(
    items: Sequence[Item[ValueEffortInputs]],
    options: ValueEffortOptions,
    scores: Sequence[float | None] | None = None,
) -> Verdicts:
    """Place each item in its bucket, and within it by value / effort."""
    cut = options.cut or _medians(items)
    verdicts = [_verdict(item.inputs, cut, scored=scores is None) for item in items]
    if options.cut or cut is None:
        return Verdicts(verdicts)
    message = (
        f"The lines are the medians of this list, value {spoken(cut.value)} and effort"
        f" {spoken(cut.effort)}: one more item may move them. With options.cut it does not."
    )
    placed = [
        item.key for item, verdict in zip(items, verdicts, strict=True) if verdict.tier is not None
    ]
    return Verdicts(verdicts, [list_warning("list_relative", message, placed)])


def explain(
    inputs: ValueEffortInputs,
    _options: ValueEffortOptions,
    verdict: Verdict,
    _reference: References | None,
) -> Explanation:
    """Say the order within the bucket with its numbers."""
    return value_per_effort_explained(inputs.value, inputs.effort, verdict)


def per_item(options: ValueEffortOptions) -> bool:
    """Given lines leave the other items alone, medians do not."""
    return options.cut is not None


def _medians(items: Sequence[Item[ValueEffortInputs]]) -> Cut | None:
    complete = [
        (rounded(item.inputs.value), rounded(item.inputs.effort))
        for item in items
        if item.inputs.value is not None and item.inputs.effort is not None
    ]
    if not complete:
        return None
    values, efforts = zip(*complete, strict=True)
    return Cut(value=_median(values), effort=_median(efforts))


def _median(values: Sequence[float]) -> float:
    """The mean of the middle two, without their sum, which may be beyond the largest float."""
    low, high = median_low(values), median_high(values)
    return rounded(low + (high - low) / 2)


def _verdict(inputs: ValueEffortInputs, cut: Cut | None, *, scored: bool) -> Verdict:
    value, effort = inputs.value, inputs.effort
    if cut is None or value is None or effort is None:
        return unranked(missing(inputs, "value", "effort"))
    high_value, value_told = _beside(value, cut.value)
    high_effort, effort_told = _beside(effort, cut.effort)
    tier = (0 if high_value else 2) + high_effort
    bucket = tuple(BUCKETS)[tier]
    why = f"{BUCKETS[bucket]}: value {value_told}, effort {effort_told}"
    score, reasons = value_per_effort(value, effort) if scored else (None, [])
    return Verdict(score, tier, bucket, why, reasons)


def _beside(number: float, line: float) -> tuple[bool, str]:
    """Is a number high? Say so: `4.996 is below 5`."""
    number, line = rounded(number), rounded(line)
    high = number >= line
    said, at = spoken(number), spoken(line)
    if said == at:  # rarely, and telling them apart takes its time
        said, at = spoken_apart(number, line)
    return high, f"{said} is {'at or above' if high else 'below'} {at}"


METHOD: Final = Method(
    name="value_effort",
    title="Value and effort",
    formula="quick_win, big_bet, fill_in, time_sink; inside of each by value / effort",
    source="The impact-effort matrix of Lean and Six Sigma practice; no single origin is known",
    use_it="A group wants to see its ideas on one square and talk about the buckets.",
    avoid_it="The medians of a short list decide the bucket: give options.cut, or use a score.",
    inputs=ValueEffortInputs,
    options=ValueEffortOptions,
    compute=compute,
    explain=explain,
    per_item=per_item,
    buckets=tuple(BUCKETS),
    examples=(
        Example(
            name="square",
            summary="One idea in each bucket, the lines given",
            source="The definition of the four buckets",
            request={
                "items": [
                    {"key": "rewrite", "inputs": {"value": 9, "effort": 9}},
                    {"key": "filters", "inputs": {"value": 8, "effort": 2}},
                    {"key": "tooltips", "inputs": {"value": 2, "effort": 1}},
                    {"key": "emoji", "inputs": {"value": 1, "effort": 8}},
                ],
                "options": {"cut": {"value": 5, "effort": 5}},
            },
            scores={"filters": 4, "rewrite": 1, "tooltips": 2, "emoji": 0.125},
            buckets={
                "filters": "quick_win",
                "rewrite": "big_bet",
                "tooltips": "fill_in",
                "emoji": "time_sink",
            },
        ),
        Example(
            name="medians",
            summary="Without lines the medians of the list are taken",
            request={
                "items": [
                    {"key": "A", "inputs": {"value": 10, "effort": 1}},
                    {"key": "B", "inputs": {"value": 6, "effort": 6}},
                    {"key": "C", "inputs": {"value": 2, "effort": 3}},
                ]
            },
            scores={"A": 10, "B": 1, "C": 0.666666666667},
            buckets={"A": "quick_win", "B": "big_bet", "C": "time_sink"},
        ),
    ),
)
