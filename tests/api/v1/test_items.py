"""Items are merged, replaced, changed and deleted; what is absent keeps, what is null clears."""

from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from tests.api.v1.conftest import Made, rice


def test_a_merge_creates_changes_and_leaves_alone(stored: TestClient, made: Made) -> None:
    address = made(items=[rice("A", 1), rice("B", 2)])
    written = stored.post(
        f"{address}/items",
        json={"items": [rice("A", 1), rice("B", 3), {"key": "C"}]},
    )
    assert written.json() == {
        "revision": 3,
        "etag": '"3"',
        "counts": {"created": 1, "updated": 1, "unchanged": 1, "deleted": 0, "unranked": 1},
    }


def test_a_write_that_changes_nothing_raises_nothing(stored: TestClient, made: Made) -> None:
    address = made(items=[rice("A", 1, title="One", labels=["x"])])
    before = stored.get(f"{address}/items/A").json()
    again = stored.post(
        f"{address}/items", json={"items": [rice("A", 1, title="One", labels=["x"])]}
    )
    assert (again.json()["revision"], again.headers["etag"]) == (2, '"2"')
    assert stored.get(f"{address}/items/A").json() == before


def test_absent_keeps_null_clears_and_labels_are_replaced_whole(
    stored: TestClient, made: Made
) -> None:
    address = made(
        items=[rice("A", 5, title="Search", url="https://a.example", labels=["x", "y"])]
    )
    body = {"title": None, "labels": ["z"], "inputs": {"effort": None, "impact": 2}}
    changed = stored.patch(f"{address}/items/A", json=body).json()
    assert changed["title"] is None
    assert changed["url"] == "https://a.example"
    assert changed["labels"] == ["z"]
    assert changed["inputs"] == {"reach": 5, "impact": 2, "confidence": 100}


def test_merging_gives_an_item_no_more_criteria_than_it_may_have(
    stored: TestClient, made: Made
) -> None:
    address = made(
        items=[{"key": "A", "inputs": {"criteria": dict.fromkeys(map(str, range(99)), 1)}}]
    )
    for change, status in (({"x": 1}, 200), ({"y": 2}, 409), ({"x": None, "y": 2}, 200)):
        answer = stored.patch(f"{address}/items/A", json={"inputs": {"criteria": change}})
        assert answer.status_code == status
        if status == 409:
            assert answer.json()["detail"].startswith("A would have 101 criteria and may have 100")
    merged = {"items": [{"key": "A", "inputs": {"criteria": {"z": 3}}}]}
    assert stored.post(f"{address}/items", json=merged).status_code == 409
    assert stored.get(f"{address}/items/A").json()["inputs"]["criteria"]["y"] == 2


def test_criteria_are_merged_one_by_one(stored: TestClient, made: Made) -> None:
    scoring = {
        "method": "weighted",
        "options": {
            "criteria": {"gain": {"weight": 1}, "ease": {"weight": 1}},
            "scale": {"min": 0, "max": 10},
        },
    }
    address = made(items=[{"key": "A", "inputs": {"criteria": {"gain": 4, "ease": 6}}}], **scoring)
    stored.patch(f"{address}/items/A", json={"inputs": {"criteria": {"gain": 8}}})
    assert stored.get(f"{address}/items/A").json()["inputs"] == {
        "criteria": {"gain": 8, "ease": 6}
    }
    stored.patch(f"{address}/items/A", json={"inputs": {"criteria": {"ease": None}}})
    ranked = stored.get(f"{address}/ranking/A").json()
    assert (ranked["status"], ranked["inputs"]) == ("unranked", {"criteria": {"gain": 8}})
    cleared = stored.patch(f"{address}/items/A", json={"inputs": {"criteria": {"gain": None}}})
    assert cleared.json()["inputs"] == {}
    assert [reason["code"] for reason in ranked["reasons"]] == ["missing_input"]


