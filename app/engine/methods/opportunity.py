"""Opportunity score: what matters to customers and is not yet satisfied.

importance + max(importance - satisfaction, 0), after Anthony Ulwick, "Turn customer input into
innovation", Harvard Business Review, 2002. Both are the share of customers, times 10, who gave
one of the two top answers; the score runs from 0 to 20. It has no verdict labels, because the
published cut-offs disagree.
"""

from collections.abc import Sequence
from typing import Annotated, Final

from pydantic import Field

from app.engine.arithmetic import spoken
from app.engine.inputs import Amount, Inputs, Options
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
)

Share = Annotated[Amount, Field(le=10)]


class OpportunityInputs(Inputs):
    """What the opportunity score needs to know of one item."""

    importance: Annotated[
        Share | None,
        Field(description="Tenths of the customers to whom it is important, 0 to 10."),
    ] = None
    satisfaction: Annotated[
        Share | None, Field(description="Tenths of the customers who are satisfied, 0 to 10.")
    ] = None


class OpportunityOptions(Options):
    """The opportunity score has no options."""


def compute(
    items: Sequence[Item[OpportunityInputs]],
    _options: OpportunityOptions,
    _scores: Sequence[float | None] | None = None,
) -> Verdicts:
    """Score each item by its importance and the satisfaction that it lacks."""
    return Verdicts([_verdict(item.inputs) for item in items])


def explain(
    inputs: OpportunityInputs,
    _options: OpportunityOptions,
    verdict: Verdict,
    _reference: References | None,
) -> Explanation:
    """Say the formula with its numbers."""
    importance, satisfaction = inputs.importance or 0.0, inputs.satisfaction or 0.0
    gap = max(importance - satisfaction, 0.0)
    return Explanation(
        f"importance {spoken(importance)} + gap {spoken(gap)} = {spoken(verdict.score or 0.0)},"
        f" for satisfaction is {spoken(satisfaction)}",
        [
            Term("importance", "importance", "addend", importance, importance, None, importance),
            Term("gap", None, "addend", None, gap, None, gap),
        ],
        {},
        verdict.bucket_text,
    )


def _verdict(inputs: OpportunityInputs) -> Verdict:
    importance, satisfaction = inputs.importance, inputs.satisfaction
    if importance is None or satisfaction is None:
        return unranked(missing(inputs, "importance", "satisfaction"))
    return scored(importance + max(importance - satisfaction, 0.0))


METHOD: Final = Method(
    name="opportunity",
    title="Opportunity score",
    formula="importance + max(importance - satisfaction, 0)",
    source='Anthony Ulwick, "Turn customer input into innovation", Harvard Business Review 80(1),'
    " 2002",
    use_it="You asked many customers how important an outcome is and how satisfied they are.",
    avoid_it="You asked few, or only your own team: the shares then mean nothing.",
    inputs=OpportunityInputs,
    options=OpportunityOptions,
    compute=compute,
    explain=explain,
    examples=(
        Example(
            name="under_served",
            summary="Important and unsatisfied beats important and satisfied",
            source="Ulwick 2002",
            request={
                "items": [
                    {"key": "minimise-restarts", "inputs": {"importance": 9, "satisfaction": 3}},
                    {"key": "read-in-the-dark", "inputs": {"importance": 9, "satisfaction": 9}},
                    {"key": "color-themes", "inputs": {"importance": 2, "satisfaction": 7}},
                ]
            },
            scores={"minimise-restarts": 15, "read-in-the-dark": 9, "color-themes": 2},
        ),
    ),
)
