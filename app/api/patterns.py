"""Patterns of texts that people mistype, and what is said to who did."""

from typing import Final

from app.engine.inputs import KEY_PATTERN

URL_PATTERN: Final = r"^https?://[^\s\x00-\x1f\x7f-\x9f]+(?!\n)$"
NAME_PATTERN: Final = r"^(?!\s)[^\x00-\x1f\x7f-\x9f]+(?<!\s)(?!\n)$"
DELIMITER_PATTERN: Final = r"^[,;\t]$"

SENTENCES: Final = {
    URL_PATTERN: "Send an address that begins with http:// or https:// and holds no white space.",
    NAME_PATTERN: "Send it without control characters, and no white space at its ends.",
    KEY_PATTERN: "Send it without control characters, no white space at its ends, and not . or ..",
    DELIMITER_PATTERN: "Send a comma, a semicolon or a tab.",
}
"""What to do about a text that does not match."""