def test_a_list_can_be_made_exactly_another(stored: TestClient, made: Made) -> None:
    address = made(items=[rice("A", 1, title="One"), rice("B", 2), rice("C", 3)])
    stored.patch(f"{address}/items/C", json={"archived": True})
    body = {"items": [{"key": "A", "inputs": {"reach": 9}}, rice("D", 4)]}
    counts = stored.put(f"{address}/items", json=body).json()["counts"]
    assert counts == {"created": 1, "updated": 1, "unchanged": 0, "deleted": 1, "unranked": 1}
    listed = stored.get(f"{address}/items").json()["data"]
    assert [(one["key"], one["title"]) for one in listed] == [("A", None), ("D", None)]
    assert listed[0]["inputs"] == {"reach": 9}
    archived = stored.get(f"{address}/items", params={"archived": "true"}).json()["data"]
    assert [one["key"] for one in archived] == ["C"]


def test_all_of_a_write_happens_or_nothing(stored: TestClient, made: Made) -> None:
    address = made(items=[rice("A", 1)])
    wrong = {"items": [rice("B", 2), {"key": "C", "inputs": {"reach": -1}}]}
    answer = stored.post(f"{address}/items", json=wrong)
    assert answer.status_code == 422
    assert answer.json()["errors"][0] == {
        "location": "body",
        "pointer": "#/items/1/inputs/reach",
        "code": "greater_than_equal",
        "detail": "Send 0 or more.",
        "item_key": "C",
    }
    assert [one["key"] for one in stored.get(f"{address}/items").json()["data"]] == ["A"]


def test_a_key_that_two_items_share_is_refused(stored: TestClient, made: Made) -> None:
    answer = stored.post(f"{made()}/items", json={"items": [rice("A", 1), rice("A", 2)]})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "#/items/1/key"


def test_a_circle_of_dependencies_is_refused_and_nothing_written(
    stored: TestClient, made: Made
) -> None:
    waits = [
        {"key": "A", "inputs": {"category": "must", "depends_on": ["B"]}},
        {"key": "B", "inputs": {"category": "must"}},
    ]
    address = made(items=waits, method="moscow")
    body = {"inputs": {"depends_on": ["A"]}}
    answer = stored.patch(f"{address}/items/B", json=body)
    (fault,) = answer.json()["errors"]
    told = (answer.status_code, fault["code"], fault["pointer"])
    assert told == (422, "dependency_circle", "#/inputs/depends_on")
    items = [{"key": "C"}, {"key": "A", "inputs": {"value": 1}}, {"key": "B", **body}]
    (fault,) = stored.post(f"{address}/items", json={"items": items}).json()["errors"]
    assert (fault["pointer"], fault["item_key"]) == ("#/items/2/inputs/depends_on", "B")
    (fault,) = stored.post(f"{address}/what-if", json={"items": items}).json()["errors"]
    assert (fault["pointer"], fault["item_key"]) == ("#/items/2/inputs/depends_on", "B")
    items[1] = waits[0]
    (fault,) = stored.put(f"{address}/items", json={"items": items}).json()["errors"]
    assert (fault["pointer"], fault["item_key"]) == ("#/items/1/inputs/depends_on", "A")
    assert stored.get(f"{address}/items/B").json()["inputs"] == {"category": "must"}


def test_a_circle_that_nobody_read_so_far_is_refused_with_the_scoring_that_reads_it(
    stored: TestClient, made: Made
) -> None:
    address = made(
        items=[
            {"key": "A", "inputs": {"depends_on": ["B"]}},
            {"key": "B", "inputs": {"depends_on": ["A"]}},
        ]
    )
    body = {"scoring": {"method": "moscow"}}
    for answer in (stored.patch(address, json=body), stored.post(f"{address}/what-if", json=body)):
        (fault,) = answer.json()["errors"]
        assert (fault["code"], fault["pointer"]) == ("dependency_circle", "#")
    assert stored.get(address).json()["scoring"]["method"] == "rice"


@pytest.mark.parametrize("sent", [1, 0, "true", "yes", None])
def test_archived_is_true_or_false(stored: TestClient, made: Made, sent: object) -> None:
    address = made(items=[rice("A", 1)])
    assert stored.patch(f"{address}/items/A", json={"archived": sent}).status_code == 422


