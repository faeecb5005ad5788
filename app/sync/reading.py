"""From a recognised page to items: fields found and read as the profile says."""

from collections.abc import Mapping
from itertools import chain
from typing import Any, Final

import msgspec
from msgspec import UNSET

from app.sync.errors import RepeatedIdentity, UnrecognisedPayload
from app.sync.numbers import USUAL, marks_of
from app.sync.page import InputFault, Page, SentItem
from app.sync.paths import finders, plain, root_of, unnamed
from app.sync.profile import LABEL, NAME, Mapped, Profile
from app.sync.raw import RawIssue, RawPage
from app.sync.values import (
    CRITERIA,
    PEOPLE,
    Input,
    Reader,
    TooDeep,
    Unread,
    folded,
    input_called,
    keys_together,
    members_of,
    parts,
    said,
)

MOST_INPUTS: Final = 1_000_000
"""So many values of inputs are read of one page, which its backlog waits for."""
MOST_FAULTS: Final = 10
"""So many are told of one item."""

UNNAMED: Final = (
    "The page does not tell the names of its fields, so that this input stays as it was: ask for"
    " expand=names, or write the id of the field into the profile."
)

UNNAMED_EXCLUDE: Final = (
    "The page does not tell the names of its fields, so that nobody knows if the profile leaves it"
    " out: ask for expand=names, or write the id of the field into the profile."
)

LONGEST_SHOWN: Final = 255
MOST_SHOWN: Final = 100

_TITLE: Final = frozenset({"title", "summary"})
_LABELS: Final = frozenset({"labels"})
_KEY: Final = frozenset({"key", "issuekey", "project", "identifier", "number", "team"})


class _Source(msgspec.Struct, frozen=True, gc=False):
    """One field that an input may come from, and what it reads there of each issue in turn."""

    path: str
    values: list[Any]
    column: int | None


class _Mapping(msgspec.Struct, frozen=True, gc=False):
    """An input with the fields that it may come from: the first path that holds a value counts.

    Two fields of one path that differ are one too many, and so are any two where it is `exact`,
    for it maps itself.
    """

    name: str
    sources: list[_Source]
    roots: frozenset[str]
    unnamed: bool
    """Does the page not tell which of its fields it may come from?"""
    exact: bool


def read(raw: RawPage, profile: Profile | None, inputs: Mapping[str, Input]) -> Page:
    """Read a page, JSON or CSV; without a profile, fields called as inputs map themselves.

    So do the columns of a spreadsheet of which the profile says nothing.

    Raises:
        RepeatedIdentity: two items of the page are the same.
        UnrecognisedPayload: it holds more values than are read at once.
    """
    _refuse_repeated(raw)
    made = _Reading(raw, profile or Profile(), _mappings(raw, profile, inputs))
    items = [made.item(place, issue) for place, issue in enumerate(raw.issues)]
    return Page(raw.source, raw.detected, items, raw.next, raw.skipped)


def own_fields(raw: RawPage, inputs: Mapping[str, Input]) -> dict[str, list[str]]:
    """Find the fields that are called as inputs: the paths of each by the name of its input."""
    called = {plain(name.removeprefix(CRITERIA)): name for name in inputs}
    size = len(CRITERIA)
    found: dict[str, list[str]] = {}
    for path, name in field_names(raw):
        is_criterion = name[:size].casefold() == CRITERIA
        known = CRITERIA + name[size:] if is_criterion else called.get(plain(name), "")
        if input_called(known, inputs):
            found.setdefault(known, []).append(path)
    return found


def field_names(raw: RawPage) -> list[tuple[str, str]]:
    """List the fields of a page: the path of each, and what it is called."""
    if raw.header is not None:
        return [(header, header) for header in dict.fromkeys(raw.header) if header]
    paths = dict.fromkeys(name for issue in raw.issues for name in issue.fields)
    return [(path, raw.names.get(path, path)) for path in paths]


def _mappings(
    raw: RawPage, profile: Profile | None, inputs: Mapping[str, Input]
) -> list[_Mapping]:
    """Make the mapping of every input; the columns of a spreadsheet also map themselves."""
    given = profile.inputs if profile else {}
    own = own_fields(raw, inputs) if profile is None or raw.header is not None else {}
    names = dict.fromkeys([*given, *own])
    paths = [path for one in given.values() for path in one.sources] + [*chain(*own.values())]
    fields = sum(len(finders(path, raw)) for path in paths)
    if max(len(names), fields) * len(raw.issues) > MOST_INPUTS:
        raise UnrecognisedPayload(
            f"A page may hold {MOST_INPUTS:,} values of inputs: send fewer of its rows at once."
        )
    return [
        _mapping(raw, known, given.get(name), own.get(name, []))
        for name in names
        if (known := input_called(name, inputs))
    ]


