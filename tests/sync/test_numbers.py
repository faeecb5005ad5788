"""A number is read as whoever wrote it meant it, or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.sync.numbers import (
    SEMICOLONS,
    USUAL,
    Ambiguous,
    Marks,
    marks_of,
    number_of,
)

LONDON = Marks("thousands", "decimal")
BERLIN = Marks("decimal", "thousands")
BOTH = Marks("unclear", "unclear")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("3", 3),
        (" 3 ", 3),
        ("14.0", 14),
        ("-3", -3),
        ("\u22123", -3),
        ("+3", 3),
        (".5", 0.5),
        (",5", 0.5),
        ("12,5", 12.5),
        ("0,250", 0.25),
        ("1234,567", 1234.567),
        ("1 200", 1200),
        ("1\u00a0200", 1200),
        ("1\u202f200,5", 1200.5),
        ("1'200", 1200),
        ("1\u2019200.5", 1200.5),
        ("1,234,567", 1_234_567),
        ("1.234.567", 1_234_567),
        ("1,234.5", 1234.5),
        ("1.234,5", 1234.5),
        ("1k", 1000),
        ("1,2k", 1200),
        ("2.5M", 2_500_000),
        ("1e3", 1000),
        ("1,5E+20", 1.5e20),
        ("1.500E+03", 1500),
        ("3 (High)", 3),
    ],
)
@pytest.mark.parametrize("marks", [USUAL, SEMICOLONS, LONDON, BERLIN, BOTH])
def test_most_numbers_leave_no_doubt(text: str, number: float, marks: Marks) -> None:
    written = number_of(text, marks)
    assert written
    assert (written.number, written.percent) == (number, False)


@pytest.mark.parametrize("text", ["80%", "80 %", "80,0 %", "80% (Medium)", "80% (a (b) c)"])
def test_a_percentage_says_that_it_is_one(text: str) -> None:
    written = number_of(text, USUAL)
    assert written
    assert (written.number, written.percent) == (80, True)


@pytest.mark.parametrize(
    "text",
    ["", "High", "12 5", "1,2,3", "1.2.3", "1,23,456", "1.200,5.3", "1 20", "3 apples", "0x10",
     "1_000", "--1", "5m", "3 (High", "1e99999", "٣", "1" * 401],
)  # fmt: skip
def test_what_is_no_number_is_none(text: str) -> None:
    assert number_of(text, USUAL) is None


@pytest.mark.parametrize(
    ("text", "marks", "number"),
    [
        ("1,200", LONDON, 1200),
        ("1,200", BERLIN, 1.2),
        ("1,200", SEMICOLONS, 1.2),
        ("1.200", LONDON, 1.2),
        ("1.200", BERLIN, 1200),
        ("1.200", USUAL, 1.2),
        ("1,200k", LONDON, 1_200_000),
    ],
)
def test_a_doubt_is_settled_by_the_column(text: str, marks: Marks, number: float) -> None:
    written = number_of(text, marks)
    assert written
    assert written.number == number


@pytest.mark.parametrize(
    ("text", "marks"),
    [("1,200", USUAL), ("1,200", BOTH), ("1.200", BOTH), ("1.200", SEMICOLONS), ("1,200%", USUAL)],
)
def test_a_doubt_that_stays_is_said(text: str, marks: Marks) -> None:
    with pytest.raises(Ambiguous):
        number_of(text, marks)


@pytest.mark.parametrize(
    ("texts", "semicolons", "marks"),
    [
        ([], False, USUAL),
        ([], True, SEMICOLONS),
        (["1,200", "7"], False, USUAL),
        (["1,200", "1.200", "High"], True, SEMICOLONS),
        (["1,200", "12,5"], False, BERLIN),
        (["1,200", "1.234.567"], False, BERLIN),
        (["1,200", "12.5"], True, LONDON),
        (["1,200", "1,234,567"], False, LONDON),
        (["1,200", "1,234.5"], False, LONDON),
        (["12.5", "12,5"], True, BOTH),
    ],
)
def test_a_column_says_what_its_marks_are(
    texts: list[str], semicolons: bool, marks: Marks
) -> None:
    assert marks_of(texts, semicolons=semicolons) == marks


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from([USUAL, LONDON]))
def test_what_python_writes_is_read_back_exactly(number: float, marks: Marks) -> None:
    written = number_of(repr(number), marks)
    assert written
    assert written.number == number


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from([SEMICOLONS, BERLIN]))
def test_so_is_what_is_written_with_a_decimal_comma(number: float, marks: Marks) -> None:
    written = number_of(repr(number).replace(".", ","), marks)
    assert written
    assert written.number == number


@given(st.text(alphabet="0123456789.,' kM%eE()+-", max_size=30), st.sampled_from([USUAL, BOTH]))
def test_any_text_is_a_number_or_none_or_in_doubt(text: str, marks: Marks) -> None:
    try:
        written = number_of(text, marks)
    except Ambiguous:
        return
    assert written is None or isinstance(written.number, float)
