"""RICE: how much good, to how many, how surely, for how much work.

reach * impact * confidence / effort, after Sean McBride, "RICE: Simple prioritization for product
managers", Intercom, 2016. Confidence is a percentage there, and so it is here unless an option
says otherwise; a fraction sent as a percentage is the usual mistake and is refused for its item.
"""

from collections.abc import Sequence
from typing import Annotated, Final, Literal

from pydantic import Field

from app.engine.arithmetic import counted, counted_of, quotient, spoken
from app.engine.inputs import Amount, Effort, Inputs, Options, Unit, reader
from app.engine.method import Example, Item, Method
from app.engine.verdict import (
    Explanation,
    ListWarning,
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

IMPACTS: Final = {3: "massive", 2: "high", 1: "medium", 0.5: "low", 0.25: "minimal", 0: "none"}
"""Intercom's scale with its names, and 0 for no impact at all."""

IMPACT_OUT_OF_SCALE: Final = out_of_scale(
    "impact",
    "impact is none of 3, 2, 1, 0.5, 0.25 and 0: re-rate it, or set options.impact_scale to free.",
)
PERCENT_OUT_OF_SCALE: Final = out_of_scale(
    "confidence",
    "A value above 0 and up to 1 looks like a fraction: send percent, or set"
    " options.confidence_unit to fraction.",
)
FRACTION_OUT_OF_SCALE: Final = out_of_scale(
    "confidence",
    "A value above 1 looks like a percentage: send a fraction, or set options.confidence_unit to"
    " percent.",
)


class RiceInputs(Inputs):
    """What RICE needs to know of one item."""

    reach: Annotated[Amount | None, Field(description="People or events in one period.")] = None
    impact: Annotated[
        Amount | None,
        Field(description="3 massive, 2 high, 1 medium, 0.5 low, 0.25 minimal, 0 none."),
    ] = None
    confidence: Annotated[
        Annotated[Amount, Field(le=100)] | None,
        Field(
            description="In percent: 100 high, 80 medium, 50 low. With `confidence_unit` fraction"
            " of 1."
        ),
    ] = None
    effort: Effort = None


class RiceOptions(Options):
    """What RICE needs once for the whole list."""

    reach_period: Annotated[
        Literal["week", "month", "quarter", "year"],
        Field(description="The period in which reach is counted."),
    ] = "quarter"
    impact_scale: Annotated[
        Literal["intercom", "free"],
        Field(description="Take Intercom's five impacts (and 0) only, or any number."),
    ] = "intercom"
    confidence_unit: Annotated[
        Literal["percent", "fraction"],
        Field(description="Is full confidence 100 or 1?"),
    ] = "percent"
    effort_unit: Annotated[Unit, Field(description="The unit of effort, in the plural.")] = (
        "person-months"
    )


def compute(
    items: Sequence[Item[RiceInputs]],
    options: RiceOptions,
    _scores: Sequence[float | None] | None = None,
) -> Verdicts:
    """Score each item by reach * impact * confidence / effort."""
    verdicts = [_verdict(item.inputs, options) for item in items]
    return Verdicts(verdicts, _scale_mismatches(items, verdicts))


def explain(
    inputs: RiceInputs, options: RiceOptions, verdict: Verdict, _reference: References | None
) -> Explanation:
    """Say the formula with its numbers."""
    reach, impact, confidence, effort = _numbers(inputs)
    certainty = confidence / 100 if options.confidence_unit == "percent" else confidence
    people = "person" if reach == 1 else "people"
    level = f" ({IMPACTS[impact]})" if options.impact_scale == "intercom" else ""
    return Explanation(
        f"{spoken(reach)} {people} a {options.reach_period} x {spoken(impact)}{level}"
        f" x {spoken(certainty * 100)} % / {counted(effort, options.effort_unit)}"
        f" = {spoken(verdict.score or 0.0)}",
        (
            Term("reach", "reach", "factor", reach, reach, None, reach),
            Term("impact", "impact", "factor", impact, impact, None, impact),
            Term("confidence", "confidence", "factor", confidence, certainty, None, certainty),
            Term("effort", "effort", "divisor", effort, effort, None, effort),
        ),
        {},
        verdict.bucket_text,
    )


_NAMES: Final = ("reach", "impact", "confidence", "effort")
_numbers = reader(*_NAMES)


def _verdict(inputs: RiceInputs, options: RiceOptions) -> Verdict:
    if reasons := _reasons(inputs, options):
        return unranked(reasons)
    reach, impact, confidence, effort = _numbers(inputs)
    certainty = confidence / 100 if options.confidence_unit == "percent" else confidence
    return scored(quotient((reach, impact, certainty), effort))


def _reasons(inputs: RiceInputs, options: RiceOptions) -> list[Reason]:
    reasons = missing(inputs, *_NAMES) if None in _numbers(inputs) else []
    impact, confidence = inputs.impact, inputs.confidence
    if options.impact_scale == "intercom" and impact is not None and impact not in IMPACTS:
        reasons.append(IMPACT_OUT_OF_SCALE)
    if confidence is not None:
        if options.confidence_unit == "percent" and 0 < confidence <= 1:
            reasons.append(PERCENT_OUT_OF_SCALE)
        if options.confidence_unit == "fraction" and confidence > 1:
            reasons.append(FRACTION_OUT_OF_SCALE)
    if inputs.effort == 0:
        reasons.append(zero_divisor("effort"))
    return reasons


def _scale_mismatches(
    items: Sequence[Item[RiceInputs]], verdicts: Sequence[Verdict]
) -> list[ListWarning]:
    advice = {
        IMPACT_OUT_OF_SCALE: "an impact outside 0.25, 0.5, 1, 2, 3: re-rate them, or set"
        " options.impact_scale to free",
        PERCENT_OUT_OF_SCALE: "a confidence above 0 and up to 1: send percent, or set"
        " options.confidence_unit to fraction",
        FRACTION_OUT_OF_SCALE: "a confidence above 1: send fractions, or set"
        " options.confidence_unit to percent",
    }
    return [
        list_warning("scale_mismatch", f"{counted_of(len(found), len(items))} {what}.", found)
        for reason, what in advice.items()
        if (found := [i.key for i, v in zip(items, verdicts, strict=True) if reason in v.reasons])
    ]


METHOD: Final = Method(
    name="rice",
    title="RICE",
    formula="reach * impact * confidence / effort",
    source='Sean McBride, "RICE: Simple prioritization for product managers", Intercom, 2016',
    use_it="You can estimate how many people an idea reaches, and want big efforts to earn it.",
    avoid_it="Deadlines and delay matter (use wsjf or cd3), or some work is simply mandatory"
    " (use moscow, or bucket_by it).",
    inputs=RiceInputs,
    options=RiceOptions,
    compute=compute,
    explain=explain,
    idle_options=("reach_period", "effort_unit"),
    examples=(
        Example(
            name="intercom",
            summary="Three projects of Intercom's article",
            source="Intercom's spreadsheet of 2016",
            request={
                "items": [
                    {
                        "key": "A",
                        "title": "Project 1",
                        "inputs": {"reach": 450, "impact": 3, "confidence": 100, "effort": 2},
                    },
                    {
                        "key": "B",
                        "title": "Project 2",
                        "inputs": {"reach": 2000, "impact": 1, "confidence": 80, "effort": 4},
                    },
                    {
                        "key": "C",
                        "title": "Project 3",
                        "inputs": {"reach": 800, "impact": 2, "confidence": 50, "effort": 1},
                    },
                ]
            },
            scores={"C": 800, "A": 675, "B": 400},
        ),
        Example(
            name="cadenly",
            summary="A moderate effort beats a wide reach",
            source="cadenly.io, RICE scoring",
            request={
                "items": [
                    {
                        "key": "onboarding",
                        "inputs": {"reach": 5000, "impact": 2, "confidence": 80, "effort": 2},
                    },
                    {
                        "key": "export",
                        "inputs": {"reach": 3000, "impact": 1, "confidence": 100, "effort": 1.5},
                    },
                    {
                        "key": "dark-mode",
                        "inputs": {"reach": 8000, "impact": 0.5, "confidence": 100, "effort": 3},
                    },
                ]
            },
            scores={"onboarding": 4000, "export": 2000, "dark-mode": 1333.33333333},
        ),
        Example(
            name="blanks",
            summary="A blank is not a zero, and an effort of 0 divides nothing",
            request={
                "items": [
                    {
                        "key": "search",
                        "inputs": {"reach": 1200, "impact": 2, "confidence": 80, "effort": 3},
                    },
                    {
                        "key": "themes",
                        "inputs": {"reach": 0, "impact": 1, "confidence": 50, "effort": 1},
                    },
                    {
                        "key": "sso",
                        "inputs": {"reach": 300, "impact": 3, "confidence": None, "effort": 2},
                    },
                    {
                        "key": "typo",
                        "inputs": {"reach": 900, "impact": 0.25, "confidence": 100, "effort": 0},
                    },
                ]
            },
            scores={"search": 640, "themes": 0, "sso": None, "typo": None},
        ),
        Example(
            name="musts_first",
            summary="Musts first, RICE inside",
            request={
                "items": [
                    {
                        "key": "gdpr",
                        "inputs": {
                            "reach": 50,
                            "impact": 1,
                            "confidence": 100,
                            "effort": 2,
                            "category": "must",
                        },
                    },
                    {
                        "key": "search",
                        "inputs": {
                            "reach": 1200,
                            "impact": 2,
                            "confidence": 80,
                            "effort": 3,
                            "category": "should",
                        },
                    },
                    {"key": "audit-log", "inputs": {"category": "must"}},
                ],
                "bucket_by": {"method": "moscow"},
            },
            scores={"gdpr": 25, "audit-log": None, "search": 640},
            buckets={"gdpr": "must", "audit-log": "must", "search": "should"},
        ),
    ),
)
