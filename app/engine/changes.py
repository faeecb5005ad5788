"""What changed of inputs and of options, in words."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from app.engine.arithmetic import rounded, spoken, spoken_apart
from app.engine.inputs import Options
from app.engine.moves import NAMED, Standing

Change = tuple[str, Any, Any]
"""What an input or an option is called, and its values before and after."""


class Changes:
    """What changed of the inputs that are read; put in words once, however often it is told."""

    def __init__(
        self,
        old: Mapping[str, Standing],
        new: Mapping[str, Standing],
        judged: Collection[str],
    ) -> None:
        self._old, self._new, self._judged = old, new, judged
        self._said: dict[str, str] = {}

    def of(self, identity: str) -> str:
        """Say what changed most of an item: `reach 800 to 2,000`; nothing of one that is new."""
        if identity not in self._said:
            old, new = self._old.get(identity), self._new.get(identity)
            self._said[identity] = self._between(old.inputs, new.inputs) if old and new else ""
        return self._said[identity]

    def _between(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
        was, now = _flat(old, self._judged), _flat(new, self._judged)
        return say(
            [
                (_named(name, self._judged), was.get(name), now.get(name))
                for name in sorted(was.keys() | now.keys())
                if _meant(was.get(name)) != _meant(now.get(name))
            ]
        )


def options_between(was: Any, now: Any, name: str = "") -> list[Change]:  # noqa: ANN401 - any
    """Name what changed of all options, or within the one of this name, as in `cut.value`."""
    if _meant(was) == _meant(now):
        return []
    old, new = _parts(was), _parts(now)
    changes = [
        change
        for part in {**old, **new}
        for change in options_between(
            old.get(part), new.get(part), f"{name}.{part}" if name else part
        )
    ]
    # What has nothing in it is still another option than none: a horizon without a limit, say.
    return changes if old and new else changes or [(name, was, now)]


def _parts(option: Any) -> dict[str, Any]:  # noqa: ANN401 - any option
    return dict(option) if isinstance(option, Mapping | Options) else {}


def say(changes: Sequence[Change]) -> str:
    """Tell the largest changes, and how many more there are."""
    first = sorted(changes, key=lambda change: -_size(*change[1:]))[:NAMED]
    told = [f"{name} {' to '.join(_spoken(was, now))}" for name, was, now in first]
    return _listed(told, len(changes))


def _flat(inputs: Mapping[str, Any], judged: Collection[str]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in inputs.items():
        if isinstance(value, dict):
            flat |= {f"{name}.{part}": one for part, one in value.items()}
        else:
            flat[name] = value
    return {name: value for name, value in flat.items() if name in judged}


def _named(name: str, judged: Collection[str]) -> str:
    """Call a criterion by its own name, unless an input is called so too."""
    own = name.removeprefix("criteria.")
    return name if own in judged else own


def _meant(value: object) -> object:
    """Give what a value says: keys the same in any order, a weight whatever it was made of."""
    if isinstance(value, float):
        return rounded(value)
    return set(value) if isinstance(value, list) else value


def _size(was: object, now: object) -> float:
    """Measure a change by the larger number; what is no number has changed by all of it."""
    match was, now:
        case float() | int(), float() | int():
            return abs(now - was) / max(abs(was), abs(now))
        case _:
            return 1.0


def _spoken(was: object, now: object) -> tuple[str, ...]:
    match was, now:
        case float() | int(), float() | int():
            return spoken_apart(float(was), float(now))
        case _:
            return _word(was, now), _word(now, was)


def _word(value: object, other: object) -> str:
    match value:
        case None:
            return "blank"
        case Options():
            return "{}"
        case float() | int():
            return spoken(float(value))
        case list():
            common = other if isinstance(other, list) else []
            first = sorted(value, key=common.__contains__)
            return _listed(first[:NAMED], len(value)) or "nothing"
        case _:
            return str(value)


def _listed(first: Sequence[str], number: int) -> str:
    listed = ", ".join(first)
    return f"{listed} and {number - len(first):,} more" if number > len(first) else listed
