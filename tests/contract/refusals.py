"""What a schema cannot say, and a valid request may thus be refused for: nothing else."""

from typing import Any, Final

import schemathesis
from schemathesis import Case, CheckContext, Response

BEYOND_A_SCHEMA: Final = {
    "duplicate_key",  # two items have the same key
    "dependency_circle",  # items wait for each other
    "no_range",  # a scale's min is not below its max
    "no_scale",  # neither a criterion nor the list has a scale, and the normalization needs one
    "no_weight",  # all weights are 0
    "cost_without_normalization",
}


@schemathesis.check
def refused_for_what_no_schema_can_say(
    _context: CheckContext, response: Response, case: Case[Any]
) -> None:
    valid = case.meta is not None and case.meta.generation.mode.is_positive
    if valid and response.status_code == 422:
        codes = {fault["code"] for fault in response.json()["errors"]}
        assert codes, "a refusal names no fault"
        assert codes <= BEYOND_A_SCHEMA, f"the schema does not say why: {codes - BEYOND_A_SCHEMA}"
