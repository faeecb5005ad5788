"""What a key may do: each scope reaches as far as those before it."""

from typing import Final, Literal, get_args

Scope = Literal["read", "score", "write", "admin"]

SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)
"""From the smallest to the largest."""


def reaches(scope: Scope, needed: Scope) -> bool:
    """Ask if a key of one scope may do what needs another."""
    return SCOPES.index(scope) >= SCOPES.index(needed)
