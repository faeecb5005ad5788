"""What a page holds: its fields with their names and values, and a profile that would read it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal

import msgspec
from msgspec import UNSET

from app.sync.paths import finders, plain
from app.sync.profile import Mapped, Profile, is_word
from app.sync.raw import RawIssue, RawPage, time_of
from app.sync.reading import field_names
from app.sync.tools import TOOLS
from app.sync.values import (
    DEAD,
    MISSING_WORDS,
    PEOPLE,
    Input,
    Reader,
    TooDeep,
    Unread,
    folded,
    members_of,
    parts,
    said,
)

MOST_FIELDS: Final = 1_000
MOST_LOOKS: Final = 200_000
"""So often is a field of an item looked at: of a very large page only the first items are."""

FEW_ITEMS: Final = 100
MOST_VALUES: Final = 20
LONGEST_VALUE: Final = 80
DEEPEST: Final = 3
"""How deep fields within fields are looked into."""

Kind = Literal["number", "word", "text", "time", "list", "person", "object", "empty"]
"""What the values of a field are; `word` is one of a few, as options are."""

OPTION: Final = frozenset({"value", "name"})
"""By what an object reads as a value, so that its plain parts say nothing more."""

SYNONYMS: Final = {
    "story_points": "effort",
    "story_point_estimate": "effort",
    "storypoint": "effort",
    "estimate": "effort",
    "votes": "reach",
    "votes.votes": "reach",
    "reactions.+1": "reach",
    "count:needs": "reach",
}
"""Fields that every user of a tool has, and the inputs that they may stand for."""

IMPACTS: Final = {"massive": 3, "high": 2, "medium": 1, "low": 0.5, "minimal": 0.25}
"""Intercom's words for impact."""


class SeenField(msgspec.Struct, frozen=True, gc=False):
    """One field of a page, over all its items."""

    path: str
    name: str
    type: Kind
    filled: int
    null: int
    absent: int
    sample: str | None
    values: list[str]
    suggest: str | None


class Inspection(msgspec.Struct, frozen=True, gc=False):
    """What a page holds, and a profile that would read it."""

    detected: str
    items: int
    fields: list[SeenField]
    ambiguous: list[str]
    suggested_profile: Profile


