"""What is written as CSV is read back whole, also after Excel in German opened and saved it."""

import csv
import io
import json
import re
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from app.api.csv import input_columns, written
from app.api.faults import Invalid
from app.sync.detection import read_csv
from app.sync.reading import read
from app.sync.values import MISSING_WORDS
from tests.sync.pages import INPUTS


class Ranked(msgspec.Struct):
    """A ranked item as its JSON is stored."""

    key: str
    title: str | None
    url: str | None
    labels: str
    inputs: str
    status: str = "ranked"
    rank: int | None = 1
    position: int | None = 1
    score: float | None = 1234.5
    bucket: str | None = None
    reasons: str = "[]"


def ranked(
    key: str,
    title: str | None = None,
    labels: list[str] | None = None,
    inputs: dict[str, Any] | None = None,
    url: str | None = None,
) -> Ranked:
    return Ranked(key, title, url, json.dumps(labels or []), json.dumps(inputs or {}))


def exported(items: list[Ranked], delimiter: str, *, bom: bool = False) -> bytes:
    columns = input_columns([item.inputs for item in items])
    return b"".join(written(items, columns, delimiter=delimiter, bom=bom))


def told(items: list[Ranked]) -> list[Any]:
    return [
        (item.key, item.title, item.url, json.loads(item.labels), json.loads(item.inputs))
        for item in items
    ]


def read_back(body: bytes) -> list[Any]:
    """Read a file as a backlog would that knows nothing yet."""
    page = read(read_csv(body), None, INPUTS)
    assert page.skipped == []
    back: list[Any] = []
    for item in page.items:
        assert item.faults == []
        inputs = {name: value for name, value in item.inputs.items() if value is not None}
        criteria = {name: x for name, x in inputs.pop("criteria", {}).items() if x is not None}
        inputs |= {"criteria": criteria} if criteria else {}
        url = None if item.url is UNSET else item.url
        back.append((item.key, item.title or None, url, item.labels, inputs))
    return back


def as_excel_in_german_saves(body: bytes, encoding: str) -> bytes:
    """Open a file by double click and save it: numbers become numbers, and are written as such."""
    rows = csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), delimiter=";")
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=";")
    for row in rows:
        writer.writerow([_kept(cell) for cell in row])
    return buffer.getvalue().encode(encoding)


def _kept(cell: str) -> str:
    if re.fullmatch(r"-?\d+(,\d+)?", cell):
        return f"{float(cell.replace(',', '.')):.15g}".replace(".", ",")
    return AS_DATES_AND_TRUTHS.get(cell, cell)


AS_DATES_AND_TRUTHS = {
    "1.10": "01. Okt",
    "3/4": "03. Apr",
    "2026-11-27": "27.11.2026",
    "10:30": "10:30:00",
    "DEC-12": "12. Dez",
    "true": "WAHR",
    "5 %": "5%",
}
"""What Excel in German makes of texts."""

MISREAD = [
    *("007", "1.10", "3/4", "2026-11-27", "10:30", "DEC-12", "true", "5 %", "1e5", "9" * 20),
    *("Jan 5, 2026", "10:30 PM", "(5)", "Dec 5 2026", "Mar-5-2026", "5 pm", "5-Dec-2026 10:00"),
    *("3. Mai", "März 2026", "5 €", "MRZ-12", "5. Mär", "9 p"),
]


FIRST = [
    ranked("SP-1", "Größe; Länge", ["growth", "good first issue", "a, b", "x;y"],
           {"reach": 1200.5, "impact": 0.25, "effort": 2.5, "depends_on": ["SP-2", "a b"]},
           "https://example.com/SP-1"),
    ranked("owner/repo#12", "=SUM(A1)", ["-x"], {"reach": 1.125, "category": "must"}),
    ranked("-3", "'=1", [], {"criteria": {"gain": -1.5, "GAIN": 2.0, "Time to market": 12345.0}}),
    ranked("e", 'two\r\nlines "quoted"', [' "q" ', " "], {"reach": 0.0, "must_be": 3}),
]  # fmt: skip


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("bom", [True, False])
def test_what_is_written_is_read_back_whole(delimiter: str, bom: bool) -> None:
    back = read_back(exported(FIRST, delimiter, bom=bom))
    assert back[:3] == told(FIRST)[:3]
    assert back[3] == ("e", 'two\r\nlines "quoted"', None, [' "q" '], {"reach": 0, "must_be": 3})


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252"])
def test_excel_in_german_loses_nothing(encoding: str) -> None:
    body = as_excel_in_german_saves(exported(FIRST, ";", bom=True), encoding)
    assert read_back(body)[:3] == told(FIRST)[:3]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252"])
