"""A spreadsheet is read as its people and programs save it, and an error names row and column."""

import pytest
from msgspec import UNSET

from app.sync.detection import read_csv
from app.sync.errors import UnrecognisedPayload
from app.sync.page import InputFault
from tests.sync.pages import read_sheet

SHEET = "key,title,reach\nSP-1,Größe €,3\nSP-2,„zwei“,4\n"

READ = [("SP-1", "Größe €", {"reach": 3}), ("SP-2", "„zwei“", {"reach": 4})]


def told(sheet: str | bytes) -> list[tuple[str, object, object]]:
    return [(item.key, item.title, item.inputs) for item in read_sheet(sheet).items]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
)
def test_every_encoding_that_programs_save_is_read(encoding: str) -> None:
    assert told(SHEET.encode(encoding)) == READ


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_damaged_byte_in_utf_8_is_refused_and_not_read_as_another_encoding(mark: bytes) -> None:
    damaged = mark + "key,title\nA,über\nB,größer\n".encode().replace(b"B,", b"B,\xff")
    with pytest.raises(UnrecognisedPayload, match="Row 3 of the spreadsheet is not UTF-8"):
        read_csv(damaged)


def test_quotes_behind_capitals_are_still_windows_1252() -> None:
    assert told("key,title\nA,„MENÜ“ größer\n".encode("cp1252")) == [("A", "„MENÜ“ größer", {})]


def test_a_nul_in_a_text_is_no_utf_16() -> None:
    assert told(b"key,title\nA,x\x00y\n") == [("A", "xy", {})]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_every_delimiter_and_line_end_is_told_by_the_header(newline: str, delimiter: str) -> None:
    assert told(SHEET.replace(",", delimiter).replace("\n", newline)) == READ


@pytest.mark.parametrize("said", ["sep=;\n", "SEP=;\r\n", '"sep=;"\n', "\ufeffsep=;\n"])
def test_the_delimiter_that_is_said_counts(said: str) -> None:
    assert told(said + 'key;"title, long, in, full";reach\nA;;3\n') == [("A", UNSET, {"reach": 3})]
    assert told("sep=:\nkey:reach\nA:3\n") == [("A", UNSET, {"reach": 3})]


def test_what_stands_in_quotes_parts_no_columns() -> None:
    sheet = '"key";"a, b, c, d";"reach"\n"A;1";"x\r\ny";"3"\n'
    assert told(sheet) == [("A;1", UNSET, {"reach": 3})]


@pytest.mark.parametrize("body", [b"key\n" + b"A\n" * 100_000, b"key" + b"," * 16_384])
def test_a_sheet_is_bounded(body: bytes) -> None:
    with pytest.raises(UnrecognisedPayload, match="100,000 rows and 16,384 columns at most"):
        read_csv(body)


@pytest.mark.parametrize(
    "body",
    [
        b"key" + b"," * 999 + b"\nA" * 3_000,
        b"key,reach" + (b"\nA" + b"," * 9_999) * 300,
    ],
)
def test_cells_are_bounded_and_short_rows_count_as_filled_up(body: bytes) -> None:
    with pytest.raises(UnrecognisedPayload, match="3,000,000 cells at most"):
        read_csv(body)


def test_a_sheet_holds_so_many_values_of_inputs_and_no_more() -> None:
    header = ",".join(f"criteria.{n}" for n in range(1_000))
    rows = "".join(f"\n{n}" for n in range(1_001))
    with pytest.raises(UnrecognisedPayload, match="1,000,000 values of inputs"):
        read_sheet(f"key,{header}{rows}")


def test_ten_faults_are_told_of_an_item() -> None:
    header = ",".join(f"criteria.{n}" for n in range(20))
    (item,) = read_sheet(f"key,{header}\nA{',x' * 20}\n").items
    assert [fault.input for fault in item.faults] == [f"criteria.{n}" for n in range(10)]
    assert item.inputs == {"criteria": dict.fromkeys(map(str, range(20)))}


def test_empty_lines_have_no_cells() -> None:
    assert len(read_csv(b"key" + b"," * 99 + b"\n" * 40_000 + b"A").issues) == 1


