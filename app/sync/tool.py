"""What a tool is: a record that holds its shapes and its functions."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from app.sync.profile import Profile
from app.sync.raw import RawPage
from app.sync.requests import Placed, Plan, Requests


class Signature(msgspec.Struct, frozen=True, gc=False):
    """How a tool signs what it delivers: by which header, after which prefix."""

    header: str
    delivery: str
    """The header with the id of a delivery, which is the same when it is sent again."""
    prefix: str = ""
    timestamp: str = ""
    """The member of the body that says in milliseconds when it was sent, if one does."""


class Tool(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something that issues come from."""

    name: str
    title: str
    shapes: Sequence[str]
    """What of it is recognised, in words."""
    recognise: Callable[[Any], RawPage | None]
    """Read a document, if it is of this tool.

    Raises:
        ToolRefused: it is what the tool answers when it refuses.
    """
    done: tuple[str, list[str]] | None = None
    """The field by which issues are done, and the values that say so."""
    signature: Signature | None = None
    plans: Mapping[Plan, Callable[[Sequence[Placed], Profile, bool], Requests]] = {}
    """How to write back; the flag asks for what changed alone."""
    advice: str
    """What to do instead where it has no such plan."""
