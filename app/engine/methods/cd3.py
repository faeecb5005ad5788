"""CD3, cost of delay divided by duration: what waiting costs, for the time the work takes.

cost_of_delay / duration, after Donald Reinertsen and Black Swan Farming. Worked on one after the
other, items in this order cost the least delay in total (Smith's rule, 1956). It is the duration
that others wait for, not the effort.
"""

from collections.abc import Sequence
from typing import Annotated, Final

from pydantic import Field

from app.engine.arithmetic import counted, spoken
from app.engine.inputs import Amount, Inputs, Options, Unit
from app.engine.method import Example, Item, Method
from app.engine.verdict import (
    Explanation,
    References,
    Term,
    Verdict,
    Verdicts,
    missing,
    scored,
    unranked,
    zero_divisor,
)


class Cd3Inputs(Inputs):
    """What CD3 needs to know of one item."""

    cost_of_delay: Annotated[
        Amount | None, Field(description="What one unit of time without it costs.")
    ] = None
    duration: Annotated[
        Amount | None, Field(description="How long it blocks the pipeline, from start to end.")
    ] = None


class Cd3Options(Options):
    """What CD3 needs once for the whole list."""

    cost_unit: Annotated[Unit, Field(description="The unit of the cost of delay.")] = (
        "dollars a week"
    )
    duration_unit: Annotated[Unit, Field(description="The unit of duration, in the plural.")] = (
        "weeks"
    )


def compute(
    items: Sequence[Item[Cd3Inputs]],
    _options: Cd3Options,
    _scores: Sequence[float | None] | None = None,
) -> Verdicts:
    """Score each item by its cost of delay, divided by its duration."""
    return Verdicts([_verdict(item.inputs) for item in items])


def explain(
    inputs: Cd3Inputs, options: Cd3Options, verdict: Verdict, _reference: References | None
) -> Explanation:
    """Say the formula with its numbers."""
    cost, duration = inputs.cost_of_delay or 0.0, inputs.duration or 0.0
    return Explanation(
        f"{spoken(cost)} {options.cost_unit} / {counted(duration, options.duration_unit)}"
        f" = {spoken(verdict.score or 0.0)}",
        [
            Term("cost of delay", "cost_of_delay", "factor", cost, cost, None, cost),
            Term("duration", "duration", "divisor", duration, duration, None, duration),
        ],
        {},
        verdict.bucket_text,
    )


def _verdict(inputs: Cd3Inputs) -> Verdict:
    cost, duration = inputs.cost_of_delay, inputs.duration
    if cost is None or not duration:
        reasons = missing(inputs, "cost_of_delay", "duration")
        if duration == 0:
            reasons.append(zero_divisor("duration"))
        return unranked(reasons)
    return scored(cost / duration)


METHOD: Final = Method(
    name="cd3",
    title="CD3",
    formula="cost_of_delay / duration",
    source="Donald Reinertsen, The Principles of Product Development Flow, 2009; Joshua Arnold,"
    " Black Swan Farming; W. E. Smith, Naval Research Logistics Quarterly 3, 1956",
    use_it="You can put a price on waiting, and work is done one thing after the other.",
    avoid_it="The price would be a guess dressed as money (use wsjf), or many things are done at"
    " the same time.",
    inputs=Cd3Inputs,
    options=Cd3Options,
    compute=compute,
    explain=explain,
    idle_options=("cost_unit", "duration_unit"),
    examples=(
        Example(
            name="ice_cream_stand",
            summary="The longer job goes first: waiting for it costs three times as much",
            source="Black Swan Farming, CD3 and proportionality to outcomes",
            request={
                "items": [
                    {"key": "super-spoon", "inputs": {"cost_of_delay": 10, "duration": 2}},
                    {"key": "second-machine", "inputs": {"cost_of_delay": 30, "duration": 4}},
                ],
                "options": {"cost_unit": "ice creams a week"},
            },
            scores={"second-machine": 7.5, "super-spoon": 5},
        ),
    ),
)
