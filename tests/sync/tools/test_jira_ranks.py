"""Jira is put in order by moving as few issues as can be."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from app.sync.requests import Placed, Requests, ToolRequest
from tests.sync.written import asked, placed


def ranked(count: int, order: list[int]) -> list[Placed]:
    return [
        placed(f"K{n}", rank=n + 1, shown={"rank": f"0|i{order[n]:05}:"}) for n in range(count)
    ]


def test_jira_is_put_in_order_in_pieces_of_fifty() -> None:
    made = asked(ranked(120, list(range(119, -1, -1))), {}, "rank")
    assert [(one.method, one.path) for one in made.requests] == [
        ("PUT", "/rest/agile/1.0/issue/rank")
    ] * 3
    assert [len(one.body["issues"]) for one in made.requests] == [50, 50, 19]
    assert {one.body["rankBeforeIssue"] for one in made.requests} == {"id-K119"}
    assert made.requests[1].body["issues"][0] == "id-K50"
    assert made.requests[1].reason == "K50 is to stand at 51"
    assert made.skipped == {"unchanged": 1}


def test_one_issue_that_rises_to_the_top_is_the_only_one_to_move() -> None:
    (request,) = asked(ranked(120, [119, *range(119)]), {}, "rank").requests
    assert request.body == {"issues": ["id-K0"], "rankBeforeIssue": "id-K1"}


def test_what_stands_in_order_is_not_moved() -> None:
    assert asked(ranked(60, list(range(60))), {}, "rank").requests == []
    made = asked([*ranked(6, [1, 2, 9, 4, 3, 5]), placed("U")], {}, "rank")
    assert [one.body for one in made.requests] == [
        {"issues": ["id-K2", "id-K3"], "rankAfterIssue": "id-K1"}
    ]
    assert made.skipped == {"unchanged": 4, "unranked": 1}


def moved(order: list[str], requests: list[ToolRequest]) -> list[str]:
    """Do what Jira does with requests to rank."""
    for request in requests:
        issues = request.body["issues"]
        order = [one for one in order if one not in issues]
        if before := request.body.get("rankBeforeIssue"):
            place = order.index(before)
        else:
            place = order.index(request.body["rankAfterIssue"]) + 1
        order[place:place] = issues
    return order


@given(st.permutations(range(130)))
def test_jira_shows_any_order_after_the_requests(order: list[int]) -> None:
    items = ranked(130, order)
    made = asked(items, {}, "rank")
    shown = [items[place].source_id for place in sorted(range(130), key=order.__getitem__)]
    assert moved(shown, made.requests) == [item.source_id for item in items]


@given(st.permutations(range(7)))
def test_no_fewer_issues_could_be_moved(order: list[int]) -> None:
    rows = (row for size in range(8) for row in combinations(order, size))
    longest = max(len(row) for row in rows if list(row) == sorted(row))
    assert asked(ranked(7, order), {}, "rank").skipped == {"unchanged": longest}


def test_where_jira_does_not_tell_its_order_all_is_put_in_it() -> None:
    items = [placed("A", rank=1), placed("B", rank=2)]
    made = asked(items, {}, "rank")
    (request,) = made.requests
    assert request.body == {"issues": ["id-B"], "rankAfterIssue": "id-A"}
    (note,) = made.notes
    assert "say in writeback.rank which field is its Rank" in note
    assert asked(ranked(2, [2, 1]), {}, "rank").notes == []
    assert asked(items, {}, "rank", only_changed=False).notes == []
    assert asked(items[:1], {}, "rank").requests == []
    assert asked([], {}, "rank") == Requests([], {}, [])
