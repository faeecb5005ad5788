"""How a field is found in a page: by its path, its name, its header or its labels."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import msgspec
from msgspec import UNSET

from app.sync.profile import COUNT, LABEL, NAME, SUM
from app.sync.raw import RawIssue, RawPage
from app.sync.tools.csv import unguarded
from app.sync.values import DEEPEST, Unread, folded, goes_on, members_of

Find = Callable[[RawIssue], Any]
"""Finds a field in an issue: unset where it was not sent, null where it holds nothing."""

MOST_NAMESAKES: Final = 20
"""So many fields of one name are looked into."""

INCOMPLETE: Final = Unread(
    "incomplete_list",
    "The list goes on behind the page: ask the tool for more of it at a time.",
)

WRAPPER: Final = "custom field ("
"""How Jira's CSV writes the name of a custom field: `Custom field (Reach)`."""


class Finder(msgspec.Struct, frozen=True, gc=False):
    """How one field is found, and in which column where it is one."""

    find: Find
    column: int | None = None


def finders(path: str, page: RawPage) -> list[Finder]:
    """Make what finds a field in the issues of a page; a header may stand over many columns."""
    if path.startswith(LABEL):
        return [Finder(_labelled(path.removeprefix(LABEL)))]
    if page.header is not None:
        wanted = path.removeprefix(NAME)
        columns = page.columns.get(wanted) or _columns_called(plain(wanted), page.columns)
        return [Finder(_cell(column), column) for column in columns]
    if path.startswith(NAME):
        wanted = folded(path.removeprefix(NAME))
        named = page.called.get(wanted, [])[:MOST_NAMESAKES]
        return [Finder(_at(id_)) for id_ in named] or [Finder(_called(wanted))]
    if path.startswith(COUNT):
        return [Finder(_counted(_at(path.removeprefix(COUNT))))]
    if path.startswith(SUM):
        return [Finder(_summed(path.removeprefix(SUM)))]
    return [Finder(_at(path))]


def unnamed(path: str, page: RawPage) -> bool:
    """Ask if a path gives a name, and the page does not tell which field is called so."""
    wanted = folded(path.removeprefix(NAME))
    return page.unnamed and path.startswith(NAME) and wanted not in page.called


def root_of(path: str, page: RawPage) -> frozenset[str]:
    """Name the fields, without case, whose change may change what is found at a path."""
    if path.startswith(LABEL):
        return frozenset({"labels"})
    if path.startswith(NAME):
        wanted = folded(path.removeprefix(NAME))
        return frozenset({wanted, *page.called.get(wanted, [])})
    path = path.removeprefix(COUNT).removeprefix(SUM)
    return frozenset(
        {folded(path), folded(path.partition(".")[0]), folded(page.names.get(path, path))}
    )


def plain(name: str) -> str:
    """Write the name of a field as inputs are called: `Custom field (Job Size)` is `job_size`."""
    name = folded(name)
    if name.startswith(WRAPPER) and name.endswith(")"):
        name = name[len(WRAPPER) : -1].strip()
    return "_".join(name.replace("_", " ").replace("-", " ").split())


def _columns_called(name: str, columns: Mapping[str, list[int]]) -> list[int]:
    found = [those for header, those in columns.items() if plain(header) == name]
    return sorted(column for those in found for column in those)


def _cell(column: int) -> Find:
    def find(issue: RawIssue) -> Any:  # noqa: ANN401
        cell: str = issue.fields[column]
        return unguarded(cell) if cell.startswith("'") else cell

    return find


def _at(path: str) -> Find:
    steps = path.split(".")

    def find(issue: RawIssue) -> Any:  # noqa: ANN401 - any JSON
        if path in issue.fields:
            return issue.fields[path]
        return _dig(issue.fields, steps)

    return find


def _called(wanted: str) -> Find:
    def find(issue: RawIssue) -> Any:  # noqa: ANN401 - any JSON
        return next(
            (value for name, value in issue.fields.items() if folded(name) == wanted), UNSET
        )

    return find


def _dig(node: Any, steps: list[str], depth: int = 0) -> Any:  # noqa: ANN401 - any JSON
    """Follow the steps of a path; through a list, into each of its members."""
    if depth == DEEPEST:
        return UNSET
    for number, step in enumerate(steps):
        if node is None:
            return None
        members = members_of(node)
        if members is not None and step not in {"nodes", "edges"}:
            found = [_dig(one, steps[number:], depth + 1) for one in members]
            return [one for one in found if one is not UNSET]
        if not isinstance(node, dict) or step not in node:
            return UNSET
        node = node[step]
    return node


def _counted(find: Find) -> Find:
    def count(issue: RawIssue) -> Any:  # noqa: ANN401
        node = find(issue)
        if node is UNSET or node is None:
            return node
        members = members_of(node)
        if members is None:
            return Unread("not_a_list", "What is to be counted is no list.")
        return INCOMPLETE if goes_on(node) else float(len(members))

    return count


def _summed(path: str) -> Find:
    steps = path.split(".")
    through = [_at(".".join(steps[: n + 1])) for n in range(len(steps))]

    def add(issue: RawIssue) -> Any:  # noqa: ANN401
        *_, node = nodes = [find(issue) for find in through]
        if node is UNSET or node is None:
            return node
        if any(map(goes_on, _flat(nodes))):
            return INCOMPLETE
        known = [one for one in _flat(node) if one is not None]
        if not all(type(one) in {int, float} for one in known):
            return Unread("not_a_number", "What is to be added up is not all numbers.")
        return float(sum(known)) if known else None

    return add


def _flat(node: Any, depth: int = 0) -> Iterator[Any]:  # noqa: ANN401 - any JSON
    if isinstance(node, list) and depth < DEEPEST:
        for one in node:
            yield from _flat(one, depth + 1)
    else:
        yield node


def _labelled(prefix: str) -> Find:
    wanted, size = folded(prefix), len(prefix.strip())

    def find(issue: RawIssue) -> Any:  # noqa: ANN401
        if issue.labels is UNSET:
            return UNSET
        return [label[size:].strip() for label in issue.labels if folded(label[:size]) == wanted]

    return find