def _mapping(raw: RawPage, known: Input, mapped: Mapped | None, own: list[str]) -> _Mapping:
    """Map an input: first from what the profile says, then from what is called as it.

    Labels come last in a spreadsheet, which may have both a label and a number made of it.
    """
    given = mapped.sources if mapped else []
    late = [path for path in given if raw.header is not None and path.startswith(LABEL)]
    values = mapped.values if mapped else {}
    # A number in the column that an export calls as the input is what it says, whatever numbers
    # mean elsewhere.
    words = {word: meant for word, meant in values.items() if not word.strip()[:1].isdecimal()}
    fractions = mapped is not None and mapped.unit == "fraction"
    sources: list[_Source] = []
    for paths, meanings in (
        ([path for path in given if path not in late], values),
        ([path for path in own if path not in given], words),
        (late, values),
    ):
        for called, finder in ((path, one) for path in paths for one in finders(path, raw)):
            found = [finder.find(issue) for issue in raw.issues]
            header = "" if finder.column is None else (raw.header or [])[finder.column]
            marks = USUAL if finder.column is None else marks_of(found, semicolons=raw.semicolons)
            meant = words if header == known.name != called else meanings
            reader = Reader(known, meant, fractions=fractions, marks=marks)
            sources.append(_Source(called, [_value(reader, one) for one in found], finder.column))
    roots = frozenset[str]().union(*(root_of(path, raw) for path in [*given, *own]))
    nameless = any(unnamed(path, raw) for path in given)
    return _Mapping(known.name, sources, roots, unnamed=nameless, exact=mapped is None)


def _value(reader: Reader, found: Any) -> Any:  # noqa: ANN401 - whatever was found
    return found if found is UNSET or type(found) is Unread else reader.read(found)


def _refuse_repeated(raw: RawPage) -> None:
    first: dict[tuple[str, str], int] = {}
    places = [
        (issue.key, first[identity], place)
        for index, issue in enumerate(raw.issues)
        for place in [index if issue.row is None else issue.row]
        for identity in [(issue.site, issue.source_id)]
        if first.setdefault(identity, place) != place
    ]
    if places:
        raise RepeatedIdentity(places, rows=raw.header is not None)


