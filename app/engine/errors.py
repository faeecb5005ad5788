"""What the engine refuses, as exceptions that carry data and make their own sentence.

EngineError
├── DuplicateKeys      two items of one list share a key
├── DependencyCircles  items depend on each other in a circle
└── TooManyTerms       the explanations would be too long
"""

from collections.abc import Sequence
from typing import Final

MOST_NAMED: Final = 1_000
"""So many keys of all circles are named."""

LEAST_NAMED: Final = 20
"""So many keys of each circle are named, however long those before it are."""

MOST_TERMS: Final = 100_000
"""So many terms may be explained at once."""


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
    """Items depend on each other in circles, `count` of them, of which some are told.

    `circles` holds the keys of each circle in the order of dependence, the smallest key first; one
    that is too long to be named in full ends with how many more there are.
    """

    def __init__(self, circles: Sequence[Sequence[str]], count: int) -> None:
        told, left = [], MOST_NAMED
        for circle in circles:
            told.append(_first_keys(circle, max(left, LEAST_NAMED)))
            left -= len(circle)
        self.circles, self.count = tuple(told), count
        said = "; ".join(" -> ".join((*circle, circle[0])) for circle in told)
        more = f"; and {count - len(told):,} more" if count > len(told) else ""
        super().__init__(f"These items depend on each other in a circle: {said}{more}.")


class TooManyTerms(EngineError):
    """The explanations would be too long."""

    def __init__(self, items: int, criteria: int) -> None:
        super().__init__(
            f"{items:,} items by {criteria:,} criteria are {items * criteria:,} terms;"
            f" {MOST_TERMS:,} may be asked for at once: send fewer items or explain=false."
        )


def _first_keys(circle: Sequence[str], most: int) -> tuple[str, ...]:
    if len(circle) <= most:
        return tuple(circle)
    return (*circle[:most], f"... and {len(circle) - most:,} more")
