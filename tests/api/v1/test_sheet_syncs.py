"""A spreadsheet goes in as it is, and knows its rows by the keys of the items."""

from typing import Any

from fastapi.testclient import TestClient

from tests.api.v1.conftest import rice
from tests.api.v1.pages import issue, keys, search, sent_as_csv, synced


def test_a_batch_of_spreadsheets_is_all_that_no_tool_knows(
    stored: TestClient, backlog: str
) -> None:
    stored.post(f"{backlog}/items", json={"items": [rice("By hand", 1), rice("In it", 2)]})
    synced(stored, backlog, search(issue(1, 50), issue(2, 40)))
    assert sent_as_csv(stored, backlog, "key,reach\nGone,3\nSP-1,50\n").status_code == 200
    assert sent_as_csv(stored, backlog, "key\nIn it\nSP-1\n", batch="b").status_code == 200
    assert stored.post(f"{backlog}/sync/b/complete").json()["archived"] == 2
    assert keys(stored, backlog) == ["SP-1", "SP-2", "In it"]


def test_a_spreadsheet_is_read_and_its_rows_are_known_by_their_keys(
    stored: TestClient, backlog: str
) -> None:
    synced(stored, backlog, search(issue(1, 50)))
    sheet = "Key;Reach;Impact;Confidence;Effort\nSP-1;900;2;50%;1\nX;1,5;2;50;1\nY;viel;2;50;1\n"
    stored.put(f"{backlog}/profile", json={})
    answer = sent_as_csv(stored, backlog, sheet)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["detected"], told["counts"]["updated"], told["counts"]["created"]) == (
        "csv",
        1,
        2,
    )
    assert [(one["key"], one["score"]) for one in told["items"]] == [
        ("SP-1", 900),
        ("X", 1.5),
        ("Y", None),
    ]
    assert "row 4" in told["items"][2]["reasons"][0]["message"].lower()
    synced(stored, backlog, search(issue(1, 50, key="OPS-9")))
    assert keys(stored, backlog)[-1] == "Y"
    assert "OPS-9" in keys(stored, backlog)


def test_a_criterion_of_a_spreadsheet_has_a_name_that_an_item_may_give_it(
    stored: TestClient, backlog: str
) -> None:
    longest, too_long = "n" * 100, "n" * 101
    sheet = f'key,criteria.{longest},criteria.{too_long},"criteria.a\nb",criteria.\nA,1,2,3,4\n'
    assert sent_as_csv(stored, backlog, sheet).status_code == 200
    kept = stored.get(f"{backlog}/items/A").json()
    assert kept["inputs"]["criteria"] == {longest: 1, "a b": 3}


def test_an_item_that_would_have_too_many_criteria_keeps_those_it_has(
    stored: TestClient, backlog: str
) -> None:
    def sent(row: str, *names: str) -> list[Any]:
        header = ",".join(f"criteria.{name}" for name in names)
        answer = sent_as_csv(stored, backlog, f"key,reach,{header}\nA,5,{row}\nB,6\n")
        assert answer.status_code == 200
        return [
            (one["inputs"]["reach"], len(one["inputs"].get("criteria", {})), one["reasons"][:1])
            for one in answer.json()["items"]
        ]

    missing = {
        "code": "missing_input",
        "input": "impact",
        "message": "impact is missing: send a number, for a blank is not 0.",
    }
    many = {
        "code": "too_many",
        "input": "criteria",
        "message": "It would have 160 criteria and may have 100: none was taken.",
    }
    first, second = ([f"{letter}{n}" for n in range(80)] for letter in "ab")
    assert sent("1," * 80, *first) == [(5, 80, [missing]), (6, 0, [missing])]
    assert sent("1," * 80, *second) == [(5, 80, [many]), (6, 0, [missing])]
    assert sent("," * 80 + "1," * 80, *first, *second) == [(5, 80, [missing]), (6, 0, [missing])]
    assert stored.get(f"{backlog}/items/A").json()["inputs"]["criteria"] == dict.fromkeys(
        second, 1
    )


def test_a_ranking_of_any_criteria_comes_back_as_a_spreadsheet(
    stored: TestClient, backlog: str
) -> None:
    items = [
        *(
            {"key": key, "inputs": {"criteria": {f"{key}{n}": 1 for n in range(90)}}}
            for key in "AB"
        ),
        {"key": "C", "inputs": {"reach": 5}},
    ]
    assert stored.post(f"{backlog}/items", json={"items": items}).status_code == 200
    sheet = stored.get(f"{backlog}/ranking.csv").text
    assert sent_as_csv(stored, backlog, sheet).json()["counts"]["unchanged"] == 3


def test_a_row_of_a_spreadsheet_becomes_the_issue_of_its_key(
    stored: TestClient, backlog: str
) -> None:
    for batch, rows in (("1", "SP-1,900\nSP-2,1\nSP-3,2\n"), ("2", "SP-3,2\n")):
        answer = sent_as_csv(stored, backlog, f"key,reach\n{rows}", batch=batch)
        assert answer.status_code == 200
        assert synced(stored, backlog, search(issue(1, 50)))["counts"]["created"] == 0
    assert stored.post(f"{backlog}/sync/2/complete").json()["archived"] == 1
    assert keys(stored, backlog) == ["SP-1", "SP-3"]