def test_a_state_of_what_is_not_there_is_told_to_be_gone(stored: TestClient, made: Made) -> None:
    gone = stored.put(f"{made()}/items/A", json={}, headers={"if-match": "*"})
    assert (gone.status_code, "etag" in gone.headers) == (412, False)
    assert gone.json()["detail"] == "It is not there now."


@pytest.mark.parametrize("sent", ["2", "", "x"])
def test_an_etag_without_its_quotes_is_told_to_be_none(
    stored: TestClient, made: Made, sent: str
) -> None:
    address = made(items=[rice("A", 1)])
    refusals = [
        stored.patch(f"{address}/items/A", json={"title": "x"}, headers={"if-match": sent}),
        stored.delete(address, headers={"if-match": sent}),
    ]
    assert [(one.status_code, one.json()["detail"]) for one in refusals] == [
        (412, 'If-Match holds no ETag: those have quotes. Its ETag is "2" now.')
    ] * 2


def test_an_archived_item_that_is_changed_stays_archived_until_that_is_changed(
    stored: TestClient, made: Made
) -> None:
    address = made(items=[rice("A", 1)])
    at = f"{address}/items/A"
    stored.patch(at, json={"archived": True})
    assert stored.patch(at, json={"title": "x"}).json()["archived"] is True
    assert stored.patch(at, json={"archived": False}).json()["archived"] is False


KEYS = [
    "owner/repo#12",
    "A/ranking",
    "a b",
    "100 %",
    "ünïcode 漢字 🎯",
    "?x=1&y",
    "a//b",
    "+",
    "'\";--",
]


@pytest.mark.parametrize("key", KEYS)
def test_a_key_is_found_at_its_address_whatever_it_holds(
    stored: TestClient, made: Made, key: str
) -> None:
    address = made()
    at = f"{address}/items/{quote(key, safe='')}"
    created = stored.put(at, json={"inputs": {"reach": 1}})
    assert (created.status_code, created.headers["location"]) == (201, at)
    assert stored.get(at).json()["key"] == key
    assert stored.get(f"{address}/ranking/{quote(key, safe='')}").json()["key"] == key
    (found,) = stored.get(f"{address}/items", params={"key": key}).json()["data"]
    assert found["key"] == key
    assert stored.delete(at).status_code == 204
    assert stored.get(at).status_code == 404


@pytest.mark.parametrize("sent", ["caf%E9", "%ff%FE", "%C3", "%ED%A0%80"])
def test_a_key_in_other_bytes_than_utf_8_is_refused_where_it_stands(
    stored: TestClient, made: Made, sent: str
) -> None:
    """Each would be read as the same replacement character, and name one item."""
    address = made()
    refusals = [
        stored.put(f"{address}/items/{sent}", json={}),
        stored.get(f"{address}/items?key={sent}"),
        stored.get(f"{address}/item-history?key={sent}"),
    ]
    places = [("path", "item_key"), ("query", "key"), ("query", "key")]
    for refusal, (location, name) in zip(refusals, places, strict=True):
        assert refusal.status_code == 422
        assert [
            (one["location"], one["pointer"], one["code"]) for one in refusal.json()["errors"]
        ] == [(location, name, "not_utf_8")]
    assert stored.put(f"{address}/items/%EF%BF%BD", json={}).json()["key"] == "\ufffd"


@pytest.mark.parametrize("key", [".", "..", " a", "a ", "a\n", "a\nb", "k" * 256])
def test_what_is_no_key_is_refused_in_an_address(stored: TestClient, made: Made, key: str) -> None:
    address = made()
    answer = stored.put(f"{address}/items/{quote(key, safe='')}", json={})
    assert answer.status_code in {404, 405, 422}
    assert stored.get(f"{address}/items").json()["data"] == []


def test_put_replaces_all_that_is_known_and_revives(stored: TestClient, made: Made) -> None:
    address = made(items=[rice("A", 5, title="Search")])
    stored.patch(f"{address}/items/A", json={"archived": True})
    assert stored.get(f"{address}/ranking").json()["data"] == []
    replaced = stored.put(f"{address}/items/A", json={"inputs": {"reach": 7}})
    assert replaced.status_code == 200
    told = replaced.json()
    assert (told["title"], told["inputs"], told["archived"]) == (None, {"reach": 7}, False)