def test_one_column_is_enough() -> None:
    assert told("\n\nkey\nA\n") == [("A", UNSET, {})]
    assert told("key\ntext; with, marks\n") == [("text; with, marks", UNSET, {})]


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ("Issue id,Issue key,Summary", "B"),
        ("ID,Team,Title", "A"),
        ("issuekey,title,storypoint", "A"),
        ("Name,ISSUE_KEY,x", "B"),
        ("id,identifier,key", "C"),
        ("x, Key ,y", "B"),
    ],
)
def test_the_column_of_keys_is_found(header: str, key: str) -> None:
    assert [item.key for item in read_sheet(f"{header}\nA,B,C\n").items] == [key]


@pytest.mark.parametrize("sheet", ["", "\n\n", "a,b\n1,2\n", "\ufeff", '"a\nb",c\n'])
def test_a_sheet_without_keys_is_refused(sheet: str) -> None:
    with pytest.raises(UnrecognisedPayload, match="call one key, Issue key, Identifier or ID"):
        read_csv(sheet.encode())


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'key,title\nA,"x\nB,y\n', "Row 2 of the spreadsheet cannot be read: unexpected end"),
        (b'key,title\nA,x\nB,"y"z\n', "Row 3 of the spreadsheet cannot be read: "),
        (b"key,title\nA," + b"x" * 140_000, "Row 2 of the spreadsheet cannot be read: "),
        (b"key\n\x81\n", "no text in UTF-8, UTF-16 or Windows-1252"),
        (b"\xff\xfek", "no text in UTF-8, UTF-16 or Windows-1252"),
    ],
)
def test_what_cannot_be_read_says_where(body: bytes, said: str) -> None:
    with pytest.raises(UnrecognisedPayload, match=said):
        read_csv(body)


def test_an_error_names_row_and_column() -> None:
    page = read_sheet('key,x,Custom field (Reach)\nA,,1\n\nB,,lots\nC,,"1,200"\n')
    assert [fault for item in page.items for fault in item.faults] == [
        InputFault(
            "reach",
            "not_a_number",
            "Row 4, column C (Custom field (Reach)): reach is not a number: write one such as 3 or"
            " 2.5.",
            4,
            "Custom field (Reach)",
        ),
        InputFault(
            "reach",
            "ambiguous_number",
            "Row 5, column C (Custom field (Reach)): reach may be two numbers, by a thousand"
            " apart: write it without the comma or point, or with fewer or more decimals.",
            5,
            "Custom field (Reach)",
        ),
    ]
    assert [item.inputs for item in page.items] == [{"reach": 1}, {"reach": None}, {"reach": None}]


@pytest.mark.parametrize(
    ("sheet", "numbers"),
    [
        ('key,reach\nA,"1,200"\nB,"12,5"\n', [1.2, 12.5]),
        ('key,reach\nA,"1,200"\nB,12.5\n', [1200, 12.5]),
        ("key;reach\nA;1,200\nB;7\n", [1.2, 7]),
        ("key;reach\nA;1.200\nB;12,5\n", [1200, 12.5]),
        ("key;reach\nA;1,200\nB;12.5\n", [1200, 12.5]),
        ("key;reach\nA;1.200,50\nB;\n", [1200.5, None]),
        ("key;reach;effort\nA;1,200;2.5\nB;7;\n", [1.2, 7]),
    ],
)
def test_each_column_says_what_its_commas_are(sheet: str, numbers: list[float | None]) -> None:
    page = read_sheet(sheet)
    assert [item.inputs["reach"] for item in page.items] == numbers
    assert not any(item.faults for item in page.items)


def test_a_short_row_ends_in_blanks_and_a_long_one_is_not_trusted() -> None:
    page = read_sheet("key,title,reach,effort\nA,x\nB,y, and more,3,4\nC,z,3,4,,\n")
    assert [item.inputs for item in page.items] == [
        {"reach": None, "effort": None},
        {"reach": None, "effort": None},
        {"reach": 3, "effort": 4},
    ]
    (fault,) = [fault for item in page.items for fault in item.faults]
    assert (fault.input, fault.code, fault.row) == ("", "too_many_cells", 3)
    assert fault.message.startswith("Row 3 has more cells than the header has columns")


def test_notes_beside_the_table_are_left_alone() -> None:
    assert told("key,reach,\nA,3,a note\n") == [("A", UNSET, {"reach": 3})]


