"""The command line: the same engine and the same contract without a server."""

import json
import re
import sys
from pathlib import Path
from signal import SIGTERM
from socket import create_server
from subprocess import PIPE, Popen, run

import httpx
from typer.testing import CliRunner

from app.cli import app

STACKRANK = str(Path(sys.executable).with_name("stackrank"))

RICE = json.dumps(
    {
        "items": [
            {"key": "A", "inputs": {"reach": 450, "impact": 3, "confidence": 100, "effort": 2}},
            {"key": "C", "inputs": {"reach": 800, "impact": 2, "confidence": 50, "effort": 1}},
            {"key": "D", "inputs": {"reach": 800}},
        ]
    }
)


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


def test_what_is_not_json_is_said() -> None:
    result = CliRunner().invoke(app, ["score", "rice", "-"], input="{")
    assert result.exit_code == 1
    assert result.stderr.startswith("The body is not JSON")


def test_a_repeated_key_is_said() -> None:
    body = '{"items": [{"key": "A", "inputs": {}}, {"key": "A", "inputs": {}}]}'
    result = CliRunner().invoke(app, ["score", "rice", "-"], input=body)
    assert result.exit_code == 1
    assert result.stderr == "1 items repeat the key of another.\n"


def test_an_unknown_method_is_refused_and_the_known_are_named() -> None:
    result = CliRunner().invoke(app, ["score", "rise", "-"], input=RICE)
    assert result.exit_code == 2
    assert "rice" in result.stderr


def test_the_contract_is_printed_as_it_is_committed() -> None:
    result = CliRunner().invoke(app, ["openapi"])
    assert result.stdout == Path("openapi/v1.json").read_text(encoding="utf-8")


def test_serve_says_where_it_listens_and_stops_when_asked() -> None:
    command = [STACKRANK, "serve", "--port", "0"]
    with Popen(command, stdout=PIPE, text=True) as process:
        try:
            assert process.stdout
            said = process.stdout.readline() + process.stdout.readline()
            found = re.search(r"http://127\.0\.0\.1:\d+", said)
            assert found
            assert httpx.get(f"{found[0]}/livez").json()["status"] == "ok"
            assert f"{found[0]}/docs" in said
        finally:
            process.terminate()
        assert process.wait(10) in {0, -SIGTERM}


def test_serve_fails_where_the_port_is_taken() -> None:
    with create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [STACKRANK, "serve", "--port", str(port)]
        result = run(command, capture_output=True, text=True, check=False, timeout=30)
    assert result.returncode == 3
    assert result.stdout == ""
    assert "address already in use" in result.stderr
