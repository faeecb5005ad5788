"""Weighted scoring: simple additive weighting of any criteria.

The sum of weight * normalized value, after Fishburn 1967 and Hwang and Yoon, Multiple Attribute
Decision Making, 1981. The weights are normalized to sum 1. How the values are normalized decides
what a new item does to the others: `scale` and `none` leave them alone; `min_max`, `max`, `sum`
and `vector` measure each item against the list, so that one that does not even win may change who
does.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Final, Literal, Self

from pydantic import (
    AfterValidator,
    Field,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from app.engine.arithmetic import rounded, spoken, total
from app.engine.inputs import (
    CriterionName,
    CriterionValues,
    Inputs,
    Number,
    Options,
    tell_names,
)
from app.engine.method import Example, Item, Method
from app.engine.normalization import Normalization, is_constant, measured, normalized
from app.engine.verdict import (
    Explanation,
    ListWarning,
    Reason,
    Reference,
    References,
    Term,
    Verdict,
    Verdicts,
    list_warning,
    missing_input,
    out_of_scale,
    scored,
    unranked,
)

MOST_WEIGHT: Final = 1_000_000_000

MOST_REASONS: Final = 10
"""Why an item is unranked is clear after so many."""


class WeightedInputs(Inputs):
    """What weighted scoring needs to know of one item."""

    criteria: Annotated[
        CriterionValues | None,
        Field(description="The value of each criterion by its name."),
    ] = None


class Scale(Options):
    """The range of a criterion's values; what is outside of it is out of scale."""

    min: Annotated[Number, Field(description="The lowest value.")]
    max: Annotated[Number, Field(description="The highest value.")]

    @field_validator("max")
    @classmethod
    def _is_above(cls, most: float, info: ValidationInfo) -> float:
        if "min" in info.data and rounded(info.data["min"]) >= rounded(most):
            raise PydanticCustomError("no_range", "min must be below max.")
        return most


def _not_negative(weight: float) -> float:
    if weight < 0:
        raise PydanticCustomError(
            "negative_weight", "A weight is not negative: say direction: cost."
        )
    return weight


class Criterion(Options):
    """One thing that counts, and how much."""

    weight: Annotated[
        Number,
        Field(
            le=MOST_WEIGHT,
            description="How much it counts, in proportion to the others. For what counts against"
            " an item say direction: cost.",
        ),
        AfterValidator(_not_negative),
        WithJsonSchema({"type": "number", "minimum": 0, "maximum": MOST_WEIGHT}),
    ]
    direction: Annotated[
        Literal["benefit", "cost"], Field(description="Is more better, or worse?")
    ] = "benefit"
    scale: Annotated[Scale | None, Field(description="Its own range of values.")] = None


class WeightedOptions(Options):
    """What weighted scoring needs once for the whole list."""

    criteria: Annotated[
        dict[CriterionName, Criterion],
        Field(
            min_length=1,
            max_length=100,
            description="What counts, by name.",
            json_schema_extra=tell_names,
        ),
    ]
    scale: Annotated[
        Scale | None, Field(description="The range of all criteria that have none of their own.")
    ] = None
    normalization: Annotated[
        Normalization,
        Field(
            description="How the values of different criteria are made comparable.",
            validate_default=True,
        ),
    ] = "scale"
    missing: Annotated[
        Literal["unranked", "renormalize"],
        Field(
            description="Leave an item with a missing value unranked, or score it by the criteria"
            " that it has.",
        ),
    ] = "unranked"

    # Of fields, not of the model: they are asked as well where another option is wrong.
    @field_validator("criteria")
    @classmethod
    def _have_weight(cls, criteria: dict[str, Criterion]) -> dict[str, Criterion]:
        if total(criterion.weight for criterion in criteria.values()) == 0:
            raise PydanticCustomError("no_weight", "Give at least one criterion a weight above 0.")
        return criteria

    @field_validator("normalization")
    @classmethod
    def _can_be_used(cls, normalization: Normalization, info: ValidationInfo) -> Normalization:
        # What is wrong itself is not here, and nothing else is said of it.
        criteria: dict[str, Criterion] = info.data.get("criteria", {})
        if normalization == "scale" and "scale" in info.data and not info.data["scale"]:
            without = [name for name, c in criteria.items() if c.weight and not c.scale]
            if without:
                raise PydanticCustomError(
                    "no_scale",
                    f"{', '.join(without)} {'has' if len(without) == 1 else 'have'} no scale: send"
                    " options.scale once for all, or normalization none, which adds up as a"
                    " spreadsheet would.",
                )
        if normalization == "none":
            costs = [n for n, c in criteria.items() if c.weight and c.direction == "cost"]
            if costs:
                raise PydanticCustomError(
                    "cost_without_normalization",
                    f"A cost needs a normalization, and {', '.join(costs)} is one.",
                )
        return normalization

    @model_validator(mode="after")
    def _sum_to_one(self) -> Self:
        weight = total(criterion.weight for criterion in self.criteria.values())
        if rounded(weight) != 1:
            normalized = {
                name: c.model_copy(update={"weight": c.weight / weight})
                for name, c in self.criteria.items()
            }
            object.__setattr__(self, "criteria", normalized)
        return self


