"""The lists that are scored: complete items for RICE, the same at every run."""

import random
from functools import cache

import msgspec


@cache
def rice_body(size: int, first: int = 0, more: int = 0) -> bytes:
    """Write a request with so many items, from a number on and with so much more reach."""
    chance = random.Random(size + first)  # noqa: S311 - a list to be scored is no secret
    items = [
        {
            "key": f"PROJ-{number}",
            "title": f"An idea that somebody wrote down as number {number}",
            "inputs": {
                "reach": chance.randrange(10, 20_000, 10) + more,
                "impact": chance.choice([0.25, 0.5, 1, 2, 3]),
                "confidence": chance.choice([20, 50, 80, 100]),
                "effort": chance.randrange(1, 25) / 2,
            },
        }
        for number in range(first, first + size)
    ]
    return msgspec.json.encode({"items": items})


@cache
def rice_sheet(size: int) -> bytes:
    """Write the same items as a spreadsheet."""
    items = msgspec.json.decode(rice_body(size))["items"]
    rows = [["key", "title", *items[0]["inputs"]]]
    rows += [[item["key"], item["title"], *map(str, item["inputs"].values())] for item in items]
    return "\r\n".join(map(",".join, rows)).encode()
