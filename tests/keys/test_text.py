"""A key says whose it is, is recognised where it leaked, and a mistyped one is none."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.keys import text as key_text

WORKSPACE = UUID("00000000-0000-7000-8000-000000000000")
ID = UUID("01a20650-0000-7000-8000-000000000001")
SECRET = bytes(range(32))
KEY = (
    "sr_00000000KbJhkRwgzTmbILrkRsSEBCxxZQlvhKKE3tJ"
    "_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf3Wvu8Z"
)


def test_a_key_is_written_so_for_good() -> None:
    assert key_text.written(WORKSPACE, ID, SECRET) == KEY


@given(st.uuids(), st.uuids(), st.binary(min_size=32, max_size=32))
def test_whose_it_is_is_read_from_it(workspace_id: UUID, key_id: UUID, secret: bytes) -> None:
    text = key_text.written(workspace_id, key_id, secret)
    assert len(text) == 96
    assert key_text.read(text) == (workspace_id, key_id)
    assert text.startswith(key_text.public(workspace_id, key_id) + "_")
    assert key_text.whose(key_text.public(workspace_id, key_id)) == (workspace_id, key_id)


@given(st.integers(min_value=3, max_value=95), st.sampled_from("0aZ_ "))
def test_a_letter_that_is_another_makes_it_no_key(place: int, letter: str) -> None:
    mistyped = KEY[:place] + letter + KEY[place + 1 :]
    if mistyped != KEY:
        with pytest.raises(ValueError, match="no key"):
            key_text.read(mistyped)


@pytest.mark.parametrize("text", ["", "sr_", KEY[:-1], KEY + "0", f" {KEY}", "sr_" + "z" * 43])
def test_what_looks_otherwise_is_no_key(text: str) -> None:
    with pytest.raises(ValueError, match="no key"):
        key_text.read(text)


def test_what_says_more_than_two_ids_can_is_no_key() -> None:
    with pytest.raises(ValueError, match="no key"):
        key_text.whose("sr_" + "z" * 43)
