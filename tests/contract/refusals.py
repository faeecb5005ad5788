"""What a schema cannot say, and a valid request may thus be refused for: nothing else."""

import re
from typing import Any, Final
from uuid import uuid4

import schemathesis
from schemathesis import Case, CheckContext, HookContext, Response

BEYOND_A_SCHEMA: Final = {
    "duplicate_key",  # two items have the same key
    "duplicate_id",  # two items or runs to be imported have the same id
    "too_dense",  # an import holds more objects and lists than an export of its size
    "not_text",  # a text to be imported holds a NUL
    "out_of_range",  # a time before 1970 or after 9998
    "dependency_circle",  # items wait for each other
    "no_range",  # a scale's min is not below its max
    "no_scale",  # neither a criterion nor the list has a scale, and the normalization needs one
    "no_star",  # an If-None-Match of a write is no star; clients fail over a header of one value
    "too_many_terms",  # the explanations would be longer than anybody reads
    "no_weight",  # all weights are 0
    "cost_without_normalization",
    "unknown_bucket",  # the backlog's method has no such bucket
    "passed",  # a key would end before it is given
    "repeated",  # two words of a profile are one in another case
    "unknown_value",  # a profile means something that an input cannot be
    "no_place",  # a place of a run's item is a number in part, or ranks it behind its position
    "hash_differs",  # a run to be imported was changed on the way
    "tool_refused",  # what a tool answers when it refuses is no page
    "repeated_identity",  # a page holds one item twice
}

NO_PAGE: Final = "/problems/unrecognised-payload"
"""Any JSON and any text may be sent where a tool's page is asked for."""

VALID_NAME: Final = re.compile(r"^(?!\s)[^\x00-\x1f\x7f-\x9f]{1,200}(?<!\s)(?!\n)$")

NAMED_BY_METHODS: Final = "/v1/backlogs/{backlog_id}/profile"
"""Whose inputs are those of the methods, and criteria of any name."""

FREE_OBJECT: Final = re.compile(r"#/backlog/(runs/\d+/)?scoring")
"""An export is answered, and answers are open: its method and options are free."""

BY_WHAT_IS_THERE: Final = {
    "/problems/bad-cursor",
    "/problems/conflict",
    "/problems/idempotency-key-reused",
    "/problems/not-found",
    "/problems/precondition-failed",
    "/problems/precondition-required",
}
"""What depends on what is kept: a name that is taken, an ETag that is stale."""


@schemathesis.hook
def before_call(_context: HookContext, case: Case[Any], _kwargs: dict[str, Any]) -> None:
    """Give each backlog a name of its own: a taken one is refused, and nothing behind it tried."""
    body: Any = case.body
    match body:
        case {"name": str(name), "scoring": _} if VALID_NAME.match(name):
            body["name"] = str(uuid4())
        case {"backlog": {"name": str(name)}} if VALID_NAME.match(name):
            body["backlog"]["name"] = str(uuid4())


@schemathesis.check
def refused_for_what_no_schema_can_say(
    _context: CheckContext, response: Response, case: Case[Any]
) -> None:
    valid = case.meta is not None and case.meta.generation.mode.is_positive
    if not valid or response.status_code < 400:
        return
    kind = response.json()["type"]
    if kind == "/problems/validation":
        codes = {
            fault["code"]
            for fault in response.json()["errors"]
            if not FREE_OBJECT.match(fault["pointer"])
        }
        if case.operation.path == NAMED_BY_METHODS:
            codes.discard("unknown_name")
        assert response.json()["errors"], "a refusal names no fault"
        assert codes <= BEYOND_A_SCHEMA, f"the schema does not say why: {codes - BEYOND_A_SCHEMA}"
    else:
        is_forged = "/hooks/" in case.operation.path and kind == "/problems/unauthorized"
        is_known = is_forged or kind in {*BY_WHAT_IS_THERE, NO_PAGE}
        assert is_known, f"a valid request is refused: {kind}"
