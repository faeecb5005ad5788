"""The command line: the same engine and the same contract without a server."""

import gc
import json
import re
from importlib import import_module
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app

RICE = json.dumps(
    {
        "items": [
            {"key": "A", "inputs": {"reach": 450, "impact": 3, "confidence": 100, "effort": 2}},
            {"key": "C", "inputs": {"reach": 800, "impact": 2, "confidence": 50, "effort": 1}},
            {"key": "D", "inputs": {"reach": 800}},
        ]
    }
)


def test_the_command_collects_garbage_again_once_it_is_loaded() -> None:
    import_module("app.__main__")
    assert gc.isenabled()


def test_a_file_is_printed_as_a_table_with_reasons(tmp_path: Path) -> None:
    file = tmp_path / "rice.json"
    file.write_text(RICE)
    result = CliRunner().invoke(app, ["score", "rice", str(file)])
    assert result.exit_code == 0
    lines = [line.split() for line in result.stdout.splitlines()]
    assert [line[:3] for line in lines if line and line[0] in {"1", "2", "D"}] == [
        ["1", "C", "800"],
        ["2", "A", "675"],
        ["D", "impact", "is"],
    ]


def test_standard_input_is_answered_as_the_api_answers() -> None:
    result = CliRunner().invoke(app, ["score", "rice", "-", "--json"], input=RICE)
    assert result.exit_code == 0
    data = json.loads(result.stdout)["data"]
    assert [(item["key"], item["score"]) for item in data] == [("C", 800), ("A", 675), ("D", None)]


def test_what_is_wrong_is_said_with_its_place() -> None:
    body = '{"items": [{"key": "A", "inputs": {"efort": 1}}]}'
    result = CliRunner().invoke(app, ["score", "rice", "-"], input=body)
    assert result.exit_code == 1
    assert result.stderr == "#/items/0/inputs/efort: Unknown name. Did you mean effort?\n"


def test_a_key_is_printed_as_it_is_written() -> None:
    body = '{"items": [{"key": "[/x]", "inputs": {}}, {"key": "[bold]", "inputs": {}}]}'
    result = CliRunner().invoke(app, ["score", "rice", "-"], input=body)
    assert result.exit_code == 0
    assert "[/x]" in result.stdout
    assert "[bold]" in result.stdout


def test_a_repeated_key_is_said_with_both_places() -> None:
    body = '{"items": [{"key": "A", "inputs": {}}, {"key": "A", "inputs": {}}]}'
    result = CliRunner().invoke(app, ["score", "rice", "-"], input=body)
    assert result.exit_code == 1
    assert result.stderr == (
        "#/items/1/key: The items at #/items/0 and #/items/1 have the same key: give each its"
        " own.\n"
    )


def test_the_version_is_said() -> None:
    assert CliRunner().invoke(app, ["--version"]).stdout == "0.1.0\n"


def test_a_wrong_setting_is_said_by_its_name() -> None:
    result = CliRunner().invoke(app, ["serve"], env={"STACKRANK_MAX_ITEMS": "many"})
    assert result.exit_code == 1
    assert result.stderr.startswith("STACKRANK_MAX_ITEMS: ")


@pytest.mark.parametrize("name", ["STACKRANK_PREVIOUS_SECRETS", "STACKRANK_CORS_ORIGINS"])
@pytest.mark.parametrize("value", ["x", '"x"', "", "[x]"])
def test_a_list_that_is_none_is_said_by_its_name(name: str, value: str) -> None:
    result = CliRunner().invoke(app, ["serve"], env={name: value})
    assert result.exit_code == 1
    said = 'Value error, Give a JSON list of texts, such as ["first", "second"].\n'
    assert result.stderr == f"{name}: {said}"


def test_what_is_not_json_is_said() -> None:
    result = CliRunner().invoke(app, ["score", "rice", "-"], input="{")
    assert result.exit_code == 1
    assert result.stderr.startswith("The body is not JSON")


def test_an_unknown_method_is_refused_and_the_known_are_named() -> None:
    result = CliRunner().invoke(app, ["score", "rise", "-"], input=RICE)
    assert result.exit_code == 2
    assert "rice" in result.stderr


def test_the_contract_is_printed_as_it_is_committed() -> None:
    result = CliRunner().invoke(app, ["openapi"])
    assert result.stdout == Path("openapi/v1.json").read_text(encoding="utf-8")


