"""How a key is written: `sr_<whose it is>_<secret><checksum>`, so that a leaked one is recognised.

Whose it is says workspace and key at once, so that no key is looked up outside of its workspace.
"""

import re
from typing import Final
from uuid import UUID
from zlib import crc32

ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
VALUES: Final = {letter: value for value, letter in enumerate(ALPHABET)}

PATTERN: Final = re.compile(r"(sr_[0-9A-Za-z]{43}_[0-9A-Za-z]{43})([0-9A-Za-z]{6})")
"""What a scanner for leaked keys looks for; 43 letters hold 32 bytes."""

PUBLIC: Final = re.compile(r"sr_([0-9A-Za-z]{43})(_[0-9A-Za-z]*)?")
"""What a key begins with, which is no secret."""


PUBLIC_LENGTH: Final = 46
"""So many letters of a key say whose it is."""

NO_KEY: Final = "That is no key."


def written(workspace_id: UUID, key_id: UUID, secret: bytes) -> str:
    """Write a key with its secret of 32 bytes."""
    text = f"{public(workspace_id, key_id)}_{_base62(int.from_bytes(secret), 43)}"
    return text + _checksum(text)


def public(workspace_id: UUID, key_id: UUID) -> str:
    """Write what a key begins with."""
    return f"sr_{_base62(int.from_bytes(workspace_id.bytes + key_id.bytes), 43)}"


def read(text: str) -> tuple[UUID, UUID]:
    """Read workspace and id of a key.

    Raises:
        ValueError: it is none, or was mistyped.
    """
    found = PATTERN.fullmatch(text)
    if not found or _checksum(found[1]) != found[2]:
        raise ValueError(NO_KEY)
    return whose(text)


def whose(text: str) -> tuple[UUID, UUID]:
    """Read workspace and id from what a key begins with.

    Raises:
        ValueError: no key begins so.
    """
    found = PUBLIC.fullmatch(text)
    if not found:
        raise ValueError(NO_KEY)
    number = 0
    for letter in found[1]:
        number = number * 62 + VALUES[letter]
    if number >= 1 << 256:
        raise ValueError(NO_KEY)
    held = number.to_bytes(32)
    return UUID(bytes=held[:16]), UUID(bytes=held[16:])


def _checksum(text: str) -> str:
    return _base62(crc32(text.encode()), 6)


def _base62(number: int, width: int) -> str:
    letters = ""
    for _ in range(width):
        number, value = divmod(number, 62)
        letters = ALPHABET[value] + letters
    return letters
