"""Kano: what customers take for granted, what they ask for, and what delights them.

The category of an item is the one that most answers fall into, ties in the order must-be,
one-dimensional, attractive, indifferent, reverse, questionable, after Kano, Seraku, Takahashi and
Tsuji, "Attractive quality and must-be quality", 1984. Within it the order is by the coefficients
of Berger et al., "Kano's methods for understanding customer-defined quality", 1993:
better = (A + O) / (A + O + M + I), worse = -(O + M) / (A + O + M + I), score = better - worse.
"""

from collections.abc import Sequence
from typing import Annotated, Final

from pydantic import Field

from app.engine.arithmetic import spoken
from app.engine.inputs import Count, Inputs, Options, reader
from app.engine.method import Example, Item, Method
from app.engine.verdict import (
    Explanation,
    Reason,
    References,
    Term,
    Verdict,
    Verdicts,
    missing,
    scored,
    unranked,
)

CATEGORIES: Final = {
    "must_be": "Must-be",
    "one_dimensional": "One-dimensional",
    "attractive": "Attractive",
    "indifferent": "Indifferent",
    "reverse": "Reverse",
    "questionable": "Questionable",
}
"""In the order in which ties are broken, which is the order of the tiers."""


class KanoInputs(Inputs):
    """What Kano needs to know of one item: how many customers' answers fell into each class."""

    attractive: Annotated[
        Count | None, Field(description="Answers that show it would delight.")
    ] = None
    one_dimensional: Annotated[
        Count | None, Field(description="Answers that show the more of it, the better.")
    ] = None
    must_be: Annotated[
        Count | None, Field(description="Answers that show it is taken for granted.")
    ] = None
    indifferent: Annotated[
        Count | None, Field(description="Answers that show it does not matter.")
    ] = None
    reverse: Annotated[Count | None, Field(description="Answers that show it is not wanted.")] = (
        None
    )
    questionable: Annotated[
        Count | None, Field(description="Answers that contradict themselves.")
    ] = None


class KanoOptions(Options):
    """Kano has no options."""


def compute(
    items: Sequence[Item[KanoInputs]],
    _options: KanoOptions,
    scores: Sequence[float | None] | None = None,
) -> Verdicts:
    """Place each item in its category, and within it by better - worse."""
    return Verdicts([_verdict(item.inputs, with_score=scores is None) for item in items])


def explain(
    inputs: KanoInputs, _options: KanoOptions, verdict: Verdict, _reference: References | None
) -> Explanation:
    """Say the coefficients; better - worse is (A + 2 O + M) / (A + O + M + I)."""
    must_be, one_dimensional, attractive, indifferent, _, _ = _counts(inputs)
    answers = attractive + one_dimensional + must_be + indifferent
    better = (attractive + one_dimensional) / answers
    worse = 0.0 - (one_dimensional + must_be) / answers
    return Explanation(
        f"better {spoken(better)} - worse ({spoken(worse)}) = {spoken(verdict.score or 0.0)}",
        [
            Term("attractive", "attractive", "addend", attractive, attractive, None, attractive),
            Term(
                "one-dimensional",
                "one_dimensional",
                "addend",
                one_dimensional,
                one_dimensional,
                2.0,
                2 * one_dimensional,
            ),
            Term("must-be", "must_be", "addend", must_be, must_be, None, must_be),
            Term("answers", None, "divisor", None, answers, None, answers),
        ],
        {"better": better, "worse": worse},
        verdict.bucket_text,
    )


_counts = reader(*CATEGORIES)


def _verdict(inputs: KanoInputs, *, with_score: bool) -> Verdict:
    if reasons := missing(inputs, *CATEGORIES):
        return unranked(reasons)
    counts = _counts(inputs)
    most = max(counts)
    if most == 0:
        message = "Nobody answered: send the counts of at least one answer."
        return unranked([Reason("zero_divisor", "", message)])
    tier = counts.index(most)
    bucket = tuple(CATEGORIES)[tier]
    why = f"{CATEGORIES[bucket]}: {spoken(most)} of {spoken(sum(counts))} answers"
    if not with_score:
        return Verdict(None, tier, bucket, why)
    must_be, one_dimensional, attractive, indifferent, _, _ = counts
    answers = attractive + one_dimensional + must_be + indifferent
    if answers == 0:
        message = "Nobody answered attractive, one-dimensional, must-be or indifferent."
        return Verdict(None, tier, bucket, why, [Reason("zero_divisor", "", message)])
    score = scored((attractive + 2 * one_dimensional + must_be) / answers).score
    return Verdict(score, tier, bucket, why)


METHOD: Final = Method(
    name="kano",
    title="Kano",
    formula="the class of most answers; inside of it by better - worse,"
    " (A + 2 O + M) / (A + O + M + I)",
    source="Noriaki Kano et al., Journal of the Japanese Society for Quality Control 14(2), 1984;"
    " Charles Berger et al., Center for Quality Management Journal 2(4), 1993",
    use_it="You asked customers how they feel with an item and without it.",
    avoid_it="You asked nobody: the classes are what customers say, not what the team supposes.",
    inputs=KanoInputs,
    options=KanoOptions,
    compute=compute,
    explain=explain,
    buckets=tuple(CATEGORIES),
    examples=(
        Example(
            name="survey",
            summary="A survey of 100 customers about three items",
            source="The formulas of Berger et al. 1993, worked by hand",
            request={
                "items": [
                    {
                        "key": "offline",
                        "inputs": {
                            "attractive": 48,
                            "one_dimensional": 22,
                            "must_be": 10,
                            "indifferent": 20,
                            "reverse": 0,
                            "questionable": 0,
                        },
                    },
                    {
                        "key": "backup",
                        "inputs": {
                            "attractive": 5,
                            "one_dimensional": 30,
                            "must_be": 55,
                            "indifferent": 10,
                            "reverse": 0,
                            "questionable": 0,
                        },
                    },
                    {
                        "key": "avatars",
                        "inputs": {
                            "attractive": 20,
                            "one_dimensional": 0,
                            "must_be": 0,
                            "indifferent": 60,
                            "reverse": 18,
                            "questionable": 2,
                        },
                    },
                ]
            },
            scores={"backup": 1.2, "offline": 1.02, "avatars": 0.25},
            buckets={"backup": "must_be", "offline": "attractive", "avatars": "indifferent"},
        ),
    ),
)
