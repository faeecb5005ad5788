"""What a method is: a record that holds its words, its inputs, its options and its functions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from app.engine.inputs import Inputs, Options
from app.engine.verdict import Explanation, References, Verdict, Verdicts

InputsT = TypeVar("InputsT", bound=Inputs)
InputsT_co = TypeVar("InputsT_co", bound=Inputs, covariant=True)
OptionsT = TypeVar("OptionsT", bound=Options)


class Item(Protocol[InputsT_co]):
    """One thing to be prioritized."""

    @property
    def key(self) -> str:
        """The caller's own name of it."""

    @property
    def inputs(self) -> InputsT_co:
        """What the method needs to know of it."""


def _always(_options: Options) -> bool:
    return True


def _none(_options: Options) -> Sequence[str]:
    return ()


def _as_given(options: OptionsT) -> OptionsT:
    return options


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A request with its answer: shown in OpenAPI, run as a test and posted to the API."""

    name: str
    summary: str
    request: Mapping[str, Any]
    scores: Mapping[str, float | None]
    """The score of each key, to 12 significant digits, in the order of the ranking."""
    buckets: Mapping[str, str] = field(default_factory=dict)
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Method(Generic[InputsT, OptionsT]):
    """One way to prioritize."""

    name: str
    title: str
    formula: str
    source: str
    use_it: str
    avoid_it: str
    inputs: type[InputsT]
    options: type[OptionsT]
    compute: Callable[[Sequence[Item[InputsT]], OptionsT, Sequence[float | None] | None], Verdicts]
    """The whole list in, one verdict per item out, in the same order.

    The scores are those of another method when this one only makes the buckets.
    """
    explain: Callable[[InputsT, OptionsT, Verdict, References | None], Explanation]
    """Explain the score that a verdict of `compute` holds."""
    per_item: Callable[[OptionsT], bool] = _always
    """Does every item get the same verdict whatever else is in the list?"""
    criteria: Callable[[OptionsT], Sequence[str]] = _none
    """Which criteria do the options name? Each is a term of every explanation."""
    buckets: tuple[str, ...] = ()
    """The names of the classes in the order of their tiers; empty for a method of scores alone."""
    ordering: Callable[[OptionsT], Sequence[str]] = _none
    """The inputs that only order a class within: not read where another method's scores do."""
    idle_inputs: Callable[[OptionsT], Sequence[str]] = _none
    """The inputs that are read for what is said of the list, and that no verdict comes from."""
    idle_options: tuple[str, ...] = ()
    """The options that no verdict comes from: names of units, and what is only warned of."""
    canonical: Callable[[OptionsT], OptionsT] = _as_given
    """Say options as all are said that give the same verdicts."""
    examples: tuple[Example, ...]