def test_excel_in_german_makes_no_number_and_no_date_of_a_text(encoding: str) -> None:
    items = [
        ranked(text, text, [text], {"reach": 5.0, "depends_on": [MISREAD[place - 1]]})
        for place, text in enumerate(MISREAD)
    ]
    body = as_excel_in_german_saves(exported(items, ";", bom=True), encoding)
    assert read_back(body) == told(items)


def test_a_text_that_only_excel_would_change_is_written_as_it_is_for_others() -> None:
    items = [ranked(text) for text in [*MISREAD, "12", "12A", "v1.10", "March", "Market 5"]]
    for delimiter, bom, guarded in ((",", False, []), (";", False, MISREAD), (",", True, MISREAD)):
        rows = exported(items, delimiter, bom=bom).decode("utf-8-sig").splitlines()[1:]
        keys = [row[0] for row in csv.reader(rows, delimiter=delimiter)]
        assert [key[1:] for key in keys if key.startswith("'")] == guarded


@pytest.mark.parametrize(
    ("size", "names"), [(2999, 990), (182, 16_374)], ids=["3,000,000 cells", "16,384 columns"]
)
def test_as_much_is_written_as_is_read_back_and_no_more(size: int, names: int) -> None:
    first = ranked("A", inputs={"criteria": {f"n{number}": 1 for number in range(names)}})
    items = [first, *(ranked(f"A-{number}") for number in range(1, size))]
    assert len(read_csv(exported(items, ",")).issues) == size
    another_name = ranked("A-1", inputs={"criteria": {"another": 1}})
    for too_many in ([first, another_name, *items[2:]], [*items, ranked("B")]):
        with pytest.raises(Invalid):
            exported(too_many, ",")


def test_numbers_have_a_decimal_comma_between_semicolons() -> None:
    items = [ranked("A", inputs={"reach": 2.5, "effort": 1e-7, "impact": 3.0})]
    assert exported(items, ";").splitlines()[1] == b"A;;;;ranked;1;1;1234,5;1e-07;3;2,5;;"
    assert exported(items, ",").splitlines()[1] == b"A,,,,ranked,1,1,1234.5,1e-07,3,2.5,,"


NUMBERS = st.floats(allow_nan=False, allow_infinity=False, min_value=0)
WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=12
) | st.builds("{}{}".format, st.sampled_from(["", "'", "''"]), st.sampled_from(MISREAD))
NAMES = WORDS.filter(lambda word: word == word.strip() and word not in {".", ".."})
ITEMS = st.builds(
    ranked,
    NAMES,
    st.none() | WORDS.filter(str.strip),
    st.lists(WORDS.filter(str.strip), max_size=3, unique=True),
    st.fixed_dictionaries(
        {},
        optional={
            "reach": NUMBERS,
            "impact": st.floats(allow_nan=False, allow_infinity=False),
            "must_be": st.integers(0, 10**9),
            "category": st.sampled_from(["must", "should", "could", "wont"]),
            "horizon": st.sampled_from(["now", "next", "later"]),
            "depends_on": st.lists(
                NAMES.filter(lambda key: key.casefold() not in MISSING_WORDS),
                min_size=1,
                max_size=3,
                unique=True,
            ),
            "criteria": st.dictionaries(NAMES, NUMBERS, min_size=1, max_size=3),
        },
    ),
)


@settings(max_examples=300)
@given(
    st.lists(ITEMS, max_size=4, unique_by=lambda item: item.key),
    st.sampled_from([",", ";", "\t"]),
    st.booleans(),
)
def test_whatever_is_written_is_read_back_whole(
    items: list[Ranked], delimiter: str, bom: bool
) -> None:
    assert read_back(exported(items, delimiter, bom=bom)) == told(items)