def test_a_spreadsheet_is_scored_without_a_server(tmp_path: Path) -> None:
    file = tmp_path / "backlog.csv"
    file.write_text(
        "Issue key;Summary;Reach;Custom field (Impact);Confidence;Effort\n"
        "SP-1;Größe;1.200,5;3;80%;2,5\n"
        "SP-2;Suche;450;1;100;0,5\n",
        encoding="cp1252",
    )
    result = CliRunner().invoke(app, ["score", "rice", str(file), "--json"])
    assert (result.exit_code, result.stderr) == (0, "")
    data = json.loads(result.stdout)["data"]
    assert [(item["key"], item["title"], item["score"]) for item in data] == [
        ("SP-1", "Größe", 1152.48),
        ("SP-2", "Suche", 900),
    ]


def test_what_cannot_be_read_of_a_row_is_said_and_the_others_are_scored() -> None:
    sheet = "key,reach,impact,confidence,effort\nA,450,3,100,2\nB,lots,3,100,2\n,1,1,1,1\n"
    result = CliRunner().invoke(app, ["score", "rice", "-", "--json"], input=sheet)
    assert result.exit_code == 0
    assert result.stderr == (
        "Row 4: It has no key.\n"
        "Row 3, column B (reach): reach is not a number: write one such as 3 or 2.5.\n"
    )
    data = json.loads(result.stdout)["data"]
    assert [(item["key"], item["rank"]) for item in data] == [("A", 1), ("B", None)]


def test_a_spreadsheet_without_keys_is_refused() -> None:
    result = CliRunner().invoke(app, ["score", "rice", "-"], input="a,b\n1,2\n")
    assert result.exit_code == 1
    assert result.stderr.startswith("No column of the spreadsheet is a key")


def test_a_key_that_comes_again_is_said_with_both_rows() -> None:
    result = CliRunner().invoke(app, ["score", "rice", "-"], input="key,reach\nA,2\nB,2\nA,3\n")
    assert (result.exit_code, result.stderr) == (1, "Rows 2 and 4 are both A: send it once.\n")


def test_a_dependency_in_a_spreadsheet_that_closes_a_circle_is_left_out_and_said() -> None:
    sheet = "key,category,depends on\nA,must,B\nB,should,A\n"
    result = CliRunner().invoke(app, ["score", "moscow", "-", "--json"], input=sheet)
    assert (result.exit_code, result.stderr) == (
        *(0, "B would wait for A and A for it: this dependency was left out.\n"),
    )
    assert [item["rank"] for item in json.loads(result.stdout)["data"]] == [1, 2]


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ("", "The body is not JSON"),
        (' [\n{"key": "A"}]', "#: Send an object"),
        ("\ufeff[{}]", "#: Send an object"),
    ],
)
def test_what_was_meant_to_be_a_request_is_not_read_as_a_spreadsheet(sent: str, told: str) -> None:
    result = CliRunner().invoke(app, ["score", "rice", "-"], input=sent)
    assert (result.exit_code, result.stderr[: len(told)]) == (1, told)


def test_a_request_may_begin_with_a_byte_order_mark() -> None:
    result = CliRunner().invoke(app, ["score", "rice", "-", "--json"], input=f"\ufeff{RICE}")
    assert [item["key"] for item in json.loads(result.stdout)["data"]] == ["C", "A", "D"]


def test_no_word_of_an_explanation_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "customer_value_for_the_enterprise_segment_of_the_north"
    options = {"criteria": {name: {"weight": 1}}, "normalization": "none"}
    sent = {"options": options, "items": [{"key": "A", "inputs": {"criteria": {name: 5}}}]}
    monkeypatch.setenv("COLUMNS", "60")
    result = CliRunner().invoke(app, ["score", "weighted", "-"], input=json.dumps(sent))
    assert name in re.sub(r"\s", "", result.stdout)


def test_a_header_that_begins_with_a_bracket_is_no_json() -> None:
    sheet = "[Team] Key,key,value,effort\nx,A,8,4\n"
    result = CliRunner().invoke(app, ["score", "value_effort", "-", "--json"], input=sheet)
    assert [item["score"] for item in json.loads(result.stdout)["data"]] == [2]


def test_a_method_that_takes_options_takes_no_spreadsheet_and_says_so() -> None:
    result = CliRunner().invoke(app, ["score", "weighted", "-"], input="key,criteria.Gain\nA,5\n")
    assert result.exit_code == 1
    assert result.stderr.startswith("weighted takes options, which no spreadsheet holds")
