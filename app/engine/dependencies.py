"""What must come before what: the graph that `depends_on` draws over one list."""

from collections.abc import Mapping, Sequence
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
    """Map the key of every item to those items of the list that must come before it.

    Raises:
        DependencyCircles: items depend on each other in a circle.
    """
    known = {item.key for item in items}
    graph = {
        item.key: [key for key in dict.fromkeys(item.inputs.depends_on or ()) if key in known]
        for item in items
    }
    if circles := _circles(graph):
        raise DependencyCircles(circles)
    return graph


def unknown_dependencies(items: Sequence[DependentItem]) -> list[ListWarning]:
    """Warn of items that depend on a key that is not in the list."""
    known = {item.key for item in items}
    found = [item.key for item in items if not known.issuperset(item.inputs.depends_on or ())]
    if not found:
        return []
    message = f"Items that depend on keys outside of the list, which were ignored: {len(found)}."
    return [list_warning("unknown_dependency", message, found)]


def _circles(graph: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Walk the graph once, depth first; a step back onto the path closes a circle."""
    circles: list[list[str]] = []
    done: set[str] = set()
    # Sorted, so that the order of the items does not decide which circles are found.
    for start in sorted(graph):
        path = {start: iter(sorted(graph[start]))} if start not in done else {}
        while path and len(circles) < MOST_CIRCLES:
            key = next(reversed(path))
            for before in path[key]:
                if before in path:
                    circles.append(_from_smallest(list(path), before))
                elif before not in done:
                    path[before] = iter(sorted(graph[before]))
                    break
            else:
                del path[key]
                done.add(key)
    return sorted(circles)[:MOST_CIRCLES]


def _from_smallest(path: list[str], first: str) -> list[str]:
    circle = path[path.index(first) :]
    start = circle.index(min(circle))
    return circle[start:] + circle[:start]
