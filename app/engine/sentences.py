"""A move in a sentence, for people."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from app.engine.arithmetic import spoken, spoken_apart
from app.engine.inputs import Options
from app.engine.moves import NAMED, Cause, Pair, Side, Standing
from app.engine.passing import Others, Passing

_BY_OTHERS: Final = ("overtaken", "others_fell")

_UNSEEN: Final = {
    "list_changed": "the list changed that it is measured against",
    "engine_changed": "the engine scores it otherwise now",
}
"""What changes a score though neither the inputs nor the options did."""

_Change = tuple[str, Any, Any]
"""What an input or an option is called, and its values before and after."""


def sentence_of(
    pair: Pair,
    causes: Sequence[Cause],
    changes: str,
    rescored: Mapping[str, str],
    after: Side,
    passing: Passing,
) -> str:
    """Say how an item moved, and why: `Down 2: nothing about it changed; A (new) passed it.`."""
    old, new = pair
    if old is None:
        return f"New at rank {new.rank}." if new and new.rank else "New, without a rank."
    if new is None:
        return f"Left: it was at rank {old.rank}." if old.rank else "Left: it had no rank."
    why = [_because(cause, changes, rescored, after, new, passing) for cause in causes]
    if not why:
        return f"{_where(old, new)}."
    if causes[0].code in _BY_OTHERS:
        why[0] = f"nothing about it changed; {why[0]}"
    return f"{_where(old, new)}: {'; '.join(why)}."


def rescored_by(before: Side, after: Side) -> dict[str, str]:
    """Say by what the list is scored otherwise: the code of that cause, and its words.

    It is asked once for all items, for options may be long.
    """
    if before.method != after.method:
        return {"method_changed": f"the method is now {after.method}"}
    changes = _options_between("", before.options, after.options)
    if before.bucket_by == after.bucket_by:
        changes += _options_between("", before.bucket_options, after.bucket_options)
    said = [f"the options changed ({_said(changes)})"] if changes else []
    if before.bucket_by != after.bucket_by:
        said.append(
            f"the buckets are now by {after.bucket_by}"
            if after.bucket_by
            else "there are no buckets now"
        )
    return {"options_changed": " and ".join(said)} if said else {}


def _options_between(name: str, was: Any, now: Any) -> list[_Change]:  # noqa: ANN401 - any option
    """Name what changed within an option, such as `cut.value`, or within all of them."""
    if was == now:
        return []
    # What is null is another option than what is there with nothing in it: a horizon, say.
    if not (isinstance(was, Mapping | Options) and isinstance(now, Mapping | Options)):
        return [(name, was, now)]
    old, new = dict(was), dict(now)
    return [
        change
        for part in {**old, **new}
        for change in _options_between(
            f"{name}.{part}" if name else part, old.get(part), new.get(part)
        )
    ]


def changes_of(old: Standing, new: Standing, judged: Collection[str]) -> str:
    """Say what changed most of the inputs that are read: `reach 800 to 2,000`."""
    was, now = _flat(old.inputs, judged), _flat(new.inputs, judged)
    return _said(
        [
            (_named(name, judged), was.get(name), now.get(name))
            for name in sorted(was.keys() | now.keys())
            if _meant(was.get(name)) != _meant(now.get(name))
        ]
    )


def _said(changes: Sequence[_Change]) -> str:
    first = sorted(changes, key=lambda change: -_size(*change[1:]))[:NAMED]
    told = [f"{name} {' to '.join(_spoken(was, now))}" for name, was, now in first]
    return _listed(told, len(changes))


def _where(old: Standing, new: Standing) -> str:
    if old.rank is None and new.rank is None:
        said = "Still without a rank"
    elif new.rank is None:
        said = f"No rank any more, it was {old.rank}"
    elif old.rank is None:
        said = f"Ranked now, at {new.rank}"
    elif old.rank == new.rank:
        said = f"Still at rank {new.rank}"
    else:
        said = f"{'Up' if new.rank < old.rank else 'Down'} {abs(new.rank - old.rank)}"
    if old.bucket != new.bucket:
        said += f", from {_bucket(old)} to {_bucket(new)}"
    return said


def _bucket(standing: Standing) -> str:
    return standing.bucket.replace("_", " ") if standing.bucket else "no bucket"


def _because(
    cause: Cause,
    changes: str,
    rescored: Mapping[str, str],
    after: Side,
    new: Standing,
    passing: Passing,
) -> str:
    match cause.code:
        case "input_changed":
            return changes
        case "method_changed" | "options_changed":
            return rescored[cause.code]
        case "list_changed" | "engine_changed":
            return _UNSEEN[cause.code]
        case "overtaken":
            return f"{_names(passing.passed[new.identity], after, passing)} passed it"
        case _:
            others = passing.fell[new.identity]
            return f"{_names(others, after, passing)} {_fell(others)}"


def _fell(others: Others) -> str:
    """Say how those fell who are ahead no more; of some who are not known, either way."""
    if 0 < others.level == others.number:
        return f"{'is' if others.number == 1 else 'are'} level with it now"
    if others.level or not others.number:
        return "fell behind it or level with it"
    return "fell behind it"


def _names(others: Others, after: Side, passing: Passing) -> str:
    named = []
    for one in others.first:
        old, new = passing.old.get(one.identity), passing.new.get(one.identity)
        if old is None:
            named.append(f"{one.key} (new)")
        elif new is None:
            named.append(f"{one.key} (gone)")
        else:
            changes = changes_of(old, new, after.judged)
            named.append(f"{one.key} ({changes})" if changes else one.key)
    if not named:
        return "others"
    if others.number > len(named):
        named.append(f"{others.number - len(named):,} more")
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"


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
    """Give what a value says: keys say the same in any order."""
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
            return "set"
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
