"""What is hashed of a run is written fast, and as the library of RFC 8785 writes it."""

from typing import Any

import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from app.backlogs.runs import canonical
from app.backlogs.scoring import write

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | FLOATS | TEXTS | st.integers(-(2**53) + 1, 2**53 - 1),
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
)


@given(DOCUMENTS)
@example([0.0, -0.0, 1.0, 0.1, 1e-5, 9.9e-6, 1e-7, 5e-324])
@example([2.0**53 - 1, 2.0**53, -(2.0**53), 1e16, 1e20, 1e21, 1.7976931348623157e308])
@example({"\ufb01": 1, "\U0001f600": 2, "é": 3, "z": 4})
@example({"text": '\x00\x1f\x7f\b\t\n\f\r"\\/\u2028'})
def test_written_as_rfc_8785_says(document: Any) -> None:  # noqa: ANN401 - any JSON
    assert write(canonical(write(document).decode())) == rfc8785.dumps(document)