def test_an_archived_item_has_no_place_until_it_is_named_again(
    stored: TestClient, made: Made
) -> None:
    address = made(items=[rice("A", 5), rice("B", 3)])
    stored.patch(f"{address}/items/A", json={"archived": True})
    ranking = stored.get(f"{address}/ranking").json()
    assert [(one["key"], one["rank"]) for one in ranking["data"]] == [("B", 1)]
    assert stored.get(f"{address}/ranking/A").status_code == 404
    assert stored.get(address).json()["counts"] == {"ranked": 1, "unranked": 0, "archived": 1}
    stored.post(f"{address}/items", json={"items": [{"key": "A"}]})
    ranking = stored.get(f"{address}/ranking").json()
    assert [(one["key"], one["rank"]) for one in ranking["data"]] == [("A", 1), ("B", 2)]


def test_items_are_found_by_all_of_some_labels(stored: TestClient, made: Made) -> None:
    address = made(
        items=[rice("A", 1, labels=["x", "y"]), rice("B", 2, labels=["x"]), rice("C", 3)]
    )
    both = stored.get(f"{address}/items", params={"label": ["x", "y"]}).json()["data"]
    one = stored.get(f"{address}/items", params={"label": "x"}).json()["data"]
    assert ([item["key"] for item in both], [item["key"] for item in one]) == (["A"], ["A", "B"])


def test_the_etag_of_an_item_changes_with_it_and_with_nothing_else(
    stored: TestClient, made: Made
) -> None:
    address = made(items=[rice("A", 1), rice("B", 2)])
    etag = stored.get(f"{address}/items/A").headers["etag"]
    stored.patch(f"{address}/items/B", json={"inputs": {"reach": 9}})
    assert stored.get(f"{address}/items/A").headers["etag"] == etag
    assert stored.get(f"{address}/items/A", headers={"if-none-match": etag}).status_code == 304
    changed = stored.patch(f"{address}/items/A", json={"title": "New"}, headers={"if-match": etag})
    assert changed.status_code == 200
    stale = stored.patch(f"{address}/items/A", json={"title": "Old"}, headers={"if-match": etag})
    assert (stale.status_code, stale.json()["type"]) == (412, "/problems/precondition-failed")
    assert stale.headers["etag"] == changed.headers["etag"] == changed.json()["etag"]


@pytest.mark.parametrize(
    ("if_match", "status"),
    [("*", 204), ('"1", "2"', 204), ('W/"2"', 204), ('"1"', 412), ("", 412), ("2", 412)],
)
def test_if_match_names_one_state_of_some(
    stored: TestClient, made: Made, if_match: str, status: int
) -> None:
    address = made(items=[rice("A", 1)])
    answer = stored.delete(f"{address}/items/A", headers={"if-match": if_match})
    assert answer.status_code == status


def test_a_recreated_item_never_matches_the_old_one(stored: TestClient, made: Made) -> None:
    address = made(items=[rice("A", 1)])
    etag = stored.get(f"{address}/items/A").headers["etag"]
    stored.delete(f"{address}/items/A")
    gone = stored.put(f"{address}/items/A", json={}, headers={"if-match": etag})
    assert gone.status_code == 412
    stored.put(f"{address}/items/A", json={"inputs": {}})
    assert stored.get(f"{address}/items/A").headers["etag"] != etag


def test_items_are_listed_page_by_page_by_key(stored: TestClient, made: Made) -> None:
    keys = [f"K{number:03}" for number in range(7)]
    address = made(items=[rice(key, 1) for key in reversed(keys)])
    seen: list[str] = []
    url = f"{address}/items?limit=3"
    while url:
        page = stored.get(url)
        seen += [one["key"] for one in page.json()["data"]]
        link = page.headers.get("link", "")
        assert ("next" in link) == (page.json()["next_cursor"] is not None)
        url = link.partition(">")[0].removeprefix("<")
    assert seen == keys


