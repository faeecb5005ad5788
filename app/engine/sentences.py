"""A move in a sentence, for people."""

from collections.abc import Mapping, Sequence
from typing import Final

from app.engine.changes import Changes, options_between, say
from app.engine.moves import Cause, Pair, Side, Standing
from app.engine.passing import Others, Passing

_BY_OTHERS: Final = ("overtaken", "others_fell")

_UNSEEN: Final = {
    "list_changed": "the list changed that it is measured against",
    "engine_changed": "the engine scores it otherwise now",
}
"""What changes a score though neither the inputs nor the options did."""


def sentence_of(
    pair: Pair,
    causes: Sequence[Cause],
    changes: Changes,
    rescored: Mapping[str, str],
    passing: Passing,
) -> str:
    """Say how an item moved, and why: `Down 2: nothing about it changed; A (new) passed it.`."""
    old, new = pair
    if old is None:
        return f"New at rank {new.rank}." if new and new.rank else "New, without a rank."
    if new is None:
        return f"Left: it was at rank {old.rank}." if old.rank else "Left: it had no rank."
    why = [_because(cause, changes, rescored, new, passing) for cause in causes]
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
    why = []
    if before.canonical[0] != after.canonical[0]:
        why += options_between(before.options, after.options)
    if before.bucket_by == after.bucket_by and before.canonical[1] != after.canonical[1]:
        why += options_between(before.bucket_options, after.bucket_options)
    told = [f"the options changed ({say(why)})"] if why else []
    if before.bucket_by != after.bucket_by:
        told.append(
            f"the buckets are now by {after.bucket_by}"
            if after.bucket_by
            else "there are no buckets now"
        )
    return {"options_changed": " and ".join(told)} if told else {}


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
    changes: Changes,
    rescored: Mapping[str, str],
    new: Standing,
    passing: Passing,
) -> str:
    match cause.code:
        case "input_changed":
            return changes.of(new.identity)
        case "method_changed" | "options_changed":
            return rescored[cause.code]
        case "list_changed" | "engine_changed":
            return _UNSEEN[cause.code]
        case "overtaken":
            return f"{_names(passing.passed[new.identity], changes, passing)} passed it"
        case _:
            others = passing.fell[new.identity]
            return f"{_names(others, changes, passing)} {_fell(others)}"


def _fell(others: Others) -> str:
    """Say how those fell who are ahead no more; of some who are not known, either way."""
    if 0 < others.level == others.number:
        return f"{'is' if others.number == 1 else 'are'} level with it now"
    if others.level or not others.number:
        return "fell behind it or level with it"
    return "fell behind it"


def _names(others: Others, changes: Changes, passing: Passing) -> str:
    named = []
    for one in others.first:
        old, new = passing.old.get(one.identity), passing.new.get(one.identity)
        if old is None:
            named.append(f"{one.key} (new)")
        elif new is None:
            named.append(f"{one.key} (gone)")
        else:
            changed = changes.of(one.identity)
            named.append(f"{one.key} ({changed})" if changed else one.key)
    if not named:
        return "others"
    if others.number > len(named):
        named.append(f"{others.number - len(named):,} more")
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"
