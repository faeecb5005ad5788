"""WSJF, weighted shortest job first: the cost of delay, for the job's size.

(business_value + time_criticality + risk_reduction) / job_size, after the Scaled Agile Framework,
which rates all four on a scale of 1, 2, 3, 5, 8, 13, 20.
"""

import math
from collections.abc import Sequence
from typing import Annotated, Final, Literal

from pydantic import Field

from app.engine.arithmetic import counted_of, spoken, total
from app.engine.inputs import Amount, Inputs, Options, reader
from app.engine.method import Example, Item, Method
from app.engine.verdict import (
    Explanation,
    Reason,
    References,
    Term,
    Verdict,
    Verdicts,
    list_warning,
    missing,
    out_of_scale,
    scored,
    unranked,
    zero_divisor,
)

FIBONACCI: Final = (1, 2, 3, 5, 8, 13, 20)
"""The scale of the Scaled Agile Framework, whose last step is rounded."""

STEPS: Final = ", ".join(map(str, FIBONACCI))


class WsjfInputs(Inputs):
    """What WSJF needs to know of one item."""

    business_value: Annotated[
        Amount | None, Field(description="Value to the users and the business, rated.")
    ] = None
    time_criticality: Annotated[
        Amount | None, Field(description="How fast that value decays, rated.")
    ] = None
    risk_reduction: Annotated[
        Amount | None,
        Field(description="Risks it removes and opportunities it opens, rated."),
    ] = None
    job_size: Annotated[Amount | None, Field(description="How large the job is, rated.")] = None


class WsjfOptions(Options):
    """What WSJF needs once for the whole list."""

    scale: Annotated[
        Literal["fibonacci", "free"],
        Field(description="Take 1, 2, 3, 5, 8, 13 and 20 only, or any number."),
    ] = "fibonacci"


def compute(
    items: Sequence[Item[WsjfInputs]],
    options: WsjfOptions,
    _scores: Sequence[float | None] | None = None,
) -> Verdicts:
    """Score each item by its cost of delay, divided by its size."""
    verdicts = [_verdict(item.inputs, options) for item in items]
    mismatched = [
        item.key
        for item, verdict in zip(items, verdicts, strict=True)
        if any(reason.code == "out_of_scale" for reason in verdict.reasons)
    ]
    if not mismatched:
        return Verdicts(verdicts)
    message = (
        f"{counted_of(len(mismatched), len(items))} a rating outside {STEPS}: re-rate them,"
        " or set options.scale to free."
    )
    return Verdicts(verdicts, [list_warning("scale_mismatch", message, mismatched)])


def explain(
    inputs: WsjfInputs, _options: WsjfOptions, verdict: Verdict, _reference: References | None
) -> Explanation:
    """Say the formula with its numbers."""
    value, criticality, risk, size = _numbers(inputs)
    return Explanation(
        f"(value {spoken(value)} + time criticality {spoken(criticality)}"
        f" + risk reduction {spoken(risk)}) / job size {spoken(size)}"
        f" = {spoken(verdict.score or 0.0)}",
        [
            Term("business value", "business_value", "addend", value, value, None, value),
            Term(
                "time criticality",
                "time_criticality",
                "addend",
                criticality,
                criticality,
                None,
                criticality,
            ),
            Term("risk reduction", "risk_reduction", "addend", risk, risk, None, risk),
            Term("job size", "job_size", "divisor", size, size, None, size),
        ],
        {},
        verdict.bucket_text,
    )


_NAMES: Final = ("business_value", "time_criticality", "risk_reduction", "job_size")
_numbers = reader(*_NAMES)


def _verdict(inputs: WsjfInputs, options: WsjfOptions) -> Verdict:
    if reasons := _reasons(inputs, options):
        return unranked(reasons)
    *ratings, size = _numbers(inputs)
    cost = total(ratings)
    if cost == math.inf:  # the score may be finite
        return scored(total(x / 4 for x in ratings) / size * 4)
    return scored(cost / size)


def _reasons(inputs: WsjfInputs, options: WsjfOptions) -> list[Reason]:
    reasons = missing(inputs, *_NAMES)
    if options.scale == "fibonacci":
        reasons += [
            out_of_scale(
                name,
                f"{name} is none of {STEPS}: re-rate it, or set options.scale to free.",
            )
            for name in _NAMES
            if (rating := getattr(inputs, name)) is not None and rating not in FIBONACCI
        ]
    elif inputs.job_size == 0:
        reasons.append(zero_divisor("job_size"))
    return reasons


METHOD: Final = Method(
    name="wsjf",
    title="WSJF",
    formula="(business_value + time_criticality + risk_reduction) / job_size",
    source="Scaled Agile Framework, Weighted Shortest Job First; after Donald Reinertsen,"
    " The Principles of Product Development Flow, 2009",
    use_it="One team works through a queue, and delay costs more for some jobs than for others.",
    avoid_it="You know the cost of delay in money (use cd3), or items were rated by different"
    " people against different yardsticks.",
    inputs=WsjfInputs,
    options=WsjfOptions,
    compute=compute,
    explain=explain,
    examples=(
        Example(
            name="small_job_first",
            summary="A small job overtakes a more valuable one",
            source="The formula of the Scaled Agile Framework, worked by hand",
            request={
                "items": [
                    {
                        "key": "checkout",
                        "inputs": {
                            "business_value": 20,
                            "time_criticality": 5,
                            "risk_reduction": 8,
                            "job_size": 13,
                        },
                    },
                    {
                        "key": "invoices",
                        "inputs": {
                            "business_value": 8,
                            "time_criticality": 13,
                            "risk_reduction": 3,
                            "job_size": 3,
                        },
                    },
                ]
            },
            scores={"invoices": 8, "checkout": 2.53846153846},
        ),
    ),
)
