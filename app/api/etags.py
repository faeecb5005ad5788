"""Entity tags: what a client knows, held against what is there (RFC 9110)."""

import re
from typing import Final

from app.engine import VERSION

_TAG: Final = re.compile(r'(?:W/)?"([^"]*)"')


def of_revision(revision: int) -> str:
    """Write the tag of a backlog or of an item as of a revision."""
    return f'"{revision}"'


def of_ranking(revision: int) -> str:
    """Write the tag of a ranking, which another engine would make anew without a write."""
    return f'"{revision}-{VERSION}"'


def is_sent(header: str) -> bool:
    """Ask if a header holds a tag, which has quotes, or a star."""
    return header.strip() == "*" or _TAG.search(header) is not None


def matches(header: str | None, etag: str) -> bool:
    """Ask if a header names a tag, weakened by a proxy or not, or any by a star."""
    if header is None:
        return False
    return header.strip() == "*" or etag.strip('"') in _TAG.findall(header)


def names_revision(header: str, revision: int) -> bool:
    """Ask if a header names a revision: by the tag of a backlog, an item or a ranking."""
    tags = {tag.partition("-")[0] for tag in _TAG.findall(header)}
    return header.strip() == "*" or str(revision) in tags
