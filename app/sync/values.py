"""How a value of a tool reads as an input: never by a silent default."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

import msgspec

from app.sync.numbers import USUAL, Ambiguous, Marks, number_of
from app.sync.page import has_no_control, is_key

MISSING_WORDS: Final = frozenset({"", "-", "n/a", "none", "null", "tbd", "#n/a", "#div/0!"})
"""What people and spreadsheets write where they know nothing, in any case."""

CRITERIA: Final = "criteria."
"""Before the name of a criterion, where it is called as an input."""

LONGEST_CRITERION: Final = 100

MOST_KEYS: Final = 100
MOST_NAMED: Final = 50
"""So many known values are named where one is unknown."""

DEEPEST: Final = 20
"""No value goes deeper, and a hostile one may go as deep as the stack."""

DEAD: Final = frozenset({"hasEpicLinkFieldDependency", "nonEditableReason"})
"""Of what Jira shows in the place of a field whose plugin is gone."""


PEOPLE: Final = frozenset({"accountId", "emailAddress", "email", "login", "displayName"})
"""Of what tools say of a person, which is nobody's business here."""


class Input(msgspec.Struct, frozen=True, gc=False):
    """What an input may hold; `criteria` is the one that holds any number of named ones."""

    name: str
    kind: Literal["number", "choice", "keys", "criteria"]
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    whole: bool = False


class Unread(msgspec.Struct, frozen=True, gc=False):
    """Why a value cannot be read as an input."""

    code: str
    message: str


def known_inputs(schema: Mapping[str, Any]) -> dict[str, Input]:
    """Read what inputs there are out of the JSON schema of a model of inputs."""
    definitions = schema.get("$defs", {})
    return {name: _input(name, part, definitions) for name, part in schema["properties"].items()}