def compute(
    items: Sequence[Item[WeightedInputs]],
    options: WeightedOptions,
    _scores: Sequence[float | None] | None = None,
) -> Verdicts:
    """Score each item by the weighted sum of its normalized values."""
    weights = _weights(options)
    values = [_values(item.inputs, weights) for item in items]
    reasons = [_reasons(given, options, weights) for given in values]
    complete = [given for given, found in zip(values, reasons, strict=True) if not found]
    reference = _reference(complete, options, weights)
    verdicts = [
        unranked(found)
        if found
        else scored(
            total(used * weight for _, used, weight in _parts(given, options, weights, reference))
        )
        for given, found in zip(values, reasons, strict=True)
    ]
    keys = [item.key for item, found in zip(items, reasons, strict=True) if not found]
    partial = [
        item.key
        for item, given, found in zip(items, values, reasons, strict=True)
        if not found and len(given) < len(weights)
    ]
    warnings = _warnings(options, reference, keys, partial)
    return Verdicts(verdicts, warnings, reference=reference or None)


def explain(
    inputs: WeightedInputs,
    options: WeightedOptions,
    verdict: Verdict,
    reference: References | None,
) -> Explanation:
    """Say the sum with its numbers."""
    weights = _weights(options)
    given = _values(inputs, weights)
    terms = [
        Term(name, f"criteria.{name}", "addend", given[name], used, weight, used * weight)
        for name, used, weight in _parts(given, options, weights, reference or {})
    ]
    raw = options.normalization == "none"
    text = " + ".join(
        f"{term.name} {spoken(term.given or 0.0)}{'' if raw else f' ({spoken(term.used)})'}"
        f" x {spoken(term.weight or 0.0)}"
        for term in terms
    )
    return Explanation(f"{text} = {spoken(verdict.score or 0.0)}", terms, {}, verdict.bucket_text)


def _weights(options: WeightedOptions) -> dict[str, float]:
    """The weights of the criteria that are read: one of weight 0 is not, so never missing."""
    return {name: c.weight for name, c in options.criteria.items() if c.weight}


def _values(inputs: WeightedInputs, weights: Mapping[str, float]) -> dict[str, float]:
    """The values that are read, as they were sent; -0.0 is 0.0."""
    sent = inputs.criteria or {}
    return {name: x + 0.0 for name in weights if (x := sent.get(name)) is not None}


def _reasons(
    given: Mapping[str, float], options: WeightedOptions, weights: Mapping[str, float]
) -> list[Reason]:
    absent = [name for name in weights if name not in given]
    if options.missing == "renormalize" and given:
        absent = []
    reasons = [missing_input(f"criteria.{name}", name) for name in absent]
    for name, value in given.items():
        message = _off_scale(name, value, options)
        if message:
            reasons.append(out_of_scale(f"criteria.{name}", message))
    return reasons[:MOST_REASONS]


def _off_scale(name: str, value: float, options: WeightedOptions) -> str | None:
    criterion = options.criteria[name]
    if options.normalization == "scale":
        scale = criterion.scale or options.scale
        if scale and not rounded(scale.min) <= rounded(value) <= rounded(scale.max):
            return (
                f"{name} is outside of its scale, {spoken(scale.min)} to {spoken(scale.max)}:"
                " re-rate it, or widen the scale."
            )
    if options.normalization in {"max", "sum"}:
        if value < 0:
            return f"{name} is below 0, which has no share: use min_max or vector."
        if value == 0 and criterion.direction == "cost":
            return (
                f"{name} is a cost of 0, by which nothing can be divided: use min_max or vector."
            )
    return None


def _reference(
    complete: Sequence[Mapping[str, float]],
    options: WeightedOptions,
    weights: Mapping[str, float],
) -> References:
    made: References = {}
    for name in weights if options.normalization != "none" else ():
        criterion = options.criteria[name]
        scale = criterion.scale or options.scale
        if options.normalization == "scale" and scale:
            made[name] = Reference(min=rounded(scale.min), max=rounded(scale.max))
        else:
            values = [given[name] for given in complete if name in given]
            cost = criterion.direction == "cost"
            made[name] = measured(values, options.normalization, cost=cost)
    return made


def _parts(
    given: Mapping[str, float],
    options: WeightedOptions,
    weights: Mapping[str, float],
    reference: References,
) -> list[tuple[str, float, float]]:
    """Say of each criterion its name, its normalized value and its weight among those present."""
    weight = 1.0 if len(given) == len(weights) else total(weights[name] for name in given)
    return [
        (name, _used(name, value, options, reference), weights[name] / weight)
        for name, value in given.items()
    ]


