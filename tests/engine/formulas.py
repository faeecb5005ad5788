"""The methods' formulas in exact arithmetic, as a reader of methods.md would write them."""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from app.engine.arithmetic import rounded
from app.engine.inputs import Inputs, Options
from app.engine.methods.weighted import WeightedOptions
from app.engine.verdict import References, Term

DIGITS = Fraction("5.1e-12")
"""Half of the last of 12 digits, by way of 14."""

ONE = Fraction(1)

Numbers = Mapping[str, Fraction]


def formula(name: str, inputs: Inputs, options: Options) -> Fraction:
    """Follow the formula of a method, but that of weighted scoring, from its inputs alone."""
    of = {known: Fraction(x) for known, x in inputs if isinstance(x, int | float)}
    return FORMULAS[name](of, options)


def ice(of: Numbers, options: Any) -> Fraction:  # noqa: ANN401 - of this method
    if options.formula == "mean":
        return (of["impact"] + of["confidence"] + of["ease"]) / 3
    return of["impact"] * of["confidence"] * of["ease"]


def kano(of: Numbers, _: object) -> Fraction:
    answers = of["attractive"] + of["one_dimensional"] + of["must_be"] + of["indifferent"]
    return (of["attractive"] + 2 * of["one_dimensional"] + of["must_be"]) / answers


def opportunity(of: Numbers, _: object) -> Fraction:
    return of["importance"] + max(of["importance"] - of["satisfaction"], Fraction(0))


def rice(of: Numbers, options: Any) -> Fraction:  # noqa: ANN401 - of this method
    certainty = of["confidence"] / (100 if options.confidence_unit == "percent" else 1)
    return of["reach"] * of["impact"] * certainty / of["effort"]


def value_per_effort(of: Numbers, _: object) -> Fraction:
    return of["value"] / of["effort"]


def wsjf(of: Numbers, _: object) -> Fraction:
    return (of["business_value"] + of["time_criticality"] + of["risk_reduction"]) / of["job_size"]


FORMULAS: Mapping[str, Callable[[Numbers, Options], Fraction]] = {
    "cd3": lambda of, _: of["cost_of_delay"] / of["duration"],
    "ice": ice,
    "kano": kano,
    "moscow": value_per_effort,
    "now_next_later": value_per_effort,
    "opportunity": opportunity,
    "rice": rice,
    "value_effort": value_per_effort,
    "wsjf": wsjf,
}


def assert_are_normalized(
    terms: Sequence[Term], options: WeightedOptions, reference: References
) -> None:
    """Compare what was used of each criterion with what was given, by the reference."""
    for term in terms:
        assert term.given is not None
        against = {
            end: Fraction(x)
            for end in ("min", "max", "sum", "norm")
            if (x := getattr(reference.get(term.name), end, None)) is not None
        }
        end = Fraction(rounded(term.given))
        given = end if end in against.values() else Fraction(term.given)
        cost = options.criteria[term.name].direction == "cost"
        exact = normalized(given, options.normalization, against, cost=cost)
        lost = Fraction(5e-324)
        if options.normalization == "vector" and cost:
            lost = Fraction(2**-53)  # 1 - x has no digits below that
        assert abs(Fraction(term.used) - exact) <= abs(exact) * DIGITS + lost
        if options.normalization in {"scale", "min_max"}:
            assert 0 <= term.used <= 1


def normalized(
    x: Fraction, normalization: str, against: Mapping[str, Fraction], *, cost: bool
) -> Fraction:
    """Normalize a value; a criterion that is constant, or all zero, makes 0 of it."""
    try:
        match normalization:
            case "none":
                made = x
            case "max":
                made = against["min"] / x if cost else x / against["max"]
            case "sum" if cost:
                made = against.get("min", ONE) / x / against["sum"]
            case "sum":
                made = x / against.get("max", ONE) / against["sum"]
            case "vector":
                share = x / against.get("max", ONE) / against["norm"]
                made = 1 - share if cost else share
            case _:
                low, high = against["min"], against["max"]
                made = (high - x if cost else x - low) / (high - low)
    except ZeroDivisionError:
        return Fraction(0)
    return made
