"""The command line: the same engine and the same contract without a server."""

import json
import os
import re
import sys
from pathlib import Path
from signal import SIGTERM
from socket import create_server
from subprocess import PIPE, Popen, run

import httpx
from typer.testing import CliRunner

from app.cli import app
from tests.conftest import SECRET, Postgresql

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


def test_serve_says_where_it_listens_serves_alone_and_stops_when_asked(tmp_path: Path) -> None:
    command = [STACKRANK, "serve", "--port", "0"]
    variables = os.environ | {"STACKRANK_DATABASE_URL": f"sqlite:///{tmp_path}/kept/here.db"}
    with Popen(command, stdout=PIPE, text=True, env=variables) as process:
        try:
            assert process.stdout
            assert process.stdout.readline().startswith(
                f"The backlogs are kept in {tmp_path}/kept/here.db (SQLite 3."
            )
            again = run(command, capture_output=True, text=True, check=False, env=variables)
            assert (again.returncode, again.stdout) == (1, "")
            assert again.stderr == (
                f"Another Stackrank serves {tmp_path}/kept/here.db. Stop it first.\n"
            )
            said = process.stdout.readline() + process.stdout.readline()
            found = re.search(r"http://127\.0\.0\.1:\d+", said)
            assert found
            assert httpx.get(f"{found[0]}/livez").json()["status"] == "ok"
            assert f"{found[0]}/docs" in said
        finally:
            process.terminate()
        assert process.wait(10) in {0, -SIGTERM}


def test_serve_fails_where_the_port_is_taken(tmp_path: Path) -> None:
    variables = os.environ | {"STACKRANK_DATABASE_URL": f"sqlite:///{tmp_path}/here.db"}
    with create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [STACKRANK, "serve", "--port", str(port)]
        result = run(
            command, capture_output=True, text=True, check=False, timeout=30, env=variables
        )
    assert result.returncode == 3
    assert "listens" not in result.stdout
    assert "address already in use" in result.stderr


def test_a_postgresql_is_migrated_by_a_command_and_served_only_then(
    postgresql: Postgresql,
) -> None:
    address = postgresql.new()
    variables = os.environ | {"STACKRANK_DATABASE_URL": address, "STACKRANK_SECRET": SECRET}

    def call(*words: str) -> tuple[int, str, str]:
        done = run([STACKRANK, *words], capture_output=True, text=True, check=False, env=variables)
        return (done.returncode, done.stdout, done.stderr)

    too_old = "The database has an older schema. Run: stackrank migrate\n"
    assert call("serve", "--port", "0") == (1, "", too_old)
    assert call("migrate") == (0, "The schema is the newest now.\n", "")
    assert call("migrate") == (0, "The schema was the newest.\n", "")
    del variables["STACKRANK_SECRET"]
    asked = "PostgreSQL needs STACKRANK_SECRET, the same for every process.\n"
    assert call("serve", "--port", "0") == (1, "", asked)
