"""What the engine refuses, as exceptions that carry data and make their own sentence.

EngineError
├── DuplicateKeys      two items of one list share a key
└── DependencyCircles  items depend on each other in a circle
"""

from collections.abc import Sequence


class EngineError(Exception):
    """A list that no method can put in order."""


class DuplicateKeys(EngineError):
    """Two items of one list share a key.

    `places` holds, for every repetition, the key, the index where it stood first and the index
    where it stands again.
    """

    def __init__(self, places: Sequence[tuple[str, int, int]]) -> None:
        self.places = tuple(places)
        super().__init__(f"{len(self.places)} items repeat the key of another.")


class DependencyCircles(EngineError):
    """Items depend on each other in a circle.

    `circles` holds the keys of each circle in the order of dependence, the smallest key first.
    """

    def __init__(self, circles: Sequence[Sequence[str]]) -> None:
        self.circles = tuple(tuple(circle) for circle in circles)
        told = "; ".join(" -> ".join((*circle, circle[0])) for circle in self.circles)
        super().__init__(f"These items depend on each other in a circle: {told}.")
