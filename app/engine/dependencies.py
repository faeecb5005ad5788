"""What must come before what: the graph that `depends_on` draws over one list."""

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Final, Protocol

from app.engine.errors import DependencyCircles
from app.engine.verdict import ListWarning, list_warning

MOST_CIRCLES: Final = 20
"""So many circles are named at once."""


class Dependent(Protocol):
    """Inputs that name what must come before."""

    @property
    def depends_on(self) -> list[str] | None:
        """The keys of the prerequisites."""


class DependentItem(Protocol):
    """An item with such inputs."""

    @property
    def key(self) -> str:
        """The caller's own name of it."""

    @property
    def inputs(self) -> Dependent:
        """What is known of it."""


def prerequisites(items: Sequence[DependentItem]) -> dict[str, list[str]]:
    """Map every key, after those of its prerequisites, to the items that must come before it.

    Raises:
        DependencyCircles: items depend on each other in a circle.
    """
    known = {item.key for item in items}
    graph = {
        item.key: list(filter(known.__contains__, dict.fromkeys(item.inputs.depends_on or ())))
        for item in items
    }
    circles, count, order = _walked(graph)
    if circles:
        raise DependencyCircles(circles, count)
    return {key: graph[key] for key in order}


def circles(dependencies: Iterable[tuple[str, Iterable[str]]]) -> DependencyCircles | None:
    """Find the circles of keys, each of which may come several times."""
    graph: dict[str, dict[str, None]] = {}
    for key, needed in dependencies:
        graph.setdefault(key, {}).update(dict.fromkeys(needed))
    found, count, _ = _walked(
        {key: list(filter(graph.__contains__, needed)) for key, needed in graph.items()}
    )
    return DependencyCircles(found, count) if found else None


def unknown_dependencies(items: Sequence[DependentItem]) -> list[ListWarning]:
    """Warn of items that depend on a key that is not in the list."""
    known = {item.key for item in items}
    found = [item.key for item in items if not known.issuperset(item.inputs.depends_on or ())]
    if not found:
        return []
    message = f"Items that depend on keys outside of the list, which were ignored: {len(found)}."
    return [list_warning("unknown_dependency", message, found)]


def closing(graph: Mapping[str, Sequence[str]], new: Container[str]) -> list[tuple[str, str]]:
    """List dependencies of new items without which there is no circle; those of the others stay.

    Walked as above; a circle that is closed by a dependency that stays loses the last new one on
    its path, and what lies behind that is walked again.
    """
    dropped: dict[tuple[str, str], None] = {}
    done: set[str] = set()
    for start in sorted(graph):
        path = {start: iter(sorted(graph[start]))} if start not in done else {}
        while path:
            key = next(reversed(path))
            for before in path[key]:
                if (key, before) in dropped:
                    continue
                if before in path:
                    circle = [*_from(list(path), before), before]
                    again = next(
                        (n for n in reversed(range(len(circle) - 1)) if circle[n] in new), None
                    )
                    if again is not None:
                        dropped[circle[again], circle[again + 1]] = None
                        for left in circle[again + 1 : -1]:
                            del path[left]
                        break
                elif before not in done and before in graph:
                    path[before] = iter(sorted(graph[before]))
                    break
            else:
                del path[key]
                done.add(key)
    return list(dropped)


def _walked(graph: Mapping[str, Sequence[str]]) -> tuple[list[list[str]], int, Iterable[str]]:
    """Walk the graph once, depth first: a step back onto the path closes a circle.

    With the first circles and the number of all come the keys in the order in which they were
    done, prerequisites first.
    """
    circles: list[list[str]] = []
    count = 0
    done: dict[str, None] = {}
    # Sorted, so that the order of the items does not decide which circles are found.
    for start in sorted(graph):
        path = {start: iter(sorted(graph[start]))} if start not in done else {}
        while path:
            key = next(reversed(path))
            for before in path[key]:
                if before in path:
                    count += 1
                    if count <= MOST_CIRCLES:
                        circles.append(_from_smallest(list(path), before))
                elif before not in done:
                    path[before] = iter(sorted(graph[before]))
                    break
            else:
                del path[key]
                done[key] = None
    return sorted(circles), count, done


def _from(path: list[str], first: str) -> list[str]:
    return path[path.index(first) :]


def _from_smallest(path: list[str], first: str) -> list[str]:
    circle = _from(path, first)
    start = circle.index(min(circle))
    return circle[start:] + circle[:start]
