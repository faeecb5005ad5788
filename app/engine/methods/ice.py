"""ICE: impact, confidence and ease, each a rating from 1 to 10.

After Sean Ellis, who uses it to order growth experiments. Both a product and a mean are published,
and they order differently, so that the formula is an option. `ease` is high for what is easy: it
is not effort.
"""

import math
from collections.abc import Sequence
from typing import Annotated, Final, Literal

from pydantic import Field

from app.engine.arithmetic import spoken, total
from app.engine.inputs import Inputs, Number, Options, reader
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

Rating = Annotated[Number, Field(ge=1, le=10)]


class IceInputs(Inputs):
    """What ICE needs to know of one item."""

    impact: Annotated[
        Rating | None, Field(description="How much good it does if it works, 1 to 10.")
    ] = None
    confidence: Annotated[
        Rating | None, Field(description="How sure you are that it works, 1 to 10.")
    ] = None
    ease: Annotated[Rating | None, Field(description="How easy it is, 1 hard to 10 easy.")] = None


class IceOptions(Options):
    """What ICE needs once for the whole list."""

    formula: Annotated[
        Literal["product", "mean"],
        Field(description="Multiply the three ratings, or take their mean."),
    ] = "product"


def compute(
    items: Sequence[Item[IceInputs]],
    options: IceOptions,
    _scores: Sequence[float | None] | None = None,
) -> Verdicts:
    """Score each item by the product or the mean of its ratings."""
    return Verdicts([_verdict(item.inputs, options) for item in items])


def explain(
    inputs: IceInputs, options: IceOptions, verdict: Verdict, _reference: References | None
) -> Explanation:
    """Say the formula with its numbers."""
    ratings = dict(zip(_NAMES, _numbers(inputs), strict=True))
    role: Literal["factor", "addend"] = "factor" if options.formula == "product" else "addend"
    terms = [Term(name, name, role, n, n, None, n) for name, n in ratings.items()]
    sign = " x " if role == "factor" else " + "
    text = sign.join(f"{name} {spoken(n)}" for name, n in ratings.items())
    if role == "addend":
        terms.append(Term("ratings", None, "divisor", None, 3.0, None, 3.0))
        text = f"({text}) / 3"
    return Explanation(f"{text} = {spoken(verdict.score or 0.0)}", terms, {}, verdict.bucket_text)


_NAMES: Final = ("impact", "confidence", "ease")
_numbers = reader(*_NAMES)


def _verdict(inputs: IceInputs, options: IceOptions) -> Verdict:
    if reasons := missing(inputs, *_NAMES):
        return unranked(reasons)
    ratings = _numbers(inputs)
    return scored(math.prod(ratings) if options.formula == "product" else total(ratings) / 3)


METHOD: Final = Method(
    name="ice",
    title="ICE",
    formula="impact * confidence * ease, or their mean",
    source="Sean Ellis, GrowthHackers; Sean Ellis and Morgan Brown, Hacking Growth, 2017",
    use_it="You order many small experiments and want an answer in minutes.",
    avoid_it="You know how many people an idea reaches (use rice), or different people rate"
    " different items: the ratings are nobody's but the rater's.",
    inputs=IceInputs,
    options=IceOptions,
    compute=compute,
    explain=explain,
    examples=(
        Example(
            name="product",
            summary="The product rewards an even idea",
            request={
                "items": [
                    {"key": "viral", "inputs": {"impact": 10, "confidence": 10, "ease": 1}},
                    {"key": "copy", "inputs": {"impact": 5, "confidence": 5, "ease": 5}},
                ]
            },
            scores={"copy": 125, "viral": 100},
        ),
        Example(
            name="mean",
            summary="The mean of four experiments",
            source="experimenthq.io, ICE scoring",
            request={
                "items": [
                    {"key": "exit-survey", "inputs": {"impact": 5, "confidence": 8, "ease": 9}},
                    {"key": "social-proof", "inputs": {"impact": 8, "confidence": 6, "ease": 6}},
                    {"key": "free-trial", "inputs": {"impact": 9, "confidence": 7, "ease": 3}},
                    {"key": "button-color", "inputs": {"impact": 2, "confidence": 4, "ease": 10}},
                ],
                "options": {"formula": "mean"},
            },
            scores={
                "exit-survey": 7.33333333333,
                "social-proof": 6.66666666667,
                "free-trial": 6.33333333333,
                "button-color": 5.33333333333,
            },
        ),
    ),
)