def inspect(raw: RawPage, inputs: Mapping[str, Input]) -> Inspection:
    """Say of every field of a page what it holds and which input it may be."""
    paths = list(_paths(raw))
    some = raw.issues[: max(FEW_ITEMS, MOST_LOOKS // (len(paths) or 1))]
    seen = [_seen(path, name, raw, some, inputs) for path, name in paths]
    seen.sort(key=lambda field: (field.suggest is None, -field.filled, field.path))
    suggested: dict[str, list[SeenField]] = {}
    for field in seen:
        if field.suggest:
            suggested.setdefault(field.suggest, []).append(field)
    ambiguous: list[str] = []
    mapped: dict[str, Mapped] = {}
    for name, fields in suggested.items():
        mapped[name] = _mapped(fields)
        ambiguous += _doubts(inputs[name], fields, mapped[name])
    profile = Profile(inputs=mapped, exclude=_exclude(raw))
    return Inspection(raw.detected, len(raw.issues), seen[:MOST_FIELDS], ambiguous, profile)


def _paths(raw: RawPage) -> Iterator[tuple[str, str]]:
    """List the fields of a page with those within them, its groups of labels and its counts."""
    if raw.header is not None:
        yield from field_names(raw)
        return
    paths: dict[str, str] = {}
    for issue in raw.issues:
        for path in _inner(issue.fields, "", 1):
            if path not in paths and len(paths) < 2 * MOST_FIELDS:
                paths[path] = raw.names.get(path) or path
    yield from paths.items()
    groups: dict[str, None] = {}
    for issue in raw.issues:
        for label in issue.labels or ():
            for mark in ("/", ":"):
                group, found, _ = label.partition(mark)
                if found and group and len(groups) < MOST_FIELDS:
                    groups[f"label:{group}{mark}"] = None
    yield from ((path, path) for path in groups)


def _inner(fields: Mapping[str, Any], prefix: str, depth: int) -> Iterator[str]:
    is_option = bool(prefix) and not OPTION.isdisjoint(fields)
    for name, value in fields.items():
        path = f"{prefix}{name}"
        if folded(name).endswith(("url", "urls", "self", "node_id")):
            continue
        if members_of(value) is not None and isinstance(value, dict):
            yield f"count:{path}"
        elif isinstance(value, dict) and _is_open(value):
            yield path
            if depth < DEEPEST:
                yield from _inner(value, f"{path}.", depth + 1)
        elif not is_option:
            yield path


def _is_open(value: Mapping[str, Any]) -> bool:
    """Ask if the parts of an object are worth a look: not those of people and texts."""
    names = value.keys()
    return PEOPLE.isdisjoint(names) and DEAD.isdisjoint(names) and not _is_document(value)


def _seen(
    path: str,
    name: str,
    raw: RawPage,
    issues: Sequence[RawIssue],
    inputs: Mapping[str, Input],
) -> SeenField:
    finds = [finder.find for finder in finders(path, raw)]
    found = [find(issue) for issue in issues for find in finds]
    sent = [value for value in found if value is not UNSET]
    held = [(value, texts) for value in sent if (texts := _texts(value))]
    kind = _kind(held)
    words = dict.fromkeys(text.strip()[:LONGEST_VALUE] for _, texts in held for text in texts)
    if kind == "text" and len(words) <= min(MOST_VALUES, len(held) // 2):
        kind = "word"
    suggest = None
    if is_word(path) and set(words) != {"0"}:
        suggest = _suggested(path, name, kind, inputs)
    has_few = kind == "text" and suggest is not None and len(words) <= MOST_VALUES
    listed = list(words)[:MOST_VALUES] if kind == "word" or has_few else []
    sample = next(iter(words), None) if kind not in {"person", "word"} else None
    filled, null = len(held), len(sent) - len(held)
    absent = len(found) - len(sent)
    return SeenField(path, name, kind, filled, null, absent, sample, listed, suggest)


def _texts(value: Any) -> list[str]:  # noqa: ANN401 - any JSON
    """Read what a value says, as texts; nothing where it is missing."""
    if isinstance(value, Unread):
        return []
    try:
        told = [said(one) for one in parts(value)]
    except TooDeep:
        return ["an object"]
    return [text for text in told if folded(text) not in MISSING_WORDS]


def _kind(held: Sequence[tuple[Any, list[str]]]) -> Kind:
    """Say what the values of a field are."""
    values = [value for value, _ in held]
    texts = [text for _, told in held for text in told]
    objects = [value for value in values if isinstance(value, dict)]
    kinds: list[tuple[Kind, bool]] = [
        ("empty", not held),
        ("person", any(not PEOPLE.isdisjoint(value) for value in objects)),
        ("object", "an object" in texts),
        ("list", any(len(told) > 1 and not _is_document(value) for value, told in held)),
        ("number", all(map(_is_number, texts))),
        ("time", all(map(time_of, texts))),
        ("text", any(map(_is_document, objects))),
        ("word", any(isinstance(value, dict | list) for value in values)),
    ]
    return next((kind for kind, fits in kinds if fits), "text")


def _is_document(value: Any) -> bool:  # noqa: ANN401 - any JSON
    return isinstance(value, dict) and value.get("type") == "doc"


_ANY: Final = Reader(Input("", "number"))


def _is_number(text: str) -> bool:
    return isinstance(_ANY.read(text), float)


def _suggested(path: str, name: str, kind: Kind, inputs: Mapping[str, Input]) -> str | None:
    """Say which input a field may be: by its name, or by words in it if it holds what fits."""
    names = [plain(name), plain(path.rpartition(":")[2].rstrip("/"))]
    for one in names:
        if one in inputs and inputs[one].kind != "criteria":
            return one
    if kind not in {"number", "word", "empty"}:
        return None
    for one in (plain(path), *names):
        if SYNONYMS.get(one) in inputs:
            return SYNONYMS[one]
    words = set(names[0].translate(_BRACKETS).split("_"))
    fitting = [
        known.name
        for known in inputs.values()
        if known.kind == "number" and words.issuperset(known.name.split("_"))
    ]
    longest = max((one.count("_") for one in fitting), default=0)
    best = [one for one in fitting if one.count("_") == longest]
    return best[0] if len(best) == 1 else None


_BRACKETS: Final = str.maketrans("()[]/%:", "_______")


def _mapped(fields: Sequence[SeenField]) -> Mapped:
    """Make the mapping of an input from the fields that it may be, the fullest first."""
    words = {folded(word) for field in fields for word in field.values if not _is_number(word)}
    is_known = bool(words) and words <= IMPACTS.keys()
    impacts = IMPACTS if is_known and fields[0].suggest == "impact" else {}
    return Mapped(**{"from": [field.path for field in fields][:20]}, values=impacts)


def _doubts(known: Input, fields: Sequence[SeenField], mapped: Mapped) -> list[str]:
    """Say what a person must decide of an input."""
    doubts: list[str] = []
    if len(fields) > 1:
        told = ", ".join(f"{field.path} ({field.name})" for field in fields)
        doubts.append(f"{known.name} may be any of {told}: keep the one that is meant.")
    reader = Reader(known, mapped.values)
    for field in fields:
        unread = [word for word in field.values if isinstance(reader.read(word), Unread)]
        if unread:
            doubts.append(
                f"{field.path} ({field.name}) holds {', '.join(unread)}: say in values what each"
                f" means as {known.name}."
            )
    return doubts


def _exclude(raw: RawPage) -> dict[str, list[str]]:
    """Leave out what is done, where the page tells it as the tool usually does."""
    done = TOOLS[raw.source].done
    if done is None or raw.header is not None:
        return {}
    path, values = done
    told = (finder.find(issue) for finder in finders(path, raw) for issue in raw.issues)
    return {path: values} if any(one is not UNSET for one in told) else {}
