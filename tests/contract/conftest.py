"""The service as its clients meet it: in a process of its own, over a socket.

These tests need node with what `npm ci` installs here, a Java runtime, and Debian's golang-go and
golang-gopkg-validator.v2-dev. `.ci/run` installs all of it; where it is absent they fail.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE, Popen

import pytest


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    command = (Path(sys.executable).with_name("stackrank"), "serve", "--port", "0")
    with Popen(command, stdout=PIPE, text=True) as server:
        assert server.stdout
        told = re.search(r"http://\S+", server.stdout.readline())
        assert told, "the service did not start"
        yield told[0]
        server.terminate()
