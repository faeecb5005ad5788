"""A file is opened by one process, with a secret of its own; an address that is none is told."""

import os
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from subprocess import PIPE, Popen

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.storage.database import Database
from app.storage.errors import NoSecret
from app.storage.opening import secret_of

STACKRANK = str(Path(sys.executable).with_name("stackrank"))


@contextmanager
def serving(url: str) -> Iterator[None]:
    """A process that has the file."""
    command = [STACKRANK, "serve", "--port", "0"]
    variables = os.environ | {"STACKRANK_DATABASE_URL": url}
    with Popen(command, stdout=PIPE, text=True, env=variables) as process:
        try:
            assert process.stdout
            assert process.stdout.readline().startswith("The backlogs are kept in")
            yield
        finally:
            process.terminate()


def told(url: str, *command: str) -> str:
    """Call a command that must fail, and give what it says."""
    done = CliRunner().invoke(app, command, env={"STACKRANK_DATABASE_URL": url})
    assert (done.exit_code, done.stdout) == (1, "")
    return done.stderr


def test_a_file_that_is_served_is_opened_by_no_other_process(tmp_path: Path) -> None:
    path, link = tmp_path / "kept.db", tmp_path / "link.db"
    link.symlink_to(path)
    with serving(f"sqlite:///{path}"):
        for one in (path, link):
            for command in (["migrate"], ["serve", "--port", "0"]):
                said = told(f"sqlite:///{one}", *command)
                assert said == f"Another Stackrank serves {path}. Stop it first.\n"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("backlogs", "The address of the database cannot be read."),
        ("postgresql://ada@host:port/x", "The address of the database cannot be read."),
        ("mysql://host/x", "The database must be an SQLite file or a PostgreSQL."),
        (
            "sqlite:////proc/none/x.db",
            "/proc/none/x.db cannot be made: No such file or directory.",
        ),
        ("postgresql://127.0.0.1:1/x", "The database did not answer."),
        *(
            (url, "The database must be a file: one in memory is of one connection alone.")
            for url in ("sqlite://", "sqlite:///:memory:", "sqlite:///file::memory:?uri=true")
        ),
    ],
)
def test_what_cannot_be_opened_is_told_in_a_sentence(url: str, said: str) -> None:
    for command in (["migrate"], ["serve", "--port", "0"]):
        assert told(url, *command) == f"{said}\n"


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database " * 100)
    assert told(f"sqlite:///{path}", "serve") == "The file is not an SQLite database.\n"
    assert path.read_text() == "not a database " * 100


def test_the_secret_of_a_file_is_made_once_and_only_its_owner_reads_it(sqlite_copy: str) -> None:
    with closing(Database(sqlite_copy)) as database:
        made = secret_of(database, None)
        assert len(made) >= 32
        assert secret_of(database, None) == made
        assert secret_of(database, "given") == "given"
        assert Path(f"{database.path}.secret").stat().st_mode & 0o777 == 0o600


def test_a_secret_whose_writing_was_cut_short_is_made_anew(sqlite_copy: str) -> None:
    with closing(Database(sqlite_copy)) as database:
        Path(f"{database.path}.secret-new").write_text("")
        assert len(secret_of(database, None)) >= 32
        assert not Path(f"{database.path}.secret-new").exists()


def test_an_empty_file_is_no_secret(sqlite_copy: str) -> None:
    with closing(Database(sqlite_copy)) as database:
        Path(f"{database.path}.secret").write_text("")
        with pytest.raises(NoSecret, match="bring back that of a backup"):
            secret_of(database, None)


def test_postgresql_has_no_secret_of_its_own() -> None:
    with pytest.raises(NoSecret, match="STACKRANK_SECRET"):
        secret_of(Database("postgresql://host/x"), None)
