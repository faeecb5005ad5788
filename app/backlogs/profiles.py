"""How what a tool sends is mapped, and so what is read of it."""

from functools import cache

from app.backlogs.matching import SPREADSHEET
from app.backlogs.scoring import methods_of
from app.engine.methods import AnyInputs, inputs_of
from app.engine.ranking import Scoring
from app.storage.records import StoredProfile
from app.sync.profile import Profile
from app.sync.values import Input, known_inputs


def profile_of(stored: StoredProfile | None) -> Profile | None:
    """Read how what a tool sends is mapped."""
    return Profile.model_validate_json(stored.document) if stored else None


@cache
def every_input() -> dict[str, Input]:
    """List what any method reads."""
    return known_inputs(AnyInputs.model_json_schema())


def inputs_read(scoring: Scoring, profile: Profile | None, source: str) -> dict[str, Input]:
    """List what is read of a page: what the methods need, and what the profile names.

    Of a spreadsheet all is read, so that a ranking that comes back as CSV loses nothing.
    """
    if source == SPREADSHEET:
        return every_input()
    named = {name.partition(".")[0] for name in profile.inputs} if profile else set()
    needed = _inputs_of(*(method.name for method in methods_of(scoring)))
    return {name: one for name, one in every_input().items() if name in named} | needed


@cache
def _inputs_of(*methods: str) -> dict[str, Input]:
    return known_inputs(inputs_of(*methods).model_json_schema())