def _used(name: str, value: float, options: WeightedOptions, reference: References) -> float:
    if options.normalization == "none":
        return value
    cost = options.criteria[name].direction == "cost"
    return normalized(value, options.normalization, reference[name], cost=cost)


def _warnings(
    options: WeightedOptions, reference: References, keys: Sequence[str], partial: Sequence[str]
) -> list[ListWarning]:
    warnings = []
    if keys and not per_item(options):
        message = (
            f"{options.normalization} measures every item against the list: one more item changes"
            " the scores of the others. With normalization scale it does not."
        )
        warnings.append(list_warning("list_relative", message, keys))
        warnings += [
            list_warning(
                "constant_criterion",
                f"{name} is the same for every item and counts for none.",
                keys,
            )
            for name, against in reference.items()
            if is_constant(options.normalization, against)
        ]
    if partial:
        message = f"Items that miss a criterion and were scored by the others: {len(partial)}."
        warnings.append(list_warning("renormalized", message, partial))
    return warnings


def per_item(options: WeightedOptions) -> bool:
    """Only these two leave the other items' scores alone."""
    return options.normalization in {"scale", "none"}


def canonical(options: WeightedOptions) -> WeightedOptions:
    """Give each criterion that is read the scale that is read of it, and leave out the others."""
    scaled = options.normalization == "scale"
    criteria = {
        name: c.model_copy(update={"scale": (c.scale or options.scale) if scaled else None})
        for name, c in options.criteria.items()
        if c.weight
    }
    missing = "unranked" if len(criteria) == 1 else options.missing
    return options.model_copy(update={"criteria": criteria, "scale": None, "missing": missing})


def _criteria(options: WeightedOptions) -> Sequence[str]:
    return tuple(_weights(options))


METHOD: Final = Method(
    name="weighted",
    title="Weighted scoring",
    formula="sum of weight * normalized value",
    source="Peter Fishburn, Operations Research 15(3), 1967; Ching-Lai Hwang and Kwangsun Yoon,"
    " Multiple Attribute Decision Making, 1981",
    use_it="You have criteria of your own and agree on what each is worth.",
    avoid_it="A great strength must not make up for a fatal weakness: a sum always lets it.",
    inputs=WeightedInputs,
    options=WeightedOptions,
    compute=compute,
    explain=explain,
    per_item=per_item,
    criteria=_criteria,
    canonical=canonical,
    examples=(
        Example(
            name="rated_one_to_five",
            summary="Ratings of 1 to 5, on a scale that no new item moves",
            request={
                "items": [
                    {"key": "sso", "inputs": {"criteria": {"value": 4, "fit": 5, "cost": 2}}},
                    {"key": "chat", "inputs": {"criteria": {"value": 5, "fit": 3, "cost": 4}}},
                    {
                        "key": "themes",
                        "inputs": {"criteria": {"value": 2, "fit": None, "cost": 1}},
                    },
                ],
                "options": {
                    "criteria": {
                        "value": {"weight": 50},
                        "fit": {"weight": 30},
                        "cost": {"weight": 20, "direction": "cost"},
                    },
                    "scale": {"min": 1, "max": 5},
                },
            },
            scores={"sso": 0.825, "chat": 0.7, "themes": None},
        ),
        Example(
            name="spreadsheet",
            summary="Raw ratings, added up as a spreadsheet would",
            source="ideaplan.io, weighted scoring",
            request={
                "items": [
                    {"key": "A", "inputs": {"criteria": {"value": 4, "reach": 5, "ease": 2}}},
                    {"key": "B", "inputs": {"criteria": {"value": 5, "reach": 3, "ease": 1}}},
                ],
                "options": {
                    "criteria": {
                        "value": {"weight": 0.40},
                        "reach": {"weight": 0.35},
                        "ease": {"weight": 0.25},
                    },
                    "normalization": "none",
                },
            },
            scores={"A": 3.85, "B": 3.3},
        ),
        Example(
            name="list_relative",
            summary="With min_max an item that does not win may change who does",
            request={
                "items": [
                    {"key": "A", "inputs": {"criteria": {"x": 10, "y": 7}}},
                    {"key": "B", "inputs": {"criteria": {"x": 5, "y": 6}}},
                    {"key": "C", "inputs": {"criteria": {"x": 6, "y": 9}}},
                    {"key": "D", "inputs": {"criteria": {"x": 2, "y": 8}}},
                ],
                "options": {
                    "criteria": {"x": {"weight": 1}, "y": {"weight": 1}},
                    "normalization": "min_max",
                },
            },
            scores={"C": 0.75, "A": 0.666666666667, "D": 0.333333333333, "B": 0.1875},
        ),
    ),
)
