"""Whatever the schema lets through, and whatever it does not, the answer keeps the contract.

Schemathesis makes requests from the document, valid ones and ones that are wrong in one place, and
holds every answer against it with all of its checks.
"""

import re
from pathlib import Path

import pytest

from tests.conftest import KEY
from tests.contract.commands import CONTRACT, HERE, run


@pytest.mark.parametrize("phases", ["examples,coverage", "fuzzing"])
def test_no_request_brings_the_service_to_break_its_contract(
    address: str, tmp_path: Path, phases: str
) -> None:
    _fuzz(address, phases, tmp_path)


def test_what_an_answer_links_to_keeps_the_contract_too(address: str, tmp_path: Path) -> None:
    told = _fuzz(address, "stateful", tmp_path)
    links = re.search(r"API Links: +(\d+) covered", told)
    assert links
    assert int(links[1]) >= 20, "hardly any answer led to a next request"


def _fuzz(address: str, phases: str, folder: Path) -> str:
    told = run(
        *("schemathesis", "--config-file", HERE / "schemathesis.toml", "run", CONTRACT),
        *("--url", address, "--phases", phases),
        *("--header", f"Authorization: Bearer {KEY}"),
        cwd=folder,
        PYTHONPATH=str(HERE),
    )
    assert "not applicable" not in told, "a phase has nothing to do"
    return told
