"""What the contract shows of answers: recorded from one story, which a test tells again."""

from pathlib import Path
from typing import Any, Final

import msgspec

RECORDED: Final = Path(__file__).with_name("answers.json")
"""By operation and status."""


def add_answers(operations: dict[str, dict[str, Any]]) -> None:
    """Show in the contract what each operation answered; those that score show their methods'."""
    recorded: dict[str, dict[str, Any]] = msgspec.json.decode(RECORDED.read_bytes())
    for name, operation in operations.items():
        known = recorded.get(name, {})
        for status in known.keys() & operation["responses"].keys():
            answer = known[status]
            (content,) = operation["responses"][status]["content"].values()
            content["examples"] = {"answer": {"summary": "An answer.", "value": answer}}