def test_columns_of_one_name_are_read_by_their_place() -> None:
    page = read_sheet('Labels,key,Labels,Labels,Sprint,Sprint\nx,A,"y, z",,1,2\n,B,,,,\n')
    assert [item.labels for item in page.items] == [["x", "y", "z"], []]
    page = read_sheet("key,reach,reach\nA,,5\nB,5,5.0\nC,5,6\n")
    assert [item.inputs for item in page.items] == [{"reach": 5}, {"reach": 5}, {"reach": None}]


def test_a_header_of_two_lines_is_one_name() -> None:
    (item,) = read_sheet('key,"Custom field\n(Reach)","Job\r\nsize"\nA,5,3\n').items
    assert item.inputs == {"reach": 5, "job_size": 3}


def test_headers_are_found_by_a_profile_and_the_others_map_themselves() -> None:
    profile = {
        "inputs": {
            "reach": {"from": ["customfield_1", "name:People (per month)"]},
            "impact": {"from": ["label:Impact/"], "values": {"high": 2}},
            "effort": {"from": ["customfield_2"]},
        },
        "exclude": {"Status": ["Done"]},
    }
    page = read_sheet(
        "key,People (per month),Effort,labels,Status\nA,9,3,Impact/High,done\nB,8,2,,open\n",
        profile,
    )
    assert [(item.inputs, item.excluded) for item in page.items] == [
        ({"reach": 9, "effort": 3, "impact": 2}, True),
        ({"reach": 8, "effort": 2, "impact": None}, False),
    ]


def test_a_column_that_is_called_as_an_input_goes_before_a_label() -> None:
    profile = {"inputs": {"impact": {"from": ["label:Impact/"], "values": {"high": 2, "3": 0.5}}}}
    page = read_sheet("key,labels,impact\nA,Impact/High,3\nB,Impact/High,\nC,,high\n", profile)
    assert [item.inputs for item in page.items] == [{"impact": 3}, {"impact": 2}, {"impact": 2}]


def test_numbers_that_mean_others_do_so_in_the_column_that_the_profile_names_alone() -> None:
    profile = {"inputs": {"impact": {"from": ["Impact"], "values": {"1": 0.25, "2": 1}}}}
    for header, impact in (("Impact", 1), ("IMPACT", 1), ("impact", 2)):
        (item,) = read_sheet(f"key,{header}\nA,2\n", profile).items
        assert item.inputs == {"impact": impact}


def test_every_way_to_write_the_name_of_an_input_is_known() -> None:
    header = "key,REACH,Job Size,Custom field (Time Criticality),business-value,Criteria.Our gain"
    (item,) = read_sheet(f"{header}\nA,1,2,3,4,5\n").items
    assert item.inputs == {
        "reach": 1,
        "job_size": 2,
        "time_criticality": 3,
        "business_value": 4,
        "criteria": {"Our gain": 5},
    }


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("'=1+1", "=1+1"),
        ("'-x", "-x"),
        ("''=1", "'=1"),
        ("'90s", "'90s"),
        ("''", "''"),
        ("'", "'"),
        ("=1", "=1"),
    ],
)
def test_the_apostrophe_that_guards_a_formula_is_taken_away(cell: str, text: str) -> None:
    (item,) = read_sheet(f"key,title\n{cell},{cell}\n").items
    assert (item.key, item.title) == (text, text)


def test_a_guarded_number_is_one() -> None:
    (item,) = read_sheet("key,criteria.loss\nA,'-5\n").items
    assert item.inputs == {"criteria": {"loss": -5}}


def test_rows_without_a_key_are_said() -> None:
    page = read_sheet("key,reach\n,3\nA,4\n..,5\n,\n")
    assert page.skipped == [
        ("row 2", "It has no key."),
        ("row 4", "Its key is not one that an item may have."),
    ]
    assert [item.key for item in page.items] == ["A"]


def test_an_address_is_kept_cleared_or_left_as_it_is() -> None:
    page = read_sheet("key,url\nA,https://x.example/1\nB,\nC,no address\n")
    assert [item.url for item in page.items] == ["https://x.example/1", None, UNSET]


def test_a_row_has_no_time_and_no_site() -> None:
    (item,) = read_sheet("key,Updated\nA,2026-11-20T10:00:00Z\n").items
    assert (item.source, item.site, item.source_id, item.updated) == ("csv", "", "A", None)
