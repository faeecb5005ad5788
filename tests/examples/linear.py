"""A stand-in of Linear: one address for all, pages by cursors, mutations with names, a budget."""

import re
from collections.abc import Iterator
from time import time
from typing import Any, Final
from uuid import uuid4

from tests.examples.standin import Answer, Asked, StandIn

KEY = "your-api-key"
PAGE: Final = 2
MOST_COMPLEX: Final = 10_000
"""So many points a query may cost."""

MOST_NAMED: Final = 25
MUTATION: Final = re.compile(r"(\w+): issueUpdate\(id: \$(\w+), input: \$(\w+)\)")
WORD: Final = re.compile(r"\([^()]*\)|[{}]|\w+(?![\w:])")
"""Of a query: what stands in parentheses, a brace, or a name that is no alias."""

FIRST: Final = re.compile(r"\bfirst: (\d+)")
USUAL_PAGE: Final = 50
INNER: Final = ("labels", "needs")
"""The lists of an issue."""

SOON, LATER = "8c6d5f5e-0000-4000-8000-000000000001", "8c6d5f5e-0000-4000-8000-000000000002"


class Linear(StandIn):
    """Issues whose impact is a group of labels, and whose reach is how many asked for them."""

    def __init__(self) -> None:
        super().__init__()
        self.issues: dict[str, dict[str, Any]] = {}
        for number, (needs, impact) in enumerate(
            ((1, "High"), (5, "High"), (3, "Low"), (2, None)), 1
        ):
            id_ = str(uuid4())
            self.issues[id_] = {
                "id": id_,
                "identifier": f"ENG-{number}",
                "title": f"Idea {number}",
                "url": f"https://linear.app/acme/issue/ENG-{number}/idea-{number}",
                "updatedAt": f"2026-11-20T10:00:0{number}.000Z",
                "estimate": 2.0,
                "priority": 0,
                "sortOrder": 100.0 - number,
                "state": {"type": "backlog"},
                "labels": [_impact(impact)] if impact else [],
                "needs": [],
            }
            self.want(id_, needs)

    def want(self, id_: str, times: int) -> None:
        """Let customers ask for an issue."""
        needs = self.issues[id_]["needs"]
        needs += [{"id": str(uuid4()), "customer": {"revenue": 1}} for _ in range(times)]

    def order(self) -> list[str]:
        """Say in which order a person sees the issues."""
        return [
            issue["identifier"]
            for issue in sorted(self.issues.values(), key=lambda issue: issue["sortOrder"])
        ]

    @property
    def writes(self) -> list[Asked]:
        """The mutations."""
        return [asked for asked in self.asked if "issueUpdate" in asked.body["query"]]

    def answer(self, asked: Asked) -> Answer:
        """Answer as Linear does: what is wrong with a query is told with 200."""
        if asked.headers.get("authorization") != KEY:
            return Answer(401, {"errors": [{"message": "Authentication required."}]})
        if (asked.method, asked.path) != ("POST", "/graphql"):
            return Answer(404, {"errors": [{"message": "Not found."}]})
        query, variables = asked.body["query"], asked.body["variables"]
        named = MUTATION.findall(query)
        if complexity(query) > MOST_COMPLEX or len(named) > MOST_NAMED:
            return _too_complex(complexity(query))
        if not query.lstrip().startswith("mutation"):
            return self._issues(query, variables)
        data, errors = {}, []
        for name, id_, update in named:
            told = self._update(variables[id_], variables[update])
            data[name] = None if told else {"success": True}
            if told:
                errors.append({"message": told, "path": [name]})
        return Answer(200, {"data": data} | ({"errors": errors} if errors else {}))

    def refusal(self, seconds: int) -> Answer:
        """Say when to come again as GraphQL does, or at once as what stands before it does."""
        if self.tells_dates or not seconds:
            return super().refusal(seconds)
        code = {"type": "ratelimited", "code": "RATELIMITED", "statusCode": 429}
        errors = [{"message": "Rate limit exceeded", "extensions": code}]
        reset = str(round(1_000 * (time() + seconds)))
        return Answer(400, {"errors": errors}, (("X-RateLimit-Requests-Reset", reset),))

    def _issues(self, query: str, variables: dict[str, Any]) -> Answer:
        start = int(variables.get("after") or 0)
        every = list(self.issues.values())
        more = start + PAGE < len(every)
        return Answer(
            200,
            {
                "data": {
                    "issues": {
                        "pageInfo": {
                            "hasNextPage": more,
                            "endCursor": str(start + PAGE) if more else None,
                        },
                        "nodes": [
                            issue | {name: _page(query, name, issue[name]) for name in INNER}
                            for issue in every[start : start + PAGE]
                        ],
                    }
                }
            },
        )

    def _update(self, id_: str, update: dict[str, Any]) -> str:
        """Change an issue, or say why not."""
        issue = self.issues.get(id_)
        if issue is None:
            return "Entity not found: Issue"
        if issue["identifier"] in self.failing:
            return "Internal error"
        if not update or not update.keys() <= {"sortOrder", "addedLabelIds", "removedLabelIds"}:
            return "Argument Validation Error"
        if not isinstance(update.get("sortOrder", 0.0), float | int):
            return "sortOrder must be a number"
        if "sortOrder" in update:
            issue["sortOrder"] = float(update["sortOrder"])
        return ""


def _page(query: str, name: str, every: list[Any]) -> dict[str, Any]:
    """Answer a list of an issue as it is asked for, which may be without how it goes on."""
    asked = re.search(rf"\b{name}(?:\(first: (\d+)\))? {{ (pageInfo)?", query)
    assert asked
    size = int(asked[1] or USUAL_PAGE)
    told = {"pageInfo": {"hasNextPage": len(every) > size}} if asked[2] else {}
    return {"nodes": every[:size]} | told


def complexity(query: str) -> float:
    """Price a query: 0.1 a property, 1 an object, and what is in a list as often as its page.

    Whether so often is also pageInfo, Linear does not tell: here it is.
    """
    return _tenths(iter(WORD.findall(query.partition("{")[2]))) / 10


def _tenths(words: Iterator[str]) -> int:
    tenths, times = 0, 1
    for word in words:
        if word == "}":
            break
        if word == "{":  # what came before was no property, but an object
            tenths += 9 + times * _tenths(words)
        elif word.startswith("("):
            page = FIRST.search(word)
            times = int(page[1]) if page else times
        else:
            tenths += 1
            times = USUAL_PAGE if word in {"issues", *INNER} else 1
    return tenths


def _too_complex(points: float) -> Answer:
    told = f"The query is too complex. Complexity: {points}. Maximum allowed complexity: 10000."
    code = {"type": "invalid input", "code": "INPUT_ERROR", "userPresentableMessage": told}
    return Answer(400, {"errors": [{"message": "Query too complex", "extensions": code}]})


def _impact(name: str) -> dict[str, Any]:
    return label(name) | {"parent": {"name": "Impact"}}


def label(name: str) -> dict[str, Any]:
    """Make a label of no group."""
    return {"id": str(uuid4()), "name": name, "parent": None}