class _Reading:
    """Reads the issues of one page."""

    def __init__(self, raw: RawPage, profile: Profile, mappings: list[_Mapping]) -> None:
        self._source = raw.source
        self._header = raw.header
        self._width = len(raw.header or ())
        self._mappings = mappings
        self._has_criteria = any(one.name.startswith(CRITERIA) for one in mappings)
        self._excluding = [
            (finder.find, {folded(value) for value in values})
            for path, values in profile.exclude.items()
            for finder in finders(path, raw)
        ]
        self._is_blind = any(unnamed(path, raw) for path in profile.exclude)
        back = profile.writeback
        bucket = back.bucket.field if back.bucket else None
        fields = {"score": back.score, "rank": back.rank, "bucket": bucket}
        self._showing = [
            (word, finder.find)
            for word, path in fields.items()
            if path is not None
            for finder in finders(path, raw)[:1]
        ]
        self._roots = {mapping.name: mapping.roots for mapping in mappings} | {
            "title": _TITLE,
            "labels": _LABELS,
            "key": _KEY,
            "excluded": frozenset[str]().union(*(root_of(path, raw) for path in profile.exclude)),
        }

    def item(self, place: int, issue: RawIssue) -> SentItem:
        """Read one issue, which has this place among all."""
        faults: list[InputFault] = []
        inputs: dict[str, Any] = {}
        if self._width and len(issue.fields) > self._width and any(issue.fields[self._width :]):
            faults.append(self._too_long(issue))
            inputs = dict.fromkeys(mapping.name for mapping in self._mappings)
        else:
            for mapping in self._mappings:
                value = self._value(mapping, place, issue, faults)
                if value is not UNSET:
                    inputs[mapping.name] = value
        excluded = self._excluded(issue) if self._excluding else False
        if self._is_blind and not excluded:
            faults.append(InputFault("", "unknown_field", UNNAMED_EXCLUDE))
        changed = issue.changed
        return SentItem(
            source=self._source,
            site=issue.site,
            source_id=issue.source_id,
            key=issue.key,
            title=issue.title,
            url=issue.url,
            labels=issue.labels,
            inputs=_nested(inputs) if self._has_criteria else inputs,
            updated=issue.updated,
            excluded=excluded,
            deleted=issue.deleted,
            shown=self._shown(issue) if self._showing else {},
            faults=faults,
            actor=issue.actor,
            changed=None
            if changed is None
            else frozenset(word for word, roots in self._roots.items() if roots & changed),
        )

    def _value(
        self, mapping: _Mapping, place: int, issue: RawIssue, faults: list[InputFault]
    ) -> Any:  # noqa: ANN401
        """Read an input from the first of its fields that holds a value; unset without any."""
        held: Any = UNSET
        holder: _Source | None = None
        for source in mapping.sources:
            value = source.values[place]
            if holder and not mapping.exact and source.path != holder.path:
                break
            if value is UNSET:
                continue
            if value is None:
                held = None if held is UNSET else held
                continue
            if holder:
                value = _together(held, value, mapping.name if mapping.exact else source.path)
            if type(value) is Unread:
                if len(faults) < MOST_FAULTS:
                    faults.append(self._fault(mapping.name, value, issue, source.column))
                return None
            held, holder = value, source
        if mapping.unnamed and held is UNSET:
            if len(faults) < MOST_FAULTS:
                faults.append(InputFault(mapping.name, "unknown_field", UNNAMED))
            return UNSET
        return held

    def _fault(self, name: str, unread: Unread, issue: RawIssue, column: int | None) -> InputFault:
        if column is None or self._header is None:
            return InputFault(name, unread.code, unread.message)
        header = self._header[column]
        place = f"Row {issue.row}, column {letters(column)} ({header}): "
        return InputFault(name, unread.code, place + unread.message, issue.row, header)

    def _too_long(self, issue: RawIssue) -> InputFault:
        return InputFault(
            "",
            "too_many_cells",
            f"Row {issue.row} has more cells than the header has columns, so that its values may"
            " stand in the wrong ones: put what holds a comma into quotes.",
            issue.row,
        )

    def _excluded(self, issue: RawIssue) -> bool | None:
        """Ask if the profile leaves an issue out; null where the page does not tell."""
        told = [
            not values.isdisjoint(folded(said(one)) for one in _parts(found))
            for find, values in self._excluding
            if (found := find(issue)) is not UNSET
        ]
        return any(told) if told else None

    def _shown(self, issue: RawIssue) -> dict[str, Any]:
        return {
            word: _showable(found)
            for word, find in self._showing
            if (found := find(issue)) is not UNSET
        }


def _together(held: Any, value: Any, called: str) -> Any:  # noqa: ANN401 - two inputs, and one
    """Take what two fields hold as one: the same, or keys, which come together."""
    if type(value) is Unread or held == value:
        return value
    if isinstance(held, list):
        return keys_together([*held, *value], called)
    return Unread(
        "several_values",
        f"Two fields are called {called.removeprefix(NAME)}, and their values differ: keep one, or"
        " name it in the profile.",
    )


def letters(column: int) -> str:
    """Name a column as spreadsheets do: A, Z, AA."""
    named = ""
    column += 1
    while column:
        column, letter = divmod(column - 1, 26)
        named = chr(ord("A") + letter) + named
    return named


def _nested(inputs: dict[str, Any]) -> dict[str, Any]:
    """Put criteria into a mapping of their own, as inputs hold them."""
    named = [name for name in inputs if name.startswith(CRITERIA)]
    if named:
        inputs["criteria"] = {name.removeprefix(CRITERIA): inputs.pop(name) for name in named}
    return inputs


def _parts(found: Any) -> list[float | str]:  # noqa: ANN401 - any JSON
    try:
        return list(parts(found))
    except TooDeep:
        return []


def _showable(found: Any) -> Any:  # noqa: ANN401 - any JSON
    """Take what a field shows: a value, or the ids and names of options; no person, no text."""
    if isinstance(found, str):
        return found[:LONGEST_SHOWN]
    if (members := members_of(found)) is not None:
        return [_showable(one) for one in members[:MOST_SHOWN] if not isinstance(one, list)]
    if isinstance(found, dict):
        names = ("id", "value", "name") if PEOPLE.isdisjoint(found) else ()
        return {
            name: _showable(found[name])
            for name in names
            if isinstance(found.get(name), str | int | float)
        }
    return found
