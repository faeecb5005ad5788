"""The service as its clients meet it: in a process of its own, over a socket.

These tests need Node.js with what `npm ci` installs here, a Java runtime, and Debian's golang-go
and golang-gopkg-validator.v2-dev. `.ci/run` installs all of it; where it is absent they fail.
"""

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from shutil import copy
from subprocess import PIPE, Popen

import pytest

from tests.conftest import SECRET


@pytest.fixture(scope="session")
def address(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    command = (Path(sys.executable).with_name("stackrank"), "serve", "--port", "0")
    database = copy(sqlite_template, tmp_path_factory.mktemp("database"))
    variables = os.environ | {
        "STACKRANK_DATABASE_URL": f"sqlite:///{database}",
        "STACKRANK_SECRET": SECRET,
        "STACKRANK_DRAIN": "0",
    }
    with Popen(command, stdout=PIPE, text=True, env=variables) as server:
        assert server.stdout
        lines = iter(server.stdout.readline, "")
        told = next(filter(None, (re.search(r"http://\S+", line) for line in lines)), None)
        assert told, "the service did not start"
        yield told[0]
        server.terminate()
