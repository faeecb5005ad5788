"""For which method an input was given, where another method takes its name for something else."""

from typing import Any, Final

import msgspec

from app.backlogs.scoring import write
from app.engine.methods import meanings_differ, of_two_meanings
from app.engine.verdict import ListWarning, list_warning
from app.storage.records import StoredItem

_inputs: Final = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_methods: Final = msgspec.json.Decoder(dict[str, str]).decode


def with_meanings(item: StoredItem, before: str, method: str) -> StoredItem:
    """Note of an item, whose list is scored by another method now, for which one it was given."""
    given_for = _given_for(item)
    named = of_two_meanings(before)
    if named and item.inputs != "{}":
        given_for = dict.fromkeys(named & _inputs(item.inputs).keys(), before) | given_for
    elsewhere = {name: one for name, one in given_for.items() if one != method}
    return msgspec.structs.replace(item, given_for=_written(elsewhere))


def still_given_for(item: StoredItem, inputs: str) -> str | None:
    """Forget this of the inputs that are given anew: of those that change, or go."""
    if item.given_for is None or inputs == item.inputs:
        return item.given_for
    before, after = _inputs(item.inputs), _inputs(inputs)
    return _written(
        {
            name: method
            for name, method in _given_for(item).items()
            if name in after and after[name] == before[name]
        }
    )


def meant_otherwise(items: list[StoredItem], method: str) -> list[ListWarning]:
    """Warn of inputs that were given for a method in which they mean something else."""
    concerned: dict[str, dict[str, list[str]]] = {}
    for item in items:
        for name, before in _given_for(item).items():
            if name in meanings_differ(before, method):
                concerned.setdefault(before, {}).setdefault(name, []).append(item.key)
    return [_warning(before, method, keys) for before, keys in sorted(concerned.items())]


def _warning(before: str, method: str, keys_by_input: dict[str, list[str]]) -> ListWarning:
    keys = list({key for keys in keys_by_input.values() for key in keys})
    return list_warning(
        "input_meaning_differs",
        f"Inputs given for {before} mean something else in {method}: "
        f"{' and '.join(sorted(keys_by_input))}. Give them anew, or send the item whole by PUT."
        f" Items concerned: {len(keys)}.",
        keys,
    )


def _given_for(item: StoredItem) -> dict[str, Any]:
    return _methods(item.given_for) if item.given_for else {}


def _written(given_for: dict[str, str]) -> str | None:
    return write(given_for).decode() if given_for else None
