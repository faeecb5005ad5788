"""Where an answer leads: OpenAPI links, by which a tool finds what it can ask next."""

from typing import Any, Final

BACKLOG: Final = {"backlog_id": "$request.path.backlog_id"}

GIVEN: Final = {
    "create_backlog": {"backlog_id": "$response.body#/id", "If-Match": "$response.body#/etag"},
    "create_key": {"key_id": "$response.body#/id"},
    "create_run": {"run_id": "$response.body#/id", "from": "$response.body#/id"},
    "put_item": {
        "item_key": "$request.path.item_key",
        "key": "$request.path.item_key",
        "If-Match": "$response.body#/etag",
    },
}
"""What an operation's answer, or its own address, gives to the next; the backlog is the same."""


def add_links(operations: dict[str, dict[str, Any]]) -> None:
    """Link each answer that gives a name to every operation that asks for that name."""
    for source, given in GIVEN.items():
        links = {
            name: {"operationId": name, "parameters": parameters}
            for name, target in operations.items()
            if name != source and (parameters := _parameters(target, given))
        }
        for status, response in operations[source]["responses"].items():
            if status.startswith("2"):
                response["links"] = links


def _parameters(target: dict[str, Any], given: dict[str, str]) -> dict[str, str] | None:
    asked = {one["name"]: one["required"] for one in target.get("parameters", [])}
    known = BACKLOG | given
    if not asked.keys() & given.keys() - {"If-Match"}:
        return None
    if any(required and name not in known for name, required in asked.items()):
        return None
    return {name: expression for name, expression in known.items() if name in asked}