def test_who_says_that_an_item_is_new_overwrites_none(stored: TestClient, made: Made) -> None:
    at = f"{made()}/items/A"
    new = {"if-none-match": "*"}
    assert stored.put(at, json={"title": "First"}, headers=new).status_code == 201
    refused = stored.put(at, json={"title": "Second"}, headers=new)
    assert (refused.status_code, refused.json()["detail"]) == (
        *(412, 'It is there already. Its ETag is "2" now.'),
    )
    assert refused.headers["etag"] == '"2"'
    assert stored.get(at).json()["title"] == "First"


@pytest.mark.parametrize("sent", ['"*"', "", "foo", '"5"', "*, *"])
def test_that_an_item_is_new_is_said_by_a_star_alone(
    stored: TestClient, made: Made, sent: str
) -> None:
    """Anything else, taken for nothing said, would overwrite."""
    refused = stored.put(f"{made()}/items/A", json={}, headers={"if-none-match": sent})
    assert [fault["pointer"] for fault in refused.json()["errors"]] == ["If-None-Match"]


def test_a_backlog_takes_no_more_items_than_it_may(stored: TestClient, made: Made) -> None:
    address = made()
    for start in range(0, 50_000, 10_000):
        items = [{"key": f"K{number}"} for number in range(start, start + 10_000)]
        assert stored.post(f"{address}/items", json={"items": items}).status_code == 200
    full = stored.put(f"{address}/items/one", json={})
    assert (full.status_code, full.json()["type"]) == (409, "/problems/conflict")
    assert "50,000" in full.json()["detail"]
    assert stored.patch(f"{address}/items/K1", json={"title": "Still"}).status_code == 200


def test_ten_thousand_items_are_taken_at_once_and_one_more_refused(
    stored: TestClient, made: Made
) -> None:
    address = made()
    items = [{"key": f"K{number}"} for number in range(10_001)]
    refused = stored.post(f"{address}/items", json={"items": items})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "too_long")
    assert stored.post(f"{address}/items", json={"items": items[1:]}).status_code == 200


HOSTILE = {
    "a NUL in a title": {"key": "A", "title": "\0"},
    "a NUL in a label": {"key": "A", "labels": ["\0"]},
    "a NUL in a URL": {"key": "A", "url": "https://a.example/\0"},
    "a URL that is a script": {"key": "A", "url": "javascript:alert(1)"},
    "a NUL in a criterion": {"key": "A", "inputs": {"criteria": {"\0": 1}}},
    "an integer beyond 64 bits": {"key": "A", "inputs": {"attractive": 2**70}},
    "a true number": {"key": "A", "inputs": {"reach": True}},
    "an unknown name": {"key": "A", "inputs": {"reech": 1}},
    "a computed name": {"key": "A", "score": 1},
    "a NUL in a dependency": {"key": "A", "inputs": {"depends_on": ["\0"]}},
}


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_hostile_is_kept_and_lists_still_work(
    stored: TestClient, made: Made, name: str
) -> None:
    address = made(items=[rice("B", 1)])
    answer = stored.post(f"{address}/items", json={"items": [HOSTILE[name]]})
    assert answer.status_code == 422
    assert [one["key"] for one in stored.get(f"{address}/items").json()["data"]] == ["B"]
    assert stored.get(f"{address}/ranking").json()["counts"] == {"ranked": 1, "unranked": 0}


ODD = {
    "the largest number": {"reach": 1.7976931348623157e308, "impact": 3, "effort": 1},
    "the smallest number": rice("A", 5e-324)["inputs"],
    "a negative zero": rice("A", -0.0)["inputs"],
    "a great number": rice("A", 1e300)["inputs"],
    "a score that overflows": rice("A", 1e308)["inputs"] | {"effort": 1e-300},
    "a Kano of millions": {"attractive": 1_000_000_000},
}


@pytest.mark.parametrize("name", ODD)
def test_what_is_odd_but_valid_is_kept_as_it_was_sent(
    stored: TestClient, made: Made, name: str
) -> None:
    address = made(items=[{"key": "A", "inputs": ODD[name]}])
    assert stored.get(f"{address}/items/A").json()["inputs"] == ODD[name]
    assert stored.get(f"{address}/ranking").status_code == 200
    assert stored.post(f"{address}/runs", json={}).status_code == 201