def _input(name: str, schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Input:
    part = next(one for one in schema["anyOf"] if one != {"type": "null"})
    if "$ref" in part:
        part = definitions[part["$ref"].rpartition("/")[2]]
    if "enum" in part:
        return Input(name, "choice", tuple(part["enum"]))
    match part["type"]:
        case "array":
            return Input(name, "keys")
        case "object":
            return Input(name, "criteria")
        case number:
            bounds = part.get("minimum"), part.get("maximum")
            return Input(name, "number", (), *bounds, whole=number == "integer")


def input_called(name: str, inputs: Mapping[str, Input]) -> Input | None:
    """Find an input by its name, or a criterion by `criteria.` and its own."""
    found = inputs.get(name)
    if found:
        return None if found.kind == "criteria" else found
    criterion = name.removeprefix(CRITERIA)
    if criterion == name or "criteria" not in inputs:
        return None
    may_be = 0 < len(criterion) <= LONGEST_CRITERION and has_no_control(criterion)
    return Input(name, "number") if may_be else None


class Reader:
    """Reads values of one field as one input, each text once."""

    def __init__(
        self,
        known: Input,
        values: Mapping[str, float | str] | None = None,
        *,
        fractions: bool = False,
        marks: Marks = USUAL,
    ) -> None:
        self._input = known
        self._values = {folded(word): meant for word, meant in (values or {}).items()}
        self._names = list(values or {})
        self._fractions = fractions
        self._marks = marks
        self._read: dict[str, Any] = {}

    def read(self, value: Any) -> Any:  # noqa: ANN401 - any JSON in, an input out
        """Read a value: a number, a word, keys, null where it is missing, or why it cannot be."""
        if isinstance(value, str):
            try:
                return self._read[value]
            except KeyError:
                read = self._read[value] = self._of_parts([value])
                return read
        try:
            return self._of_parts(list(parts(value)))
        except TooDeep:
            return Unread(
                "not_a_value", f"{self._input.name} is an object: name one of its parts."
            )

    def _of_parts(self, found: list[float | str]) -> Any:  # noqa: ANN401
        if self._input.kind == "keys":
            return self._keys(found)
        known = [one for one in found if not self._is_missing(one)]
        match known:
            case []:
                return None
            case [one]:
                return self._one(one)
            case _:
                return Unread(
                    "several_values",
                    f"{self._input.name} has {len(known)} values and needs one.",
                )

    def _is_missing(self, value: float | str) -> bool:
        if not isinstance(value, str):
            return False
        word = folded(value)
        return word in MISSING_WORDS and word not in self._values

    def _one(self, value: float | str) -> Any:  # noqa: ANN401
        meant = self._values.get(folded(value if isinstance(value, str) else said(value)))
        if meant is not None:
            value = meant
        if self._input.kind == "choice":
            return self._choice(value)
        return self._number(value)

    def _number(self, value: float | str) -> float | Unread:
        name = self._input.name
        if isinstance(value, str):
            try:
                written = number_of(value, self._marks)
            except Ambiguous:
                return Unread(
                    "ambiguous_number",
                    f"{name} may be two numbers, by a thousand apart: write it without the comma"
                    " or point, or with fewer or more decimals.",
                )
            if written is None:
                return self._unknown(f"{name} is not a number: write one such as 3 or 2.5.")
            value = written.number
            if written.percent and self._fractions:
                value = value / 100
        return self._bounded(value)

    def _bounded(self, value: float) -> float | Unread:
        known = self._input
        if value - value != 0:
            return Unread("not_a_number", f"{known.name} is beyond the largest number.")
        low, high = known.minimum, known.maximum
        if (low is not None and value < low) or (high is not None and value > high):
            return Unread("out_of_scale", f"{known.name} must be {_bounds(low, high)}.")
        if known.whole and value % 1:
            return Unread("out_of_scale", f"{known.name} must be a whole number.")
        return value

    def _choice(self, value: float | str) -> str | Unread:
        choices = self._input.choices
        word = _HAVE.sub("", folded(said(value)).replace("'", "").replace("\u2019", ""))
        for choice in choices:
            if word == choice:
                return choice
        initials = [choice for choice in choices if choice[0] == word]
        if len(initials) == 1:
            return initials[0]
        return self._unknown("", choices)

    def _unknown(self, otherwise: str, choices: Iterable[str] = ()) -> Unread:
        known = [*self._names, *(one for one in choices if one not in self._values)]
        if not known:
            return Unread("not_a_number", otherwise)
        named = ", ".join(known[:MOST_NAMED])
        more = f" and {len(known) - MOST_NAMED} more" if len(known) > MOST_NAMED else ""
        return Unread(
            "unknown_value",
            f"{self._input.name} has an unknown value. Known are: {named}{more}. Use one of them,"
            " or say in the profile's values what it means.",
        )

    def _keys(self, found: list[float | str]) -> list[str] | Unread | None:
        keys = [key for one in found for key in listed(said(one))]
        keys = [key for key in keys if folded(key) not in MISSING_WORDS]
        if not all(map(is_key, keys)):
            return Unread("not_a_key", f"{self._input.name} holds what is no key of an item.")
        return keys_together(keys, self._input.name) if keys else None


_HAVE: Final = re.compile(r" (?:have|haves)(?: this time)?$")


def keys_together(keys: Iterable[str], called: str) -> list[str] | Unread:
    """Take each key once, if they are no more than an input may hold."""
    each = list(dict.fromkeys(keys))
    if len(each) > MOST_KEYS:
        return Unread("too_many", f"{called} may hold {MOST_KEYS} keys at most.")
    return each


def folded(text: str) -> str:
    """Write a text as it is compared: without case and without space around it."""
    return text.strip().casefold()


def listed(text: str) -> list[str]:
    """Part a cell or a text that lists words: by commas, or by semicolons where it has none.

    A word in quotes may hold either.
    """
    mark = "," if "," in text or ";" not in text else ";"
    if '"' not in text:
        return [word for part in text.split(mark) if (word := part.strip())]
    found = re.findall(rf'\s*(?:"((?:[^"]|"")*)"|([^{mark}]*))\s*(?:{mark}|$)', text)
    words = (quoted.replace('""', '"') if quoted else plain.strip() for quoted, plain in found)
    return [word for word in words if word]


class TooDeep(Exception):
    """A value goes deeper than any that is known, or has no part that is one."""


def parts(value: Any, depth: int = 0) -> Iterable[float | str]:  # noqa: ANN401 - any JSON
    """Take a value of a tool apart into numbers and texts: options, lists, documents."""
    if depth == DEEPEST:
        raise TooDeep
    members = members_of(value)
    if members is not None:
        for one in members:
            yield from parts(one, depth + 1)
        return
    match value:
        case str():
            yield value
        case bool():
            yield str(value).lower()
        case int() | float():
            yield float(value)
        case {"type": "doc", "content": list(content)}:
            yield from _lines(content, depth + 1)
        case {"value": inner} | {"name": inner} | {"key": inner} | {"identifier": inner}:
            yield from parts(inner, depth + 1)
        case dict() if DEAD.isdisjoint(value):
            raise TooDeep
        case _:  # null, or what Jira shows in the place of a dead field
            return


def members_of(node: Any) -> list[Any] | None:  # noqa: ANN401 - any JSON
    """Take the members of a list, or of what GraphQL writes for one; null where it is none."""
    match node:
        case list():
            return node
        case {"nodes": list(nodes)}:
            return nodes
        case {"edges": list(edges)}:
            return [edge.get("node") for edge in edges if isinstance(edge, dict)]
        case _:
            return None


def goes_on(node: Any) -> bool:  # noqa: ANN401 - any JSON
    """Ask if a list of GraphQL has members that the page does not hold."""
    match node:
        case {"pageInfo": {"hasNextPage": True}}:
            return True
        case _:
            return False


def _lines(content: list[Any], depth: int) -> Iterable[str]:
    """Read the lines of a document in Atlassian's format: two of them are no one number."""
    if depth == DEEPEST:
        raise TooDeep
    line = ""
    for node in content:
        match node:
            case {"text": str(text)}:
                line += text
            case {"content": list(inner)}:
                yield from _lines(inner, depth + 1)
            case {"type": "hardBreak"}:
                yield line
                line = ""
            case _:
                pass
    yield line


def said(value: float | str) -> str:
    """Write a value as people do: 3, not 3.0."""
    if isinstance(value, str):
        return value
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)  # noqa: PLR2004


def _bounds(low: float | None, high: float | None) -> str:
    if high is None:
        return f"{low:g} or more"
    return f"from {low or 0:g} to {high:,.10g}"
